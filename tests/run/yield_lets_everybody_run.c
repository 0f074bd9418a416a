/* SPDX-License-Identifier: MIT */
/*
 * Threads that only yield all get on, and so do those that wait for time or
 * descriptors beside them.
 */
#include "claim.h"

#define THREADS 20

static atomic_int turns[THREADS], done;
static int end[2];

static void *yields(void *arg)
{
	while (!atomic_load(&done)) {
		atomic_fetch_add(&turns[(intptr_t)arg], 1);
		sched_yield();
	}
	return NULL;
}

static void *reads(void *arg)
{
	char byte;

	for (int i = 0; i < 20; i++)
		CHECK_EQ(read(end[0], &byte, 1), 1);
	return arg;
}

int main(void)
{
	pthread_t t[THREADS], reader;

	OK(pipe(end));
	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(yields, (void *)i);
	reader = start(reads, NULL);
	for (int i = 0; i < 20; i++) {
		usleep(1000);
		OK(write(end[1], "x", 1));
	}
	join(reader);
	for (int i = 0; i < THREADS; i++)
		while (atomic_load(&turns[i]) < 20)
			sched_yield();
	atomic_store(&done, 1);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return ok();
}
