/* SPDX-License-Identifier: MIT */
/*
 * Detached fibers: run on, are waited for by the hub, and give their stacks
 * back by themselves.
 */
#include "fiber_trace.h"

static void *sleep_and_count(void *arg)
{
	egt_eq(eg_sleep(EG_MSEC), 0);
	++*(int *)arg;
	return NULL;
}

EG_TEST(detached_fibers_run_on)
{
	int count = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(NULL, sleep_and_count, &count), 0);
	egt_eq(eg_spawn(&f, sleep_and_count, &count), 0);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_spawn(&f, sleep_and_count, &count), 0);
	egt_ptr_eq(eg_unref(f), NULL);
	while (count < 3)
		egt_eq(eg_sleep(EG_MSEC), 0);
}

EG_TEST(a_dead_fiber_may_be_detached)
{
	int count = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_and_count, &count), 0);
	while (count < 1)
		egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_detach(f), 0);
}

EG_TEST(a_detached_fiber_can_be_joined_by_another_reference)
{
	int count = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_and_count, &count), 0);
	eg_ref(f);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(count, 1);
}

static void *detach_myself(void *arg)
{
	egt_eq(eg_detach(*(eg_fiber **)arg), 0);
	*(eg_fiber **)arg = NULL;
	return NULL;
}

EG_TEST(a_fiber_may_detach_itself)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, detach_myself, &f), 0);
	settle();
	egt_ptr_eq(f, NULL);
}
