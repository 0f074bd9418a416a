/* SPDX-License-Identifier: MIT */
/*
 * Poll ops: what is ready now counts, whoever saw its edge before.
 */
#include "loop_rig.h"

LOOP_TEST(poll_waits_for_input)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_poll(&r, l, fds[0], POLLIN);
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&r);
	egt_eq(r.result, POLLIN);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(poll_of_what_is_ready_completes_each_time)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	for (int i = 0; i < 3; i++) {
		rig_poll(&r, l, fds[0], POLLIN);
		rig_submit(&r);
		egt_eq(r.completions, 0);
		rig_finish(&r);
		egt_eq(r.result, POLLIN);
	}
	rig_poll(&r, l, fds[0], POLLOUT);
	rig_submit(&r);
	rig_finish(&r);
	egt_eq(r.result, POLLOUT);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(poll_for_both_reports_either)
{
	char big[4096] = { 0 };
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	while (send(fds[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	rig_poll(&r, l, fds[0], POLLIN | POLLOUT);
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	while (recv(fds[1], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	rig_finish(&r);
	egt_eq(r.result, POLLOUT);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(poll_reports_a_hang_up)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_poll(&r, l, fds[0], POLLIN | POLLRDHUP);
	rig_submit(&r);
	rig_idle(l);
	egt_eq(close(fds[1]), 0);
	rig_finish(&r);
	egt_true(r.result & POLLHUP);
	egt_true(r.result & POLLRDHUP);
	rig_close(l, fds[0]);
}
