/* SPDX-License-Identifier: MIT */
/*
 * An eventfd makes readers wait at zero and writers at its end; as a semaphore
 * it gives out one at a time.
 */
#include "claim.h"

#include <poll.h>
#include <sys/eventfd.h>

#define THREADS 20

static atomic_int taken;

static void *takes_one(void *arg)
{
	eventfd_t value = 0;

	OK(eventfd_read(*(int *)arg, &value));
	CHECK_EQ(value, 1);
	atomic_fetch_add(&taken, 1);
	return NULL;
}

static void *adds_beyond_the_end(void *arg)
{
	OK(eventfd_write(*(int *)arg, 5));
	return NULL;
}

int main(void)
{
	int fd = OK(eventfd(0, 0)), sem = OK(eventfd(0, EFD_SEMAPHORE));
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	pthread_t t[THREADS], writer;
	eventfd_t value;

	for (int i = 0; i < THREADS; i++)
		t[i] = start(takes_one, &sem);
	for (int i = 0; i < THREADS; i += 4)
		OK(eventfd_write(sem, 4));
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(taken, THREADS);

	writer = start(takes_one, &fd);
	settle();
	OK(eventfd_write(fd, 1));
	join(writer);

	OK(eventfd_write(fd, UINT64_MAX - 1));
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN);
	writer = start(adds_beyond_the_end, &fd);
	settle();
	OK(eventfd_read(fd, &value));
	CHECK(value == UINT64_MAX - 1);
	join(writer);
	OK(eventfd_read(fd, &value));
	CHECK_EQ(value, 5);
	CHECK_ERROR(write(fd, "x", 1), EINVAL);
	CHECK_ERROR(read(fd, &value, 7), EINVAL);
	value = UINT64_MAX;
	CHECK_ERROR(write(fd, &value, 8), EINVAL);
	return ok();
}
