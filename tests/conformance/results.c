/* SPDX-License-Identifier: MIT */
/*
 * Results, sent once: EV-06, EV-07, EV-09, EV-10, EV-11. Events are in
 * events.c.
 */
#include "conform_kit.h"

static char value;

static int get(void *result, int64_t deadline)
{
	void *got = NULL;
	int r = eg_result_get(result, &got, deadline);

	if (r == 0)
		egt_ptr_eq(got, &value);
	return r;
}

static int get_nothing(void *result, int64_t deadline)
{
	void *got = &value;
	int r = eg_result_get(result, &got, deadline);

	if (r == 0)
		egt_ptr_eq(got, NULL);
	return r;
}

static void value_goes_to_all_in_order(long n)
{
	struct trace t = { .len = 0 };
	eg_result result = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, get, &result, &t);
	egt_eq(eg_result_set(&result, &value), n);
	egt_eq(t.len, 0);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, (int)n);
	egt_eq(get(&result, EG_NOW), 0);
}

static void error_goes_to_all(long error)
{
	eg_result result = { 0 };
	struct act a[3];

	act_begin_all(a, 3, get, &result, NULL);
	egt_eq(eg_result_fail(&result, (int)error, &value), 3);
	for (int i = 0; i < 3; i++)
		egt_eq(act_end(&a[i]), error);
	egt_eq(get(&result, EG_NOW), error);
	egt_ptr_eq(eg_result_payload(&result), &value);
	egt_true(eg_result_is_set(&result));
}

static void error_that_is_none(long error)
{
	eg_result result = { 0 };

	egt_eq(eg_result_fail(&result, (int)error, NULL), -EINVAL);
	egt_true(!eg_result_is_set(&result));
}

static void getting_what_was_sent(long deadline)
{
	eg_result result = { 0 };
	uint64_t switches;

	egt_eq(eg_result_set(&result, &value), 0);
	switches = switches_now();
	for (int i = 0; i < 3; i++)
		egt_eq(get(&result, deadline), 0);
	egt_eq(eg_result_get(&result, NULL, deadline), 0);
	egt_eq(switches_now(), switches);
}

static void not_sent_in_time(long duration)
{
	eg_result result = { 0 };
	int64_t start = eg_now();

	egt_eq(get(&result, duration ? start + duration : EG_NOW), -ETIMEDOUT);
	egt_took(start, duration);
	egt_true(!eg_result_is_set(&result));
	egt_ptr_eq(eg_result_payload(&result), NULL);
}

/* What was sent may be a timeout's code: whose it is can be told. */
static void sent_timeout_is_told_from_ones_own(long error)
{
	eg_result result = { 0 };

	egt_eq(get(&result, EG_NOW), -ETIMEDOUT);
	egt_true(!eg_result_is_set(&result));
	egt_eq(eg_result_fail(&result, (int)error, NULL), 0);
	egt_eq(get(&result, EG_NOW), error);
	egt_true(eg_result_is_set(&result));
}

enum { VALUE, ERROR };

static int send_it(eg_result *result, long what)
{
	return what == VALUE ? eg_result_set(result, &value)
			     : eg_result_fail(result, -EIO, &value);
}

/* @what: the first in bit 0, the second in bit 1. */
static void second_send_is_refused(long what)
{
	eg_result result = { 0 };
	int want = what & 1 ? -EIO : 0;

	egt_eq(send_it(&result, what & 1), 0);
	egt_eq(send_it(&result, what >> 1), -EALREADY);
	egt_eq(get(&result, EG_NOW), want);
}

static void reset_of_a_fresh_one(long times)
{
	eg_result result = { 0 };

	for (long i = 0; i < times; i++)
		egt_eq(eg_result_reset(&result), -EALREADY);
	egt_eq(eg_result_set(&result, &value), 0);
	egt_eq(eg_result_reset(&result), 0);
	egt_eq(eg_result_reset(&result), -EALREADY);
}

static void sent_again_after_a_reset(long rounds)
{
	eg_result result = { 0 };
	struct act a = { .trace = NULL };

	for (long i = 0; i < rounds; i++) {
		egt_eq(get(&result, EG_NOW), -ETIMEDOUT);
		act_begin(&a, get, &result);
		egt_eq(send_it(&result, i % 2), 1);
		egt_eq(act_end(&a), i % 2 ? -EIO : 0);
		egt_eq(eg_result_reset(&result), 0);
	}
}

