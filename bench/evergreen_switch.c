/* SPDX-License-Identifier: MIT */
/*
 * The raw context switch below evergreen's fibers: one stack pointer for
 * another, no scheduler. Uses an internal header, so it is linked statically.
 */
#include "bench.h"
#include "ctx/ctx.h"

enum {
	STACK_BYTES = 64 * 1024,
};

static struct eg_ctx main_context, other_context;
static char stack[STACK_BYTES] __attribute__((aligned(16)));

static void other(void *arg)
{
	(void)arg;
	eg__ctx_entered(&other_context);
	for (;;)
		eg__ctx_switch(&other_context, &main_context, 0);
}

static double run_switch(long size, long ops)
{
	int64_t start = bench_now();

	(void)size;
	for (long i = 0; i < ops; i += 2)
		eg__ctx_switch(&main_context, &other_context, 0);
	return (double)(bench_now() - start) / (double)ops;
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "switch", BENCH_NO_SIZE, run_switch, "ns", 0 },
	};

	eg__ctx_adopt(&main_context);
	eg__ctx_make(&other_context, stack, stack + sizeof(stack), other, NULL);
	return bench_main(argc, argv, "evergreen", rows, BENCH_ARRAY_LEN(rows));
}
