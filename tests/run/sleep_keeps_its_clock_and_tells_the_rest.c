/* SPDX-License-Identifier: MIT */
/*
 * Sleeps on each clock, relative and absolute, in order of their ends; one
 * that a signal interrupts says how much was left; wrong times are refused.
 */
#include "claim.h"

#include <signal.h>

static atomic_int interrupted;
static int order[5], place;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void handler(int signal)
{
	(void)signal;
}

static void *is_interrupted(void *arg)
{
	struct timespec t = { 100, 0 }, left = { 0, 0 };

	CHECK_ERROR(nanosleep(&t, &left), EINTR);
	CHECK(left.tv_sec >= 90 && left.tv_sec <= 100);
	left.tv_sec = 0;
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
	CHECK(left.tv_sec >= 90 && left.tv_sec <= 100);
	t = after(CLOCK_REALTIME, 100000 * MSEC);
	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL),
		 EINTR);
	CHECK(sleep(100) >= 90);
	atomic_store(&interrupted, 1);
	return arg;
}

static void *sleeps_in_order(void *arg)
{
	static const int after_ms[] = { 120, 30, 90, 0, 60 };
	int self = (int)(intptr_t)arg;

	usleep((useconds_t)after_ms[self] * 1000);
	pthread_mutex_lock(&lock);
	order[place++] = self;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	struct timespec t = { 0, 1000000000 };
	pthread_t thread[5];

	CHECK_ERROR(nanosleep(&t, NULL), EINVAL);
	CHECK_EQ(clock_nanosleep(4711, 0, &t, NULL), EINVAL);
	CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL), EINVAL);
	t = (struct timespec){ 1, 0 }; /* long ago */
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
	CHECK_EQ(sleep(0), 0);
	for (intptr_t i = 0; i < 5; i++)
		thread[i] = start(sleeps_in_order, (void *)i);
	for (int i = 0; i < 5; i++)
		join(thread[i]);
	CHECK_EQ(order[0], 3);
	CHECK_EQ(order[1], 1);
	CHECK_EQ(order[4], 0);

	sigaction(SIGUSR1, &action, NULL);
	thread[0] = start(is_interrupted, NULL);
	while (!atomic_load(&interrupted)) {
		pthread_kill(thread[0], SIGUSR1);
		settle();
	}
	join(thread[0]);
	return ok();
}
