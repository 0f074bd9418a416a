/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * A program that switches stacks itself, by makecontext(), in several threads,
 * blocks and computes on them.
 */
#include "claim.h"

#include <ucontext.h>

#define STACK ((size_t)64 << 10)

static __thread ucontext_t home, coroutine[4];
static __thread int turns;
static int end[2];

static void body(void)
{
	volatile double local[16];
	int self = turns % 4;
	char byte;

	for (int i = 0; i < 16; i++)
		local[i] = self * 100 + i;
	for (int i = 0; i < 25; i++) {
		if (i % 5 == 0) {
			OK(write(end[1], "x", 1));
			CHECK_EQ(read(end[0], &byte, 1), 1);
		}
		for (int volatile spin = 0; spin < 20000; spin++)
			;
		turns++;
		swapcontext(&coroutine[self], &coroutine[(self + 1) % 4]);
		for (int j = 0; j < 16; j++)
			CHECK(local[j] == self * 100 + j);
	}
	setcontext(&home);
}

static void *runs_coroutines(void *arg)
{
	char *stack[4];

	for (int i = 0; i < 4; i++) {
		stack[i] = malloc(STACK);
		getcontext(&coroutine[i]);
		coroutine[i].uc_stack.ss_sp = stack[i];
		coroutine[i].uc_stack.ss_size = STACK;
		makecontext(&coroutine[i], body, 0);
	}
	swapcontext(&home, &coroutine[0]);
	CHECK_EQ(turns, 100);
	for (int i = 0; i < 4; i++)
		free(stack[i]);
	return arg;
}

int main(void)
{
	pthread_t t[6];

	OK(pipe(end));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(runs_coroutines, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
