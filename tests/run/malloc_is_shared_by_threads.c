/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Blocks are allocated in one thread and freed in another; none overlap, none
 * change; arenas of ended threads are used again.
 */
#include "claim.h"

#define THREADS 16
#define SLOTS 256
#define TURNS 3000

static _Atomic(unsigned char *) slot[SLOTS];

static void fill(unsigned char *block, size_t length)
{
	memset(block + sizeof(length), (int)(length & 0xff),
	       length - sizeof(length));
	memcpy(block, &length, sizeof(length));
}

static void verify_and_free(unsigned char *block)
{
	size_t length;

	if (!block)
		return;
	memcpy(&length, block, sizeof(length));
	for (size_t i = sizeof(length); i < length; i++)
		CHECK_EQ(block[i], length & 0xff);
	free(block);
}

static void *body(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg * 977 + 5;

	for (int i = 0; i < TURNS; i++) {
		size_t length;
		unsigned char *block;

		seed = seed * 1103515245 + 12345;
		length = 16 + (seed >> 8) % (i % 64 ? 900 : 200000);
		block = i % 3 ? malloc(length) : calloc(1, length);
		CHECK(block);
		if (i % 7 == 0)
			block = realloc(block, length += 100);
		fill(block, length);
		verify_and_free(atomic_exchange(&slot[seed % SLOTS], block));
		if (i % 50 == 0)
			sched_yield();
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	for (int round = 0; round < 2; round++) {
		for (uintptr_t i = 0; i < THREADS; i++)
			t[i] = start(body, (void *)i);
		for (int i = 0; i < THREADS; i++)
			join(t[i]);
	}
	for (int i = 0; i < SLOTS; i++)
		verify_and_free(slot[i]);
	return ok();
}
