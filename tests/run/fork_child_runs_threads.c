/* SPDX-License-Identifier: MIT */
/*
 * A forked child makes threads of its own that block and wake, while those of
 * its parent go on.
 */
#include "claim.h"

#define ROUNDS 20

static atomic_int stop;

static void *echoes(void *arg)
{
	int *end = arg;
	char byte;

	while (OK(read(end[0], &byte, 1)) == 1)
		;
	return NULL;
}

static void *turns(void *arg)
{
	long n = 0;

	while (!atomic_load(&stop)) {
		sched_yield();
		n++;
	}
	CHECK(n > 0);
	return arg;
}

static void run_threads(void)
{
	pthread_t t[10];
	int end[2];

	OK(pipe(end));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(echoes, end);
	for (int i = 0; i < 100; i++)
		OK(write(end[1], "x", 1));
	OK(close(end[1]));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	if (on_fibers())
		CHECK_EQ(os_threads(), 1);
}

int main(void)
{
	pthread_t t = start(turns, NULL);
	pid_t child;

	for (int i = 0; i < ROUNDS; i++) {
		child = OK(fork());
		if (!child) {
			CHECK_EQ(gettid(), getpid());
			run_threads();
			_exit(40 + i);
		}
		run_threads();
		CHECK_EQ(status_of(child), (40 + i) << 8);
	}
	atomic_store(&stop, 1);
	join(t);
	return ok();
}
