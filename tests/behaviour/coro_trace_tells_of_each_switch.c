/* SPDX-License-Identifier: MIT */
/*
 * The trace callback: when, where, and what its own switches and errors do
 * (semantics GL-24, GL-25, GL-26).
 */
#include "coro_kit.h"

static struct trace trace;

/* Letters for coroutines: m is main, others by their data. */
static char letter(eg_coro *c)
{
	return c == eg_coro_main() ? 'm' : (char)N(eg_coro_data(c));
}

static int writes(enum eg_coro_event event, eg_coro *origin, eg_coro *target,
		  void *arg)
{
	struct trace *t = arg;

	egt_ptr_eq(eg_coro_self(), target);
	trace_add(t, letter(origin));
	trace_add(t, event == EG_CORO_THREW ? '!' : '>');
	trace_add(t, letter(target));
	trace_add(t, ' ');
	return 0;
}

static eg_coro *named(char name, eg_coro_fn *fn)
{
	eg_coro *c = coro_new(fn);

	egt_eq(eg_coro_set_data(c, V(name)), 0);
	return c;
}

static int trace_on(eg_coro_trace_fn *fn)
{
	return eg_coro_set_trace(fn, &trace, NULL, NULL);
}

/* GL-24: first start, switches, and the end. */
EG_TEST_PLAIN(coro_trace_tells_of_each_switch)
{
	eg_coro *a = named('a', coro_adds_one),
		*b = named('b', coro_returns_it);

	egt_eq(trace_on(writes), 0);
	egt_eq(coro_ask(a, 1), 2);
	egt_eq(coro_ask(a, 2), 3);
	egt_eq(coro_ask(b, 3), 3);
	egt_eq(trace_on(NULL), 0);
	egt_eq(coro_ask(a, 4), 5);
	egt_str_eq(trace.text, "m>a a>m m>a a>m m>b b>m ");
	eg_coro_unref(a);
	eg_coro_unref(b);
}

/* GL-24 */
EG_TEST_PLAIN(coro_trace_tells_of_errors)
{
	eg_coro *a = named('a', coro_adds_one);

	egt_eq(coro_ask(a, 1), 2);
	egt_eq(trace_on(writes), 0);
	RESULT_EQ(eg_coro_throw(a, -EDOM, V(8)), -EDOM, 8);
	egt_str_eq(trace.text, "m!a a!m ");
	eg_coro_unref(a);
	egt_eq(trace_on(NULL), 0);
}

/* GL-24: a switch that goes nowhere is none. */
EG_TEST_PLAIN(coro_trace_is_silent_without_a_switch)
{
	eg_coro *dead = named('d', coro_returns_it);

	egt_eq(coro_ask(dead, 1), 1);
	egt_eq(trace_on(writes), 0);
	egt_eq(coro_ask(eg_coro_self(), 1), 1);
	egt_eq(coro_ask(dead, 2), 2);
	egt_eq(eg_coro_throw(eg_coro_self(), -EDOM, NULL).code, -EDOM);
	egt_str_eq(trace.text, "");
	eg_coro_unref(dead);
}

/* GL-24 */
EG_TEST_PLAIN(coro_trace_returns_the_previous)
{
	eg_coro_trace_fn *fn = writes;
	void *arg = &fn;

	egt_eq(eg_coro_set_trace(writes, &trace, &fn, &arg), 0);
	egt_true(!fn);
	egt_ptr_eq(arg, NULL);
	egt_eq(eg_coro_set_trace(NULL, NULL, &fn, &arg), 0);
	egt_true(fn == writes);
	egt_ptr_eq(arg, &trace);
}

static void *switches_untraced(void *arg)
{
	eg_coro *c = named('a', coro_adds_one);

	(void)arg;
	egt_eq(coro_ask(c, 1), 2);
	eg_coro_unref(c);
	return NULL;
}

/* GL-24 */
EG_TEST_PLAIN(coro_trace_is_the_threads_own)
{
	egt_eq(trace_on(writes), 0);
	in_thread(switches_untraced, NULL);
	egt_str_eq(trace.text, "");
}

static int fails(enum eg_coro_event event, eg_coro *origin, eg_coro *target,
		 void *arg)
{
	writes(event, origin, target, arg);
	return -ENOTTY;
}

static eg_coro_result tells_what_it_gets(void *value)
{
	eg_coro_result r = R(0, value);

	trace_add(&trace, 's');
	do {
		r = eg_coro_switch(eg_coro_main(), r.value);
	} while (r.code == 0);
	return R(0, V(r.code));
}

/* GL-25: instead of the value, in the target. */
EG_TEST_PLAIN(coro_trace_error_replaces_the_value)
{
	eg_coro_trace_fn *left = fails;
	eg_coro *c = named('c', tells_what_it_gets);

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(trace_on(fails), 0);
	egt_eq(coro_ask(c, 2), -ENOTTY);
	/* And it is not called again. */
	egt_str_eq(trace.text, "sm>c ");
	egt_eq(eg_coro_set_trace(NULL, NULL, &left, NULL), 0);
	egt_true(!left);
	eg_coro_unref(c);
}

/* GL-25 */
EG_TEST_PLAIN(coro_trace_error_replaces_an_error)
{
	eg_coro *c = named('c', tells_what_it_gets);

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(trace_on(fails), 0);
	RESULT_EQ(eg_coro_throw(c, -ECANCELED, V(3)), 0, -ENOTTY);
	eg_coro_unref(c);
}

