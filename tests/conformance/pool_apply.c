/* SPDX-License-Identifier: MIT */
/*
 * Calls in a pool for their result: PL-05. Maps are in pool_map.c.
 */
#include "../behaviour/pool_kit.h"
#include "conformance.h"

static void *give_back(void *arg)
{
	return arg;
}

static void *give_back_later(void *arg)
{
	return eg_sleep(EG_MSEC) == 0 ? arg : NULL;
}

static void *fail_with(void *arg)
{
	return eg_fail(*(int *)arg, arg);
}

static void *leave_by_exit(void *arg)
{
	eg_exit(arg);
	return NULL;
}

static void gives_the_result(long size)
{
	static eg_fiber_fn *const calls[] = { give_back, give_back_later,
					      leave_by_exit };
	eg_pool *pool = pool_make((int)size);

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		void *value = NULL;

		egt_eq(eg_pool_apply(pool, calls[i], &value, &value,
				     EG_FOREVER),
		       0);
		egt_ptr_eq(value, &value);
		egt_eq(eg_pool_apply(pool, calls[i], pool, NULL, EG_FOREVER),
		       0);
		egt_eq(pool_stats(pool).running, 0);
	}
	egt_eq(eg_pool_free(pool), 0);
}

static void count_error(const eg_error_info *info, void *arg)
{
	(void)info;
	++*(int *)arg;
}

