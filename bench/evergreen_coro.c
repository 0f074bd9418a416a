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

static eg_coro_result echo(void *value)
{
	eg_coro *parent = eg_coro_parent(eg_coro_self());
	eg_coro_result r = { 0, value };

	do {
		r = eg_coro_switch(parent, r.value);
	} while (r.code == 0);
	return r;
}

static double run_switch(long size, long ops)
{
	eg_coro_result r;
	int64_t start;
	eg_coro *c;

	(void)size;
	if (eg_coro_new(&c, echo, NULL) < 0)
		bench_die("eg_coro_new");
	r = eg_coro_switch(c, NULL);
	start = bench_now();
	for (long i = 0; i < ops; i += 2)
		r = eg_coro_switch(c, r.value);
	start = bench_now() - start;
	eg_coro_unref(c);
	return (double)start / (double)ops;
}

static int count(void *arg)
{
	char *value = arg;

	while (eg_gen_yield(value++).code == 0)
		;
	return 0;
}

static int pass_on(void *arg)
{
	eg_coro_result r;

	while ((r = eg_gen_next(arg)).code == 1)
		if (eg_gen_yield(r.value).code < 0)
			break;
	return 0;
}

/* A value goes down and up: two switches for each generator. */
static double run_chain(long size, long ops)
{
	eg_gen *chain[CHAIN];
	int64_t start;
	long done = 0;

	(void)size;
	if (eg_gen_new(&chain[0], count, NULL, NULL) < 0)
		bench_die("eg_gen_new");
	for (int i = 1; i < CHAIN; i++)
		if (eg_gen_new(&chain[i], pass_on, chain[i - 1], NULL) < 0)
			bench_die("eg_gen_new");
	eg_gen_next(chain[CHAIN - 1]);
	start = bench_now();
	for (; done < ops; done += 2L * CHAIN)
		eg_gen_next(chain[CHAIN - 1]);
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
