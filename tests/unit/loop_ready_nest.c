/* SPDX-License-Identifier: MIT */
/*
 * A loop inside a foreign one: the descriptor that stands for it is readable
 * when a wait has something to do, and not for longer.
 */
#include "loop_ready.h"

#include <sys/epoll.h>

/* -1 on the backends that have none. */
static int pollable(struct eg_poller *l)
{
	int fd = l->backend->ops->pollable_fd(l->backend);

	ready_listen(l);
	if (rig_watches(l))
		egt_le(0, fd);
	else
		egt_eq(fd, -ENOSYS);
	return fd < 0 ? -1 : fd;
}

/* As a foreign loop does: as long as it is readable, and no longer. */
static int run_while_readable(struct eg_poller *l, int fd)
{
	enum { TURNS_MAX = 10 };
	int turns = 0;

	while (ready_polls_readable(fd)) {
		egt_lt(turns, TURNS_MAX);
		ready_wait(l, 0);
		turns++;
	}
	return turns;
}

LOOP_TEST(nested_loop_is_readable_while_something_is_ready)
{
	int fd = pollable(l), fds[2];

	if (fd < 0)
		return;
	rig_pair(fds);
	run_while_readable(l, fd);
	ready_want(l, fds[0], EPOLLIN);
	run_while_readable(l, fd);
	for (int i = 0; i < 3; i++) {
		egt_true(!ready_polls_readable(fd));
		egt_eq(write(fds[1], "x", 1), 1);
		for (int j = 0; j < 3; j++) {
			egt_true(ready_polls_readable(fd));
			ready_wait(l, 0);
			egt_eq(ready_take(fds[0]), EPOLLIN);
		}
		egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
		run_while_readable(l, fd);
		egt_eq(ready_take(fds[0]), 0);
	}
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

LOOP_TEST(nested_loop_is_readable_after_a_wake)
{
	int fd = pollable(l);

	if (fd < 0)
		return;
	run_while_readable(l, fd);
	for (int i = 0; i < 3; i++) {
		/* io_uring tells of a wakeup twice, the second time late. */
		if (!rig_is(l, "io_uring"))
			egt_true(!ready_polls_readable(fd));
		l->backend->ops->wake(l->backend);
		egt_true(ready_polls_readable(fd));
		run_while_readable(l, fd);
	}
}

/* What is wanted reaches the kernel before the foreign loop sleeps. */
LOOP_TEST(nested_loop_is_readable_when_wants_change)
{
	int fd = pollable(l), fds[2];

	if (fd < 0)
		return;
	rig_pair(fds);
	run_while_readable(l, fd);
	ready_want(l, fds[0], EPOLLOUT);
	egt_true(ready_polls_readable(fd));
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), EPOLLOUT);
	ready_want(l, fds[0], 0);
	run_while_readable(l, fd);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* Also where the backend has had to begin anew meanwhile. */
LOOP_TEST(nested_loop_stays_in_the_epoll_of_another)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = pollable(l), outer, fds[2], other;

	if (fd < 0)
		return;
	outer = epoll_create1(EPOLL_CLOEXEC);
	egt_eq(epoll_ctl(outer, EPOLL_CTL_ADD, fd, &event), 0);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	run_while_readable(l, fd);
	other = dup(fds[0]);
	egt_eq(close(fds[0]), 0);
	ready_want(l, fds[0], 0);
	egt_eq(write(fds[1], "x", 1), 1);
	run_while_readable(l, fd);
	egt_eq(epoll_wait(outer, &event, 1, 0), 0);
	ready_want_new(l, other, EPOLLIN);
	egt_eq(epoll_wait(outer, &event, 1, 0), 1);
	ready_wait(l, 0);
	egt_eq(ready_take(other), EPOLLIN);
	ready_close(l, other);
	egt_eq(close(fds[1]), 0);
	egt_eq(close(outer), 0);
	egt_eq(l->backend->ops->pollable_fd(l->backend), fd);
}