/* With its payload, and to nobody else. */
static void gives_the_error(long number)
{
	eg_pool *pool = pool_make(1);
	int error = (int)number, reports = 0;
	void *payload = NULL;

	egt_eq(eg_set_error_handler(count_error, &reports), 0);
	egt_eq(eg_pool_apply(pool, fail_with, &error, &payload, EG_FOREVER),
	       error);
	egt_ptr_eq(payload, &error);
	settle();
	egt_eq(reports, 0);
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void *apply_spawn_waits(void *arg)
{
	void *value = NULL;

	egt_eq(eg_pool_apply(arg, give_back, arg, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, arg);
	return NULL;
}

static void waits_for_a_place(long callers)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	eg_group group = { 0 };

	for (long i = 0; i < callers; i++)
		egt_eq(eg_group_spawn(&group, apply_spawn_waits, pool, NULL),
		       0);
	settle();
	egt_eq(pool_stats(pool).waiting, callers);
	egt_eq(eg_event_set(&g.open), 1);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	pool_drop(pool, &g);
}

/* Its function is cancelled, and has ended. */
static void cut_short_it_ends_the_call(long ms)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(2);
	int64_t start = eg_now();

	egt_eq(eg_pool_apply(pool, pass_gate, &g, NULL, start + ms * EG_MSEC),
	       -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	egt_eq(g.left, 1);
	egt_eq(g.cut, 1);
	pool_drop(pool, &g);
}

struct applier {
	eg_pool *pool;
	struct gate *gate;
	int result;
};

static void *apply_gate(void *arg)
{
	struct applier *a = arg;

	a->result =
		eg_pool_apply(a->pool, pass_gate, a->gate, NULL, EG_FOREVER);
	return NULL;
}

static void cancelled_it_ends_the_call(long error)
{
	struct gate g = { .inside = 0 };
	struct applier a = { pool_make(2), &g, 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, apply_gate, &a), 0);
	settle();
	egt_eq(g.inside, 1);
	egt_eq(eg_kill(f, (int)error, EG_NOW), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(a.result, error);
	egt_eq(g.cut, 1);
	pool_drop(a.pool, &g);
}

/* Its caller learns that the pool was cancelled. */
static void pool_cancelled_under_it(long runs_first)
{
	struct gate g = { .inside = 0 };
	struct applier a = { pool_make(1), &g, 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, apply_gate, &a), 0);
	egt_eq(eg_yield(), 0);
	if (runs_first)
		settle();
	egt_eq(g.inside, runs_first);
	egt_eq(eg_pool_cancel(a.pool, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	/* What ran has returned as it liked. */
	egt_eq(a.result, runs_first ? 0 : -ECANCELED);
	pool_drop(a.pool, &g);
}

struct deep {
	eg_pool *pool;
	eg_fiber *first;
	long depth;
	int error;
};

static void *apply_deeper(void *arg)
{
	struct deep *d = arg;
	void *value = NULL;
	int want;

	if (!d->first)
		d->first = eg_self();
	egt_ptr_eq(eg_self(), d->first);
	if (--d->depth == 0)
		return d->error ? eg_fail(d->error, d) : d;
	want = d->depth == 1 ? d->error : 0;
	egt_eq(eg_pool_apply(d->pool, apply_deeper, d, &value, EG_FOREVER),
	       want);
	egt_ptr_eq(value, d);
	return d;
}

/* Full or not; and an error inside is not the caller's own. */
static void member_calls_it_itself(long depth)
{
	for (int size = 1; size < 3; size++) {
		for (int error = 0; error >= -EIO; error -= EIO) {
			struct deep d = { pool_make(size), NULL, depth, error };
			int want = depth == 1 ? error : 0;

			egt_eq(eg_pool_apply(d.pool, apply_deeper, &d, NULL,
					     EG_FOREVER),
			       want);
			egt_eq(d.depth, 0);
			egt_eq(eg_pool_free(d.pool), 0);
		}
	}
}

/* Async */

static void async_never_waits(long size)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled((int)size, &g, (int)size);
	eg_result results[5];
	void *value;

	for (int i = 0; i < 5; i++) {
		egt_eq(eg_result_init(&results[i]), 0);
		egt_eq(eg_pool_apply_async(pool, give_back, &results[i],
					   &results[i]),
		       0);
	}
	settle();
	egt_eq(pool_stats(pool).waiting, 5);
	egt_eq(pool_stats(pool).running, size);
	for (int i = 0; i < 5; i++)
		egt_true(!eg_result_is_set(&results[i]));
	if (!size)
		egt_eq(eg_pool_resize(pool, 1), 0);
	egt_le(0, eg_event_set(&g.open));
	/* Those in line count. */
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	for (int i = 0; i < 5; i++) {
		egt_eq(eg_result_get(&results[i], &value, EG_NOW), 0);
		egt_ptr_eq(value, &results[i]);
	}
	pool_drop(pool, &g);
}

static void async_sends_the_error(long number)
{
	eg_pool *pool = pool_make(1);
	int error = (int)number;
	eg_result result = { 0 };

	egt_eq(eg_pool_apply_async(pool, fail_with, &error, &result), 0);
	egt_eq(eg_result_get(&result, NULL, EG_FOREVER), error);
	egt_true(eg_result_is_set(&result));
	egt_ptr_eq(eg_result_payload(&result), &error);
	egt_eq(eg_pool_free(pool), 0);
}

/* In its place, or in line. */
static void async_cancelled_before_it_ran(long size)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make((int)size);
	eg_result results[3];

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_result_init(&results[i]), 0);
		egt_eq(eg_pool_apply_async(pool, pass_gate, &g, &results[i]),
		       0);
	}
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(g.entered, 0);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_result_get(&results[i], NULL, EG_FOREVER),
		       -ECANCELED);
		egt_true(eg_result_is_set(&results[i]));
	}
	egt_eq(pool_stats(pool).free, size);
	egt_eq(pool_stats(pool).waiting, 0);
	pool_drop(pool, &g);
}

/* The calls in line take their turn with those who wait there. */
static void async_stands_in_line(long unused)
{
	struct gate g = { .inside = 0 };
	struct trace t = { .len = 0 };
	struct letter letters[4] = {
		{ &t, 'a' }, { &t, 'b' }, { &t, 'c' }, { &t, 'd' }
	};
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s = { pool, write_letter, &letters[1], EG_FOREVER,
				  0,	NULL };
	eg_result results[3];

	(void)unused;
	for (int i = 0; i < 3; i++)
		egt_eq(eg_result_init(&results[i]), 0);
	egt_eq(eg_pool_apply_async(pool, write_letter, &letters[0],
				   &results[0]),
	       0);
	pool_begin_spawn(&s);
	egt_eq(eg_pool_apply_async(pool, write_letter, &letters[2],
				   &results[1]),
	       0);
	egt_eq(eg_pool_apply_async(pool, write_letter, &letters[3],
				   &results[2]),
	       0);
	egt_eq(eg_event_set(&g.open), 1);
	egt_eq(pool_end_spawn(&s), 0);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_str_eq(t.text, "abcd");
	pool_drop(pool, &g);
}

