/* SPDX-License-Identifier: MIT */
/*
 * What the ABI makes callee-saved survives a swap, both ways, with other
 * values in every register on the other side. Uses the swap itself: nothing of
 * the sanitizers' may stand between.
 */
#include "ctx_registers.h"

#include "egt.h"

#include <stdlib.h>

static void *main_sp, *other_sp;
static uint64_t other_in[CTX_REGISTERS], other_out[CTX_REGISTERS];
static ctx_swap_fn *swap_of_both;
static eg_ctx_then *then_of_both;
static int thens;

static void fill(uint64_t *values, uint64_t seed)
{
	for (size_t i = 0; i < CTX_REGISTERS; i++)
		values[i] = seed * 0x9e3779b97f4a7c15 + i;
}

__attribute__((no_sanitize("address", "thread"))) static void other(void *arg)
{
	for (;;)
		swap_of_both(&other_sp, main_sp, other_in, other_out,
			     then_of_both, arg);
}

static void swap_many_times(ctx_swap_fn *swap, eg_ctx_then *then)
{
	enum { STACK_BYTES = 1 << 16 };
	char *stack = aligned_alloc(64, STACK_BYTES);
	uint64_t in[CTX_REGISTERS], out[CTX_REGISTERS];

	swap_of_both = swap;
	then_of_both = then;
	other_sp = eg__ctx_forge(stack, stack + STACK_BYTES, other, NULL);
	for (uint64_t round = 1; round < 100; round++) {
		uint64_t other_before[CTX_REGISTERS];

		fill(in, round);
		fill(other_before, round + 1000000);
		for (size_t i = 0; i < CTX_REGISTERS; i++)
			other_in[i] = other_before[i];
		swap(&main_sp, other_sp, in, out, then, NULL);
		for (size_t i = 0; i < CTX_REGISTERS; i++)
			egt_eq(out[i], in[i]);

		/* Once more, so that the other side has come back. */
		swap(&main_sp, other_sp, in, out, then, NULL);
		for (size_t i = 0; i < CTX_REGISTERS; i++)
			egt_eq(other_out[i], other_before[i]);
	}
	free(stack);
}

EG_TEST_PLAIN(ctx_swap_keeps_callee_saved_registers)
{
	swap_many_times(ctx_swap_with, NULL);
}

EG_TEST_PLAIN(ctx_swap_pair_keeps_callee_saved_registers)
{
	swap_many_times(ctx_swap_pair_with, NULL);
}

__attribute__((no_sanitize("address", "thread"))) static void
count_then(void *arg)
{
	(void)arg;
	thens++;
}

EG_TEST_PLAIN(ctx_swap_then_keeps_callee_saved_registers)
{
	swap_many_times(ctx_swap_with, count_then);
	egt_eq(thens, 4 * 99);
}

EG_TEST_PLAIN(ctx_swap_pair_then_keeps_callee_saved_registers)
{
	swap_many_times(ctx_swap_pair_with, count_then);
	egt_eq(thens, 4 * 99);
}
