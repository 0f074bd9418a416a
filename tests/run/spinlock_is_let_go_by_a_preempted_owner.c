/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * A spin lock whose owner loses the CPU, or gives it up, while it holds it:
 * those that spin do not keep it from letting go.
 */
#include "claim.h"

#define THREADS 4

static pthread_spinlock_t lock;
static volatile int inside;
static int total;

static void *body(void *arg)
{
	for (int i = 0; i < 10; i++) {
		int64_t begin = now(CLOCK_THREAD_CPUTIME_ID);

		pthread_spin_lock(&lock);
		CHECK_EQ(inside++, 0);
		if (i % 2)
			sched_yield();
		while (now(CLOCK_THREAD_CPUTIME_ID) - begin < MSEC)
			;
		total++;
		CHECK_EQ(--inside, 0);
		pthread_spin_unlock(&lock);
	}
	return arg;
}

int main(void)
{
	pthread_t t[THREADS];

	pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
	pthread_spin_lock(&lock);
	CHECK_EQ(pthread_spin_trylock(&lock), EBUSY);
	for (int i = 0; i < THREADS; i++)
		t[i] = start(body, NULL);
	settle();
	pthread_spin_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(total, THREADS * 10);
	return ok();
}
