/* SPDX-License-Identifier: MIT */
/*
 * Values on their way from fiber to fiber, as channels and queues share them:
 * a copy, a ring, the first in a line. Owns no memory, and decides nothing.
 */
#ifndef EG_SYNC_VALUE_H
#define EG_SYNC_VALUE_H

#include "sync/wait_queue.h"

#include <string.h>

/* What the paths without a call are for: a pointer or a number. */
enum { EG_VALUE_WORD = sizeof(uint64_t) };

/* Whether a fiber of @hub, which has one worker in the library, runs on @w;
 * that may be NULL. */
static inline bool eg__runs_fiber_of(const struct eg_worker *w,
				     const struct eg_hub *hub)
{
	return w == &hub->worker && w->current;
}

/* The first in line; unlike eg__queue_first(), for a line always in use. */
static inline struct eg_waiter *eg__line_first(const struct eg_wait_queue *q)
{
	struct eg_list *first = q->waiters.next;

	return first == &q->waiters
		       ? NULL
		       : eg_list_entry(first, struct eg_waiter, link);
}

/* Likewise, as eg__queue_next(). */
static inline struct eg_waiter *eg__line_next(const struct eg_wait_queue *q)
{
	struct eg_waiter *w;

	while ((w = eg__line_first(q)) && eg_unlikely(!eg__waiter_win(w)))
		;
	return w;
}

/* A value of no bytes may be NULL, which memcpy() does not take. */
static inline void eg__value_copy(void *to, const void *from, size_t bytes)
{
	if (eg_likely(bytes == EG_VALUE_WORD))
		memcpy(to, from, EG_VALUE_WORD);
	else if (bytes)
		memcpy(to, from, bytes);
}

/* Values in the order of arrival. Their size and number are the holder's. */
struct eg__ring {
	char *in;  /* where the next value goes */
	char *out; /* where the oldest value is */
	char *end;
	char *begin; /* owned by the holder */
};

static inline void eg__ring_init(struct eg__ring *r, void *begin, size_t bytes)
{
	r->begin = begin;
	r->end = r->begin + bytes;
	r->in = r->begin;
	r->out = r->begin;
}

static inline char *eg__ring_next(const struct eg__ring *r, char *at,
				  size_t bytes)
{
	at += bytes;
	return eg_unlikely(at == r->end) ? r->begin : at;
}

/* There must be room. @bytes: of each value. */
static inline void eg__ring_push(struct eg__ring *r, const void *value,
				 size_t bytes)
{
	char *at = r->in; /* the copy may change it, for all that C says */

	eg__value_copy(at, value, bytes);
	r->in = eg__ring_next(r, at, bytes);
}

/* There must be a value; NULL drops it. */
static inline void eg__ring_pop(struct eg__ring *r, void *ret_value,
				size_t bytes)
{
	char *at = r->out;

	if (ret_value)
		eg__value_copy(ret_value, at, bytes);
	r->out = eg__ring_next(r, at, bytes);
}

#endif
