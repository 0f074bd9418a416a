/* SPDX-License-Identifier: MIT */
/*
 * The futex system call by its operations, for the programs that use it
 * without libc: what they claim is theirs.
 */
#ifndef FUTEXES_H
#define FUTEXES_H

#include "claim.h"

#include <linux/futex.h>

/* @val2 is the timeout of the operations that wait. */
static inline long futex(atomic_int *word, int op, int val, const void *val2,
			 void *word2, unsigned val3)
{
	return syscall(SYS_futex, word, op, val, val2, word2, val3);
}

static inline long futex_wait(atomic_int *word, int value)
{
	return futex(word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static inline long futex_wake(atomic_int *word, int count)
{
	return futex(word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Wakes until @count waiters of @word have been: however late they come. */
static inline void futex_wake_exactly(atomic_int *word, int count)
{
	while (count > 0) {
		count -= (int)OK(futex_wake(word, count));
		sched_yield();
	}
}

#endif
