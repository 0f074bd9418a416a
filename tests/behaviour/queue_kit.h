/* SPDX-License-Identifier: MIT */
/*
 * Queues to be tested: the kinds of them, and a fiber for a call that may wait.
 * Values are numbers, in values of 8 or 24 bytes. Claims nothing.
 */
#ifndef TESTS_QUEUE_KIT_H
#define TESTS_QUEUE_KIT_H

#include "fiber_trace.h"

struct queue_kind {
	const char *name;
	int kind;
	size_t value_bytes;
	eg_queue_compare_fn *compare;
};

/* What is no pointer's size takes other paths. */
extern const struct queue_kind queue_kinds[];
extern const size_t queue_kinds_count;

#define FOR_EACH_QUEUE_KIND(k)                         \
	for (const struct queue_kind *k = queue_kinds; \
	     k < queue_kinds + queue_kinds_count && name_kind(k); k++)

static inline bool name_kind(const struct queue_kind *k)
{
	egt_case(k->name);
	return true;
}

eg_queue *queue_make(const struct queue_kind *kind, size_t capacity);

/* With EG_NOW; must succeed. */
void queue_put_now(eg_queue *queue, long number);
long queue_get_now(eg_queue *queue);
long queue_peek_now(eg_queue *queue);
/* With EG_NOW; what the call returns, whatever that is. */
int queue_try_put(eg_queue *queue, long number);
int queue_try_get(eg_queue *queue);
int queue_try_peek(eg_queue *queue);

enum queue_op { QUEUE_PUT, QUEUE_GET, QUEUE_PEEK, QUEUE_JOIN };

enum { QUEUE_WAITS = 1 };

/* One call in a fiber of its own. */
struct queue_call {
	eg_queue *queue;
	enum queue_op op;
	int64_t deadline;
	int result;	     /* QUEUE_WAITS until it returns */
	long value[3];	     /* to put, or what came */
	eg_fiber *fiber;     /* owned until queue_end() */
	struct trace *trace; /* borrowed; NULL: none */
	char letter;
};

/* Begins the call, and lets it wait. */
void queue_begin(struct queue_call *c, eg_queue *queue, enum queue_op op,
		 long number);
void queue_begin_until(struct queue_call *c, eg_queue *queue, enum queue_op op,
		       long number, int64_t deadline);
/* Waits for the fiber. Returns what the call did. */
int queue_end(struct queue_call *c);
/* The same, cancelled first. */
int queue_cancel(struct queue_call *c);

#endif
