/* SPDX-License-Identifier: MIT */
/*
 * Level-triggered readiness: what is wanted of a descriptor is reported by each
 * wait while it holds, and by none afterwards. Closing is loop_ready_close.c's.
 */
#include "loop_ready.h"

#include <fcntl.h>

LOOP_TEST(ready_now_is_reported_by_the_first_wait)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	ready_want(l, fds[0], EPOLLIN);
	ready_want(l, fds[1], EPOLLIN | EPOLLOUT);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), EPOLLIN);
	egt_eq(ready_take(fds[1]), EPOLLOUT);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

LOOP_TEST(ready_is_reported_while_it_holds)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	egt_eq(write(fds[1], "xy", 2), 2);
	for (int i = 0; i < 3; i++) {
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), EPOLLIN);
	}
	egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), EPOLLIN);
	egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
	for (int i = 0; i < 3; i++) {
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), 0);
	}
	egt_eq(write(fds[1], "z", 1), 1);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(fds[0]), EPOLLIN);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* It was ready since the last wait, and is not now: somebody has read it. */
LOOP_TEST(ready_of_a_moment_ago_is_not_reported)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	for (int i = 0; i < 3; i++) {
		ready_wait(l, 0);
		egt_eq(write(fds[1], "x", 1), 1);
		egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
	}
	ready_wait(l, 0);
	egt_eq(ready_reports(), 0);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* The sleep is on the descriptor: what ends it comes from another process. */
LOOP_TEST(ready_ends_a_sleep)
{
	int fds[2], child;

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), 0);
	child = ready_fork_writer(fds[1]);
	while (!ready_take(fds[0]))
		ready_wait(l, INT64_MAX);
	ready_reap(child);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

LOOP_TEST(ready_reports_what_is_wanted_now)
{
	static const uint32_t wants[] = {
		EPOLLIN,  EPOLLOUT, EPOLLIN | EPOLLOUT,
		EPOLLOUT, 0,	    EPOLLOUT,
		EPOLLIN,  EPOLLIN,  0,
		0,
	};
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		ready_want(l, fds[0], wants[i]);
		egt_eq(l->backend->wanted, wants[i] != 0);
		for (int j = 0; j < 2; j++) {
			ready_wait(l, 0);
			egt_eq(ready_take(fds[0]), wants[i]);
		}
	}
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* Changed while nothing holds, so that the kernel is waiting: no report of the
 * old want comes, and none of the new one is lost. */
LOOP_TEST(ready_changes_while_the_kernel_waits)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	for (int i = 0; i < 3; i++) {
		ready_want(l, fds[0], EPOLLIN);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), 0);
		ready_want(l, fds[0], EPOLLOUT);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), EPOLLOUT);
		ready_want(l, fds[0], EPOLLIN);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), 0);
		egt_eq(write(fds[1], "x", 1), 1);
		ready_want(l, fds[0], 0);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), 0);
		ready_want(l, fds[0], EPOLLIN);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), EPOLLIN);
		egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
	}
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* A change alone ends no sleep: there is nothing to report. */
LOOP_TEST(ready_changes_are_no_events)
{
	int64_t deadline;
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	ready_want(l, fds[0], 0);
	ready_want(l, fds[0], EPOLLIN);
	deadline = eg__poller_now(l) + 2000000;
	l->now = eg__poller_now(l);
	ready_wait(l, deadline);
	egt_le(deadline, eg__poller_now(l));
	egt_eq(ready_take(fds[0]), 0);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* The end of a stream reads as ready, whatever else is told. */
LOOP_TEST(ready_reports_a_hang_up)
{
	uint32_t events;
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), 0);
	egt_eq(close(fds[1]), 0);
	for (int i = 0; i < 2; i++) {
		ready_wait(l, INT64_MAX);
		events = ready_take(fds[0]);
		egt_eq(events & EPOLLIN, EPOLLIN);
		if (!rig_is(l, "select"))
			egt_eq(events & EPOLLHUP, EPOLLHUP);
	}
	ready_close(l, fds[0]);
}

/* More than a turn's batch: none starves, and the turn ends. */
LOOP_TEST(ready_many_are_all_reported)
{
	enum { PAIRS = 3 * EG_TURN_BATCH / 2 };
	int fds[PAIRS][2];

	ready_listen(l);
	for (int i = 0; i < PAIRS; i++) {
		rig_pair(fds[i]);
		ready_want(l, fds[i][0], EPOLLOUT);
		ready_want(l, fds[i][1], EPOLLOUT);
	}
	for (int turn = 0; turn < 2; turn++) {
		ready_wait_for_all(l, 2 * PAIRS);
		egt_true(!l->backend->has_more);
		for (int i = 0; i < PAIRS; i++) {
			egt_eq(ready_take(fds[i][0]), EPOLLOUT);
			egt_eq(ready_take(fds[i][1]), EPOLLOUT);
		}
	}
	for (int i = 0; i < PAIRS; i++) {
		ready_close(l, fds[i][0]);
		ready_close(l, fds[i][1]);
	}
}

LOOP_TEST(ready_leaves_ops_of_others_alone)
{
	struct rig_op op;
	int fds[2], wanted[2];

	ready_listen(l);
	rig_pair(fds);
	rig_pair(wanted);
	ready_want(l, wanted[0], EPOLLIN);
	rig_recv(&op, l, fds[0]);
	rig_submit(&op);
	ready_wait(l, 0);
	egt_eq(op.completions, 0);
	egt_eq(write(wanted[1], "x", 1), 1);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(wanted[0]), EPOLLIN);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&op);
	egt_eq(op.result, 1);
	egt_eq(ready_take(wanted[0]), EPOLLIN);
	egt_eq(ready_take(fds[0]), 0);
	ready_close(l, wanted[0]);
	ready_close(l, wanted[1]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(ready_refuses_files_and_what_is_not_open)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int gone = dup(file);

	ready_listen(l);
	egt_eq(close(gone), 0);
	egt_eq(eg__poller_want(l, file, rig_entry(l, file), EPOLLIN, true),
	       -EPERM);
	egt_eq(eg__poller_want(l, gone, rig_entry(l, gone), EPOLLIN, true),
	       -EBADF);
	egt_eq(eg__poller_want(l, gone, rig_entry(l, gone), 0, true), 0);
	egt_eq(l->backend->wanted, 0);
	ready_wait(l, 0);
	egt_eq(ready_take(file), 0);
	egt_eq(close(file), 0);
}
