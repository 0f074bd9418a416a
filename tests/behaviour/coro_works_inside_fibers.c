/* SPDX-License-Identifier: MIT */
/*
 * Coroutines in fibers: each fiber has its own, and what blocks in one of them
 * blocks its fiber (semantics GL-15, GL-18, GL-22, HB-06).
 */
#include "coro_kit.h"

static struct trace trace;

static eg_coro_result sleeps_and_adds(void *value)
{
	eg_coro_result r = R(0, value);

	do {
		egt_eq(eg_sleep(N(r.value) * EG_MSEC), 0);
		r = eg_coro_switch(eg_coro_main(), V(N(r.value) + 1));
	} while (r.code == 0);
	return r;
}

EG_TEST(coro_sleep_parks_its_fiber)
{
	eg_coro *c = coro_new(sleeps_and_adds);
	int64_t start = eg_now();

	egt_eq(coro_ask(c, 5), 6);
	egt_eq(coro_ask(c, 1), 2);
	if (egt_is_sim())
		egt_eq(eg_now() - start, 6 * EG_MSEC);
	else
		egt_le(6 * EG_MSEC, eg_now() - start);
	eg_coro_unref(c);
}

static void *drives(void *arg)
{
	eg_coro *c = coro_new(sleeps_and_adds);
	intptr_t n = N(arg);

	for (int i = 0; i < 20; i++)
		egt_eq(coro_ask(c, n % 3), n % 3 + 1);
	eg_coro_unref(c);
	return arg;
}

/* GL-15: many fibers, each parked in a coroutine of its own. */
EG_TEST(coro_of_many_fibers_do_not_mix)
{
	enum { FIBERS = 50 };
	eg_fiber *f[FIBERS];
	void *result;

	for (intptr_t i = 0; i < FIBERS; i++)
		egt_eq(eg_spawn(&f[i], drives, V(i)), 0);
	for (intptr_t i = 0; i < FIBERS; i++) {
		egt_eq(eg_join(f[i], &result, EG_FOREVER), 0);
		egt_eq(N(result), i);
	}
}

static void *has_another_main(void *arg)
{
	egt_true(eg_coro_main() != arg);
	egt_ptr_eq(eg_coro_main(), eg_coro_self());
	return NULL;
}

/* GL-15 */
EG_TEST(coro_main_is_the_fibers_own)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, has_another_main, eg_coro_main()), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void *switches_to_it(void *arg)
{
	RESULT_EQ(eg_coro_switch(arg, V(1)), -EPERM, 0);
	RESULT_EQ(eg_coro_throw(arg, -EDOM, V(1)), -EPERM, 0);
	egt_eq(eg_coro_set_parent(arg, eg_coro_main()), -EPERM);
	return NULL;
}

/* GL-18 */
EG_TEST(coro_of_another_fiber_is_refused)
{
	eg_coro *c = coro_new(coro_adds_one);
	eg_fiber *f;

	egt_eq(coro_ask(c, 1), 2);
	coro_log_catch();
	egt_eq(eg_spawn(&f, switches_to_it, c), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_has(coro_log_line, "another fiber");
	egt_eq(coro_ask(c, 2), 3);
	eg_coro_unref(c);
}

static eg_coro_result says_when_it_ends(void *value)
{
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);

	trace_add(&trace, r.code == -ECANCELED ? 'x' : '?');
	return r;
}

static void *leaves_one(void *arg)
{
	eg_coro **ret = arg;

	*ret = coro_new(says_when_it_ends);
	egt_eq(coro_ask(*ret, 1), 1);
	trace_add(&trace, 'f');
	return NULL;
}

/* GL-22: a fiber's coroutines unwind at its end. */
EG_TEST(coro_unwinds_when_its_fiber_ends)
{
	eg_coro *c;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, leaves_one, &c), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "fx");
	egt_true(eg_coro_is_dead(c));
	coro_log_catch();
	egt_eq(eg_coro_switch(c, NULL).code, -EPERM);
	egt_str_has(coro_log_line, "has ended");
	eg_coro_unref(c);
}

