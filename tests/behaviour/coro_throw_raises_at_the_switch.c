/* SPDX-License-Identifier: MIT */
/*
 * Errors thrown into coroutines in each state (semantics GL-10 to GL-13).
 */
#include "coro_kit.h"

#include <limits.h>

static struct trace trace;

static int tells(void *value, void **ret_value)
{
	int r;

	for (;;) {
		*ret_value = NULL;
		r = eg_coro_switch(eg_coro_main(), value, &value);
		if (r == 0)
			continue;
		if (r != -EDOM)
			return r;
		trace_add(&trace, 'c');
		value = eg_coro_payload();
	}
}

/* GL-10 */
EG_TEST_PLAIN(coro_throw_is_raised_at_the_switch)
{
	eg_coro *c = coro_new(tells);
	void *value;

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(eg_coro_throw(c, -EDOM, V(55), &value), 0);
	egt_eq(N(value), 55);
	egt_str_eq(trace.text, "c");
	egt_eq(coro_ask(c, 2), 2);
	eg_coro_unref(c);
}

static void *kept;

static int keeps_its_value(void *value, void **ret_value)
{
	int r;

	(void)ret_value;
	kept = V(3);
	r = eg_coro_switch(eg_coro_main(), value, &kept);
	return r;
}

/* GL-10: results are written on success alone. */
EG_TEST_PLAIN(coro_throw_leaves_the_value_alone)
{
	eg_coro *c = coro_new(keeps_its_value);

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(eg_coro_throw(c, -EDOM, V(55), NULL), -EDOM);
	egt_eq(N(kept), 3);
	eg_coro_unref(c);
}

