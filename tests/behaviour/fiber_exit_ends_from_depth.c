/* SPDX-License-Identifier: MIT */
/*
 * eg_exit(): ends a fiber from any depth with a result; the main fiber and the
 * hub itself are refused. What cleanups it runs is cleanup_*'s.
 */
#include "fiber_trace.h"

static __attribute__((noinline)) int dive(int depth, void *value)
{
	if (!depth)
		return eg_exit(value);
	return dive(depth - 1, value) + 1;
}

static void *exit_from_depth(void *arg)
{
	dive(50, arg);
	egt_fail("eg_exit() returned in a fiber");
}

EG_TEST(exit_gives_its_value_to_join)
{
	void *result = NULL;
	eg_fiber *f;
	int value;

	egt_eq(eg_spawn(&f, exit_from_depth, &value), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &value);
}

EG_TEST(exit_wakes_who_joins_already)
{
	void *result = NULL;
	eg_fiber *f;
	int value;

	egt_eq(eg_spawn(&f, exit_from_depth, &value), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &value);
}

static void *exit_inside_regions(void *arg)
{
	eg_timeout timeout, shield;

	egt_eq(eg_timeout_begin(&timeout, EG_NOW), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	eg_exit(arg);
	return NULL;
}

EG_TEST(exit_leaves_open_regions_behind)
{
	eg_fiber *f;

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_spawn(&f, exit_inside_regions, NULL), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	}
	/* Its stack is used again: nothing of the regions is left. */
	egt_eq(eg_spawn(&f, write_letter,
			&(struct letter){ &(struct trace){ .len = 0 }, 'a' }),
	       0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(exit_is_refused_in_main)
{
	egt_eq(eg_exit(NULL), -EPERM);
}

static void exit_in_hub(eg_timer *timer, void *arg)
{
	(void)timer;
	*(int *)arg = eg_exit(NULL);
}

EG_TEST(exit_is_refused_in_the_hub)
{
	eg_timer timer;
	int r = 0;

	egt_eq(eg_timer_init(&timer, exit_in_hub, &r), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(r, -EPERM);
}
