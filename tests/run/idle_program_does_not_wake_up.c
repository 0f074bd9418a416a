/* SPDX-License-Identifier: MIT */
/*
 * While all threads wait the process does not run: no tick wakes it, and it
 * uses no CPU.
 */
#include "claim.h"

#include <sys/resource.h>

static void *waits(void *arg)
{
	pause();
	return arg;
}

static long switches(void)
{
	struct rusage u;

	OK(getrusage(RUSAGE_SELF, &u));
	return u.ru_nvcsw + u.ru_nivcsw;
}

int main(void)
{
	int64_t cpu;
	long before;

	for (int i = 0; i < 20; i++)
		start(waits, NULL);
	usleep(50000);
	before = switches();
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	usleep(500000);
	CHECK(switches() - before < 20);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - cpu < 20 * MSEC);
	return ok();
}
