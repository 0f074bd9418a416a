/* SPDX-License-Identifier: MIT */
/*
 * A timed lock ends at its time and no earlier, takes a mutex that becomes
 * free before, and refuses a time that is none.
 */
#include "claim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *times_out(void *arg)
{
	struct timespec t = after(CLOCK_REALTIME, 30 * MSEC);
	int64_t begin = now(CLOCK_MONOTONIC);

	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), ETIMEDOUT);
	t = after(CLOCK_MONOTONIC, 30 * MSEC);
	CHECK_EQ(pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &t),
		 ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 59 * MSEC);
	t = timespec_of(0);
	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), ETIMEDOUT);
	t.tv_nsec = 1000000000;
	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), EINVAL);
	CHECK_EQ(pthread_mutex_clocklock(&lock, 77, &t), EINVAL);
	return arg;
}

static void *gets_it(void *arg)
{
	struct timespec t = after(CLOCK_REALTIME, 10000 * MSEC);

	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), 0);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t t[10];

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(i % 2 ? gets_it : times_out, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i += 2)
		join(t[i]);
	pthread_mutex_unlock(&lock);
	for (size_t i = 1; i < ARRAY_LEN(t); i += 2)
		join(t[i]);
	return ok();
}
