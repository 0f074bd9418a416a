/* SPDX-License-Identifier: MIT */
/*
 * A timerfd makes its reader wait until it expires, counts what was missed,
 * and can be set and read by other threads meanwhile.
 */
#include "claim.h"

#include <poll.h>
#include <sys/timerfd.h>

static void set(int fd, int64_t first, int64_t every)
{
	struct itimerspec t = { timespec_of(every), timespec_of(first) };

	OK(timerfd_settime(fd, 0, &t, NULL));
}

static void *reads(void *arg)
{
	uint64_t count = 0;

	CHECK_EQ(read(*(int *)arg, &count, 8), 8);
	CHECK(count >= 1);
	return (void *)(uintptr_t)count;
}

int main(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t begin = now(CLOCK_MONOTONIC);
	struct itimerspec left;
	uint64_t sum = 0;
	pthread_t t;

	set(fd, 20 * MSEC, 0);
	t = start(reads, &fd);
	CHECK_EQ((uintptr_t)join(t), 1);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);

	/* Armed only while the reader waits. */
	t = start(reads, &fd);
	settle();
	OK(timerfd_gettime(fd, &left));
	CHECK_EQ(left.it_value.tv_nsec, 0);
	set(fd, 1, 0);
	CHECK_EQ((uintptr_t)join(t), 1);

	begin = now(CLOCK_MONOTONIC);
	set(fd, 2 * MSEC, 2 * MSEC);
	while (sum < 20) {
		CHECK_EQ(poll(&p, 1, -1), 1);
		sum += (uintptr_t)reads(&fd);
	}
	CHECK(now(CLOCK_MONOTONIC) - begin >= 40 * MSEC);
	set(fd, 0, 0);
	CHECK_EQ(poll(&p, 1, 10), 0);
	return ok();
}
