/* SPDX-License-Identifier: MIT */
/*
 * Events: EV-01 to EV-04, EV-11. Results are in results.c.
 */
#include "conform_kit.h"

static int wait(void *event, int64_t deadline)
{
	return eg_event_wait(event, deadline);
}

static void setting_wakes_all_in_order(long n)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, wait, &event, &t);
	egt_eq(eg_event_set(&event), n);
	egt_eq(t.len, 0);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, (int)n);
}

static void setting_again_does_nothing(long times)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait, &event);
	egt_eq(eg_event_set(&event), 1);
	for (long i = 0; i < times; i++)
		egt_eq(eg_event_set(&event), 0);
	egt_true(eg_event_is_set(&event));
	egt_eq(act_end(&a), 0);
}

static void set_and_cleared_before_they_run(long n)
{
	eg_event event = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, wait, &event, NULL);
	egt_eq(eg_event_set(&event), n);
	egt_eq(eg_event_clear(&event), 0);
	egt_true(!eg_event_is_set(&event));
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(eg_event_wait(&event, EG_NOW), -ETIMEDOUT);
}

/* Each setting wakes those who came before it, not those of before. */
static void set_and_cleared_many_times(long rounds)
{
	eg_event event = { 0 };
	struct act a[26] = { { .trace = NULL } };

	for (long i = 0; i < rounds; i++) {
		act_begin(&a[i], wait, &event);
		egt_eq(eg_event_set(&event), 1);
		egt_eq(eg_event_clear(&event), 0);
	}
	for (long i = 0; i < rounds; i++)
		egt_eq(act_end(&a[i]), 0);
}

static void wait_for_a_set_one(long deadline)
{
	eg_event event = { 0 };
	uint64_t switches;

	egt_eq(eg_event_set(&event), 0);
	switches = switches_now();
	egt_eq(eg_event_wait(&event, deadline), 0);
	egt_eq(eg_event_wait(&event, deadline), 0);
	egt_eq(switches_now(), switches);
}

static void wait_times_out(long duration)
{
	eg_event event = { 0 };
	int64_t start = eg_now();

	egt_eq(eg_event_wait(&event, start + duration), -ETIMEDOUT);
	egt_took(start, duration);
	egt_true(!eg_event_is_set(&event));
}

static void wait_does_not_wait(long deadline)
{
	eg_event event = { 0 };
	uint64_t switches = switches_now();

	egt_eq(eg_event_wait(&event, deadline), -ETIMEDOUT);
	egt_eq(switches_now(), switches);
}

static void region_passes(long duration)
{
	eg_event event = { 0 };
	int64_t start = eg_now();
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, start + duration), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), -ETIMEDOUT);
	egt_took(start, duration);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
}

/* It goes on at once; those who were woken before it are not held up. */
static void late_waiter_does_not_overtake(long n)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct act a[26], late = { .trace = &t, .letter = 'z' };

	act_begin_all(a, (int)n, wait, &event, &t);
	egt_eq(eg_event_set(&event), n);
	act_begin(&late, wait, &event);
	egt_eq(act_end(&late), 0);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(t.text[n], 'z');
	t.len--;
	egt_in_order(&t, (int)n);
}

static int wait_twice(void *event, int64_t deadline)
{
	egt_eq(eg_event_wait(event, deadline), 0);
	egt_eq(eg_event_clear(event), 0);
	return eg_event_wait(event, deadline);
}

/* Who waits again while others of the same setting have not run. */
static void second_wait_is_for_the_next_setting(long n)
{
	eg_event event = { 0 };
	struct act a[26];

	act_begin_all(a, (int)n, wait_twice, &event, NULL);
	egt_eq(eg_event_set(&event), n);
	settle();
	for (long i = 0; i < n; i++)
		egt_eq(a[i].result, ACT_WAITS);
	egt_eq(eg_event_set(&event), n);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
}

/* One in @every gives up before the setting. */
static void who_gave_up_is_not_counted(long every)
{
	enum { N = 12 };
	eg_event event = { 0 };
	struct act a[N];
	int left = N;

	act_begin_all(a, N, wait, &event, NULL);
	for (long i = 0; i < N; i += every, left--)
		egt_eq(act_kill(&a[i], i % 2 ? -EIO : -ECANCELED),
		       i % 2 ? -EIO : -ECANCELED);
	egt_eq(eg_event_set(&event), left);
	for (long i = 0; i < N; i++)
		if (i % every)
			egt_eq(act_end(&a[i]), 0);
}

