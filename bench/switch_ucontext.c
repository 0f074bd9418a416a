/* SPDX-License-Identifier: MIT */
/*
 * The raw context switch of libc: swapcontext(), which also makes a system
 * call for the signal mask.
 */
#include <ucontext.h>

#include "bench.h"

enum {
	STACK_BYTES = 64 * 1024,
};

static ucontext_t main_context, other_context;
static char stack[STACK_BYTES];

static void other(void)
{
	for (;;)
		swapcontext(&other_context, &main_context);
}

static double run_switch(long size, long ops)
{
	int64_t start = bench_now();

	(void)size;
	for (long i = 0; i < ops; i += 2)
		swapcontext(&main_context, &other_context);
	return (double)(bench_now() - start) / (double)ops;
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "switch", BENCH_NO_SIZE, run_switch, "ns", 0 },
	};

	getcontext(&other_context);
	other_context.uc_stack.ss_sp = stack;
	other_context.uc_stack.ss_size = sizeof(stack);
	makecontext(&other_context, other, 0);
	return bench_main(argc, argv, "ucontext", rows, BENCH_ARRAY_LEN(rows));
}
