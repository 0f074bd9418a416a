/* SPDX-License-Identifier: MIT */
/*
 * Fibers of a pool, all of them: PL-01, PL-02, PL-10, PL-11. Places are in
 * pool_places.c, calls for their result in pool_apply.c.
 */
#include "../behaviour/pool_kit.h"
#include "conformance.h"

static void runs_all_at_once(long n)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(EG_POOL_UNLIMITED);

	for (long i = 0; i < n; i++)
		egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_FOREVER), 0);
	settle();
	egt_eq(g.inside, n);
	egt_eq(pool_stats(pool).running, n);
	egt_eq(pool_stats(pool).free, EG_POOL_UNLIMITED - n);
	pool_drop(pool, &g);
	egt_eq(g.left, n);
}

static void wait_of_none_is_over(long deadline)
{
	eg_pool *pool = pool_make(3);

	egt_eq(eg_pool_wait(pool, deadline), 0);
	egt_eq(eg_pool_cancel(pool, deadline), 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void *wait_for_pool(void *arg)
{
	return (void *)(intptr_t)eg_pool_wait(arg, EG_FOREVER);
}

/* All waiters, though the last one that ends is followed by another. */
static void wait_ends_when_empty_once(long waiters)
{
	struct gate g = { .inside = 0 }, later = { .inside = 0 };
	eg_pool *pool = pool_make_filled(2, &g, 2);
	eg_fiber *f[4];

	for (long i = 0; i < waiters; i++)
		egt_eq(eg_spawn(&f[i], wait_for_pool, pool), 0);
	settle();
	egt_eq(eg_event_set(&g.open), 2);
	while (pool_stats(pool).running)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_pool_spawn(pool, pass_gate, &later, EG_NOW), 0);
	for (long i = 0; i < waiters; i++) {
		void *result = &g;

		egt_eq(eg_join(f[i], &result, EG_FOREVER), 0);
		egt_ptr_eq(result, NULL);
	}
	pool_drop(pool, &later);
}

static void wait_that_times_out_ends_nobody(long ms)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(3, &g, 3);
	int64_t start = eg_now();

	egt_eq(eg_pool_wait(pool, start + ms * EG_MSEC), -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	egt_eq(g.inside, 3);
	pool_drop(pool, &g);
	egt_eq(g.cut, 0);
}

static void cancel_ends_all(long n)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled((int)n, &g, (int)n);

	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(g.left, n);
	egt_eq(g.cut, n);
	egt_eq(pool_stats(pool).free, n);
	/* And is a pool as before. */
	g = (struct gate){ .inside = 0 };
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_NOW), 0);
	pool_drop(pool, &g);
	egt_eq(g.cut, 0);
}

struct adder {
	eg_pool *pool;
	struct gate *gate;
	int runs, left;
};

/* When it is cancelled it adds a follower, as often as it likes. */
static void *add_at_end(void *arg)
{
	struct adder *a = arg;

	a->runs++;
	egt_eq(eg_event_wait(&a->gate->open, EG_FOREVER), -ECANCELED);
	while (a->left-- > 0)
		egt_eq(eg_pool_spawn(a->pool, add_at_end, a, EG_NOW), 0);
	return NULL;
}

static void cancel_ends_who_is_added_meanwhile(long followers)
{
	struct gate g = { .inside = 0 };
	struct adder a = { pool_make(100), &g, 0, (int)followers };

	egt_eq(eg_pool_spawn(a.pool, add_at_end, &a, EG_NOW), 0);
	settle();
	egt_eq(eg_pool_cancel(a.pool, EG_FOREVER), 0);
	/* The followers never ran. */
	egt_eq(a.runs, 1);
	egt_eq(a.left, -1);
	egt_eq(pool_stats(a.pool).running, 0);
	pool_drop(a.pool, &g);
}

static void cancel_before_the_first_run(long n)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make((int)n);

	for (long i = 0; i < n; i++)
		egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_NOW), 0);
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(g.entered, 0);
	pool_drop(pool, &g);
}

