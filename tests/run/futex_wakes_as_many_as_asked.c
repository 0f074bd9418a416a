/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE wakes at most as many as it is told, says how many, and never
 * one that waits at another word.
 */
#include "futexes.h"

#define THREADS 30

static atomic_int word, other, woken;

static void *waits(void *arg)
{
	long r;

	do
		r = futex_wait(arg, 0);
	while (r == -1 && errno == EINTR);
	CHECK_EQ(r, 0);
	atomic_fetch_add(&woken, 1);
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS], aside;

	CHECK_EQ(futex_wake(&word, 1), 0);
	aside = start(waits, &other);
	for (int i = 0; i < THREADS; i++)
		t[i] = start(waits, &word);
	for (int i = 1; i <= 10; i++) {
		futex_wake_exactly(&word, 1);
		while (atomic_load(&woken) < i)
			sched_yield();
		CHECK_EQ(woken, i);
	}
	futex_wake_exactly(&word, 5);
	while (atomic_load(&woken) < 15)
		sched_yield();
	settle();
	CHECK_EQ(woken, 15);
	futex_wake_exactly(&word, THREADS - 15);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(futex_wake(&word, 1000), 0);
	CHECK_EQ(woken, THREADS);
	futex_wake_exactly(&other, 1);
	join(aside);
	return ok();
}
