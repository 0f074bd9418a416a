/* SPDX-License-Identifier: MIT */
/*
 * Threads that recurse through most of their stacks, blocking at depth, find
 * every frame again on the way back.
 */
#include "claim.h"

#include <limits.h>

#define DEPTH 6000

static pthread_barrier_t at_depth;

static unsigned descend(unsigned depth, unsigned seed)
{
	volatile unsigned frame[200];
	unsigned sum;

	for (size_t i = 0; i < ARRAY_LEN(frame); i++)
		frame[i] = seed + depth;
	if (depth)
		sum = descend(depth - 1, seed);
	else
		pthread_barrier_wait(&at_depth), sum = 0;
	for (size_t i = 0; i < ARRAY_LEN(frame); i++)
		CHECK_EQ(frame[i], seed + depth);
	return sum + 1;
}

static void *deep(void *arg)
{
	CHECK_EQ(descend(DEPTH, (unsigned)(uintptr_t)arg), DEPTH + 1);
	return NULL;
}

static void *smallest(void *arg)
{
	char text[64];

	pthread_barrier_wait(&at_depth);
	snprintf(text, sizeof(text), "%d %s", 12, "small");
	CHECK(strcmp(text, "12 small") == 0);
	return arg;
}

int main(void)
{
	pthread_attr_t small;
	pthread_t t[8];

	pthread_barrier_init(&at_depth, NULL, ARRAY_LEN(t));
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN);
	for (uintptr_t i = 0; i < 4; i++)
		t[i] = start(deep, (void *)(i * 7919));
	for (uintptr_t i = 4; i < ARRAY_LEN(t); i++)
		CHECK_EQ(pthread_create(&t[i], &small, smallest, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
