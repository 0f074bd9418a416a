/* SPDX-License-Identifier: MIT */
/*
 * The rows about tasks on libdill. Its one object is the channel, which has no
 * room; tasks are joined all at once, as a bundle.
 */
#include <errno.h>
#include <stdlib.h>

/* its short names are words such as now, go and yield */
#define DILL_DISABLE_RAW_NAMES
#include <libdill.h>

#include "bench.h"

enum { DILL_FOREVER = -1 };

static int must(int r, const char *what)
{
	if (r < 0)
		bench_die(what);
	return r;
}

static void join_and_close(int bundle)
{
	must(dill_bundle_wait(bundle, DILL_FOREVER), "bundle_wait");
	must(dill_hclose(bundle), "hclose");
}

static struct {
	long each;     /* yields a task makes */
	int64_t start; /* when the first task began to measure */
} turn;

static dill_coroutine void yielder(void)
{
	dill_yield(); /* from here on every task has been started */
	if (!turn.start)
		turn.start = bench_now();
	for (long i = 0; i < turn.each; i++)
		dill_yield();
}

static double run_yield(long tasks, long ops)
{
	int all = must(dill_bundle(), "bundle");
	int64_t end;

	turn.each = ops / tasks + 1;
	turn.start = 0;
	for (long i = 0; i < tasks; i++)
		must(dill_bundle_go(all, yielder()), "bundle_go");
	must(dill_bundle_wait(all, DILL_FOREVER), "bundle_wait");
	end = bench_now();
	must(dill_hclose(all), "hclose");
	return (double)(end - turn.start) / (double)(turn.each * tasks);
}

static dill_coroutine void returner(void)
{
}

static double run_spawn_join(long batch, long ops)
{
	long batches = ops / batch + 1;
	int64_t start = bench_now();

	for (long b = 0; b < batches; b++) {
		int all = must(dill_bundle(), "bundle");

		for (long i = 0; i < batch; i++)
			must(dill_bundle_go(all, returner()), "bundle_go");
		join_and_close(all);
	}
	return (double)(bench_now() - start) / (double)(batches * batch);
}

static dill_coroutine void sender(int channel, long messages)
{
	for (long i = 0; i < messages; i++)
		must(dill_chsend(channel, &i, sizeof(i), DILL_FOREVER),
		     "chsend");
}

static dill_coroutine void receiver(int channel, long messages)
{
	long value;

	for (long i = 0; i < messages; i++) {
		must(dill_chrecv(channel, &value, sizeof(value), DILL_FOREVER),
		     "chrecv");
		if (value != i)
			abort();
	}
}

static double run_chan(long capacity, long ops)
{
	int all = must(dill_bundle(), "bundle");
	int64_t start;
	int ends[2];

	(void)capacity;
	must(dill_chmake(ends), "chmake");
	start = bench_now();
	must(dill_bundle_go(all, receiver(ends[0], ops)), "bundle_go");
	must(dill_bundle_go(all, sender(ends[1], ops)), "bundle_go");
	join_and_close(all);
	start = bench_now() - start;
	must(dill_hclose(ends[0]), "hclose");
	must(dill_hclose(ends[1]), "hclose");
	return (double)start / (double)ops;
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "yield", 2, run_yield, "ns", 0 },
		{ "yield", 1000, run_yield, "ns", 0 },
		{ "yield", 10000, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 0, run_chan, "ns", 0 },
	};

	return bench_main(argc, argv, "libdill", rows, BENCH_ARRAY_LEN(rows));
}