struct from_hub {
	eg_pool *pool;
	eg_result *result;
	eg_event called;
	int spawned, applied;
};

static void call_from_hub(eg_timer *timer, void *arg)
{
	struct from_hub *h = arg;

	(void)timer;
	h->spawned = eg_pool_spawn(h->pool, give_back, NULL, EG_NOW);
	h->applied = eg_pool_apply_async(h->pool, give_back, h, h->result);
	egt_eq(eg_event_set(&h->called), 1);
}

static void async_works_from_the_hub(long size)
{
	eg_result result = { 0 };
	struct from_hub h = { pool_make((int)size), &result, { { 0 } }, 1, 1 };
	eg_timer timer;
	void *value;

	egt_eq(eg_timer_init(&timer, call_from_hub, &h), 0);
	egt_eq(eg_timer_start(&timer, eg_now()), 0);
	egt_eq(eg_event_wait(&h.called, EG_FOREVER), 0);
	egt_eq(h.spawned, size ? 0 : -ETIMEDOUT);
	egt_eq(h.applied, 0);
	egt_eq(eg_pool_resize(h.pool, 1), 0);
	egt_eq(eg_result_get(&result, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &h);
	egt_eq(eg_pool_wait(h.pool, EG_FOREVER), 0);
	egt_eq(eg_pool_free(h.pool), 0);
}

static const struct conform cases[] = {
	{ "PL-05", "the value", gives_the_result, 1 },
	{ "PL-05", "the value", gives_the_result, 4 },
	{ "PL-05", "the error and its payload", gives_the_error, -EIO },
	{ "PL-05", "the error and its payload", gives_the_error, -ETIMEDOUT },
	{ "PL-05", "an error is any", gives_the_error, -ECANCELED },
	{ "PL-05", "waits for a place", waits_for_a_place, 1 },
	{ "PL-05", "waits for a place", waits_for_a_place, 5 },
	{ "PL-05", "at the deadline it is over", cut_short_it_ends_the_call,
	  1 },
	{ "PL-05", "at the deadline it is over", cut_short_it_ends_the_call,
	  30 },
	{ "PL-05", "killed, it is over", cancelled_it_ends_the_call,
	  -ECANCELED },
	{ "PL-05", "killed, it is over", cancelled_it_ends_the_call, -EIO },
	{ "PL-02", "the pool is cancelled under it", pool_cancelled_under_it,
	  0 },
	{ "PL-02", "the pool is cancelled under it", pool_cancelled_under_it,
	  1 },
	{ "PL-05", "a member calls it itself", member_calls_it_itself, 1 },
	{ "PL-05", "a member calls it itself", member_calls_it_itself, 2 },
	{ "PL-05", "a member calls it itself", member_calls_it_itself, 20 },
	{ "PL-05", "async never waits", async_never_waits, 0 },
	{ "PL-05", "async never waits", async_never_waits, 1 },
	{ "PL-05", "async never waits", async_never_waits, 3 },
	{ "PL-05", "async sends the error", async_sends_the_error, -EIO },
	{ "PL-05", "async sends the error", async_sends_the_error, -ECANCELED },
	{ "PL-02", "async cancelled before it ran",
	  async_cancelled_before_it_ran, 0 },
	{ "PL-02", "async cancelled before it ran",
	  async_cancelled_before_it_ran, 1 },
	{ "PL-02", "async cancelled before it ran",
	  async_cancelled_before_it_ran, 3 },
	{ "PL-05", "async stands in line", async_stands_in_line, 0 },
	{ "PL-05", "async from the hub", async_works_from_the_hub, 0 },
	{ "PL-05", "async from the hub", async_works_from_the_hub, 2 },
};
CONFORMANCE(pool_calls_give_results, cases)
