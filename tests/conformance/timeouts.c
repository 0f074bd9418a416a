/* SPDX-License-Identifier: MIT */
/*
 * Regions with a deadline: TM-01 to TM-08. That every call keeps them is
 * tested in ../behaviour/timeout_holds_for_every_call.c.
 */
#include "conform_kit.h"

#include <unistd.h>

/* On sim nothing but a wait makes time pass. */
static void compute_until(int64_t when)
{
	while (!egt_is_sim() && eg_now() < when)
		;
}

static void region_alone_does_nothing(long duration)
{
	uint64_t switches = switches_now();
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, eg_after(duration)), 0);
	egt_eq(eg_timeout_end(&t), duration < 0 ? -ETIMEDOUT : 0);
	egt_eq(switches_now(), switches);
	egt_eq(eg_sleep(EG_USEC), 0);
}

static void what_need_not_wait_succeeds(long deadline)
{
	eg_event event = { 0 };
	eg_timeout t;

	egt_eq(eg_event_set(&event), 0);
	egt_eq(eg_timeout_begin(&t, deadline), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
	egt_eq(eg_sleep_until(EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
}

static void each_wait_fails_from_then_on(long waits)
{
	int64_t start = eg_now();
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, start + EG_MSEC), 0);
	for (long i = 0; i < waits; i++)
		egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_USEC), 0);
}

static void never_expires(long sleep)
{
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, EG_FOREVER), 0);
	egt_eq(eg_sleep(sleep), 0);
	egt_eq(eg_timeout_end(&t), 0);
}

static void storage_may_be_used_again(long times)
{
	eg_timeout t;

	for (long i = 0; i < times; i++) {
		egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
		egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
		egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
		egt_eq(eg_timeout_end(&t), -EINVAL);
	}
}

static int read_byte(void *fd, int64_t deadline)
{
	char c;

	return (int)eg_read(*(int *)fd, &c, 1, deadline);
}

/* Both are there when the hub looks: the byte, and the end of the wait. */
static void input_wins_over_a_timeout_of_the_same_turn(long late)
{
	int64_t deadline = eg_after(EG_MSEC);
	struct act a = { .trace = NULL };
	int fd[2];

	egt_eq(pipe(fd), 0);
	act_begin_until(&a, read_byte, &fd[0], deadline);
	egt_eq(a.result, ACT_WAITS);
	compute_until(deadline + late);
	egt_eq(write(fd[1], "x", 1), 1);
	egt_eq(act_end(&a), 1);
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
}

static void set_event(eg_timer *timer, void *event)
{
	(void)timer;
	egt_le(0, eg_event_set(event));
}

static int wait_event(void *event, int64_t deadline)
{
	return eg_event_wait(event, deadline);
}

/* A timer that was armed first, or last, and a wait with one deadline. */
static void wake_and_deadline_at_one_time(long timer_first)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };
	int64_t at = eg_after(EG_MSEC);
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, set_event, &event), 0);
	if (timer_first)
		egt_eq(eg_timer_start(&timer, at), 0);
	act_begin_until(&a, wait_event, &event, at);
	if (!timer_first)
		egt_eq(eg_timer_start(&timer, at), 0);
	egt_eq(act_end(&a), timer_first ? 0 : -ETIMEDOUT);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
}

/* How long a region, one around it and the sleep inside last, in ms; and what
 * the sleep, the inner and the outer end say. */
static const struct nesting {
	int outer, inner, sleep;
	int want_sleep, want_inner, want_outer;
} nestings[] = {
	{ 9, 5, 1, 0, 0, 0 },
	{ 9, 2, 5, -ETIMEDOUT, -ETIMEDOUT, 0 },
	{ 2, 9, 5, -ETIMEDOUT, 0, -ETIMEDOUT },
	{ 2, 2, 5, -ETIMEDOUT, -ETIMEDOUT, -ETIMEDOUT },
	{ 5, 2, 2, 0, -ETIMEDOUT, 0 },
	{ 2, 5, 2, 0, 0, -ETIMEDOUT },
};

/* To the nanosecond, so that only the simulated clock can show it. */
static void whose_deadline_it_was(long which)
{
	const struct nesting *n = &nestings[which];
	int64_t start = eg_now();
	eg_timeout outer, inner;

	if (!egt_is_sim())
		return;
	egt_eq(eg_timeout_begin(&outer, start + n->outer * EG_MSEC), 0);
	egt_eq(eg_timeout_begin(&inner, start + n->inner * EG_MSEC), 0);
	egt_eq(eg_sleep_until(start + n->sleep * EG_MSEC), n->want_sleep);
	egt_eq(eg_timeout_end(&inner), n->want_inner);
	egt_eq(eg_timeout_end(&outer), n->want_outer);
}

