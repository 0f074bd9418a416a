/* SPDX-License-Identifier: MIT */
/*
 * Several threads wait on one epoll: with EPOLLONESHOT or EPOLLET each event
 * goes to one of them, and all are served.
 */
#include "claim.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#define WORKERS 8
#define PAIRS 30
#define MESSAGES 20

static int ep, pair[PAIRS][2], stop[2];
static atomic_int busy[PAIRS], served;

static void *works(void *arg)
{
	for (;;) {
		struct epoll_event e;
		char byte;

		CHECK_EQ(epoll_wait(ep, &e, 1, -1), 1);
		if (e.data.u32 == PAIRS)
			return arg;
		CHECK_EQ(atomic_fetch_add(&busy[e.data.u32], 1), 0);
		CHECK_EQ(read(pair[e.data.u32][0], &byte, 1), 1);
		sched_yield();
		atomic_fetch_add(&served, 1);
		OK(write(pair[e.data.u32][0], &byte, 1));
		atomic_fetch_sub(&busy[e.data.u32], 1);
		e.events = EPOLLIN | EPOLLONESHOT;
		OK(epoll_ctl(ep, EPOLL_CTL_MOD, pair[e.data.u32][0], &e));
	}
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT };
	pthread_t t[WORKERS];
	char byte;

	ep = OK(epoll_create1(0));
	for (uint32_t i = 0; i < PAIRS; i++) {
		OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]));
		e.data.u32 = i;
		OK(epoll_ctl(ep, EPOLL_CTL_ADD, pair[i][0], &e));
	}
	for (int i = 0; i < WORKERS; i++)
		t[i] = start(works, NULL);
	for (int i = 0; i < MESSAGES; i++) {
		for (int j = 0; j < PAIRS; j++)
			OK(write(pair[j][1], "x", 1));
		for (int j = 0; j < PAIRS; j++)
			CHECK_EQ(read(pair[j][1], &byte, 1), 1);
	}
	CHECK_EQ(served, PAIRS * MESSAGES);
	OK(pipe(stop));
	e = (struct epoll_event){ .events = EPOLLIN, .data.u32 = PAIRS };
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, stop[0], &e));
	OK(close(stop[1]));
	for (int i = 0; i < WORKERS; i++)
		join(t[i]);
	return ok();
}
