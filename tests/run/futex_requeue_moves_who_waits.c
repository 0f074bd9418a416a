/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_REQUEUE and FUTEX_CMP_REQUEUE wake some, move others to a second word
 * where they are woken, and say how many; a changed word is EAGAIN.
 */
#include "futexes.h"

#define THREADS 10
/*
 * The kernel may wake a waiter for nothing (a late wake-up of a lock it had
 * waited for before, say). Such a one begins again on the word it was called
 * with, moved or not: futex_wait's "retry". A round in which that happened
 * tells nothing and is repeated.
 */
#define ROUNDS 50

static atomic_int from, to, woken;

static void *waits(void *arg)
{
	CHECK_EQ(futex_wait(&from, 0), 0);
	atomic_fetch_add(&woken, 1);
	return arg;
}

/* Wakes one and moves the others, as they come; how many moves that took. */
static long wake_one_move_rest(int op)
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
	return moved;
}

/* Whether the round was one without a wake-up for nothing. */
static bool round_of(int op)
{
	pthread_t t[THREADS];
	long moved, stray, some, rest;

	woken = 0;
	for (int i = 0; i < THREADS; i++)
		t[i] = start(waits, NULL);
	moved = wake_one_move_rest(op);
	while (atomic_load(&woken) < 1)
		sched_yield();
	CHECK_EQ(woken, 1);
	some = futex_wake(&to, 4);
	rest = futex_wake(&to, 1000);
	stray = 0;
	while (1 + some + rest + stray < THREADS) {
		stray += futex_wake(&from, 1000);
		sched_yield();
	}
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(woken, THREADS);
	return moved == THREADS - 1 && some == 4 && rest == THREADS - 5 &&
	       stray == 0;
}

static void check(int op)
{
	int rounds = 0;

	while (!round_of(op))
		CHECK(++rounds < ROUNDS);
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