static void outer_one_is_not_lost(long depth)
{
	int64_t start = eg_now();
	eg_timeout outer, inner[20];

	egt_eq(eg_timeout_begin(&outer, start + EG_MSEC), 0);
	for (long i = 0; i < depth; i++)
		egt_eq(eg_timeout_begin(&inner[i], EG_FOREVER), 0);
	egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	for (long i = depth; i-- > 0;) {
		egt_eq(eg_timeout_end(&inner[i]), 0);
		egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	}
	egt_took(start, EG_MSEC);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
}

static void only_the_innermost_is_ended(long which)
{
	eg_timeout t[3];

	for (int i = 0; i < 3; i++)
		egt_eq(eg_timeout_begin(&t[i], EG_FOREVER), 0);
	egt_eq(eg_timeout_end(&t[which]), -EINVAL);
	egt_eq(eg_timeout_end(NULL), -EINVAL);
	for (int i = 3; i-- > 0;)
		egt_eq(eg_timeout_end(&t[i]), 0);
}

/* What @arg points to is how long. Fails as the sleep does. */
static int sleep_for(void *arg)
{
	return eg_sleep(*(int64_t *)arg);
}

static int fail_at_once(void *arg)
{
	(void)arg;
	return -EIO;
}

static int time_out_by_itself(void *arg)
{
	(void)arg;
	return -ETIMEDOUT;
}

enum { FLAG = 77 };

static void own_timeout_gives_the_flag(long flag)
{
	int64_t sleep = EG_SEC, start = eg_now();

	egt_eq(eg_with_timeout(start + EG_MSEC, sleep_for, &sleep, (int)flag),
	       flag);
	egt_took(start, EG_MSEC);
}

static void function_in_time_gives_its_own(long duration)
{
	int64_t sleep = EG_USEC;

	egt_eq(eg_with_timeout(eg_after(duration), sleep_for, &sleep, FLAG), 0);
	egt_eq(eg_with_timeout(eg_after(duration), fail_at_once, NULL, FLAG),
	       -EIO);
}

/* -ETIMEDOUT of anything else is not taken for this region's. */
static void foreign_timeout_is_no_flag(long duration)
{
	int64_t sleep = EG_SEC, start = eg_now();
	eg_timeout outer;

	egt_eq(eg_with_timeout(eg_after(EG_SEC), time_out_by_itself, NULL,
			       FLAG),
	       -ETIMEDOUT);
	egt_eq(eg_timeout_begin(&outer, start + duration), 0);
	egt_eq(eg_with_timeout(EG_FOREVER, sleep_for, &sleep, FLAG),
	       -ETIMEDOUT);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
	egt_took(start, duration);
}

static void computing_does_not_shorten(long duration)
{
	int64_t start;

	egt_eq(eg_sleep(EG_USEC), 0);
	start = eg_now();
	compute_until(start + 2 * EG_MSEC);
	start = eg_now();
	egt_eq(eg_sleep(duration), 0);
	egt_took(start, duration);
}

static void deadline_is_made_from_a_fresh_clock(long duration)
{
	int64_t before = eg_now(), deadline = eg_after(duration);

	egt_le(before + duration, deadline);
	egt_le(deadline, eg_now() + duration);
}

static void durations_that_overflow_are_forever(long duration)
{
	egt_eq(eg_after(duration), EG_FOREVER);
}

static int sleep_in_a_region(void *arg, int64_t deadline)
{
	eg_timeout t;
	int r;

	(void)arg;
	egt_eq(eg_timeout_begin(&t, deadline), 0);
	r = eg_sleep(3 * EG_MSEC);
	egt_eq(eg_timeout_end(&t), r);
	return r;
}

static void region_is_its_fibers_alone(long fibers)
{
	struct act a[8] = { { .trace = NULL } };

	for (long i = 0; i < fibers; i++)
		act_begin_until(&a[i], sleep_in_a_region, NULL,
				i % 2 ? eg_after(EG_MSEC) : EG_FOREVER);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	for (long i = 0; i < fibers; i++)
		egt_eq(act_end(&a[i]), i % 2 ? -ETIMEDOUT : 0);
}

static void closed_one_has_no_effect(long duration)
{
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, eg_after(duration)), 0);
	egt_eq(eg_timeout_end(&t), 0);
	egt_eq(eg_sleep(2 * duration), 0);
}

static int sleep_shielded(void *arg, int64_t deadline)
{
	eg_timeout shield;
	int r;

	(void)arg;
	(void)deadline;
	egt_eq(eg_shield_begin(&shield), 0);
	r = eg_sleep(2 * EG_MSEC);
	egt_eq(eg_shield_end(&shield), 0);
	return r ? r : eg_sleep(EG_SEC);
}

