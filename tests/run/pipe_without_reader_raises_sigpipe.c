/* SPDX-License-Identifier: MIT */
/*
 * A write that nobody can read: SIGPIPE to the thread that wrote, and EPIPE;
 * also for one that waits already, and on sockets.
 */
#include "claim.h"

#include <signal.h>
#include <sys/socket.h>

static atomic_int handled_by;
static char much[1 << 20];

static void handler(int signal)
{
	(void)signal;
	atomic_store(&handled_by, gettid());
}

static void *writes(void *arg)
{
	int fd = *(int *)arg;

	/* What was written before the end came counts first. */
	while (write(fd, much, sizeof(much)) >= 0)
		;
	CHECK_EQ(errno, EPIPE);
	CHECK_EQ(handled_by, gettid());
	return NULL;
}

static void reader_goes(int end[2])
{
	pthread_t t = start(writes, &end[1]);

	settle();
	OK(close(end[0]));
	join(t);
	handled_by = 0;
	CHECK_ERROR(write(end[1], "x", 1), EPIPE);
	CHECK_EQ(handled_by, gettid());
}

int main(void)
{
	int end[2];
	pid_t child;

	OK(pipe(end));
	OK(close(end[0]));
	child = OK(fork());
	if (!child) {
		OK(write(end[1], "x", 1));
		_exit(1);
	}
	CHECK_EQ(status_of(child), SIGPIPE);

	signal(SIGPIPE, handler);
	OK(pipe(end));
	reader_goes(end);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, end));
	reader_goes(end);
	handled_by = 0;
	CHECK_ERROR(send(end[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(handled_by, 0);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERROR(write(end[1], "x", 1), EPIPE);
	return ok();
}
