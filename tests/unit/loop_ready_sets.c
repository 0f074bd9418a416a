/* SPDX-License-Identifier: MIT */
/*
 * Level-triggered readiness where one backend differs from the others: numbers
 * beyond select's usual limit, the clock of the simulated one.
 */
#include "loop_ready.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>

/* libc's sets end at FD_SETSIZE; ours do not. */
LOOP_TEST_OF_MANY(ready_knows_high_numbers)
{
	struct rlimit limit;
	int fds[2], high;

	ready_listen(l);
	egt_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur <= FD_SETSIZE + 100) {
		limit.rlim_cur = FD_SETSIZE + 200;
		if (limit.rlim_max < limit.rlim_cur ||
		    setrlimit(RLIMIT_NOFILE, &limit) < 0)
			egt_skip("no number beyond FD_SETSIZE is to be had");
	}
	rig_pair(fds);
	high = fcntl(fds[0], F_DUPFD_CLOEXEC, FD_SETSIZE + 77);
	egt_le(FD_SETSIZE + 77, high);
	ready_want(l, fds[0], EPOLLOUT);
	ready_want(l, high, EPOLLIN);
	ready_wait(l, 0);
	egt_eq(ready_take(fds[0]), EPOLLOUT);
	egt_eq(ready_take(high), 0);
	egt_eq(write(fds[1], "x", 1), 1);
	ready_want(l, fds[0], 0);
	ready_wait(l, INT64_MAX);
	egt_eq(ready_take(high), EPOLLIN);
	ready_close(l, high);
	egt_eq(close(fds[0]), 0);
	egt_eq(close(fds[1]), 0);
}

/* Wanted and let go in every order: what stands in a set moves. */
LOOP_TEST(ready_is_kept_when_others_go)
{
	enum { N = 300 };
	static int fds[N][2];

	ready_listen(l);
	for (int i = 0; i < N; i++) {
		rig_pair(fds[i]);
		ready_want(l, fds[i][0], EPOLLIN);
	}
	for (int i = 0; i < N; i += 2)
		ready_want(l, fds[i][0], 0);
	egt_eq(l->backend->wanted, N / 2);
	for (int i = 0; i < N; i++)
		egt_eq(write(fds[i][1], "x", 1), 1);
	ready_wait_for_all(l, N);
	for (int i = 0; i < N; i++)
		egt_eq(ready_take(fds[i][0]), i % 2 ? EPOLLIN : 0);
	for (int i = 0; i < N; i++) {
		ready_close(l, fds[i][0]);
		egt_eq(close(fds[i][1]), 0);
	}
}

/* A deadline comes for a program that is never idle too. */
LOOP_TEST(ready_all_the_time_lets_time_pass)
{
	int64_t deadline;
	int fds[2];

	ready_listen(l);
	rig_pair(fds);
	ready_want(l, fds[0], EPOLLOUT);
	l->now = eg__poller_now(l);
	deadline = l->now + 5000000;
	while (l->now < deadline) {
		ready_wait(l, deadline);
		egt_eq(ready_take(fds[0]), EPOLLOUT);
		l->now = eg__poller_now(l);
	}
	if (rig_is(l, "sim"))
		egt_eq(l->now, deadline);
	ready_close(l, fds[0]);
	ready_close(l, fds[1]);
}
