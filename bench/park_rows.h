/* SPDX-License-Identifier: MIT */
/*
 * The rows about many tasks at once that do nothing, the same text for every C
 * library. An includer first defines these, and owns all that is particular:
 *
 *	static void task_detach(void *(*run)(void *), void *arg);  spawn, no join
 *	static void task_yield(void);
 *	static void task_sleep_ms(int ms);
 *	static void task_park(void);	never returns
 */
#ifndef BENCH_PARK_ROWS_H
#define BENCH_PARK_ROWS_H

#include "bench.h"

static long parked;

static void *parker(void *arg)
{
	parked++;
	task_park();
	return arg;
}

static double run_mem(long tasks, long ops)
{
	(void)ops;
	bench_memory_start();
	for (long i = 0; i < tasks; i++)
		task_detach(parker, NULL);
	while (parked < tasks)
		task_yield();
	return bench_memory_per(tasks);
}

static long asleep;

static void *sleeper(void *arg)
{
	task_sleep_ms(1000);
	asleep--;
	return arg;
}

static double run_sleepers(long tasks, long ops)
{
	int64_t start = bench_now();
	double cpu = bench_cpu_s();

	(void)ops;
	asleep = tasks;
	for (long i = 0; i < tasks; i++)
		task_detach(sleeper, NULL);
	while (asleep)
		task_sleep_ms(10);
	bench_extra("wall", (double)(bench_now() - start) / BENCH_NS_PER_S);
	bench_extra("rss_mb", bench_peak_mib());
	return bench_cpu_s() - cpu;
}

#endif
