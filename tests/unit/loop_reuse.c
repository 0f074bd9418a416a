/* SPDX-License-Identifier: MIT */
/*
 * Numbers of descriptors come back: nothing of the old one may touch the new.
 */
#include "loop_rig.h"

/* Closes @fd and has @with take its number. */
static void replace(struct eg_poller *l, int fd, int with)
{
	rig_close(l, fd);
	egt_eq(dup2(with, fd), fd);
	close(with);
}

/*
 * The number was closed behind the loop's back while a duplicate keeps the old
 * file: epoll goes on reporting its edges, under the old number.
 */
LOOP_TEST(a_stale_event_does_nothing)
{
	struct rig_op r;
	int old[2], new[2], keep;
	uint32_t edge;

	rig_pair(old);
	rig_pair(new);
	rig_recv(&r, l, old[0]);
	rig_submit(&r);
	rig_idle(l);
	keep = dup(old[0]);
	eg__poller_cancel(l, &r.op);
	egt_eq(close(old[0]), 0);
	l->backend->ops->forget(l->backend, old[0], rig_entry(l, old[0]));
	eg__fd_reset(rig_entry(l, old[0]));
	egt_eq(dup2(new[0], old[0]), old[0]);
	close(new[0]);
	rig_finish(&r);
	egt_eq(r.result, -ECANCELED);
	rig_submit(&r);
	rig_idle(l);
	edge = rig_entry(l, old[0])->edge[EG_DIR_IN];
	egt_eq(write(old[1], "stale", 5), 5);
	rig_idle(l);
	egt_eq(r.completions, 1);
	egt_eq(rig_entry(l, old[0])->edge[EG_DIR_IN], edge);
	egt_eq(write(new[1], "new", 3), 3);
	rig_finish(&r);
	egt_eq(r.result, 3);
	close(keep);
	rig_close(l, old[0]);
	rig_close(l, old[1]);
	rig_close(l, new[1]);
}

/* Submitted, cancelled and closed before the backend saw the kernel again. */
LOOP_TEST(a_cancelled_op_spares_the_next_file_of_its_number)
{
	struct rig_op r;
	char c;
	int old[2], new[2];

	rig_pair(old);
	rig_pair(new);
	egt_eq(write(new[1], "x", 1), 1);
	rig_recv(&r, l, old[0]);
	rig_submit(&r);
	eg__poller_cancel(l, &r.op);
	replace(l, old[0], new[0]);
	rig_finish(&r);
	rig_idle(l);
	/* Its number was taken away, or the cancel came first. */
	egt_true(r.result == -ECANCELED || r.result == -EBADF);
	egt_eq(read(old[0], &c, 1), 1);
	rig_close(l, old[0]);
	rig_close(l, old[1]);
	rig_close(l, new[1]);
}

/* The direction is free as soon as the number means something new. */
LOOP_TEST(a_new_op_may_overtake_the_cancelled_one)
{
	struct rig_op a, b;
	int old[2], new[2];

	rig_pair(old);
	rig_pair(new);
	rig_recv(&a, l, old[0]);
	rig_submit(&a);
	rig_idle(l);
	eg__poller_cancel(l, &a.op);
	replace(l, old[0], new[0]);
	rig_recv(&b, l, old[0]);
	rig_submit(&b);
	rig_finish(&a);
	egt_eq(a.result, -ECANCELED);
	egt_ptr_eq(rig_entry(l, old[0])->pending[EG_DIR_IN], &b.op);
	egt_eq(write(new[1], "x", 1), 1);
	rig_finish(&b);
	egt_eq(b.result, 1);
	rig_close(l, old[0]);
	rig_close(l, old[1]);
	rig_close(l, new[1]);
}
