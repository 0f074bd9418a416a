/* SPDX-License-Identifier: MIT */
/*
 * The runner of the conformance tables itself: a case that fails is named, and
 * so is one that leaves something behind. The tables here are not listed.
 */
#include "conformance.h"

static int runs;

static void count_run(long arg)
{
	runs += (int)arg;
}

static void run_one(const char *says, void (*check)(long arg))
{
	const struct conform cases[] = {
		{ "XX-01", "nothing is wrong", count_run, 1 },
		{ "XX-02", says, check, 7 },
		{ "XX-03", "nothing is wrong", count_run, 100 },
	};
	const struct conform_table table = { "one", __FILE__, cases, 3 };

	conform_run(&table);
}

EG_TEST(conformance_runs_every_row)
{
	run_one("nothing is wrong", count_run);
	egt_eq(runs, 108);
}

static void compare(long arg)
{
	egt_eq(arg, 8);
}

EG_TEST_FAILS(conformance_names_the_row, "XX-02, seven is eight (7)",
	      .backends = EGT_ALL)
{
	run_one("seven is eight", compare);
}

static void *sleep_on(void *arg)
{
	(void)arg;
	return eg_sleep(EG_FOREVER) ? NULL : arg;
}

static void leave_a_fiber(long arg)
{
	(void)arg;
	egt_eq(eg_spawn(NULL, sleep_on, NULL), 0);
}

EG_TEST_FAILS(conformance_finds_a_fiber,
	      "a fiber stays (7): left behind: fibers +1", .backends = EGT_ALL)
{
	run_one("a fiber stays", leave_a_fiber);
}

static void do_nothing(eg_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

static void leave_a_timer(long arg)
{
	static eg_timer timer;

	(void)arg;
	egt_eq(eg_timer_init(&timer, do_nothing, NULL), 0);
	egt_eq(eg_timer_start(&timer, eg_after(EG_SEC)), 0);
}

EG_TEST_FAILS(conformance_finds_a_timer,
	      "a timer stays (7): left behind: fibers +0, timers +1",
	      .backends = EGT_ALL)
{
	run_one("a timer stays", leave_a_timer);
}

static void leave_a_region(long arg)
{
	static eg_timeout region;

	(void)arg;
	egt_eq(eg_timeout_begin(&region, EG_FOREVER), 0);
}

EG_TEST_FAILS(conformance_finds_a_region, "a region stays (7)",
	      .backends = EGT_ALL)
{
	run_one("a region stays", leave_a_region);
}
