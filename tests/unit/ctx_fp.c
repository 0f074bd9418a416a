/* SPDX-License-Identifier: MIT */
/*
 * Floating-point control: a swap leaves it alone, fp_save and fp_load move it.
 * See docs/decisions/0002-floating-point-control.md.
 */
#include "ctx/ctx.h"
#include "egt.h"

#include <fenv.h>
#include <stdlib.h>

static struct eg_ctx main_ctx, other_ctx;
static int seen_rounding;

/* The sticky exception flags share MXCSR with the control bits. */
static uint64_t control(struct eg_ctx_fp fp)
{
#if defined(__x86_64__)
	return fp.word & ~UINT64_C(0x3f);
#else
	return fp.word;
#endif
}

static void nothing(void *arg)
{
	(void)arg;
}

static void other(void *arg)
{
	(void)arg;
	eg__ctx_entered(&other_ctx);
	seen_rounding = fegetround();
	fesetround(FE_UPWARD);
	eg__ctx_exit(&other_ctx, &main_ctx, 0, nothing, NULL);
}

EG_TEST_PLAIN(ctx_switch_leaves_fp_control_alone)
{
	enum { STACK_BYTES = 1 << 16 };
	char *stack = aligned_alloc(64, STACK_BYTES);
	struct eg_ctx_fp before, after;

	eg__ctx_adopt(&main_ctx);
	fesetround(FE_UPWARD);
	eg__ctx_fp_save(&before);
	fesetround(FE_DOWNWARD);
	eg__ctx_make(&other_ctx, stack, stack + STACK_BYTES, other, NULL);
	eg__ctx_switch(&main_ctx, &other_ctx, 0);
	egt_eq(seen_rounding, FE_DOWNWARD);
	egt_eq(fegetround(), FE_UPWARD);
	eg__ctx_fp_save(&after);
	egt_eq(control(after), control(before));
	eg__ctx_done(&other_ctx);
	free(stack);
}

EG_TEST_PLAIN(ctx_fp_load_brings_back_what_fp_save_saw)
{
	static const int roundings[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD,
					 FE_TOWARDZERO };
	struct eg_ctx_fp fp[ARRAY_LEN(roundings)];

	for (size_t i = 0; i < ARRAY_LEN(roundings); i++) {
		fesetround(roundings[i]);
		eg__ctx_fp_save(&fp[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(roundings); i++) {
		struct eg_ctx_fp again;

		eg__ctx_fp_load(&fp[i]);
		eg__ctx_fp_save(&again);
		egt_eq(control(again), control(fp[i]));
		egt_eq(fegetround(), roundings[i]);
	}
	egt_ne(control(fp[0]), control(fp[1]));
}
