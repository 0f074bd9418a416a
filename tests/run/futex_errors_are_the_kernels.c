/* SPDX-License-Identifier: MIT */
/*
 * Each wrong use of futex() fails as the kernel says, and none blocks.
 */
#include "futexes.h"

#include <sys/mman.h>

static atomic_int word[4];

int main(void)
{
	struct timespec t = timespec_of(10 * MSEC);
	struct timespec bad = { 0, 1000000000 }, past = { -1, 0 };
	atomic_int *odd = (atomic_int *)((uintptr_t)word + 1);
	atomic_int *nowhere = (atomic_int *)(uintptr_t)4096;
	atomic_int *hole =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t begin = now(CLOCK_MONOTONIC);

	CHECK_ERROR(futex_wait(word, 1), EAGAIN);
	CHECK_ERROR(futex(word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 10 * MSEC);
	CHECK_ERROR(futex(word, FUTEX_WAIT, 0, &t, NULL, 0), ETIMEDOUT);
	t = timespec_of(0);
	CHECK_ERROR(futex(word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0), ETIMEDOUT);
	CHECK_ERROR(futex(word, FUTEX_WAIT_PRIVATE, 0, &bad, NULL, 0), EINVAL);
	CHECK_ERROR(futex(word, FUTEX_WAIT_PRIVATE, 0, &past, NULL, 0), EINVAL);
	CHECK_ERROR(futex(word, FUTEX_WAIT_PRIVATE, 0, (void *)8L, NULL, 0),
		    EFAULT);
	CHECK_ERROR(futex_wait(odd, 0), EINVAL);
	CHECK_ERROR(futex_wake(odd, 1), EINVAL);
	CHECK_ERROR(futex_wait(nowhere, 0), EFAULT);
	CHECK_ERROR(futex_wait(hole, 0), EFAULT);
	CHECK_ERROR(futex(hole, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERROR(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)1L, nowhere, 0),
		    EFAULT);
	CHECK_ERROR(futex(word, FUTEX_CMP_REQUEUE_PRIVATE, -1, (void *)1L,
			  word + 1, 0),
		    EINVAL);
	CHECK_ERROR(futex(hole, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0),
		    EFAULT);
	CHECK_ERROR(futex(word, FUTEX_WAKE_PRIVATE | FUTEX_CLOCK_REALTIME, 1,
			  NULL, NULL, 0),
		    ENOSYS);
	CHECK_EQ(futex_wake(word, 1), 0);
	return ok();
}
