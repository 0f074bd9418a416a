/* SPDX-License-Identifier: MIT */
/*
 * The record of the tests of level-triggered readiness.
 */
#include "loop_ready.h"

#include <sys/wait.h>

enum { SEEN_MAX = 2048 };

static uint32_t seen[SEEN_MAX];
static int lost[SEEN_MAX];
static int reports;

static void on_ready(struct eg_poller *l, int fd, struct eg_fd *e,
		     uint32_t events)
{
	egt_ptr_eq(rig_entry(l, fd), e);
	egt_lt(fd, SEEN_MAX);
	egt_true(e->wanted);
	egt_true(events);
	seen[fd] |= events;
	reports++;
}

static void on_lost(struct eg_poller *l, int fd, struct eg_fd *e)
{
	egt_ptr_eq(rig_entry(l, fd), e);
	egt_lt(fd, SEEN_MAX);
	egt_eq(e->wanted, 0);
	lost[fd]++;
}

void ready_listen(struct eg_poller *l)
{
	l->on_ready = on_ready;
	l->on_lost = on_lost;
	memset(seen, 0, sizeof(seen));
	memset(lost, 0, sizeof(lost));
	reports = 0;
}

uint32_t ready_take(int fd)
{
	uint32_t events = seen[fd];

	seen[fd] = 0;
	return events;
}

int ready_reports(void)
{
	return reports;
}

int ready_losses(int fd)
{
	return lost[fd];
}

void ready_want(struct eg_poller *l, int fd, uint32_t events)
{
	egt_eq(eg__poller_want(l, fd, rig_entry(l, fd), events, false), 0);
}

void ready_want_new(struct eg_poller *l, int fd, uint32_t events)
{
	egt_eq(eg__poller_want(l, fd, rig_entry(l, fd), events, true), 0);
}

void ready_wait(struct eg_poller *l, int64_t deadline)
{
	egt_eq(l->backend->ops->wait(l->backend, deadline), 0);
}

void ready_wait_for_all(struct eg_poller *l, int n)
{
	for (int taken = 0; taken < n; taken += EG_TURN_BATCH)
		ready_wait(l, 0);
}

void ready_close(struct eg_poller *l, int fd)
{
	ready_want(l, fd, 0);
	egt_eq(close(fd), 0);
}

bool ready_polls_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

int ready_fork_writer(int fd)
{
	int child = fork();

	if (child == 0)
		_exit(write(fd, "x", 1) == 1 ? 0 : 1);
	egt_lt(0, child);
	return child;
}

void ready_reap(int child)
{
	int status;

	egt_eq(waitpid(child, &status, 0), child);
	egt_eq(status, 0);
}
