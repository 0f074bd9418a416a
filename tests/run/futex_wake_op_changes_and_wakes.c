/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE_OP changes the second word, wakes at the first, and at the second
 * only if its old value compares.
 */
#include "futexes.h"

static atomic_int a, b, woken_a, woken_b;

static void *waits_at_a(void *arg)
{
	CHECK_EQ(futex_wait(&a, 0), 0);
	atomic_fetch_add(&woken_a, 1);
	return arg;
}

static void *waits_at_b(void *arg)
{
	/* As long as b is 5: it is changed under those that wait. */
	CHECK_EQ(futex_wait(&b, 5), 0);
	atomic_fetch_add(&woken_b, 1);
	return arg;
}

static long wake_op(int count_a, int count_b, unsigned op)
{
	return futex(&a, FUTEX_WAKE_OP_PRIVATE, count_a,
		     (void *)(intptr_t)count_b, &b, op);
}

static void operates(unsigned op, unsigned arg, int want)
{
	b = 12;
	CHECK_EQ(wake_op(1, 1, FUTEX_OP(op, arg, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, want);
}

int main(void)
{
	pthread_t at_a, at_b;
	long r;

	operates(FUTEX_OP_SET, 7, 7);
	operates(FUTEX_OP_ADD, 7, 19);
	operates(FUTEX_OP_OR, 3, 15);
	operates(FUTEX_OP_ANDN, 4, 8);
	operates(FUTEX_OP_XOR, 5, 9);
	operates(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 4, 28);

	b = 5;
	at_b = start(waits_at_b, NULL);
	settle();
	/* The comparison fails: b's waiter stays, now or when it comes. */
	r = wake_op(1, 1, FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_GT, 5));
	CHECK_EQ(r, 0);
	at_a = start(waits_at_a, NULL);
	while (wake_op(1, 1, FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_LT, 5)) ==
	       0)
		sched_yield();
	join(at_a);
	CHECK_EQ(woken_b, 0);
	while (wake_op(1, 1, FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_GE, 5)) ==
	       0)
		sched_yield();
	join(at_b);
	CHECK_EQ(woken_a + woken_b, 2);
	CHECK_ERROR(
		futex(&a, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1L, (void *)8L, 0),
		EFAULT);
	return ok();
}
