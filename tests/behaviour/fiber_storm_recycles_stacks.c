/* SPDX-License-Identifier: MIT */
/*
 * Many fibers, one after the other and at once: stacks are used again, nothing
 * is lost, and the counters tell.
 */
#include "fiber_trace.h"

static void *count_up(void *arg)
{
	++*(int *)arg;
	return arg;
}

static eg_hub_stats stats(void)
{
	eg_hub_stats s = { .size = sizeof(s) };

	egt_eq(eg_hub_get_stats(&s), 0);
	return s;
}

EG_TEST(a_hundred_thousand_fibers_in_a_row_use_few_stacks)
{
	const int pairs = IS_SANITIZED ? 5000 : 50000;
	uint64_t bytes = 0;
	int count = 0;
	eg_fiber *f;

	for (int i = 0; i < pairs; i++) {
		egt_eq(eg_spawn(NULL, count_up, &count), 0);
		egt_eq(eg_spawn(&f, count_up, &count), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		if (i == 100)
			bytes = stats().stack_bytes;
	}
	egt_eq(count, 2 * pairs);
	egt_eq(stats().stack_bytes, bytes);
	egt_eq(stats().fibers_spawned, 2 * pairs);
	egt_eq(stats().fibers_alive, 1);
	egt_le(stats().fibers_alive_max, 4);
}

static void *wait_then_count(void *arg)
{
	eg_event *event = arg;

	return eg_event_wait(event, EG_FOREVER) == 0 ? event : NULL;
}

EG_TEST(waves_of_fibers_use_the_stacks_of_the_wave_before)
{
	/* The thread sanitizer knows 8128 fibers at most. */
	enum { WAVES = 10, FIBERS = IS_SANITIZED ? 2000 : 10000 };
	static eg_fiber *f[FIBERS];
	eg_event event = { 0 };
	uint64_t bytes = 0;
	void *result;

	for (int wave = 0; wave < WAVES; wave++) {
		for (int i = 0; i < FIBERS; i++)
			egt_eq(eg_spawn(&f[i], wait_then_count, &event), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(stats().fibers_alive, 1 + FIBERS);
		if (!wave)
			bytes = stats().stack_bytes;
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_eq(eg_event_set(&event), FIBERS);
		for (int i = 0; i < FIBERS; i++) {
			egt_eq(eg_join(f[i], &result, EG_FOREVER), 0);
			egt_ptr_eq(result, &event);
		}
		egt_eq(eg_event_clear(&event), 0);
		egt_eq(stats().stack_bytes, bytes);
	}
	egt_eq(stats().fibers_alive_max, 1 + FIBERS);
}

struct tree {
	int depth;
	int *count;
};

static void *grow(void *arg)
{
	struct tree *t = arg;
	struct tree below = { t->depth - 1, t->count };
	eg_fiber *left, *right;

	++*t->count;
	if (!t->depth)
		return NULL;
	egt_eq(eg_spawn(&left, grow, &below), 0);
	egt_eq(eg_spawn(&right, grow, &below), 0);
	egt_eq(eg_join(left, NULL, EG_FOREVER), 0);
	egt_eq(eg_join(right, NULL, EG_FOREVER), 0);
	return NULL;
}

EG_TEST(a_tree_of_fibers_that_join_each_other)
{
	int count = 0;
	struct tree t = { 11, &count };

	grow(&t);
	egt_eq(count, (1 << 12) - 1);
	egt_eq(stats().fibers_alive, 1);
}

static void *yield_often(void *arg)
{
	for (int i = 0; i < 1000; i++)
		egt_eq(eg_yield(), 0);
	return arg;
}

EG_TEST(stats_count_every_switch)
{
	uint64_t before = stats().switches;
	eg_fiber *f;

	for (int i = 0; i < 5000; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(stats().switches - before, 5000);

	before = stats().switches;
	egt_eq(eg_spawn(&f, yield_often, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(stats().switches - before, 1 + 1000 + 1);
}
