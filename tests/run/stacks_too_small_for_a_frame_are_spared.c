/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * A thread computes on a stack of its own making that has no room for a
 * signal's frame: nothing but the computation ever writes there.
 */
#include "claim.h"

#define WORDS 64

/* Spins on the stack that ends at @top, for @turns. */
__attribute__((noinline)) static void spin_on(long *top, long turns)
{
	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %0, %%rsp\n"
			 "1:\tpushq %1\n\t"
			 "popq %1\n\t"
			 "decq %1\n\t"
			 "jnz 1b\n\t"
			 "movq %%rbx, %%rsp\n\t"
			 : "+r"(top), "+r"(turns)
			 :
			 : "rbx", "memory", "cc");
}

static void *body(void *arg)
{
	/* A frame would reach below: some kilobytes of mark. */
	static __thread long area[4096 + WORDS];
	int64_t begin = now(CLOCK_THREAD_CPUTIME_ID);

	for (size_t i = 0; i < ARRAY_LEN(area); i++)
		area[i] = 0x5a5a5a5a5a5a5a5a;
	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < 60 * MSEC)
		spin_on(area + ARRAY_LEN(area), 1000000);
	for (size_t i = 0; i < ARRAY_LEN(area) - WORDS; i++)
		CHECK_EQ(area[i], 0x5a5a5a5a5a5a5a5a);
	return arg;
}

int main(void)
{
	pthread_t t[3];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
