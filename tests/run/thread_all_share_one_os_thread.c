/* SPDX-License-Identifier: MIT */
/*
 * Fifty parked threads: the kernel sees one under `evergreen run`, and all of
 * them in a plain run.
 */
#include "claim.h"

#define THREADS 50

static pthread_barrier_t all_here, done;

static void *stand(void *arg)
{
	pthread_barrier_wait(&all_here);
	pthread_barrier_wait(&done);
	return arg;
}

int main(void)
{
	pthread_t t[THREADS];

	pthread_barrier_init(&all_here, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		t[i] = start(stand, NULL);
	pthread_barrier_wait(&all_here);
	CHECK_EQ(os_threads(), on_fibers() ? 1 : THREADS + 1);
	pthread_barrier_wait(&done);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return ok();
}
