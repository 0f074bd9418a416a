/* SPDX-License-Identifier: MIT */
/*
 * Cancelling: each op completes exactly once, whatever comes first.
 */
#include "loop_rig.h"

LOOP_TEST(cancel_completes_an_op_once)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	rig_idle(l);
	eg__poller_cancel(l, &r.op);
	egt_eq(r.completions, 0);
	eg__poller_cancel(l, &r.op);
	rig_finish(&r);
	rig_idle(l);
	egt_eq(r.completions, 1);
	egt_eq(r.result, -ECANCELED);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(cancel_in_the_turn_of_the_submit)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	eg__poller_cancel(l, &r.op);
	rig_finish(&r);
	egt_eq(r.result, -ECANCELED);
	egt_true(!rig_entry(l, fds[0])->pending[EG_DIR_IN]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(cancel_of_a_completed_op_does_nothing)
{
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	egt_eq(write(fds[1], "xy", 2), 2);
	rig_submit(&r);
	rig_finish(&r);
	eg__poller_cancel(l, &r.op);
	rig_idle(l);
	egt_eq(r.completions, 1);
	/* And it does not hit the next use of the same op. */
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 1);
	egt_eq(write(fds[1], "z", 1), 1);
	rig_finish(&r);
	egt_eq(r.result, 1);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* Ready and cancelled in one turn: either result is right, once. */
LOOP_TEST(cancel_races_with_completion)
{
	struct rig_op r;
	int fds[2];

	for (int i = 0; i < 50; i++) {
		rig_pair(fds);
		rig_recv(&r, l, fds[0]);
		rig_submit(&r);
		if (i % 2)
			rig_idle(l);
		egt_eq(write(fds[1], "x", 1), 1);
		eg__poller_cancel(l, &r.op);
		rig_finish(&r);
		rig_idle(l);
		egt_eq(r.completions, 1);
		egt_true(r.result == 1 || r.result == -ECANCELED);
		rig_close(l, fds[0]);
		rig_close(l, fds[1]);
	}
}

static void cancel_other(struct rig_op *r)
{
	eg__poller_cancel(r->loop, &r->other->op);
}

LOOP_TEST(done_may_cancel_another_op)
{
	struct rig_op a, b;
	int left[2], right[2];

	rig_pair(left);
	rig_pair(right);
	rig_recv(&a, l, left[0]);
	rig_recv(&b, l, right[0]);
	a.then = cancel_other;
	b.then = cancel_other;
	a.other = &b;
	b.other = &a;
	rig_submit(&a);
	rig_submit(&b);
	rig_idle(l);
	/* Both at once: the one that comes first cancels the other. */
	egt_eq(write(left[1], "x", 1), 1);
	egt_eq(write(right[1], "x", 1), 1);
	rig_finish(&a);
	rig_finish(&b);
	rig_idle(l);
	egt_eq(a.completions, 1);
	egt_eq(b.completions, 1);
	for (int i = 0; i < 2; i++) {
		rig_close(l, left[i]);
		rig_close(l, right[i]);
	}
}

static void reuse_other(struct rig_op *r)
{
	eg__poller_cancel(r->loop, &r->other->op);
	rig_close(r->loop, r->other->op.fd);
}

LOOP_TEST(done_may_close_the_descriptor_of_another_op)
{
	struct rig_op a, b;
	int left[2], right[2];

	rig_pair(left);
	rig_pair(right);
	rig_recv(&a, l, left[0]);
	rig_recv(&b, l, right[0]);
	a.then = reuse_other;
	a.other = &b;
	rig_submit(&a);
	rig_submit(&b);
	rig_idle(l);
	egt_eq(write(left[1], "x", 1), 1);
	rig_finish(&a);
	rig_finish(&b);
	egt_eq(b.result, -ECANCELED);
	rig_close(l, left[0]);
	rig_close(l, left[1]);
	rig_close(l, right[1]);
}

LOOP_TEST(cancel_of_each_kind)
{
	static const struct {
		enum eg_op_kind kind;
		enum eg_dir dir;
	} kinds[] = {
		{ EG_OP_POLL, EG_DIR_IN },   { EG_OP_READ, EG_DIR_IN },
		{ EG_OP_RECV, EG_DIR_IN },   { EG_OP_SEND, EG_DIR_OUT },
		{ EG_OP_WRITE, EG_DIR_OUT },
	};
	char big[4096] = { 0 };
	struct rig_op r;
	int fds[2];

	rig_pair(fds);
	while (send(fds[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		rig_init(&r, l, kinds[i].kind, fds[0], kinds[i].dir);
		r.op.flags = kinds[i].kind == EG_OP_POLL ? POLLIN : 0;
		rig_submit(&r);
		rig_idle(l);
		egt_eq(r.completions, 0);
		eg__poller_cancel(l, &r.op);
		rig_finish(&r);
		egt_eq(r.result, -ECANCELED);
	}
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}
