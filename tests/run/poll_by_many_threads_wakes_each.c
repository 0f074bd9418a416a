/* SPDX-License-Identifier: MIT */
/*
 * Fifty threads, each in poll() or select() over the same hundred pipes: each
 * event is for all who asked for it, and each thread takes its own.
 */
#include "claim.h"

#include <poll.h>
#include <sys/select.h>

#define THREADS 50

static int end[THREADS][2], back[2];

/* Waits for its own pipe, and for those of all others to hang up. */
static void wait_by_poll(int self)
{
	struct pollfd p[2] = { { .fd = end[self][0], .events = POLLIN },
			       { .fd = back[0], .events = 0 } };

	CHECK_EQ(poll(p, 2, -1), 1);
	CHECK_EQ(p[0].revents, POLLIN);
}

static void wait_by_select(int self)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(end[self][0], &set);
	CHECK_EQ(select(end[self][0] + 1, &set, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(end[self][0], &set));
}

static void *waits(void *arg)
{
	int self = (int)(intptr_t)arg;
	char byte;

	for (int i = 0; i < 20; i++) {
		self % 2 ? wait_by_poll(self) : wait_by_select(self);
		CHECK_EQ(read(end[self][0], &byte, 1), 1);
		OK(write(back[1], "x", 1));
	}
	return NULL;
}

static void *waits_for_all(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(p.revents, POLLIN);
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];
	int common[2];
	char byte;

	OK(pipe(back));
	for (intptr_t i = 0; i < THREADS; i++) {
		OK(pipe(end[i]));
		t[i] = start(waits, (void *)i);
	}
	for (int i = 0; i < 20 * THREADS; i++) {
		OK(write(end[i * 7 % THREADS][1], "x", 1));
		CHECK_EQ(read(back[0], &byte, 1), 1);
	}
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	OK(pipe(common));
	for (int i = 0; i < THREADS; i++)
		t[i] = start(waits_for_all, &common[0]);
	settle();
	OK(write(common[1], "x", 1));
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return ok();
}
