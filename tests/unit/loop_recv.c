/* SPDX-License-Identifier: MIT */
/*
 * Receiving and sending: when ops complete, and that nothing is lost on the
 * way. Descriptors that are no sockets: loop_stream.c.
 */
#include "loop_rig.h"

LOOP_TEST(recv_completes_when_the_peer_writes)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	egt_eq(write(fds[1], "hello", 5), 5);
	rig_finish(&r);
	egt_eq(r.completions, 1);
	egt_eq(r.result, 5);
	egt_true(!memcmp(r.buf, "hello", 5));
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(recv_takes_what_is_there_already)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	egt_eq(write(fds[1], "one", 3), 3);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	egt_eq(r.completions, 0);
	rig_finish(&r);
	egt_eq(r.result, 3);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* The caller tried, the peer wrote, then the caller submitted. */
LOOP_TEST(recv_sees_an_edge_between_try_and_submit)
{
	struct rig_op r;
	uint32_t edge;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	egt_eq(write(fds[1], "a", 1), 1);
	rig_finish(&r);
	edge = rig_entry(l, fds[0])->edge[EG_DIR_IN];
	egt_eq(recv(fds[0], r.buf, 1, MSG_DONTWAIT), -1);
	egt_eq(write(fds[1], "b", 1), 1);
	rig_idle(l);
	r.op.edge = edge;
	egt_eq(eg__poller_submit(l, &r.op), 0);
	rig_finish(&r);
	egt_eq(r.result, 1);
	egt_eq(r.buf[0], 'b');
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(end_of_file_after_a_short_read_is_not_lost)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	egt_eq(write(fds[1], "bye", 3), 3);
	egt_eq(close(fds[1]), 0);
	rig_finish(&r);
	egt_eq(r.result, 3);
	/* The last edge was the end: so a short read does not mean that
	 * another will come, and the io layer tries once more. */
	if (rig_is(l, "epoll")) {
		egt_true(rig_entry(l, fds[0])->has_hung_up);
		egt_eq(recv(fds[0], r.buf, 1, MSG_DONTWAIT), 0);
	} else {
		rig_submit(&r);
		rig_finish(&r);
		egt_eq(r.result, 0);
	}
	rig_close(l, fds[0]);
}

LOOP_TEST(both_directions_at_once)
{
	struct rig_op in, out;
	char big[4096] = { 0 };
	int fds[2];

	rig_pair(fds);
	while (send(fds[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	rig_recv(&in, l, fds[0]);
	rig_send(&out, l, fds[0], "last");
	rig_submit(&in);
	rig_submit(&out);
	rig_idle(l);
	egt_eq(in.completions + out.completions, 0);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&in);
	egt_eq(in.result, 1);
	egt_eq(out.completions, 0);
	while (recv(fds[1], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	rig_finish(&out);
	egt_eq(out.result, 4);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(hang_up_of_the_peer_wakes_both_directions)
{
	struct rig_op in, out;
	char big[4096] = { 0 };
	int fds[2];

	rig_pair(fds);
	while (send(fds[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	rig_recv(&in, l, fds[0]);
	rig_send(&out, l, fds[0], "x");
	rig_submit(&in);
	rig_submit(&out);
	rig_idle(l);
	egt_eq(close(fds[1]), 0);
	rig_finish(&in);
	rig_finish(&out);
	/* Unread data is lost with the peer: that is a reset. */
	egt_true(in.result == 0 || in.result == -ECONNRESET);
	egt_true(out.result == -EPIPE || out.result == -ECONNRESET);
	rig_close(l, fds[0]);
}

LOOP_TEST(a_second_op_of_a_direction_is_refused)
{
	struct rig_op first, second;
	int fds[2];

	rig_pair(fds);
	rig_recv(&first, l, fds[0]);
	rig_recv(&second, l, fds[0]);
	rig_submit(&first);
	egt_eq(rig_try_submit(&second), -EBUSY);
	egt_eq(l->backend->in_flight, 1);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&first);
	egt_eq(first.result, 1);
	egt_eq(second.completions, 0);
	egt_true(!rig_entry(l, fds[0])->pending[EG_DIR_IN]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(a_descriptor_without_an_entry_is_refused)
{
	struct rig_op r;

	rig_recv(&r, l, 4000);
	egt_eq(eg__poller_submit(l, &r.op), -EBADF);
	egt_eq(r.op.state, EG_OP_IDLE);
}

/* Says so in submit() or by completing; leaves nothing behind in both. */
LOOP_TEST(a_closed_descriptor_is_an_error)
{
	struct rig_op r;
	int fds[2], e;

	rig_pair(fds);
	close(fds[0]);
	rig_recv(&r, l, fds[0]);
	e = rig_try_submit(&r);
	if (e == 0) {
		rig_finish(&r);
		e = r.result;
	}
	egt_eq(e, -EBADF);
	close(fds[1]);
}

/* The edge of a full read is not used up: as the io layer says by this. */
static void submit_again(struct rig_op *r)
{
	if (r->completions == 3)
		return;
	r->op.edge = rig_entry(r->loop, r->op.fd)->edge[EG_DIR_IN] - 1;
	egt_eq(eg__poller_submit(r->loop, &r->op), 0);
}

LOOP_TEST(done_may_submit_the_same_op)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	r.then = submit_again;
	r.op.len = 1;
	rig_submit(&r);
	egt_eq(write(fds[1], "abc", 3), 3);
	while (r.completions < 3)
		egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	egt_eq(r.buf[0], 'c');
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}
