/* SPDX-License-Identifier: MIT */
/*
 * poll(): times, events, hangups, errors, wrong descriptors, none at all; and
 * its answer is all that there is, not only the first.
 */
#include "claim.h"

#include <poll.h>
#include <sys/socket.h>

#define PIPES 10

static int end[PIPES][2];

static void *writes(void *arg)
{
	settle();
	OK(write(*(int *)arg, "x", 1));
	return NULL;
}

static void takes_time(struct pollfd *p, nfds_t n)
{
	int64_t begin = now(CLOCK_MONOTONIC);

	CHECK_EQ(poll(p, n, 20), 0);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
}

int main(void)
{
	struct pollfd p[PIPES];
	nfds_t volatile too_many = (nfds_t)1 << 30;
	char byte;
	pthread_t t;

	for (int i = 0; i < PIPES; i++) {
		OK(pipe(end[i]));
		p[i] = (struct pollfd){ .fd = end[i][0], .events = POLLIN };
	}
	takes_time(NULL, 0);
	takes_time(p, PIPES);
	CHECK_EQ(poll(p, PIPES, 0), 0);
	for (int i = 0; i < PIPES; i++) {
		t = start(writes, &end[i][1]);
		CHECK_EQ(poll(p, PIPES, -1), 1);
		for (int j = 0; j < PIPES; j++)
			CHECK_EQ(p[j].revents, i == j ? POLLIN : 0);
		CHECK_EQ(read(end[i][0], &byte, 1), 1);
		join(t);
	}
	OK(write(end[2][1], "x", 1));
	OK(close(end[3][1]));
	OK(close(end[4][0]));
	p[4] = (struct pollfd){ .fd = end[4][1], .events = POLLOUT };
	p[5].fd = 12345;
	p[6].fd = -1;
	p[7] = (struct pollfd){ .fd = end[7][1], .events = POLLOUT };
	CHECK_EQ(poll(p, PIPES, -1), 5);
	CHECK_EQ(p[2].revents, POLLIN);
	CHECK_EQ(p[3].revents, POLLHUP);
	CHECK_EQ(p[4].revents, POLLOUT | POLLERR);
	CHECK_EQ(p[5].revents, POLLNVAL);
	CHECK_EQ(p[6].revents, 0);
	CHECK_EQ(p[7].revents, POLLOUT);
	CHECK_EQ(p[8].revents, 0);
	CHECK_ERROR(poll(p, too_many, 0), EINVAL);
	return ok();
}