/* GL-25: in the main coroutine, as in any. */
EG_TEST_PLAIN(coro_trace_error_replaces_a_result)
{
	eg_coro *c = named('c', coro_adds_one);

	egt_eq(coro_ask(c, 1), 2);
	egt_eq(trace_on(writes), 0);
	egt_eq(coro_ask(c, 1), 2);
	egt_eq(trace_on(fails), 0);
	/* The target is c, which ends with it, untraced. */
	RESULT_EQ(eg_coro_switch(c, V(1)), -ENOTTY, 0);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

/* GL-25: at the first start, its function is never called. */
EG_TEST_PLAIN(coro_trace_error_at_the_start_ends_it)
{
	eg_coro *c = named('c', tells_what_it_gets);

	egt_eq(trace_on(fails), 0);
	egt_eq(eg_coro_switch(c, V(1)).code, -ENOTTY);
	egt_str_eq(trace.text, "m>c ");
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static eg_coro *helper;

static int switches(enum eg_coro_event event, eg_coro *origin, eg_coro *target,
		    void *arg)
{
	writes(event, origin, target, arg);
	for (int i = 0; i < 3; i++)
		egt_eq(coro_ask(helper, 100 + i), 101 + i);
	return 0;
}

static eg_coro_result helps_anybody(void *value)
{
	for (;;) {
		eg_coro *asker = eg_coro_data(eg_coro_self());
		eg_coro_result r = eg_coro_switch(asker, V(N(value) + 1));

		if (r.code < 0)
			return r;
		value = r.value;
	}
}

static int asks_helper(enum eg_coro_event event, eg_coro *origin,
		       eg_coro *target, void *arg)
{
	eg_coro_set_data(helper, target);
	return switches(event, origin, target, arg);
}

static eg_coro_result counts_values(void *value)
{
	intptr_t sum = N(value);

	for (;;) {
		eg_coro_result r = eg_coro_switch(eg_coro_main(), V(sum));

		if (r.code < 0)
			return r;
		sum += N(r.value);
	}
}

/* GL-26: on top of the target's pending switch, others come and go. */
EG_TEST_PLAIN(coro_trace_that_switches_spoils_no_value)
{
	eg_coro *c = named('c', counts_values);
	intptr_t sum = 0;

	helper = coro_new(helps_anybody);
	egt_eq(trace_on(asks_helper), 0);
	for (int i = 0; i < 10; i++) {
		trace.len = 0;
		sum += i;
		egt_eq(coro_ask(c, i), sum);
		/* Its own switches are not traced. */
		egt_str_eq(trace.text, "m>c c>m ");
	}
	egt_eq(trace_on(NULL), 0);
	eg_coro_unref(c);
	eg_coro_unref(helper);
}

static int starts_others(enum eg_coro_event event, eg_coro *origin,
			 eg_coro *target, void *arg)
{
	eg_coro *c = coro_new(coro_returns_it);

	writes(event, origin, target, arg);
	egt_eq(coro_ask(c, 77), 77);
	eg_coro_unref(c);
	return 0;
}

/* GL-26 */
EG_TEST_PLAIN(coro_trace_may_start_and_end_others)
{
	eg_coro *a = named('a', coro_adds_one),
		*b = named('b', coro_returns_it);

	egt_eq(trace_on(starts_others), 0);
	egt_eq(coro_ask(a, 1), 2);
	egt_eq(coro_ask(b, 3), 3);
	egt_str_eq(trace.text, "m>a a>m m>b b>m ");
	egt_eq(trace_on(NULL), 0);
	eg_coro_unref(a);
	eg_coro_unref(b);
}

static int drops_origin(enum eg_coro_event event, eg_coro *origin,
			eg_coro *target, void *arg)
{
	(void)event;
	(void)arg;
	if (target == eg_coro_main()) {
		egt_true(eg_coro_is_dead(origin));
		eg_coro_unref(origin);
	}
	return 0;
}

/* GL-24: the origin is there for as long as the callback runs. */
EG_TEST_PLAIN(coro_trace_may_drop_who_has_ended)
{
	egt_eq(trace_on(drops_origin), 0);
	for (int i = 0; i < 10; i++)
		egt_eq(coro_ask(coro_new(coro_returns_it), i), i);
	egt_eq(trace_on(NULL), 0);
}

static int turns_itself_off(enum eg_coro_event event, eg_coro *origin,
			    eg_coro *target, void *arg)
{
	writes(event, origin, target, arg);
	return trace_on(NULL);
}

EG_TEST_PLAIN(coro_trace_may_turn_itself_off)
{
	eg_coro *a = named('a', coro_adds_one);

	egt_eq(trace_on(turns_itself_off), 0);
	egt_eq(coro_ask(a, 1), 2);
	egt_str_eq(trace.text, "m>a ");
	eg_coro_unref(a);
}

static int yields_twice(void *arg)
{
	egt_eq(eg_gen_yield(arg).code, 0);
	return eg_gen_yield(arg).code;
}

/* GL-24: generators too. */
EG_TEST_PLAIN(coro_trace_tells_of_generators)
{
	eg_coro_options o = EG_CORO_INIT;
	eg_gen *g;

	o.data = V('g');
	egt_eq(eg_gen_new(&g, yields_twice, V(5), &o), 0);
	egt_eq(trace_on(writes), 0);
	RESULT_EQ(eg_gen_next(g), 1, 5);
	RESULT_EQ(eg_gen_next(g), 1, 5);
	RESULT_EQ(eg_gen_next(g), 0, 0);
	RESULT_EQ(eg_gen_next(g), 0, 0);
	egt_str_eq(trace.text, "m>g g>m m>g g>m m>g g>m ");
	egt_eq(trace_on(NULL), 0);
	eg_gen_free(g);
}
