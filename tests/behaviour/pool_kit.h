/* SPDX-License-Identifier: MIT */
/*
 * Pools to be tested: fibers that count themselves and wait to be let go, and
 * calls of a fiber of its own. Claims nothing.
 */
#ifndef TESTS_POOL_KIT_H
#define TESTS_POOL_KIT_H

#include "fiber_trace.h"

/* Who is inside waits until it is opened, or for its wait to end otherwise. */
struct gate {
	eg_event open;
	int entered, inside, inside_max, left;
	int cut; /* of those that left: not by the opening */
};

static inline void *pass_gate(void *arg)
{
	struct gate *g = arg;

	g->entered++;
	if (++g->inside > g->inside_max)
		g->inside_max = g->inside;
	if (eg_event_wait(&g->open, EG_FOREVER) < 0)
		g->cut++;
	g->inside--;
	g->left++;
	return g;
}

static inline eg_pool *pool_make(int size)
{
	eg_pool *pool;

	egt_eq(eg_pool_new(&pool, size), 0);
	return pool;
}

/* With @n fibers in it, at the gate. */
static inline eg_pool *pool_make_filled(int size, struct gate *g, int n)
{
	eg_pool *pool = pool_make(size);

	for (int i = 0; i < n; i++)
		egt_eq(eg_pool_spawn(pool, pass_gate, g, EG_NOW), 0);
	settle();
	egt_eq(g->inside, n < size ? n : size);
	return pool;
}

static inline eg_pool_stats pool_stats(const eg_pool *pool)
{
	eg_pool_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_pool_get_stats(pool, &stats), 0);
	return stats;
}

/* Lets all go, waits for their end and frees the pool. */
static inline void pool_drop(eg_pool *pool, struct gate *g)
{
	egt_le(0, eg_event_set(&g->open));
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

enum { POOL_WAITS = 1 << 20 }; /* the result of a call that has not returned */

/* A call of eg_pool_spawn(3) in a fiber of its own. */
struct pool_spawner {
	eg_pool *pool;
	eg_fiber_fn *fn;
	void *arg;
	int64_t deadline;
	int result;
	eg_fiber *fiber;
};

static inline void *pool_spawn_one(void *arg)
{
	struct pool_spawner *s = arg;

	s->result = eg_pool_spawn(s->pool, s->fn, s->arg, s->deadline);
	return NULL;
}

/* Begins it, and lets it wait. */
static inline void pool_begin_spawn(struct pool_spawner *s)
{
	s->result = POOL_WAITS;
	egt_eq(eg_spawn(&s->fiber, pool_spawn_one, s), 0);
	egt_eq(eg_yield(), 0);
}

static inline int pool_end_spawn(struct pool_spawner *s)
{
	egt_eq(eg_join(s->fiber, NULL, EG_FOREVER), 0);
	return s->result;
}

#endif