/* Before they have run: what was sent is in their hands. */
static void reset_takes_nothing_from_who_was_woken(long n)
{
	eg_result result = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, get, &result, NULL);
	egt_eq(eg_result_set(&result, &value), n);
	egt_eq(eg_result_reset(&result), 0);
	egt_eq(eg_result_set(&result, NULL), 0);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(get_nothing(&result, EG_NOW), 0);
}

static void nothing_is_a_value(long n)
{
	eg_result result = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, get_nothing, &result, NULL);
	egt_eq(eg_result_set(&result, NULL), n);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_true(eg_result_is_set(&result));
	egt_eq(eg_result_set(&result, &value), -EALREADY);
}

static void who_gave_up_is_not_counted(long error)
{
	eg_result result = { 0 };
	struct act a[3];

	act_begin_all(a, 3, get, &result, NULL);
	egt_eq(act_kill(&a[1], (int)error), error);
	egt_eq(eg_result_set(&result, &value), 2);
	egt_eq(act_end(&a[0]), 0);
	egt_eq(act_end(&a[2]), 0);
}

static void sent_then_killed(long what)
{
	eg_result result = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, get, &result);
	egt_eq(send_it(&result, what), 1);
	egt_eq(act_cancel(&a), what == ERROR ? -EIO : 0);
}

static const struct conform result_cases[] = {
	{ "EV-06", "a value goes to all, in order", value_goes_to_all_in_order,
	  0 },
	{ "EV-06", "a value goes to all, in order", value_goes_to_all_in_order,
	  1 },
	{ "EV-06", "a value goes to all, in order", value_goes_to_all_in_order,
	  20 },
	{ "EV-06", "an error goes to all, with its payload", error_goes_to_all,
	  -EIO },
	{ "EV-06", "an error goes to all, with its payload", error_goes_to_all,
	  -4095 },
	{ "EV-06", "what is no negative errno is refused", error_that_is_none,
	  0 },
	{ "EV-06", "what is no negative errno is refused", error_that_is_none,
	  5 },
	{ "EV-07", "getting what was sent never switches",
	  getting_what_was_sent, EG_NOW },
	{ "EV-07", "getting what was sent never switches",
	  getting_what_was_sent, EG_FOREVER },
	{ "EV-07", "getting what was sent never switches",
	  getting_what_was_sent, -1 },
	{ "EV-07", "not sent in time", not_sent_in_time, 0 },
	{ "EV-07", "not sent in time", not_sent_in_time, EG_MSEC },
	{ "EV-07", "an error sent is told from a timeout",
	  sent_timeout_is_told_from_ones_own, -ETIMEDOUT },
	{ "EV-07", "an error sent is told from a cancel",
	  sent_timeout_is_told_from_ones_own, -ECANCELED },
	{ "EV-09", "a second send is refused: value, value",
	  second_send_is_refused, VALUE | VALUE << 1 },
	{ "EV-09", "a second send is refused: error, value",
	  second_send_is_refused, ERROR | VALUE << 1 },
	{ "EV-09", "a second send is refused: value, error",
	  second_send_is_refused, VALUE | ERROR << 1 },
	{ "EV-09", "a second send is refused: error, error",
	  second_send_is_refused, ERROR | ERROR << 1 },
	{ "EV-09", "a reset of a fresh one is refused", reset_of_a_fresh_one,
	  1 },
	{ "EV-09", "a reset of a fresh one is refused", reset_of_a_fresh_one,
	  2 },
	{ "EV-09", "sent again after a reset", sent_again_after_a_reset, 1 },
	{ "EV-09", "sent again after a reset", sent_again_after_a_reset, 6 },
	{ "EV-09", "a reset takes nothing from who was woken",
	  reset_takes_nothing_from_who_was_woken, 1 },
	{ "EV-09", "a reset takes nothing from who was woken",
	  reset_takes_nothing_from_who_was_woken, 7 },
	{ "EV-10", "nothing is a value", nothing_is_a_value, 0 },
	{ "EV-10", "nothing is a value, and no timeout", nothing_is_a_value,
	  3 },
	{ "EV-11", "who was cancelled is not counted",
	  who_gave_up_is_not_counted, -ECANCELED },
	{ "EV-11", "who was killed is not counted", who_gave_up_is_not_counted,
	  -EIO },
	{ "EV-11", "a value sent before a cancel is kept", sent_then_killed,
	  VALUE },
	{ "EV-11", "an error sent before a cancel is kept", sent_then_killed,
	  ERROR },
};
CONFORMANCE(results_are_sent_once, result_cases)