static void clean(void *arg)
{
	(void)arg;
	trace_add(&trace, 'c');
}

static eg_coro_result pushes_and_sleeps(void *value)
{
	eg_coro_result r;

	egt_eq(eg_cleanup_push(clean, NULL), 0);
	r = eg_coro_switch(eg_coro_main(), value);
	/* The fiber's end waits for it. */
	egt_eq(eg_sleep(EG_MSEC), 0);
	trace_add(&trace, 's');
	egt_eq(eg_cleanup_pop(true), 0);
	return r;
}

static void *exits_with_one(void *arg)
{
	eg_coro **ret = arg;

	*ret = coro_new(pushes_and_sleeps);
	egt_eq(coro_ask(*ret, 1), 1);
	eg_exit(V(3));
	return NULL;
}

/* GL-22: before the cleanups, which may be its own; it may block. */
EG_TEST(coro_may_block_when_its_fiber_ends)
{
	void *result;
	eg_coro *c;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, exits_with_one, &c), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_eq(N(result), 3);
	egt_str_eq(trace.text, "sc");
	eg_coro_unref(c);
}

static int run_and_leave(void *arg)
{
	leaves_one(arg);
	return 0;
}

/* GL-22: the main fiber's, when the hub is taken down. */
EG_TEST_PLAIN(coro_unwinds_when_the_hub_ends)
{
	eg_coro *c;

	egt_eq(eg_run(run_and_leave, &c, NULL, NULL), 0);
	egt_str_eq(trace.text, "fx");
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static eg_coro_result exits_fiber(void *value)
{
	(void)value;
	return R(eg_exit(NULL), NULL);
}

static void *exits_from_inside(void *arg)
{
	eg_coro *c = coro_new(exits_fiber);

	egt_eq(eg_coro_switch(c, NULL).code, -EPERM);
	eg_coro_unref(c);
	return arg;
}

/* Its frames are not those of the fiber. */
EG_TEST(coro_cannot_end_its_fiber)
{
	void *result;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, exits_from_inside, V(6)), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_eq(N(result), 6);
}

static eg_coro_result sleeps_long(void *value)
{
	(void)value;
	return R(0, V(eg_sleep_until(EG_FOREVER)));
}

static void *waits_inside(void *arg)
{
	eg_coro *c = coro_new(sleeps_long);

	(void)arg;
	arg = V(coro_ask(c, 0));
	eg_coro_unref(c);
	return arg;
}

EG_TEST(coro_is_woken_when_its_fiber_is_cancelled)
{
	void *result;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, waits_inside, NULL), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_eq(N(result), -ECANCELED);
}

static eg_coro_result spawns_and_joins(void *value)
{
	void *result;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, drives, value), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	return R(0, result);
}

EG_TEST(coro_may_spawn_and_join)
{
	eg_coro *c = coro_new(spawns_and_joins);

	egt_eq(coro_ask(c, 4), 4);
	eg_coro_unref(c);
}

static eg_coro_result blocks(void *value)
{
	return R(eg_sleep(EG_MSEC), value);
}

static eg_coro *of_callback;

static void on_timer(eg_timer *timer, void *arg)
{
	int *calls = arg;
	eg_coro *c = coro_new(blocks);

	(void)timer;
	/* HB-06: there is no fiber that it could park. */
	egt_eq(eg_coro_switch(c, NULL).code, -EPERM);
	eg_coro_unref(c);
	if (!of_callback)
		of_callback = coro_new(says_when_it_ends);
	if (++*calls == 1)
		egt_eq(coro_ask(of_callback, 8), 8);
}

