/* SPDX-License-Identifier: MIT */
/*
 * select() that a signal interrupts leaves its sets as they were, so that the
 * retry watches the same; one that times out clears them.
 */
#include "claim.h"

#include <signal.h>
#include <sys/select.h>

static int quiet[2], other[2];
static atomic_int interrupted;

static void handler(int signal)
{
	(void)signal;
}

static void *selects(void *arg)
{
	fd_set readable, writable;
	int highest = quiet[0] > other[0] ? quiet[0] : other[0];

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_SET(quiet[0], &readable);
	FD_SET(other[0], &readable);
	FD_SET(quiet[0], &writable); /* a read end: never */
	CHECK_ERROR(select(highest + 1, &readable, &writable, NULL, NULL),
		    EINTR);
	CHECK(FD_ISSET(quiet[0], &readable) && FD_ISSET(other[0], &readable));
	CHECK(FD_ISSET(quiet[0], &writable));
	atomic_store(&interrupted, 1);
	while (select(highest + 1, &readable, &writable, NULL, NULL) == -1)
		CHECK_EQ(errno, EINTR);
	CHECK(FD_ISSET(other[0], &readable));
	CHECK(!FD_ISSET(quiet[0], &readable) && !FD_ISSET(quiet[0], &writable));
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	struct timeval left = { 0, 20000 };
	fd_set set;
	pthread_t t;

	OK(pipe(quiet));
	OK(pipe(other));
	sigaction(SIGUSR1, &action, NULL);
	t = start(selects, NULL);
	while (!atomic_load(&interrupted)) {
		pthread_kill(t, SIGUSR1);
		settle();
	}
	OK(write(other[1], "x", 1));
	join(t);

	FD_ZERO(&set);
	FD_SET(quiet[0], &set);
	CHECK_EQ(select(quiet[0] + 1, &set, NULL, NULL, &left), 0);
	CHECK(!FD_ISSET(quiet[0], &set));
	CHECK_EQ(left.tv_sec + left.tv_usec, 0);
	left = (struct timeval){ 100, 0 };
	FD_SET(other[0], &set);
	CHECK_EQ(select(other[0] + 1, &set, NULL, NULL, &left), 1);
	CHECK(left.tv_sec == 99 || left.tv_sec == 100);
	OK(close(other[0]));
	CHECK_ERROR(select(other[0] + 1, &set, NULL, NULL, NULL), EBADF);
	CHECK_ERROR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
	return ok();
}
