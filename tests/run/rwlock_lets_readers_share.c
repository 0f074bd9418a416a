/* SPDX-License-Identifier: MIT */
/*
 * Readers share, writers do not; tries and timed locks say no in time; a
 * writer's own second lock is found out.
 */
#include "claim.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t readers_inside;
static atomic_int readers, writers;
static long written;

static void *reads_together(void *arg)
{
	CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
	pthread_barrier_wait(&readers_inside);
	pthread_rwlock_unlock(&lock);
	return arg;
}

static void *mixes(void *arg)
{
	for (int i = 0; i < 200; i++) {
		bool writes = (i + (int)(intptr_t)arg) % 5 == 0;

		if (writes) {
			pthread_rwlock_wrlock(&lock);
			CHECK_EQ(writers++, 0);
			CHECK_EQ(readers, 0);
			written++;
		} else {
			pthread_rwlock_rdlock(&lock);
			readers++;
			CHECK_EQ(writers, 0);
		}
		sched_yield();
		writes ? writers-- : readers--;
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void *is_kept_out(void *arg)
{
	struct timespec t = after(CLOCK_REALTIME, 20 * MSEC);
	bool by_writer = arg;

	CHECK_EQ(pthread_rwlock_trywrlock(&lock), EBUSY);
	CHECK_EQ(pthread_rwlock_timedwrlock(&lock, &t), ETIMEDOUT);
	t = after(CLOCK_MONOTONIC, 20 * MSEC);
	CHECK_EQ(pthread_rwlock_tryrdlock(&lock), by_writer ? EBUSY : 0);
	if (by_writer)
		CHECK_EQ(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &t),
			 ETIMEDOUT);
	else
		pthread_rwlock_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t t[20];

	pthread_barrier_init(&readers_inside, NULL, ARRAY_LEN(t));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(reads_together, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	pthread_rwlock_rdlock(&lock);
	join(start(is_kept_out, NULL));
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_wrlock(&lock);
	CHECK_EQ(pthread_rwlock_wrlock(&lock), EDEADLK);
	join(start(is_kept_out, &lock));
	pthread_rwlock_unlock(&lock);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(mixes, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(written, 20 * 200 / 5);
	CHECK_EQ(pthread_rwlock_trywrlock(&lock), 0);
	return ok();
}
