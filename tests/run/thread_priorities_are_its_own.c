/* SPDX-License-Identifier: MIT */
/*
 * A thread's policy and priority, asked for at its creation or set later, are
 * read back for it, are nobody else's, and keep nobody from running.
 */
#include "claim.h"

static int permitted; /* EPERM where this user may not */

static void has(pthread_t t, int want_policy, int want_priority)
{
	struct sched_param p;
	int policy;

	CHECK_EQ(pthread_getschedparam(t, &policy, &p), 0);
	CHECK_EQ(policy, want_policy);
	CHECK_EQ(p.sched_priority, want_priority);
}

static void *raises_itself(void *arg)
{
	struct sched_param p = { .sched_priority = 7 };

	has(pthread_self(), SCHED_OTHER, 0);
	permitted = pthread_setschedparam(pthread_self(), SCHED_RR, &p);
	if (permitted != 0) {
		CHECK_EQ(permitted, EPERM);
		return arg;
	}
	has(pthread_self(), SCHED_RR, 7);
	CHECK_EQ(sched_getscheduler(0), SCHED_RR);
	CHECK_EQ(pthread_setschedprio(pthread_self(), 9), 0);
	has(pthread_self(), SCHED_RR, 9);
	for (int i = 0; i < 5; i++)
		OK(usleep(100));
	p.sched_priority = 0;
	CHECK_EQ(pthread_setschedparam(pthread_self(), SCHED_OTHER, &p), 0);
	return arg;
}

static void *was_born_so(void *arg)
{
	has(pthread_self(), SCHED_FIFO, 3);
	sched_yield();
	return arg;
}

int main(void)
{
	struct sched_param p = { .sched_priority = 3 };
	pthread_attr_t attr;
	pthread_t t;

	for (int i = 0; i < 3; i++) {
		join(start(raises_itself, NULL));
		has(pthread_self(), SCHED_OTHER, 0);
	}
	if (permitted != 0)
		return ok();
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	CHECK_EQ(pthread_attr_setschedparam(&attr, &p), 0);
	CHECK_EQ(pthread_create(&t, &attr, was_born_so, NULL), 0);
	join(t);
	has(pthread_self(), SCHED_OTHER, 0);
	return ok();
}
