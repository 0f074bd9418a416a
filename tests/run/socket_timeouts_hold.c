/* SPDX-License-Identifier: MIT */
/*
 * SO_RCVTIMEO and SO_SNDTIMEO bound each call that waits, with EAGAIN and not
 * early; what was sent by then is counted.
 */
#include "sockets.h"

#include <sys/time.h>

#define LIMIT (50 * MSEC)

static char much[8 << 20];

static void set_limit(int fd, int option)
{
	struct timeval t = { 0, LIMIT / 1000 };

	OK(setsockopt(fd, SOL_SOCKET, option, &t, sizeof(t)));
}

static void *receives_in_time(void *arg)
{
	int64_t begin = now(CLOCK_MONOTONIC);
	char byte;

	CHECK_ERROR(recv(*(int *)arg, &byte, 1, 0), EAGAIN);
	/* The kernel counts in ticks, of 10 ms at most. */
	CHECK(now(CLOCK_MONOTONIC) - begin >= LIMIT - 10 * MSEC);
	CHECK_ERROR(read(*(int *)arg, &byte, 1), EAGAIN);
	CHECK(now(CLOCK_MONOTONIC) - begin < 5000 * MSEC);
	return NULL;
}

int main(void)
{
	struct sockaddr_in address;
	int listener = listen_tcp(&address, 5), pair[2];
	int64_t begin;
	pthread_t t;
	ssize_t n;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	set_limit(pair[0], SO_RCVTIMEO);
	t = start(receives_in_time, &pair[0]);
	receives_in_time(&pair[0]);
	join(t);

	set_limit(listener, SO_RCVTIMEO);
	begin = now(CLOCK_MONOTONIC);
	CHECK_ERROR(accept(listener, NULL, NULL), EAGAIN);
	CHECK(now(CLOCK_MONOTONIC) - begin >= LIMIT - 10 * MSEC);

	set_limit(pair[1], SO_SNDTIMEO);
	n = OK(send(pair[1], much, sizeof(much), 0));
	CHECK(n > 0 && (size_t)n < sizeof(much));
	CHECK_ERROR(send(pair[1], much, sizeof(much), 0), EAGAIN);
	for (ssize_t got = 0; got < n;)
		got += OK(recv(pair[0], much, sizeof(much), 0));
	receives_in_time(&pair[0]);
	return ok();
}
