/* SPDX-License-Identifier: MIT */
/*
 * Level-triggered readiness of descriptors that are closed, opened again,
 * duplicated, inherited: nothing of the past is reported, nor held.
 */
#include "loop_ready.h"

#include <fcntl.h>
#include <sys/wait.h>

/* Puts @file under number @number, as closing and opening may. */
static void renumber(int file, int number)
{
	egt_eq(dup3(file, number, O_CLOEXEC), number);
	egt_eq(close(file), 0);
}

/* A sleep that nothing should end before its time. */
static void expect_quiet(struct eg_poller *l)
{
	int before = ready_reports();
	int64_t deadline;

	l->now = eg__poller_now(l);
	deadline = l->now + 2000000;
	while (eg__poller_now(l) < deadline)
		ready_wait(l, deadline);
	egt_eq(ready_reports(), before);
}

LOOP_TEST(ready_follows_the_number_to_another_file)
{
	int first[2], second[2];

	ready_listen(l);
	for (int i = 0; i < 3; i++) {
		rig_pair(first);
		rig_pair(second);
		ready_want_new(l, first[0], EPOLLIN);
		ready_wait(l, 0);
		renumber(second[0], first[0]);
		ready_want_new(l, first[0], EPOLLIN);
		egt_eq(write(second[1], "x", 1), 1);
		ready_wait(l, INT64_MAX);
		egt_eq(ready_take(first[0]), EPOLLIN);
		egt_eq(send(first[1], "x", 1, MSG_NOSIGNAL), -1);
		egt_eq(read(first[0], (char[1]){ 0 }, 1), 1);
		ready_wait(l, 0);
		egt_eq(ready_take(first[0]), 0);
		ready_close(l, first[0]);
		egt_eq(close(first[1]), 0);
		egt_eq(close(second[1]), 0);
	}
}

/* Said to be new, and is the same: no harm. */
LOOP_TEST(ready_is_told_of_a_new_file_that_is_the_old)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	for (int i = 0; i < 3; i++) {
		ready_want_new(l, fds[0], EPOLLIN);
		egt_eq(l->backend->wanted, 1);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), EPOLLIN);
		ready_want_new(l, fds[0], EPOLLOUT);
		ready_wait(l, 0);
		egt_eq(ready_take(fds[0]), EPOLLOUT);
	}
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}

/* The file lives on under another number and is ready: nobody wants that, and
 * the loop can sleep. */
LOOP_TEST(ready_ends_with_the_number_not_with_the_file)
{
	int fds[2], other, before;

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	other = dup(fds[0]);
	egt_eq(close(fds[0]), 0);
	ready_want(l, fds[0], 0);
	egt_eq(write(fds[1], "x", 1), 1);
	before = egt_fd_count();
	ready_wait(l, 0);
	expect_quiet(l);
	egt_eq(ready_take(fds[0]), 0);
	egt_eq(egt_fd_count(), before);
	/* And what is wanted beside it has survived. */
	ready_want_new(l, other, EPOLLIN);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(other), EPOLLIN);
	ready_close(l, other);
	egt_eq(close(fds[1]), 0);
}

/* The number has another file by now, and the old one, in a duplicate, is ready
 * all the time. */
LOOP_TEST(ready_of_a_duplicate_is_not_the_numbers)
{
	int old[2], fresh[2], beside[2], other;

	ready_listen(l);
	rig_pair(old);
	rig_pair(fresh);
	rig_pair(beside);
	ready_want(l, beside[0], EPOLLIN);
	ready_want(l, old[0], EPOLLIN);
	ready_wait(l, 0);
	other = dup(old[0]);
	renumber(fresh[0], old[0]);
	ready_want_new(l, old[0], EPOLLIN);
	egt_eq(write(old[1], "x", 1), 1);
	expect_quiet(l);
	egt_eq(ready_take(old[0]), 0);
	egt_eq(write(fresh[1], "x", 1), 1);
	egt_eq(write(beside[1], "x", 1), 1);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(old[0]), EPOLLIN);
	egt_eq(ready_take(beside[0]), EPOLLIN);
	/* Back again under its number, where the kernel may remember it. */
	renumber(other, old[0]);
	ready_want_new(l, old[0], EPOLLIN | EPOLLOUT);
	ready_wait(l, 0);
	egt_eq(ready_take(old[0]), EPOLLIN | EPOLLOUT);
	ready_close(l, old[0]);
	ready_close(l, beside[0]);
	egt_eq(close(beside[1]), 0);
	egt_eq(close(old[1]), 0);
	egt_eq(close(fresh[1]), 0);
}

/* After the last want and close() the peer sees the end without another turn:
 * the program may wait for what the peer does then. */
LOOP_TEST(ready_holds_no_file)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	ready_close(l, fds[0]);
	egt_eq(read(fds[1], (char[1]){ 0 }, 1), 0);
	egt_eq(close(fds[1]), 0);
}

/* Closed behind the loop's back: who can tell does so, once; the others report
 * nothing. */
LOOP_TEST(ready_tells_what_was_lost)
{
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	ready_want(l, fds[0], EPOLLIN);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), EPOLLIN);
	egt_eq(close(fds[0]), 0);
	ready_wait(l, 0);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), 0);
	egt_eq(ready_losses(fds[0]), rig_is(l, "epoll") ? 0 : 1);
	ready_want(l, fds[0], 0);
	egt_eq(l->backend->wanted, 0);
	egt_eq(close(fds[1]), 0);
}

/* The child's loop goes on with what was wanted; the parent's notices nothing,
 * though the child reads and closes. */
static void be_child(struct eg_poller *l, int fds[2], int closed)
{
	egt_eq(close(closed), 0);
	egt_eq(eg__poller_renew_wants(l), 0);
	egt_eq(ready_losses(closed), 1);
	egt_eq(l->backend->wanted, 1);
	l->backend->ops->wake(l->backend);
	ready_wait(l, INT64_MAX);
	egt_eq(write(fds[1], "x", 1), 1);
	while (!ready_take(fds[0]))
		ready_wait(l, INT64_MAX);
	egt_eq(read(fds[0], (char[1]){ 0 }, 1), 1);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), 0);
	ready_close(l, fds[0]);
	eg__poller_close(l);
}

LOOP_TEST(ready_is_renewed_in_a_fork_child)
{
	int fds[2], lost[2], child;

	ready_listen(l);
	rig_pair(fds);
	rig_pair(lost);
	ready_want(l, fds[0], EPOLLIN);
	ready_want(l, lost[0], EPOLLIN);
	ready_wait(l, 0);
	child = fork();
	if (child == 0) {
		be_child(l, fds, lost[0]);
		_exit(0);
	}
	ready_reap(child);
	ready_wait(l, 0);
	egt_eq(ready_reports(), 0);
	egt_eq(write(fds[1], "x", 1), 1);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(fds[0]), EPOLLIN);
	ready_close(l, fds[0]);
	ready_close(l, lost[0]);
	egt_eq(close(fds[1]), 0);
	egt_eq(close(lost[1]), 0);
}
