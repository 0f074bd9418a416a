/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_REQUEUE and FUTEX_CMP_REQUEUE wake some, move others to a second word
 * where they are woken, and say how many; a changed word is EAGAIN.
 */
#include "futexes.h"

#define THREADS 10

static atomic_int from, to, woken;

static void *waits(void *arg)
{
	CHECK_EQ(futex_wait(&from, 0), 0);
	atomic_fetch_add(&woken, 1);
	return arg;
}

/* Wakes one of @left and moves the rest, as they come. */
static void wake_one_move_rest(int op)
{
	long moved = 0;
	bool has_woken = false;

	while (moved < THREADS - 1 || !has_woken) {
		long r = OK(futex(&from, op, has_woken ? 0 : 1,
				  (void *)(intptr_t)1000, &to, 0));

		if (r > 0 && !has_woken) {
			has_woken = true;
			r--;
		}
		moved += r;
		sched_yield();
	}
	CHECK_EQ(moved, THREADS - 1);
}

static void check(int op)
{
	pthread_t t[THREADS];

	woken = 0;
	for (int i = 0; i < THREADS; i++)
		t[i] = start(waits, NULL);
	wake_one_move_rest(op);
	while (atomic_load(&woken) < 1)
		sched_yield();
	CHECK_EQ(futex_wake(&from, 1000), 0);
	CHECK_EQ(woken, 1);
	CHECK_EQ(futex_wake(&to, 4), 4);
	CHECK_EQ(futex_wake(&to, 1000), THREADS - 5);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(woken, THREADS);
}

int main(void)
{
	check(FUTEX_CMP_REQUEUE_PRIVATE);
	check(FUTEX_REQUEUE_PRIVATE);
	CHECK_ERROR(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1,
			  (void *)(intptr_t)1, &to, 77),
		    EAGAIN);
	return ok();
}
