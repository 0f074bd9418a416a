/* SPDX-License-Identifier: MIT */
/*
 * futex_waitv() waits at several words at once, says which was woken, leaves
 * none of the others behind, and times out.
 */
#include "futexes.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#define WORDS 5

struct waitv { /* as the kernel's struct futex_waitv */
	uint64_t value, address;
	uint32_t flags, reserved;
};

static atomic_int word[WORDS];

static long wait_for_any(struct timespec *deadline)
{
	struct waitv v[WORDS];

	for (int i = 0; i < WORDS; i++)
		v[i] = (struct waitv){ 0, (uintptr_t)&word[i],
				       2 /* FUTEX_32 */ | FUTEX_PRIVATE_FLAG,
				       0 };
	return syscall(SYS_futex_waitv, v, WORDS, 0, deadline, CLOCK_MONOTONIC);
}

static void *waits(void *arg)
{
	return (void *)wait_for_any(arg);
}

int main(void)
{
	struct timespec deadline = after(CLOCK_MONOTONIC, 20 * MSEC);
	int64_t begin = now(CLOCK_MONOTONIC);
	pthread_t t;

	CHECK_ERROR(wait_for_any(&deadline), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 19 * MSEC);
	for (int i = 0; i < WORDS; i++) {
		t = start(waits, NULL);
		futex_wake_exactly(&word[i], 1);
		CHECK_EQ((intptr_t)join(t), i);
		for (int j = 0; j < WORDS; j++)
			CHECK_EQ(futex_wake(&word[j], 10), 0);
	}
	word[3] = 1;
	CHECK_ERROR(wait_for_any(NULL), EAGAIN);
	CHECK_ERROR(syscall(SYS_futex_waitv, word, 0, 0, NULL, 0), EINVAL);
	CHECK_ERROR(syscall(SYS_futex_waitv, word, 129, 0, NULL, 0), EINVAL);
	CHECK_ERROR(syscall(SYS_futex_waitv, 8, 1, 0, NULL, 0), EFAULT);
	return ok();
}
