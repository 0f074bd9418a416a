/* SPDX-License-Identifier: MIT */
/*
 * Errors thrown into coroutines in each state (semantics GL-10 to GL-13).
 */
#include "coro_kit.h"

#include <limits.h>

static struct trace trace;

/* Answers with what it gets, be it the payload of an error that it knows. */
static eg_coro_result tells(void *value)
{
	eg_coro_result r = R(0, value);

	do {
		if (r.code == -EDOM)
			trace_add(&trace, 'c');
		r = eg_coro_switch(eg_coro_main(), r.value);
	} while (r.code == 0 || r.code == -EDOM);
	return r;
}

/* GL-10 */
EG_TEST_PLAIN(coro_throw_is_raised_at_the_switch)
{
	eg_coro *c = coro_new(tells);

	egt_eq(coro_ask(c, 1), 1);
	RESULT_EQ(eg_coro_throw(c, -EDOM, V(55)), 0, 55);
	egt_str_eq(trace.text, "c");
	egt_eq(coro_ask(c, 2), 2);
	eg_coro_unref(c);
}

/* GL-10: nothing is switched. */
EG_TEST_PLAIN(coro_throw_of_no_error_is_refused)
{
	static const int bad[] = { 0, 1, EDOM, INT_MAX, INT_MIN, -4096 };
	eg_coro *c = coro_new(tells);

	egt_eq(coro_ask(c, 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		egt_casef("%d", bad[i]);
		RESULT_EQ(eg_coro_throw(c, bad[i], V(1)), -EINVAL, 0);
		egt_true(eg_coro_is_active(c));
	}
	egt_str_eq(trace.text, "");
	eg_coro_unref(c);
}

/* GL-10 */
EG_TEST_PLAIN(coro_throw_brings_any_errno)
{
	eg_coro *c = coro_new(coro_adds_one);

	for (int error = -4095; error < 0; error += 13) {
		egt_casef("%d", error);
		egt_eq(coro_ask(c, 1), 2);
		RESULT_EQ(eg_coro_throw(c, error, V(error)), error, error);
		eg_coro_unref(c);
		c = coro_new(coro_adds_one);
	}
	eg_coro_unref(c);
}

/* GL-09, GL-10 */
EG_TEST_PLAIN(coro_throw_of_cancel_ends_it)
{
	eg_coro *c = coro_new(coro_adds_one);

	egt_eq(coro_ask(c, 1), 2);
	RESULT_EQ(eg_coro_throw(c, -ECANCELED, V(8)), 0, 8);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static eg_coro_result must_not_run(void *value)
{
	(void)value;
	egt_fail("it ran");
	return R(0, NULL);
}

/* GL-11 */
EG_TEST_PLAIN(coro_throw_into_unstarted_never_runs_it)
{
	eg_coro *c = coro_new(must_not_run);

	RESULT_EQ(eg_coro_throw(c, -EDOM, V(6)), -EDOM, 6);
	egt_true(eg_coro_is_dead(c));
	egt_true(eg_coro_is_started(c));
	eg_coro_unref(c);
}

/* GL-11 */
EG_TEST_PLAIN(coro_throw_of_cancel_into_unstarted_is_a_value)
{
	eg_coro *c = coro_new(must_not_run);

	RESULT_EQ(eg_coro_throw(c, -ECANCELED, V(6)), 0, 6);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

/* GL-11: the parent, not the caller. */
EG_TEST_PLAIN(coro_throw_into_unstarted_reaches_its_parent)
{
	eg_coro *parent = coro_new(tells);
	eg_coro *c = coro_under(parent, must_not_run);

	egt_eq(coro_ask(parent, 1), 1);
	RESULT_EQ(eg_coro_throw(c, -EDOM, V(9)), 0, 9);
	egt_str_eq(trace.text, "c");
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

/* GL-12 */
EG_TEST_PLAIN(coro_throw_into_dead_is_raised_in_its_ancestor)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(coro_ask(c, 1), 1);
	RESULT_EQ(eg_coro_throw(c, -EDOM, V(2)), -EDOM, 2);
	eg_coro_unref(c);
}

/* GL-12 */
EG_TEST_PLAIN(coro_throw_of_cancel_into_dead_is_a_value)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(coro_ask(c, 1), 1);
	RESULT_EQ(eg_coro_throw(c, -ECANCELED, V(2)), 0, 2);
	eg_coro_unref(c);
}

/* GL-12: by the time it reaches somebody alive, it is a value. */
EG_TEST_PLAIN(coro_throw_of_cancel_into_dead_cancels_nobody)
{
	eg_coro *alive = coro_new(coro_adds_one);
	eg_coro *dead = coro_under(alive, coro_returns_it);

	egt_eq(coro_ask(alive, 1), 2);
	egt_eq(coro_ask(dead, 5), 6);
	egt_true(eg_coro_is_dead(dead));
	RESULT_EQ(eg_coro_throw(dead, -ECANCELED, V(7)), 0, 8);
	egt_true(eg_coro_is_active(alive));
	eg_coro_unref(dead);
	eg_coro_unref(alive);
}

/* GL-13 */
EG_TEST_PLAIN(coro_throw_into_itself_returns_at_once)
{
	RESULT_EQ(eg_coro_throw(eg_coro_self(), -EDOM, V(5)), -EDOM, 5);
	RESULT_EQ(eg_coro_throw(eg_coro_self(), -ECANCELED, V(6)), -ECANCELED,
		  6);
}

static eg_coro_result throws_into_main(void *value)
{
	return eg_coro_throw(eg_coro_main(), -ERANGE, value);
}

/* GL-10: main is as good a target as any. */
EG_TEST_PLAIN(coro_throw_into_main_is_raised_there)
{
	eg_coro *c = coro_new(throws_into_main);

	RESULT_EQ(eg_coro_switch(c, V(3)), -ERANGE, 3);
	egt_true(eg_coro_is_active(c));
	eg_coro_unref(c);
}

static eg_coro_result throws_into_a_friend(void *value)
{
	return eg_coro_throw(value, -EDOM, V(1));
}

static eg_coro_result answers_who_threw(void *value)
{
	(void)value;
	RESULT_EQ(eg_coro_switch(eg_coro_main(), NULL), -EDOM, 1);
	return eg_coro_switch(eg_coro_data(eg_coro_self()), V(4));
}

/* GL-10: and who threw gets a value back. */
EG_TEST_PLAIN(coro_throw_may_be_answered)
{
	eg_coro *target = coro_new(answers_who_threw);
	eg_coro *thrower = coro_new(throws_into_a_friend);

	egt_eq(eg_coro_set_data(target, thrower), 0);
	egt_eq(coro_ask(target, 0), 0);
	egt_eq(coro_ask(thrower, N(target)), 4);
	eg_coro_unref(thrower);
	eg_coro_unref(target);
}
