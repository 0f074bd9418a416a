/* SPDX-License-Identifier: MIT */
/*
 * Mutexes with priority inheritance: contended, timed, tried, in a condition,
 * checked for errors.
 */
#include "claim.h"

#define THREADS 16
#define TURNS 100

static pthread_mutex_t lock;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int inside;
static int total;

static void *contends(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		CHECK_EQ(pthread_mutex_lock(&lock), 0);
		CHECK_EQ(inside++, 0);
		sched_yield();
		CHECK_EQ(--inside, 0);
		if (++total == THREADS * TURNS)
			pthread_cond_signal(&changed);
		CHECK_EQ(pthread_mutex_unlock(&lock), 0);
	}
	return arg;
}

static void *cannot_take(void *arg)
{
	struct timespec t = after(CLOCK_REALTIME, 20 * MSEC);

	CHECK_EQ(pthread_mutex_trylock(&lock), EBUSY);
	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), ETIMEDOUT);
	t = timespec_of(1);
	CHECK_EQ(pthread_mutex_timedlock(&lock, &t), ETIMEDOUT);
	CHECK_EQ(pthread_mutex_unlock(&lock), EPERM);
	return arg;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t t[THREADS];

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	CHECK_EQ(pthread_mutex_init(&lock, &attr), 0);

	CHECK_EQ(pthread_mutex_lock(&lock), 0);
	CHECK_EQ(pthread_mutex_lock(&lock), EDEADLK);
	join(start(cannot_take, NULL));
	for (int i = 0; i < THREADS; i++)
		t[i] = start(contends, NULL);
	while (total < THREADS * TURNS)
		CHECK_EQ(pthread_cond_wait(&changed, &lock), 0);
	CHECK_EQ(pthread_mutex_unlock(&lock), 0);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(pthread_mutex_destroy(&lock), 0);
	return ok();
}
