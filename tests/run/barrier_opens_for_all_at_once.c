/* SPDX-License-Identifier: MIT */
/*
 * A barrier lets nobody through before the last has come, again and again,
 * and tells exactly one of them each time.
 */
#include "claim.h"

#define THREADS 25
#define ROUNDS 100

static pthread_barrier_t barrier;
static atomic_int arrived, chosen;

static void *body(void *arg)
{
	for (int i = 1; i <= ROUNDS; i++) {
		int r;

		atomic_fetch_add(&arrived, 1);
		r = pthread_barrier_wait(&barrier);
		CHECK(atomic_load(&arrived) >= i * THREADS);
		if (r == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&chosen, 1);
		else
			CHECK_EQ(r, 0);
		if (((intptr_t)arg + i) % 3 == 0)
			sched_yield();
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	CHECK_EQ(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(arrived, THREADS * ROUNDS);
	CHECK_EQ(chosen, ROUNDS);
	CHECK_EQ(pthread_barrier_destroy(&barrier), 0);
	return ok();
}