/* GL-10: nothing is switched. */
EG_TEST_PLAIN(coro_throw_of_no_error_is_refused)
{
	static const int bad[] = { 0, 1, EDOM, INT_MAX, INT_MIN, -4096 };
	eg_coro *c = coro_new(tells);

	egt_eq(coro_ask(c, 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		void *value = V(4);

		egt_casef("%d", bad[i]);
		egt_eq(eg_coro_throw(c, bad[i], V(1), &value), -EINVAL);
		egt_eq(N(value), 4);
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
		egt_eq(eg_coro_throw(c, error, V(error), NULL), error);
		egt_eq(N(eg_coro_payload()), error);
		eg_coro_unref(c);
		c = coro_new(coro_adds_one);
	}
	eg_coro_unref(c);
}

/* GL-09, GL-10 */
EG_TEST_PLAIN(coro_throw_of_cancel_ends_it)
{
	eg_coro *c = coro_new(coro_adds_one);
	void *value;

	egt_eq(coro_ask(c, 1), 2);
	egt_eq(eg_coro_throw(c, -ECANCELED, V(8), &value), 0);
	egt_eq(N(value), 8);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static int must_not_run(void *value, void **ret_value)
{
	(void)value;
	(void)ret_value;
	egt_fail("it ran");
	return 0;
}

/* GL-11 */
EG_TEST_PLAIN(coro_throw_into_unstarted_never_runs_it)
{
	eg_coro *c = coro_new(must_not_run);

	egt_eq(eg_coro_throw(c, -EDOM, V(6), NULL), -EDOM);
	egt_eq(N(eg_coro_payload()), 6);
	egt_true(eg_coro_is_dead(c));
	egt_true(eg_coro_is_started(c));
	eg_coro_unref(c);
}

/* GL-11 */
EG_TEST_PLAIN(coro_throw_of_cancel_into_unstarted_is_a_value)
{
	eg_coro *c = coro_new(must_not_run);
	void *value;

	egt_eq(eg_coro_throw(c, -ECANCELED, V(6), &value), 0);
	egt_eq(N(value), 6);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

/* GL-11: the parent, not the caller. */
EG_TEST_PLAIN(coro_throw_into_unstarted_reaches_its_parent)
{
	eg_coro *parent = coro_new(tells);
	eg_coro *c = coro_under(parent, must_not_run);
	void *value;

	egt_eq(coro_ask(parent, 1), 1);
	egt_eq(eg_coro_throw(c, -EDOM, V(9), &value), 0);
	egt_eq(N(value), 9);
	egt_str_eq(trace.text, "c");
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

/* GL-12 */
EG_TEST_PLAIN(coro_throw_into_dead_is_raised_in_its_ancestor)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(eg_coro_throw(c, -EDOM, V(2), NULL), -EDOM);
	egt_eq(N(eg_coro_payload()), 2);
	eg_coro_unref(c);
}

/* GL-12 */
EG_TEST_PLAIN(coro_throw_of_cancel_into_dead_is_a_value)
{
	eg_coro *c = coro_new(coro_returns_it);
	void *value;

	egt_eq(coro_ask(c, 1), 1);
	egt_eq(eg_coro_throw(c, -ECANCELED, V(2), &value), 0);
	egt_eq(N(value), 2);
	eg_coro_unref(c);
}

/* GL-12: by the time it reaches somebody alive, it is a value. */
EG_TEST_PLAIN(coro_throw_of_cancel_into_dead_cancels_nobody)
{
	eg_coro *alive = coro_new(coro_adds_one);
	eg_coro *dead = coro_under(alive, coro_returns_it);
	void *value;

	egt_eq(coro_ask(alive, 1), 2);
	egt_eq(coro_ask(dead, 5), 6);
	egt_true(eg_coro_is_dead(dead));
	egt_eq(eg_coro_throw(dead, -ECANCELED, V(7), &value), 0);
	egt_eq(N(value), 8);
	egt_true(eg_coro_is_active(alive));
	eg_coro_unref(dead);
	eg_coro_unref(alive);
}

/* GL-13 */
EG_TEST_PLAIN(coro_throw_into_itself_returns_at_once)
{
	void *value = V(1);

	egt_eq(eg_coro_throw(eg_coro_self(), -EDOM, V(5), &value), -EDOM);
	egt_eq(N(eg_coro_payload()), 5);
	egt_eq(eg_coro_throw(eg_coro_self(), -ECANCELED, V(6), &value),
	       -ECANCELED);
	egt_eq(N(eg_coro_payload()), 6);
	egt_eq(N(value), 1);
}

static int throws_into_main(void *value, void **ret_value)
{
	(void)ret_value;
	return eg_coro_throw(eg_coro_main(), -ERANGE, value, NULL);
}

/* GL-10: main is as good a target as any. */
EG_TEST_PLAIN(coro_throw_into_main_is_raised_there)
{
	eg_coro *c = coro_new(throws_into_main);

	egt_eq(eg_coro_switch(c, V(3), NULL), -ERANGE);
	egt_eq(N(eg_coro_payload()), 3);
	egt_true(eg_coro_is_active(c));
	eg_coro_unref(c);
}

static int throws_into_a_friend(void *value, void **ret_value)
{
	void *payload = NULL;

	egt_eq(eg_coro_throw(value, -EDOM, V(1), &payload), 0);
	*ret_value = payload;
	egt_eq(N(eg_coro_payload()), 0);
	return 0;
}

static int answers_who_threw(void *value, void **ret_value)
{
	eg_coro *thrower;

	(void)ret_value;
	egt_eq(eg_coro_switch(eg_coro_main(), NULL, &value), -EDOM);
	thrower = eg_coro_data(eg_coro_self());
	egt_eq(N(eg_coro_payload()), 1);
	return eg_coro_switch(thrower, V(4), NULL);
}

/* GL-10: a payload is its coroutine's own. */
EG_TEST_PLAIN(coro_payload_belongs_to_who_was_thrown_into)
{
	eg_coro *target = coro_new(answers_who_threw);
	eg_coro *thrower = coro_new(throws_into_a_friend);

	egt_eq(eg_coro_set_data(target, thrower), 0);
	egt_eq(coro_ask(target, 0), 0);
	egt_eq(coro_ask(thrower, N(target)), 4);
	eg_coro_unref(thrower);
	eg_coro_unref(target);
}
