/* SPDX-License-Identifier: MIT */
/*
 * Forking: the child opens its loop afresh and the parent's goes on, neither
 * disturbed by the other. And where a loop keeps its own descriptors.
 */
#include "loop_rig.h"

#include <fcntl.h>
#include <sys/wait.h>

static int edges; /* in this process */

static void count(struct eg_poller *l, int fd, struct eg_fd *e, uint32_t events)
{
	(void)l;
	(void)fd;
	(void)e;
	edges += (events & EPOLLIN) != 0;
}

static void never(struct eg__timer *t)
{
	(void)t;
	egt_fail("a timer of the parent's fired");
}

static void wait_for_edge(struct eg_poller *l)
{
	int before = edges;

	while (edges == before)
		egt_eq(eg__poller_turn(l, INT64_MAX), 0);
}

/* Its loop works, on what it inherited and on what it opens. */
static void be_child(struct eg_poller *l, const int inherited[2])
{
	const char *name = l->backend->ops->name;
	struct rig_op r;
	int fds[2];

	eg__poller_inherit(l);
	egt_eq(l->backend->in_flight, 0);
	egt_eq(l->timers.count, 0);
	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	egt_str_eq(l->backend->ops->name, name);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&r);
	egt_eq(r.result, 1);
	egt_true(!rig_entry(l, inherited[0])->is_watched);
	if (rig_watches(l)) {
		egt_eq(eg__poller_watch(l, inherited[0],
					rig_entry(l, inherited[0])),
		       0);
		egt_eq(write(inherited[1], "x", 1), 1);
		wait_for_edge(l);
	}
	rig_close(l, inherited[0]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
	eg__poller_close(l);
}

LOOP_TEST(a_fork_child_reopens_the_loop)
{
	struct eg__timer timer = { .fire = never };
	struct rig_op r;
	int fds[2], both[2], status, child;

	l->on_edge = count;
	rig_pair(fds);
	rig_pair(both);
	timer.deadline = l->now + INT64_C(3600) * 1000000000;
	eg__timer_arm(&l->timers, &timer);
	if (rig_watches(l)) {
		egt_eq(eg__poller_watch(l, fds[0], rig_entry(l, fds[0])), 0);
		egt_eq(eg__poller_watch(l, both[0], rig_entry(l, both[0])), 0);
	}
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	rig_idle(l);
	child = fork();
	if (child == 0) {
		be_child(l, both);
		_exit(0);
	}
	egt_eq(waitpid(child, &status, 0), child);
	egt_eq(status, 0);
	/* The parent's op and watches are as they were. */
	egt_eq(r.completions, 0);
	rig_idle(l);
	egt_eq(edges, rig_watches(l) ? 1 : 0);
	edges = 0;
	egt_eq(write(fds[1], "parent", 6), 6);
	rig_finish(&r);
	egt_eq(r.result, 6);
	rig_idle(l);
	egt_eq(edges, rig_watches(l) ? 1 : 0);
	edges = 0;
	eg__timer_stop(&l->timers, &timer);
	rig_close(l, both[0]);
	rig_close(l, both[1]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* The child has no more open than the parent, before it needs a loop. */
LOOP_TEST(a_reopened_loop_has_as_many_descriptors)
{
	int before = egt_fd_count(), status, child = fork();

	if (child == 0) {
		eg__poller_inherit(l);
		egt_eq(egt_fd_count(), before);
		_exit(0);
	}
	egt_eq(waitpid(child, &status, 0), child);
	egt_eq(status, 0);
}

LOOP_TEST(a_loop_tells_its_own_descriptors)
{
	int *own[EG_OWN_FDS_MAX], n;

	n = l->backend->ops->own_fds(l->backend, own);
	egt_lt(0, n);
	egt_le(n, EG_OWN_FDS_MAX);
	for (int i = 0; i < n; i++)
		egt_true(fcntl(*own[i], F_GETFD) & FD_CLOEXEC);
}

LOOP_TEST(a_loop_keeps_its_descriptors_high)
{
	enum { LOW = 200 };
	struct eg_poller high = { .keep_high = true };
	int *own[EG_OWN_FDS_MAX], n, before = egt_fd_count();
	struct rig_op r;
	int fds[2];

	egt_eq(eg__poller_open(&high, l->backend->ops->name), 0);
	n = high.backend->ops->own_fds(high.backend, own);
	egt_eq(egt_fd_count(), before + n);
	for (int i = 0; i < n; i++) {
		egt_lt(LOW, *own[i]);
		egt_true(fcntl(*own[i], F_GETFD) & FD_CLOEXEC);
	}
	rig_pair(fds);
	rig_recv(&r, &high, fds[0]);
	rig_submit(&r);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&r);
	egt_eq(r.result, 1);
	high.backend->ops->wake(high.backend);
	egt_eq(eg__poller_turn(&high, INT64_MAX), 0);
	rig_close(&high, fds[0]);
	rig_close(&high, fds[1]);
	eg__poller_close(&high);
	egt_eq(egt_fd_count(), before);
}
