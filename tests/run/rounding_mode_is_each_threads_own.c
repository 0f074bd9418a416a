/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * The rounding mode and the masks of floating-point errors belong to a thread:
 * a new one inherits them, and neither waits nor preemption mixes them.
 */
#include "claim.h"

#include <fenv.h>

static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD,
			     FE_TOWARDZERO };
static double want[ARRAY_LEN(modes)];

static double third(void)
{
	double volatile one = 1.0, three = 3.0;

	return one / three;
}

static void *inherits(void *arg)
{
	CHECK_EQ(fegetround(), *(const int *)arg);
	return NULL;
}

static void *body(void *arg)
{
	size_t self = (size_t)(uintptr_t)arg;
	int mode = modes[self];
	long double volatile x;

	CHECK_EQ(fesetround(mode), 0);
	for (int i = 0; i < 50; i++) {
		for (int j = 0; j < 1000; j++)
			CHECK(third() == want[self]);
		i % 2 ? (void)sched_yield() : (void)usleep(100);
		CHECK_EQ(fegetround(), mode);
		feclearexcept(FE_ALL_EXCEPT);
		x = 1.0L;
		x = x / 3.0L;
		CHECK(fetestexcept(FE_INEXACT));
		CHECK(!fetestexcept(FE_DIVBYZERO));
	}
	join(start(inherits, &mode));
	return NULL;
}

int main(void)
{
	pthread_t t[ARRAY_LEN(modes)];

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		fesetround(modes[i]);
		want[i] = third();
	}
	CHECK(want[1] > want[2]);
	fesetround(FE_TONEAREST);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(fegetround(), FE_TONEAREST);
	return ok();
}
