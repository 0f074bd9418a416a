/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_LOCK_PI and its relatives: the word names the owner, waiters get the
 * lock in turn, and the calls that cannot be say why.
 */
#include "futexes.h"

#define THREADS 12

static atomic_int word;
static volatile int inside;
static int total;

static void lock(void)
{
	int free = 0;

	if (!atomic_compare_exchange_strong(&word, &free, gettid()))
		CHECK_EQ(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0),
			 0);
	CHECK_EQ(word & FUTEX_TID_MASK, gettid());
}

static void unlock(void)
{
	int self = gettid();

	if (!atomic_compare_exchange_strong(&word, &self, 0))
		CHECK_EQ(
			futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0),
			0);
}

static void *contends(void *arg)
{
	for (int i = 0; i < 50; i++) {
		lock();
		CHECK_EQ(inside++, 0);
		sched_yield();
		CHECK_EQ(--inside, 0);
		total++;
		unlock();
	}
	return arg;
}

static void *is_kept_out(void *arg)
{
	struct timespec t = after(CLOCK_REALTIME, 20 * MSEC);

	CHECK_ERROR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0),
		    EAGAIN);
	CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &t, NULL, 0),
		    ETIMEDOUT);
	t = after(CLOCK_MONOTONIC, 20 * MSEC);
	CHECK_ERROR(futex(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &t, NULL, 0),
		    ETIMEDOUT);
	CHECK_ERROR(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0),
		    EPERM);
	return arg;
}

int main(void)
{
	pthread_t t[THREADS];

	CHECK_EQ(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	CHECK_EQ(word & FUTEX_TID_MASK, gettid());
	CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0),
		    EDEADLK);
	join(start(is_kept_out, NULL));
	unlock();
	for (int i = 0; i < THREADS; i++)
		t[i] = start(contends, NULL);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(total, THREADS * 50);
	CHECK_EQ(word, 0);
	/* No thread has that id. */
	word = 0x3ffffff0;
	CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0),
		    ESRCH);
	return ok();
}
