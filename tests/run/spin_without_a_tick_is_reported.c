/* SPDX-License-Identifier: MIT */
/* run: --tick=off */
/* says: --tick=off has held the processor */
/*
 * Without a tick a thread that computes stops the others. A watchdog says which
 * one it is; then it goes on.
 */
#include "claim.h"

enum { SPINS = 100000000 };

static atomic_int ready;

static void *waits(void *arg)
{
	atomic_store(&ready, 1);
	usleep(1000);
	return arg;
}

static double cpu_seconds(void)
{
	struct timespec t;

	OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(void)
{
	const char *options = getenv("CLAIM_OPTIONS");
	double seconds = options && strstr(options, "--tick=off") ? 11.5 : 0.01;
	double began;
	pthread_t t = start(waits, NULL);

	while (!atomic_load(&ready))
		sched_yield();
	began = cpu_seconds();
	/* A system call now and then would let the others run. */
	while (cpu_seconds() - began < seconds)
		for (volatile int i = 0; i < SPINS; i++)
			;
	join(t);
	return ok();
}