static int runs_callbacks(void *arg)
{
	int calls = 0;
	eg_timer timer;

	(void)arg;
	egt_eq(eg_timer_init(&timer, on_timer, &calls), 0);
	while (calls < 2) {
		int before = calls;

		egt_eq(eg_timer_start(&timer, EG_NOW), 0);
		while (calls == before)
			egt_eq(eg_yield(), 0);
	}
	egt_str_eq(trace.text, "");
	return 0;
}

/* GL-22: callbacks have coroutines too, until the hub ends. */
EG_TEST_PLAIN(coro_works_in_callbacks)
{
	coro_log_catch();
	egt_eq(eg_run(runs_callbacks, NULL, NULL, NULL), 0);
	egt_str_eq(trace.text, "x");
	egt_true(eg_coro_is_dead(of_callback));
	eg_coro_unref(of_callback);
}

static eg_coro_result runs_a_hub(void *value)
{
	void *inner = NULL;
	int status = 0;

	(void)value;
	egt_eq(eg_run(run_and_leave, &inner, NULL, &status), 0);
	return R(0, inner);
}

/* GL-18: a hub inside a coroutine, and back. */
EG_TEST_PLAIN(coro_may_run_a_hub)
{
	eg_coro *c = coro_new(runs_a_hub);
	void *inner;

	inner = V(coro_ask(c, 0));
	egt_true(eg_coro_is_dead(c));
	egt_true(eg_coro_is_dead(inner));
	egt_str_eq(trace.text, "fx");
	eg_coro_unref(inner);
	eg_coro_unref(c);
}

static int yields_numbers(void *arg)
{
	for (intptr_t i = 0; i < N(arg); i++) {
		egt_eq(eg_yield(), 0);
		egt_eq(eg_gen_yield(V(i)).code, 0);
	}
	return 0;
}

static void *consumes(void *arg)
{
	intptr_t sum = 0;
	eg_coro_result r;
	eg_gen *g;

	egt_eq(eg_gen_new(&g, yields_numbers, arg, NULL), 0);
	while ((r = eg_gen_next(g)).code == 1)
		sum += N(r.value);
	eg_gen_free(g);
	return V(sum);
}

EG_TEST(coro_generators_of_many_fibers_interleave)
{
	enum { FIBERS = 20 };
	eg_fiber *f[FIBERS];
	void *result;

	for (intptr_t i = 0; i < FIBERS; i++)
		egt_eq(eg_spawn(&f[i], consumes, V(i)), 0);
	for (intptr_t i = 0; i < FIBERS; i++) {
		egt_eq(eg_join(f[i], &result, EG_FOREVER), 0);
		egt_eq(N(result), i * (i - 1) / 2);
	}
}

static int sleeps_a_little(enum eg_coro_event event, eg_coro *origin,
			   eg_coro *target, void *arg)
{
	int *calls = arg;

	(void)event;
	(void)origin;
	(void)target;
	++*calls;
	return eg_sleep(EG_MSEC);
}

/* GL-24: on whatever stack the callback is, the fiber is parked there. */
EG_TEST(coro_trace_may_park_the_fiber)
{
	eg_coro *c = coro_new(coro_adds_one);
	int calls = 0;

	egt_eq(eg_coro_set_trace(sleeps_a_little, &calls, NULL, NULL), 0);
	for (int i = 0; i < 5; i++)
		egt_eq(coro_ask(c, i), i + 1);
	egt_eq(calls, 10);
	egt_eq(eg_coro_set_trace(NULL, NULL, NULL, NULL), 0);
	eg_coro_unref(c);
}

static void *keeps_in_data(void *arg)
{
	/* Dropped by who joins it, after its end. */
	*(eg_coro **)arg = coro_new(coro_adds_one);
	return NULL;
}

/* GL-21 */
EG_TEST(coro_outlives_its_fiber_as_a_reference)
{
	eg_coro *c[10];
	eg_fiber *f;

	for (int i = 0; i < 10; i++) {
		egt_eq(eg_spawn(&f, keeps_in_data, &c[i]), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	}
	for (int i = 0; i < 10; i++)
		eg_coro_unref(c[i]);
}
