/* SPDX-License-Identifier: MIT */
/*
 * An epoll inside an epoll, inside a poll: an event at the bottom wakes who
 * waits at the top.
 */
#include "claim.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static int inner, outer, end[2];

static void *waits_outside(void *arg)
{
	struct epoll_event e;

	CHECK_EQ(epoll_wait(outer, &e, 1, -1), 1);
	CHECK_EQ(e.data.fd, inner);
	return arg;
}

static void *waits_inside(void *arg)
{
	struct epoll_event e;

	CHECK_EQ(epoll_wait(inner, &e, 1, -1), 1);
	CHECK_EQ(e.data.fd, end[0]);
	return arg;
}

static void *polls(void *arg)
{
	struct pollfd p = { .fd = outer, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(p.revents, POLLIN);
	return arg;
}

static void *selects(void *arg)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(inner, &set);
	CHECK_EQ(select(inner + 1, &set, NULL, NULL, NULL), 1);
	return arg;
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	char byte;

	OK(pipe(end));
	inner = OK(epoll_create1(0));
	outer = OK(epoll_create1(0));
	e.data.fd = end[0];
	OK(epoll_ctl(inner, EPOLL_CTL_ADD, end[0], &e));
	e.data.fd = inner;
	OK(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));
	e.data.fd = outer;
	CHECK_ERROR(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &e), ELOOP);
	for (int i = 0; i < 20; i++) {
		pthread_t t[] = { start(waits_outside, NULL),
				  start(waits_inside, NULL), start(polls, NULL),
				  start(selects, NULL) };

		if (i % 2)
			settle();
		OK(write(end[1], "x", 1));
		for (size_t j = 0; j < ARRAY_LEN(t); j++)
			join(t[j]);
		CHECK_EQ(read(end[0], &byte, 1), 1);
		CHECK_EQ(epoll_wait(outer, &e, 1, 0), 0);
	}
	return ok();
}
