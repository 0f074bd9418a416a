/* SPDX-License-Identifier: MIT */
/*
 * A thread's CPU clock counts the time it ran, not what the others did
 * meanwhile or before; the process's clock counts them all.
 */
#include "claim.h"

#include <sys/resource.h>

#define WORK (60 * MSEC)

static atomic_int stop;
static atomic_int spinning;

static void burn(void)
{
	int64_t begin = now(CLOCK_PROCESS_CPUTIME_ID);

	while (now(CLOCK_PROCESS_CPUTIME_ID) - begin < WORK)
		;
}

static void *spins(void *arg)
{
	int64_t begin = now(CLOCK_THREAD_CPUTIME_ID);

	CHECK(begin < WORK / 3);
	atomic_store(&spinning, 1);
	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < WORK)
		;
	await(&stop);
	return arg;
}

static void *waits(void *arg)
{
	int64_t begin = now(CLOCK_THREAD_CPUTIME_ID), used;
	struct rusage usage;

	join(*(pthread_t *)arg);
	used = now(CLOCK_THREAD_CPUTIME_ID) - begin;
	CHECK(used >= 0 && used < WORK / 3);
	OK(getrusage(RUSAGE_THREAD, &usage));
	CHECK(usage.ru_utime.tv_sec == 0);
	CHECK(usage.ru_utime.tv_usec < WORK / 1000 / 2);
	return NULL;
}

int main(void)
{
	int64_t begin = now(CLOCK_PROCESS_CPUTIME_ID);
	pthread_t spinner, waiter;
	clockid_t clock;

	burn();
	spinner = start(spins, NULL);
	waiter = start(waits, &spinner);
	CHECK_EQ(pthread_getcpuclockid(spinner, &clock), 0);
	await(&spinning);
	while (now(clock) < WORK)
		settle();
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) >= WORK);
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) < 2 * WORK);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - begin >= WORK);
	atomic_store(&stop, 1);
	join(waiter);
	return ok();
}
