/* SPDX-License-Identifier: MIT */
/*
 * A futex in shared memory is one for all processes that map it, at whatever
 * address; a private one is each process's own.
 */
#include "futexes.h"

#include <sys/mman.h>

#define CHILDREN 3

static atomic_int *word;

static long wake_shared(int count)
{
	return futex(word, FUTEX_WAKE, count, NULL, NULL, 0);
}

static void *waits(void *at)
{
	while (futex(at, FUTEX_WAIT, 0, NULL, NULL, 0) == -1)
		CHECK_EQ(errno, EINTR);
	return at;
}

static void child_waits(int fd)
{
	void *elsewhere =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pthread_t t[2];

	CHECK(elsewhere != word && elsewhere != MAP_FAILED);
	t[0] = start(waits, elsewhere);
	t[1] = start(waits, word);
	join(t[0]);
	join(t[1]);
	_exit(0);
}

int main(void)
{
	struct timespec t = timespec_of(10 * MSEC);
	pid_t child[CHILDREN];
	pthread_t own;
	int fd, woken = 0;

	fd = OK(memfd_create("claim", MFD_CLOEXEC));
	OK(ftruncate(fd, 8192));
	word = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(word != MAP_FAILED);
	for (int i = 0; i < CHILDREN; i++) {
		child[i] = OK(fork());
		if (!child[i])
			child_waits(fd);
	}
	own = start(waits, word);
	/* Every one that waits, in four processes, is reached from here. */
	while (woken < 2 * CHILDREN + 1) {
		woken += (int)OK(wake_shared(1));
		sched_yield();
	}
	join(own);
	for (int i = 0; i < CHILDREN; i++)
		child_ends_well(child[i]);
	CHECK_EQ(wake_shared(100), 0);
	CHECK_ERROR(futex(word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
	CHECK_ERROR(futex(word, FUTEX_WAIT, 0, &t, NULL, 0), ETIMEDOUT);
	return ok();
}
