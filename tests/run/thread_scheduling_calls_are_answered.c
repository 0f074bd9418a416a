/* SPDX-License-Identifier: MIT */
/*
 * Affinity, policy and priority of a thread: what is set is read back, and
 * what cannot be is refused.
 */
#include "claim.h"

#include <sys/resource.h>

static void *body(void *arg)
{
	cpu_set_t before, one, read_back;
	struct sched_param p = { 0 };
	size_t first = 0;
	int policy;

	CHECK_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
	CHECK(CPU_COUNT(&before) > 0);
	while (!CPU_ISSET(first, &before))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	CHECK_EQ(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), 0);
	CHECK_EQ(sched_getaffinity(gettid(), sizeof(one), &read_back), 0);
	CHECK(CPU_EQUAL(&one, &read_back));
	CHECK(CPU_ISSET((size_t)sched_getcpu(), &before));
	CPU_ZERO(&one);
	CHECK_ERROR(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	CHECK_EQ(sched_setaffinity(0, sizeof(before), &before), 0);

	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_EQ(pthread_getschedparam(pthread_self(), &policy, &p), 0);
	CHECK_EQ(policy, SCHED_OTHER);
	CHECK_EQ(p.sched_priority, 0);
	p.sched_priority = 77;
	CHECK_EQ(pthread_setschedparam(pthread_self(), SCHED_OTHER, &p),
		 EINVAL);
	CHECK_ERROR(sched_setscheduler(0, 4711, &p), EINVAL);
	CHECK_ERROR(sched_getscheduler(-1), EINVAL);
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	OK(sched_yield());
	errno = 0;
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), *(int *)arg);
	CHECK_EQ(errno, 0);
	return NULL;
}

int main(void)
{
	int nice_value = getpriority(PRIO_PROCESS, 0);

	for (int i = 0; i < 4; i++)
		join(start(body, &nice_value));
	body(&nice_value);
	return ok();
}
