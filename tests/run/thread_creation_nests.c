/* SPDX-License-Identifier: MIT */
/*
 * Threads make threads that make threads, and each joins its own.
 */
#include "claim.h"

static atomic_int made;

static void *grow(void *arg)
{
	intptr_t depth = (intptr_t)arg, leaves = 0;
	pthread_t t[4];

	atomic_fetch_add(&made, 1);
	if (!depth)
		return (void *)1;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(grow, (void *)(depth - 1));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		leaves += (intptr_t)join(t[i]);
	return (void *)leaves;
}

int main(void)
{
	CHECK_EQ((intptr_t)grow((void *)4), 256);
	CHECK_EQ(made, 256 + 64 + 16 + 4 + 1);
	/* Many in a row: what a thread leaves behind is used again. */
	for (int i = 0; i < 3000; i++)
		join(start(grow, NULL));
	return ok();
}
