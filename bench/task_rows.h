/* SPDX-License-Identifier: MIT */
/*
 * The rows about tasks, the same text for every C library. An includer first
 * defines these, and owns all that is particular to it:
 *
 *	typedef ... task;
 *	static task task_spawn(void *(*run)(void *), void *arg);
 *	static void task_join(task t);
 *	static void task_yield(void);
 */
#ifndef BENCH_TASK_ROWS_H
#define BENCH_TASK_ROWS_H

#include <stdlib.h>

#include "bench.h"

static struct {
	long each;	 /* yields a task makes */
	long unfinished; /* tasks */
	int64_t start;	 /* when the first task began to measure */
	int64_t end;	 /* when the last task was done */
} turn;

static void *yielder(void *arg)
{
	task_yield(); /* from here on every task has been started */
	if (!turn.start)
		turn.start = bench_now();
	for (long i = 0; i < turn.each; i++)
		task_yield();
	if (__atomic_sub_fetch(&turn.unfinished, 1, __ATOMIC_RELAXED) == 0)
		turn.end = bench_now();
	return arg;
}

static double run_yield(long tasks, long ops)
{
	task *all = (task *)bench_alloc((size_t)tasks, sizeof(*all));

	turn.each = ops / tasks + 1;
	turn.unfinished = tasks;
	turn.start = 0;
	for (long i = 0; i < tasks; i++)
		all[i] = task_spawn(yielder, NULL);
	for (long i = 0; i < tasks; i++)
		task_join(all[i]);
	free(all);
	return (double)(turn.end - turn.start) / (double)(turn.each * tasks);
}

static void *returner(void *arg)
{
	return arg;
}

static double run_spawn_join(long batch, long ops)
{
	task *all = (task *)bench_alloc((size_t)batch, sizeof(*all));
	long batches = ops / batch + 1;
	int64_t start = bench_now();

	for (long b = 0; b < batches; b++) {
		for (long i = 0; i < batch; i++)
			all[i] = task_spawn(returner, NULL);
		for (long i = 0; i < batch; i++)
			task_join(all[i]);
	}
	free(all);
	return (double)(bench_now() - start) / (double)(batches * batch);
}

#endif
