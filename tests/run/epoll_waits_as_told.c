/* SPDX-License-Identifier: MIT */
/*
 * epoll: level and edge triggered, one shot, changes while a thread waits,
 * times, wrong uses; and a closed descriptor is gone.
 */
#include "claim.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ep, end[2];
static struct epoll_event event[4];

static void ctl(int op, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u32 = 77 };

	OK(epoll_ctl(ep, op, fd, &e));
}

static void *adds_it_later(void *arg)
{
	settle();
	ctl(EPOLL_CTL_ADD, *(int *)arg, EPOLLIN | EPOLLONESHOT);
	return NULL;
}

static void level_and_edge(void)
{
	char byte;

	OK(write(end[1], "ab", 2));
	for (int i = 0; i < 3; i++)
		CHECK_EQ(epoll_wait(ep, event, 4, -1), 1);
	CHECK_EQ(event[0].events, EPOLLIN);
	CHECK_EQ(event[0].data.u32, 77);
	ctl(EPOLL_CTL_MOD, end[0], EPOLLIN | EPOLLET);
	CHECK_EQ(epoll_wait(ep, event, 4, 0), 1);
	CHECK_EQ(epoll_wait(ep, event, 4, 10), 0);
	OK(write(end[1], "c", 1));
	CHECK_EQ(epoll_wait(ep, event, 4, -1), 1);
	CHECK_EQ(epoll_wait(ep, event, 4, 0), 0);
	ctl(EPOLL_CTL_MOD, end[0], EPOLLIN | EPOLLONESHOT);
	CHECK_EQ(epoll_wait(ep, event, 4, -1), 1);
	OK(write(end[1], "d", 1));
	CHECK_EQ(epoll_wait(ep, event, 4, 0), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(read(end[0], &byte, 1), 1);
}

int main(void)
{
	struct timespec limit = timespec_of(2 * MSEC);
	int64_t begin = now(CLOCK_MONOTONIC);
	int later = OK(eventfd(1, 0));
	pthread_t t;

	OK(pipe(end));
	ep = OK(epoll_create1(EPOLL_CLOEXEC));
	CHECK_EQ(epoll_wait(ep, event, 4, 20), 0);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
	begin = now(CLOCK_MONOTONIC);
	CHECK_EQ(epoll_pwait2(ep, event, 4, &limit, NULL), 0);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 2 * MSEC);
	ctl(EPOLL_CTL_ADD, end[0], EPOLLIN);
	CHECK_ERROR(epoll_ctl(ep, EPOLL_CTL_ADD, end[0], event), EEXIST);
	CHECK_ERROR(epoll_ctl(ep, EPOLL_CTL_ADD, ep, event), EINVAL);
	CHECK_ERROR(epoll_ctl(ep, EPOLL_CTL_DEL, end[1], NULL), ENOENT);
	CHECK_ERROR(epoll_wait(end[0], event, 4, 0), EINVAL);
	CHECK_ERROR(epoll_wait(ep, event, 0, 0), EINVAL);
	level_and_edge();
	ctl(EPOLL_CTL_MOD, end[0], EPOLLIN);
	t = start(adds_it_later, &later);
	CHECK_EQ(epoll_wait(ep, event, 4, -1), 1);
	join(t);
	CHECK_EQ(epoll_wait(ep, event, 4, 0), 0);
	OK(write(end[1], "x", 1));
	OK(close(end[0]));
	CHECK_EQ(epoll_wait(ep, event, 4, 10), 0);
	return ok();
}
