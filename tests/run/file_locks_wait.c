/* SPDX-License-Identifier: MIT */
/*
 * Locks of files: F_SETLKW between processes, F_OFD_SETLKW and flock() between
 * threads, wait without keeping others from letting go.
 */
#include "claim.h"

#include <sys/file.h>

static char path[] = "/tmp/claim-XXXXXX";
static atomic_int inside, total;

static int reopened(void)
{
	return OK(open(path, O_RDWR | O_CLOEXEC));
}

static void lock_range(int fd, int op, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_len = 10 };

	OK(fcntl(fd, op, &l));
}

static void count(void)
{
	CHECK_EQ(inside++, 0);
	sched_yield();
	usleep(100);
	CHECK_EQ(--inside, 0);
	total++;
}

static void *by_flock(void *arg)
{
	int fd = reopened();

	for (int i = 0; i < 10; i++) {
		OK(flock(fd, LOCK_EX));
		count();
		OK(flock(fd, LOCK_UN));
	}
	OK(close(fd));
	return arg;
}

static void *by_description(void *arg)
{
	int fd = reopened();

	for (int i = 0; i < 10; i++) {
		lock_range(fd, F_OFD_SETLKW, F_WRLCK);
		count();
		lock_range(fd, F_OFD_SETLKW, F_UNLCK);
	}
	OK(close(fd));
	return arg;
}

static void in_threads(void *(*body)(void *))
{
	pthread_t t[6];

	total = 0;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(total, 10 * (int)ARRAY_LEN(t));
}

static void *takes(void *arg)
{
	lock_range(*(int *)arg, F_SETLKW, F_WRLCK);
	return arg;
}

static void between_processes(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = reopened(), ready[2], let_go[2];
	pthread_t t;
	pid_t child;
	char byte;

	OK(pipe(ready));
	OK(pipe(let_go));
	child = OK(fork());
	if (!child) {
		lock_range(fd, F_SETLKW, F_WRLCK);
		OK(write(ready[1], "x", 1));
		OK(read(let_go[0], &byte, 1));
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_ERROR(fcntl(fd, F_SETLK, &l), EAGAIN);
	OK(fcntl(fd, F_GETLK, &l));
	CHECK_EQ(l.l_pid, child);
	t = start(takes, &fd);
	settle();
	OK(write(let_go[1], "x", 1));
	join(t);
	child_ends_well(child);
	OK(close(fd));
}

int main(void)
{
	OK(close(OK(mkstemp(path))));
	in_threads(by_flock);
	in_threads(by_description);
	between_processes();
	OK(unlink(path));
	return ok();
}