static void who_timed_out_is_not_counted(long n)
{
	eg_event event = { 0 };
	struct act a[26] = { { .trace = NULL } };
	struct act last = { .trace = NULL };

	for (long i = 0; i < n; i++)
		act_begin_until(&a[i], wait, &event, eg_after(EG_MSEC));
	act_begin(&last, wait, &event);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), -ETIMEDOUT);
	egt_eq(eg_event_set(&event), 1);
	egt_eq(act_end(&last), 0);
}

/* Woken first, then cancelled: the wait has succeeded. */
static void woken_then_killed(long error)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait, &event);
	egt_eq(eg_event_set(&event), 1);
	egt_eq(act_kill(&a, (int)error), 0);
}

static void killed_then_set(long error)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait, &event);
	egt_eq(eg_kill(a.fiber, (int)error, EG_NOW), 0);
	egt_le(0, eg_event_set(&event));
	egt_eq(act_end(&a), error);
}

static const struct conform event_cases[] = {
	{ "EV-01", "setting wakes all, in order, later",
	  setting_wakes_all_in_order, 0 },
	{ "EV-01", "setting wakes all, in order, later",
	  setting_wakes_all_in_order, 1 },
	{ "EV-01", "setting wakes all, in order, later",
	  setting_wakes_all_in_order, 26 },
	{ "EV-01", "setting again does nothing", setting_again_does_nothing,
	  1 },
	{ "EV-01", "setting again does nothing", setting_again_does_nothing,
	  3 },
	{ "EV-02", "set and cleared before they run",
	  set_and_cleared_before_they_run, 1 },
	{ "EV-02", "set and cleared before they run",
	  set_and_cleared_before_they_run, 10 },
	{ "EV-02", "set and cleared many times", set_and_cleared_many_times,
	  2 },
	{ "EV-02", "set and cleared many times", set_and_cleared_many_times,
	  20 },
	{ "EV-03", "a wait for a set one does not switch", wait_for_a_set_one,
	  EG_NOW },
	{ "EV-03", "a wait for a set one does not switch", wait_for_a_set_one,
	  EG_FOREVER },
	{ "EV-03", "a wait for a set one does not switch", wait_for_a_set_one,
	  -1 },
	{ "EV-03", "a wait times out on time", wait_times_out, EG_MSEC },
	{ "EV-03", "a wait times out on time", wait_times_out, 5 * EG_MSEC },
	{ "EV-03", "a try does not switch", wait_does_not_wait, EG_NOW },
	{ "EV-03", "a deadline in the past is a try", wait_does_not_wait, -5 },
	{ "EV-03", "a region around it passes", region_passes, EG_MSEC },
	{ "EV-04", "a late waiter does not overtake",
	  late_waiter_does_not_overtake, 1 },
	{ "EV-04", "a late waiter does not overtake",
	  late_waiter_does_not_overtake, 9 },
	{ "EV-04", "a second wait is for the next setting",
	  second_wait_is_for_the_next_setting, 1 },
	{ "EV-04", "a second wait is for the next setting",
	  second_wait_is_for_the_next_setting, 5 },
	{ "EV-11", "who gave up is not counted", who_gave_up_is_not_counted,
	  1 },
	{ "EV-11", "who gave up is not counted", who_gave_up_is_not_counted,
	  2 },
	{ "EV-11", "who gave up is not counted", who_gave_up_is_not_counted,
	  5 },
	{ "EV-11", "who timed out is not counted", who_timed_out_is_not_counted,
	  1 },
	{ "EV-11", "who timed out is not counted", who_timed_out_is_not_counted,
	  7 },
	{ "EV-11", "woken, then cancelled: the wait has succeeded",
	  woken_then_killed, -ECANCELED },
	{ "EV-11", "woken, then killed: the wait has succeeded",
	  woken_then_killed, -EIO },
	{ "EV-11", "cancelled, then set: the wait has failed", killed_then_set,
	  -ECANCELED },
	{ "EV-11", "killed, then set: the wait has failed", killed_then_set,
	  -EOWNERDEAD },
};
CONFORMANCE(events_wake_who_waits, event_cases)
