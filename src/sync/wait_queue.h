/* SPDX-License-Identifier: MIT */
/*
 * The waiters of an object, first come, first served. All zero is an empty
 * queue, so that an all-zero object is a valid one. Not every empty queue is
 * all zero: eg__queue_is_untouched() is what the fast paths ask, and the slow
 * ones say eg__queue_forget() when they find nobody.
 */
#ifndef EG_SYNC_WAIT_QUEUE_H
#define EG_SYNC_WAIT_QUEUE_H

#include "core/park.h"

#include <errno.h>

struct eg_wait_queue {
	struct eg_list waiters; /* next == NULL: never used, empty */
};

static inline struct eg_waiter *eg__queue_first(const struct eg_wait_queue *q)
{
	if (!q->waiters.next || eg_list_is_empty(&q->waiters))
		return NULL;
	return eg_list_entry(q->waiters.next, struct eg_waiter, link);
}

/* The first in line, to be handed something. Unlike one that is only looked at,
 * it has to be fired. */
static inline struct eg_waiter *eg__queue_next(const struct eg_wait_queue *q)
{
	struct eg_waiter *w;

	while ((w = eg__queue_first(q)) && eg_unlikely(!eg__waiter_win(w)))
		;
	return w;
}

/* Nobody waits. False: somebody may. */
static inline bool eg__queue_is_untouched(const struct eg_wait_queue *q)
{
	return !q->waiters.next;
}

/* Makes @q, which is empty, untouched again. */
static inline void eg__queue_forget(struct eg_wait_queue *q)
{
	q->waiters.next = NULL;
}

static inline void eg__queue_push(struct eg_wait_queue *q, struct eg_waiter *w)
{
	if (!q->waiters.next)
		eg_list_init(&q->waiters);
	eg_list_push_back(&q->waiters, &w->link);
}

/* Whether those in line are of another hub than @self. */
static inline bool eg__queue_is_anothers(const struct eg_wait_queue *q,
					 const struct eg_fiber *self)
{
	struct eg_waiter *first = eg__queue_first(q);

	return first && eg_unlikely(first->hub != self->hub);
}

/*
 * Waits in line at @q. May switch. Returns what the waker says, or -EPERM when
 * those in line are another hub's.
 */
EG_MAY_SWITCH static inline int
eg__queue_wait(struct eg_wait_queue *q, struct eg_fiber *self,
	       const struct eg_wait_kind *kind, void *object, int64_t deadline)
{
	if (eg__queue_is_anothers(q, self))
		return -EPERM;
	eg__queue_push(q, eg__waiter(self, kind, object));
	return eg__park(self, deadline);
}

/* The same, with a @value for the waker. */
EG_MAY_SWITCH static inline int
eg__queue_wait_with(struct eg_wait_queue *q, struct eg_fiber *self,
		    const struct eg_wait_kind *kind, void *object, void *value,
		    int64_t deadline)
{
	self->wait.value = value;
	return eg__queue_wait(q, self, kind, object, deadline);
}

/* Whether this thread may wake the waiters of @q. */
static inline bool eg__queue_is_foreign(const struct eg_wait_queue *q)
{
	struct eg_waiter *first = eg__queue_first(q);

	return first && eg_unlikely(first->hub != eg__hub());
}

#endif