/* It is late there, and met after the shield. */
static void shield_holds_off_a_region_and_a_kill(long error)
{
	struct act a = { .trace = NULL };
	eg_timeout t;

	act_begin(&a, sleep_shielded, NULL);
	egt_eq(act_kill(&a, (int)error), error);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(sleep_shielded(NULL, 0), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
}

static const struct conform timeout_cases[] = {
	{ "TM-01", "a region alone does nothing", region_alone_does_nothing,
	  EG_SEC },
	{ "TM-01", "a region alone does nothing", region_alone_does_nothing,
	  EG_FOREVER },
	{ "TM-01", "a region of the past is told at its end",
	  region_alone_does_nothing, -EG_SEC },
	{ "TM-01", "what need not wait succeeds in an expired one",
	  what_need_not_wait_succeeds, EG_NOW },
	{ "TM-01", "what need not wait succeeds in an expired one",
	  what_need_not_wait_succeeds, 1 },
	{ "TM-01", "forever never expires", never_expires, EG_MSEC },
	{ "TM-02", "the storage of one that ended may be used again",
	  storage_may_be_used_again, 1 },
	{ "TM-02", "the storage of one that ended may be used again",
	  storage_may_be_used_again, 3 },
	{ "TM-03", "input wins over a timeout of the same turn",
	  input_wins_over_a_timeout_of_the_same_turn, 0 },
	{ "TM-03", "input wins over a timeout long due",
	  input_wins_over_a_timeout_of_the_same_turn, 2 * EG_MSEC },
	{ "TM-03", "a wake and a deadline: the timer armed first wins",
	  wake_and_deadline_at_one_time, 1 },
	{ "TM-03", "a deadline and a wake: the wait armed first ends",
	  wake_and_deadline_at_one_time, 0 },
	{ "TM-04", "one's own timeout gives the flag",
	  own_timeout_gives_the_flag, 0 },
	{ "TM-04", "one's own timeout gives the flag",
	  own_timeout_gives_the_flag, FLAG },
	{ "TM-04", "one's own timeout gives the flag",
	  own_timeout_gives_the_flag, -ETIMEDOUT },
	{ "TM-04", "a function in time gives its own",
	  function_in_time_gives_its_own, EG_SEC },
	{ "TM-04", "a function in time gives its own",
	  function_in_time_gives_its_own, EG_FOREVER },
	{ "TM-05", "a foreign timeout is no flag", foreign_timeout_is_no_flag,
	  EG_MSEC },
	{ "TM-05", "none expires", whose_deadline_it_was, 0 },
	{ "TM-05", "the inner one expires", whose_deadline_it_was, 1 },
	{ "TM-05", "the outer one expires", whose_deadline_it_was, 2 },
	{ "TM-05", "both expire at once", whose_deadline_it_was, 3 },
	{ "TM-05", "a sleep as long as the inner one", whose_deadline_it_was,
	  4 },
	{ "TM-05", "a sleep as long as the outer one", whose_deadline_it_was,
	  5 },
	{ "TM-05", "an outer one is not lost", outer_one_is_not_lost, 1 },
	{ "TM-05", "an outer one is not lost", outer_one_is_not_lost, 20 },
	{ "TM-05", "each wait fails from then on", each_wait_fails_from_then_on,
	  1 },
	{ "TM-05", "each wait fails from then on", each_wait_fails_from_then_on,
	  4 },
	{ "TM-06", "computing does not shorten a sleep",
	  computing_does_not_shorten, EG_MSEC },
	{ "TM-06", "computing does not shorten a sleep",
	  computing_does_not_shorten, 3 * EG_MSEC },
	{ "TM-06", "a deadline is made from a fresh clock",
	  deadline_is_made_from_a_fresh_clock, EG_SEC },
	{ "TM-06", "a duration that overflows is forever",
	  durations_that_overflow_are_forever, EG_FOREVER },
	{ "TM-06", "a duration that overflows is forever",
	  durations_that_overflow_are_forever, EG_FOREVER - 1 },
	{ "TM-07", "a region is its fiber's alone", region_is_its_fibers_alone,
	  2 },
	{ "TM-07", "a region is its fiber's alone", region_is_its_fibers_alone,
	  8 },
	{ "TM-07", "a closed one has no effect", closed_one_has_no_effect,
	  EG_MSEC },
	{ "TM-07", "a kill is held off by a shield, and met after it",
	  shield_holds_off_a_region_and_a_kill, -ECANCELED },
	{ "TM-07", "a kill is held off by a shield, and met after it",
	  shield_holds_off_a_region_and_a_kill, -EIO },
	{ "TM-08", "the outermost of three is not ended first",
	  only_the_innermost_is_ended, 0 },
	{ "TM-08", "the middle one of three is not ended first",
	  only_the_innermost_is_ended, 1 },
};
CONFORMANCE(timeouts_are_regions, timeout_cases)
