/* SPDX-License-Identifier: MIT */
/*
 * EG_SPAWN_OWN_FP: rounding modes do not leak from fiber to fiber, whoever is
 * switched to. Fibers without it share the thread's.
 */
#include "fiber_trace.h"

#include <fenv.h>

struct rounder {
	int mode;
	bool ok;
};

static void *keep_mode(void *arg)
{
	struct rounder *r = arg;

	r->ok = fegetround() == FE_TONEAREST && fesetround(r->mode) == 0;
	for (int i = 0; i < 20; i++) {
		egt_eq(i % 5 ? eg_yield() : eg_sleep(EG_MSEC), 0);
		r->ok = r->ok && fegetround() == r->mode;
	}
	return NULL;
}

EG_TEST(own_words_are_kept_across_switches)
{
	struct rounder r[] = { { FE_UPWARD, false },
			       { FE_DOWNWARD, false },
			       { FE_TOWARDZERO, false } };
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber *f[ARRAY_LEN(r)];

	o.flags = EG_SPAWN_OWN_FP;
	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		egt_eq(eg_spawn_with(&f[i], keep_mode, &r[i], &o), 0);
	for (int i = 0; i < 50; i++) {
		egt_eq(fegetround(), FE_TONEAREST);
		egt_eq(eg_yield(), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_true(r[i].ok);
		egt_eq(fegetround(), FE_TONEAREST);
	}
}

static void *report_mode(void *arg)
{
	*(int *)arg = fegetround();
	return NULL;
}

EG_TEST(own_words_begin_as_the_spawners)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber *f;
	int mode = 0;

	o.flags = EG_SPAWN_OWN_FP;
	fesetround(FE_UPWARD);
	egt_eq(eg_spawn_with(&f, report_mode, &mode, &o), 0);
	fesetround(FE_TONEAREST);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(mode, FE_UPWARD);
	egt_eq(fegetround(), FE_TONEAREST);
}

static void *set_upward(void *arg)
{
	fesetround(FE_UPWARD);
	return arg;
}

EG_TEST(without_own_words_the_threads_are_shared)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, set_upward, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(fegetround(), FE_UPWARD);
	fesetround(FE_TONEAREST);
}
