/* SPDX-License-Identifier: MIT */
/*
 * More ops than any queue shared with the kernel holds.
 */
#include "loop_rig.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { OPS = 3000 };

static struct rig_op *ops;
static int (*pairs)[2];

static void make_pairs(struct eg_poller *l)
{
	struct rlimit limit;

	egt_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	egt_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < 2 * OPS + 100)
		egt_skip("descriptors are limited to %ju",
			 (uintmax_t)limit.rlim_cur);
	ops = calloc(OPS, sizeof(*ops));
	pairs = calloc(OPS, sizeof(*pairs));
	egt_true(ops && pairs);
	for (int i = 0; i < OPS; i++) {
		rig_pair(pairs[i]);
		rig_recv(&ops[i], l, pairs[i][0]);
		rig_submit(&ops[i]);
	}
	egt_eq(l->backend->in_flight, OPS);
}

static void finish(struct eg_poller *l)
{
	while (l->backend->in_flight)
		egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	for (int i = 0; i < OPS; i++) {
		egt_eq(ops[i].completions, 1);
		rig_close(l, pairs[i][0]);
		rig_close(l, pairs[i][1]);
	}
	free(ops);
	free(pairs);
}

LOOP_TEST_OF_MANY(three_thousand_ops_complete)
{
	make_pairs(l);
	rig_idle(l);
	for (int i = 0; i < OPS; i++)
		egt_eq(write(pairs[i][1], "x", 1), 1);
	finish(l);
}

static int completed(void)
{
	int n = 0;

	for (int i = 0; i < OPS; i++)
		n += ops[i].completions;
	return n;
}

static int completed_before_timer;

static void count_completed(struct eg__timer *t)
{
	(void)t;
	completed_before_timer = completed();
}

LOOP_TEST_OF_MANY(all_that_is_ready_completes_before_a_timer_that_is_due)
{
	struct eg__timer timer = { .fire = count_completed };

	make_pairs(l);
	rig_idle(l);
	for (int i = 0; i < OPS / 4; i++)
		egt_eq(write(pairs[i][1], "x", 1), 1);
	timer.deadline = l->now;
	eg__timer_arm(&l->timers, &timer);
	egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	egt_eq(completed_before_timer, OPS / 4);
	for (int i = OPS / 4; i < OPS; i++)
		egt_eq(write(pairs[i][1], "x", 1), 1);
	finish(l);
}

LOOP_TEST_OF_MANY(a_turn_completes_a_batch)
{
	make_pairs(l);
	rig_idle(l);
	for (int i = 0; i < OPS; i++)
		egt_eq(write(pairs[i][1], "x", 1), 1);
	egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	egt_lt(0, completed());
	/* What the kernel writes at once can come on top; who asks about all
	 * descriptors at once takes all that there is. */
	if (rig_watches(l))
		egt_le(completed(), 2 * EG_TURN_BATCH);
	finish(l);
}

LOOP_TEST_OF_MANY(three_thousand_ops_are_cancelled)
{
	make_pairs(l);
	for (int i = 0; i < OPS; i++)
		eg__poller_cancel(l, &ops[i].op);
	finish(l);
}
