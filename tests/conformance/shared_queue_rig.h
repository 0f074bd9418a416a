/* SPDX-License-Identifier: MIT */
/*
 * A shared queue and fibers that wait at it, for the tables of shared queues.
 * Tests nothing itself.
 */
#ifndef TESTS_SHARED_QUEUE_RIG_H
#define TESTS_SHARED_QUEUE_RIG_H

#include "shared_cases.h"

enum { FIBERS = 3, MANY = 5000 };

struct one {
	eg_shared_queue *queue;
	eg_fiber *fiber[FIBERS];
	int result[FIBERS];
	long value[FIBERS];
	long first, n; /* of the values that a caller puts */
	int64_t deadline;
	int error;
};

static inline void make(struct one *o, size_t capacity)
{
	*o = (struct one){ .deadline = EG_FOREVER };
	egt_eq(eg_shared_queue_new(&o->queue, sizeof(long), capacity), 0);
}

static inline void drop(struct one *o)
{
	egt_ptr_eq(eg_shared_queue_unref(o->queue), NULL);
}

struct waiter {
	struct one *one;
	int index;
};

static inline void *put_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] =
		eg_shared_queue_put(o->queue, &o->value[w.index], o->deadline);
	return NULL;
}

static inline void *get_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] =
		eg_shared_queue_get(o->queue, &o->value[w.index], o->deadline);
	return NULL;
}

/* Fibers that wait, with the values 10, 11 ... to put. */
static inline void wait_with(struct one *o, eg_fiber_fn *fn)
{
	for (int i = 0; i < FIBERS; i++) {
		struct waiter w = { o, i };

		o->result[i] = 1;
		o->value[i] = fn == put_as_fiber ? 10 + i : 0;
		egt_eq(eg_spawn(&o->fiber[i], fn, &w), 0);
		egt_eq(eg_yield(), 0);
	}
}

static inline void join_all(struct one *o)
{
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_join(o->fiber[i], NULL, EG_FOREVER), 0);
}

static inline void put_n(void *arg)
{
	struct one *o = arg;

	for (long v = o->first; v < o->first + o->n; v++)
		egt_eq(eg_shared_queue_put(o->queue, &v, o->deadline), 0);
}

static inline void get_n(void *arg)
{
	struct one *o = arg;

	for (long v = o->first; v < o->first + o->n; v++) {
		long got = -1;

		egt_eq(eg_shared_queue_get(o->queue, &got, o->deadline), 0);
		egt_eq(got, v);
	}
}

static inline long next_value(struct one *o)
{
	long got = -1;

	egt_eq(eg_shared_queue_get(o->queue, &got, EG_NOW), 0);
	return got;
}

static inline void try_to_put(void *arg)
{
	struct one *o = arg;

	o->error = eg_shared_queue_put(o->queue, &o->first, o->deadline);
}

static inline void try_to_get(void *arg)
{
	struct one *o = arg;

	o->error = eg_shared_queue_get(o->queue, &o->first, o->deadline);
}

#endif
