/* SPDX-License-Identifier: MIT */
/*
 * A timed wait on a condition ends at its time, on either clock, no earlier,
 * with the mutex held; and without ETIMEDOUT if it was signalled before.
 */
#include "claim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t realtime = PTHREAD_COND_INITIALIZER, monotonic;
static bool go;
static int woken;

static void *waits(void *arg)
{
	struct timespec far = after(CLOCK_MONOTONIC, 15000 * MSEC);

	pthread_mutex_lock(&lock);
	while (!go)
		CHECK_EQ(pthread_cond_timedwait(&monotonic, &lock, &far), 0);
	woken++;
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_condattr_t attr;
	struct timespec t;
	pthread_t waiter[10];
	int64_t begin;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&monotonic, &attr);
	for (size_t i = 0; i < ARRAY_LEN(waiter); i++)
		waiter[i] = start(waits, NULL);

	pthread_mutex_lock(&lock);
	begin = now(CLOCK_MONOTONIC);
	t = after(CLOCK_MONOTONIC, 20 * MSEC);
	while (pthread_cond_timedwait(&monotonic, &lock, &t) == 0)
		;
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
	t = after(CLOCK_REALTIME, 20 * MSEC);
	CHECK_EQ(pthread_cond_timedwait(&realtime, &lock, &t), ETIMEDOUT);
	t = after(CLOCK_MONOTONIC, 20 * MSEC);
	CHECK_EQ(pthread_cond_clockwait(&realtime, &lock, CLOCK_MONOTONIC, &t),
		 ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 59 * MSEC);
	CHECK_EQ(pthread_mutex_trylock(&lock), EBUSY);
	t.tv_nsec = -1;
	CHECK_EQ(pthread_cond_timedwait(&realtime, &lock, &t), EINVAL);
	CHECK_EQ(woken, 0);
	go = true;
	pthread_cond_broadcast(&monotonic);
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < ARRAY_LEN(waiter); i++)
		join(waiter[i]);
	CHECK_EQ(woken, ARRAY_LEN(waiter));
	return ok();
}
