/* SPDX-License-Identifier: MIT */
/*
 * Raw coroutines: a switch with a value, one way, and a value's way through a
 * chain of generators, a generator of it. No hub, no scheduler. Linked
 * statically, as the libraries of coroutines are that it is compared with.
 */
#include "bench.h"

#include <evergreen/coro.h>

enum {
	CHAIN = 1000,
};

static int echo(void *value, void **ret_value)
{
	eg_coro *parent = eg_coro_parent(eg_coro_self());

	(void)ret_value;
	while (eg_coro_switch(parent, value, &value) == 0)
		;
	return 0;
}

static double run_switch(long size, long ops)
{
	void *value = NULL;
	int64_t start;
	eg_coro *c;

	(void)size;
	if (eg_coro_new(&c, echo, NULL) < 0)
		bench_die("eg_coro_new");
	eg_coro_switch(c, value, &value);
	start = bench_now();
	for (long i = 0; i < ops; i += 2)
		eg_coro_switch(c, value, &value);
	start = bench_now() - start;
	eg_coro_unref(c);
	return (double)start / (double)ops;
}

static int count(void *arg)
{
	char *value = arg;

	while (eg_gen_yield(value++) == 0)
		;
	return 0;
}

static int pass_on(void *arg)
{
	void *value;

	while (eg_gen_next(arg, &value) == 1)
		if (eg_gen_yield(value) < 0)
			break;
	return 0;
}

/* A value goes down and up: two switches for each generator. */
static double run_chain(long size, long ops)
{
	eg_gen *chain[CHAIN];
	int64_t start;
	void *value;
	long done = 0;

	(void)size;
	if (eg_gen_new(&chain[0], count, NULL, NULL) < 0)
		bench_die("eg_gen_new");
	for (int i = 1; i < CHAIN; i++)
		if (eg_gen_new(&chain[i], pass_on, chain[i - 1], NULL) < 0)
			bench_die("eg_gen_new");
	eg_gen_next(chain[CHAIN - 1], &value);
	start = bench_now();
	for (; done < ops; done += 2L * CHAIN)
		eg_gen_next(chain[CHAIN - 1], &value);
	start = bench_now() - start;
	for (int i = CHAIN - 1; i >= 0; i--)
		eg_gen_free(chain[i]);
	return (double)start / (double)done;
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "coro_switch", BENCH_NO_SIZE, run_switch, "ns", 0 },
		{ "gen_chain", CHAIN, run_chain, "ns", 0 },
	};

	return bench_main(argc, argv, "evergreen", rows, BENCH_ARRAY_LEN(rows));
}
