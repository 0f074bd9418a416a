/* SPDX-License-Identifier: MIT */
/*
 * The rows about timers, the same text for every C library. An includer first
 * defines these, and owns all that is particular to it:
 *
 *	static void timers_open(long count);	none of them runs
 *	static void timer_start(long i, uint32_t delay_ms);  runs already: move
 *	static void timer_stop(long i);
 *	static void clock_update(void);		as one turn of the loop does
 */
#ifndef BENCH_TIMER_ROWS_H
#define BENCH_TIMER_ROWS_H

#include "bench.h"

enum {
	DELAY_MIN_MS = 1000,
	DELAY_MAX_MS = 60000,
	OPS_PER_TURN = 64, /* of the loop: how often its clock advances */
};

static uint32_t random_delay_ms(void)
{
	return DELAY_MIN_MS + bench_random(DELAY_MAX_MS - DELAY_MIN_MS);
}

/* Starts timers 0 to @count - 1, once in the life of the program. */
static double fill(long count, int is_random)
{
	static int is_filled;
	int64_t start;

	if (is_filled)
		return 0;
	is_filled = 1;
	timers_open(count + 1);
	clock_update();
	start = bench_now();
	for (long i = 0; i < count; i++)
		timer_start(i, is_random ? random_delay_ms() : DELAY_MAX_MS);
	return (double)(bench_now() - start) / (double)count;
}

static double run_timer_fill(long count, long ops)
{
	(void)ops;
	return fill(count, 1);
}

static double run_timer_start_stop(long count, long ops)
{
	int64_t start;

	fill(count, 1);
	start = bench_now();
	for (long i = 0; i < ops; i++) {
		if (i % OPS_PER_TURN == 0)
			clock_update();
		timer_start(count, random_delay_ms());
		timer_stop(count);
	}
	return (double)(bench_now() - start) / (double)ops;
}

static double run_timer_reset_random(long count, long ops)
{
	int64_t start;

	fill(count, 1);
	start = bench_now();
	for (long i = 0; i < ops; i++) {
		if (i % OPS_PER_TURN == 0)
			clock_update();
		timer_start(bench_random((uint32_t)count), random_delay_ms());
	}
	return (double)(bench_now() - start) / (double)ops;
}

static double run_timer_reset_idle(long count, long ops)
{
	int64_t start;
	long next = 0;

	fill(count, 0);
	start = bench_now();
	for (long i = 0; i < ops; i++) {
		if (i % OPS_PER_TURN == 0)
			clock_update();
		timer_start(next, DELAY_MAX_MS);
		next = next + 1 == count ? 0 : next + 1;
	}
	return (double)(bench_now() - start) / (double)ops;
}

static const struct bench_row timer_rows[] = {
	{ "timer_fill", 100000, run_timer_fill, "ns", 1 },
	{ "timer_start_stop", 100000, run_timer_start_stop, "ns", 0 },
	{ "timer_reset_random", 100000, run_timer_reset_random, "ns", 0 },
	{ "timer_reset_idle", 100000, run_timer_reset_idle, "ns", 0 },
	{ "timer_fill", 1000000, run_timer_fill, "ns", 1 },
	{ "timer_start_stop", 1000000, run_timer_start_stop, "ns", 0 },
	{ "timer_reset_random", 1000000, run_timer_reset_random, "ns", 0 },
	{ "timer_reset_idle", 1000000, run_timer_reset_idle, "ns", 0 },
};

#endif