/* Those in line get their places, for fibers that are cancelled too. */
static void cancel_empties_the_line(long waiters)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s[4];

	for (long i = 0; i < waiters; i++) {
		s[i] = (struct pool_spawner){ pool,	  pass_gate, &g,
					      EG_FOREVER, 0,	     NULL };
		pool_begin_spawn(&s[i]);
	}
	egt_eq(pool_stats(pool).waiting, waiters);
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	for (long i = 0; i < waiters; i++)
		egt_eq(pool_end_spawn(&s[i]), 0);
	egt_eq(g.entered, 1);
	pool_drop(pool, &g);
}

static void cancel_without_waiting(long unused)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(3, &g, 3);

	(void)unused;
	egt_eq(eg_pool_cancel(pool, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(g.cut, 3);
	pool_drop(pool, &g);
}

/* Cancelled, it goes on until the gate is opened. */
static void *resist(void *arg)
{
	struct gate *g = arg;
	eg_timeout shield;

	g->inside++;
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_event_wait(&g->open, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
	g->inside--;
	return NULL;
}

static void cancel_keeps_its_deadline(long ms)
{
	struct gate g = { .inside = 0 }, later = { .inside = 0 };
	eg_pool *pool = pool_make(2);
	int64_t start = eg_now();

	egt_eq(eg_pool_spawn(pool, resist, &g, EG_NOW), 0);
	settle();
	egt_eq(eg_pool_cancel(pool, start + ms * EG_MSEC), -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	egt_eq(g.inside, 1);
	/* Whoever comes now is not cancelled any more. */
	egt_eq(eg_pool_spawn(pool, pass_gate, &later, EG_NOW), 0);
	settle();
	egt_eq(later.inside, 1);
	egt_eq(eg_event_set(&g.open), 1);
	pool_drop(pool, &later);
	egt_eq(later.cut, 0);
}

struct member_call {
	eg_pool *pool;
	int (*call)(eg_pool *pool, int64_t deadline);
	int result, after;
};

static void *call_as_member(void *arg)
{
	struct member_call *c = arg;

	c->result = c->call(c->pool, EG_FOREVER);
	c->after = eg_sleep(EG_USEC);
	return NULL;
}

static int free_it(eg_pool *pool, int64_t deadline)
{
	(void)deadline;
	return eg_pool_free(pool);
}

static void member_cannot_wait_for_itself(long which)
{
	static int (*const calls[])(
		eg_pool *, int64_t) = { eg_pool_wait, eg_pool_cancel, free_it };
	struct member_call c = { pool_make(2), calls[which], 1, 1 };

	egt_eq(eg_pool_spawn(c.pool, call_as_member, &c, EG_NOW), 0);
	egt_eq(eg_pool_wait(c.pool, EG_FOREVER), 0);
	egt_eq(c.result, -EDEADLK);
	/* Cancelling is of all, the caller too. */
	egt_eq(c.after, calls[which] == eg_pool_cancel ? -ECANCELED : 0);
	egt_eq(eg_pool_free(c.pool), 0);
}

static void *free_as_other(void *arg)
{
	struct member_call *c = arg;

	c->result = eg_pool_free(c->pool);
	return NULL;
}

/* Whoever comes between the end of the last one and the freeing is not left
 * without its pool. */
static void not_freed_under_who_comes(long unused)
{
	struct gate g = { .inside = 0 };
	struct member_call c = { .pool = pool_make_filled(2, &g, 1) };
	eg_fiber *f;

	(void)unused;
	c.result = 1;
	egt_eq(eg_spawn(&f, free_as_other, &c), 0);
	/* It cancels who is inside; that ends; it is woken. */
	egt_eq(eg_yield(), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(g.inside, 0);
	egt_eq(c.result, 1);
	egt_eq(eg_pool_spawn(c.pool, pass_gate, &g, EG_NOW), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(c.result, -EBUSY);
	pool_drop(c.pool, &g);
}

struct failing {
	eg_pool *pool;
	int result;
};

static void *fail_with(void *arg)
{
	return eg_fail((int)(intptr_t)arg, NULL);
}

static void *spawn_failing(void *arg)
{
	struct failing *n = arg;

	n->result = eg_pool_spawn(n->pool, fail_with, (void *)-EIO, EG_FOREVER);
	return NULL;
}

static void count_error(const eg_error_info *info, void *arg)
{
	int *counts = arg;

	counts[0]++;
	counts[1] = info->error;
}

/* The caller who ran it itself is told, and does not fail for that. */
static void error_inline_is_the_callers(long unused)
{
	struct failing n = { pool_make(1), 1 };
	int errors[2] = { 0 };

	(void)unused;
	egt_eq(eg_set_error_handler(count_error, errors), 0);
	egt_eq(eg_pool_spawn(n.pool, spawn_failing, &n, EG_NOW), 0);
	egt_eq(eg_pool_wait(n.pool, EG_FOREVER), 0);
	settle();
	egt_eq(n.result, -EIO);
	egt_eq(errors[0], 0);
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
	egt_eq(eg_pool_free(n.pool), 0);
}

static void error_is_reported(long error)
{
	eg_pool *pool = pool_make(2);
	int errors[2] = { 0 };

	egt_eq(eg_set_error_handler(count_error, errors), 0);
	egt_eq(eg_pool_spawn(pool, fail_with, (void *)error, EG_NOW), 0);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	settle();
	egt_eq(errors[0], error != -ECANCELED);
	egt_eq(errors[1], error != -ECANCELED ? error : 0);
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
	egt_eq(eg_pool_free(pool), 0);
}

static const struct conform groups[] = {
	{ "PL-01", "without a limit, all run", runs_all_at_once, 0 },
	{ "PL-01", "without a limit, all run", runs_all_at_once, 1 },
	{ "PL-01", "without a limit, all run", runs_all_at_once, 2 },
	{ "PL-01", "without a limit, all run", runs_all_at_once, 1100 },
	{ "PL-01", "empty once is enough", wait_ends_when_empty_once, 1 },
	{ "PL-01", "empty once is enough", wait_ends_when_empty_once, 4 },
	{ "PL-01", "a timed-out wait changes nothing",
	  wait_that_times_out_ends_nobody, 1 },
	{ "PL-01", "a timed-out wait changes nothing",
	  wait_that_times_out_ends_nobody, 0 },
	{ "PL-02", "cancel waits for the end of all", cancel_ends_all, 1 },
	{ "PL-02", "cancel waits for the end of all", cancel_ends_all, 2 },
	{ "PL-02", "cancel waits for the end of all", cancel_ends_all, 50 },
	{ "PL-02", "who is added meanwhile never runs",
	  cancel_ends_who_is_added_meanwhile, 1 },
	{ "PL-02", "who is added meanwhile never runs",
	  cancel_ends_who_is_added_meanwhile, 7 },
	{ "PL-02", "cancelled before it ran", cancel_before_the_first_run, 1 },
	{ "PL-02", "cancelled before it ran", cancel_before_the_first_run, 9 },
	{ "PL-02", "who waits for a place", cancel_empties_the_line, 1 },
	{ "PL-02", "who waits for a place", cancel_empties_the_line, 4 },
	{ "PL-02", "cancel without waiting", cancel_without_waiting, 0 },
	{ "PL-02", "cancel until a deadline", cancel_keeps_its_deadline, 1 },
	{ "PL-02", "cancel by a member", member_cannot_wait_for_itself, 1 },
	{ "PL-10", "wait by a member", member_cannot_wait_for_itself, 0 },
	{ "PL-10", "free by a member", member_cannot_wait_for_itself, 2 },
	{ "PL-10", "none: at once", wait_of_none_is_over, 0 },
	{ "PL-10", "none: at once", wait_of_none_is_over, LONG_MAX },
	{ "PL-10", "free, and one comes", not_freed_under_who_comes, 0 },
	{ "PL-11", "errors are reported", error_is_reported, -EIO },
	{ "PL-11", "errors are reported", error_is_reported, -ETIMEDOUT },
	{ "PL-11", "cancelling is none", error_is_reported, -ECANCELED },
	{ "PL-11", "an error in the caller is returned",
	  error_inline_is_the_callers, 0 },
};
CONFORMANCE(pool_as_a_group, groups)
