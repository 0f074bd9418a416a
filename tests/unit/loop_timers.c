/* SPDX-License-Identifier: MIT */
/*
 * Deadlines of waits, and timers in the loop's turns.
 */
#include "loop_rig.h"

#include "base/clock.h"

#define MSEC INT64_C(1000000)
#define SEC INT64_C(1000000000)

struct probe {
	struct eg__timer timer;
	struct rig_op *op;
	int order;
	int completions_before;
};

static int fired;

static void on_fire(struct eg__timer *t)
{
	struct probe *p = eg_container_of(t, struct probe, timer);

	p->order = ++fired;
	if (p->op)
		p->completions_before = p->op->completions;
}

static void arm(struct eg_poller *l, struct probe *p, int64_t deadline)
{
	*p = (struct probe){
		.timer = { .deadline = deadline, .fire = on_fire },
	};
	eg__timer_arm(&l->timers, &p->timer);
}

LOOP_TEST(a_deadline_in_the_past_does_not_sleep)
{
	static const int64_t deadlines[] = { 0, 1, INT64_MIN };
	int64_t before = eg__clock_now();

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++)
		egt_eq(eg__poller_turn(l, deadlines[i]), 0);
	egt_eq(eg__poller_turn(l, l->now), 0);
	egt_lt(eg__clock_now() - before, SEC);
}

LOOP_TEST(a_wait_ends_at_its_deadline)
{
	int64_t deadline = l->now + 3 * MSEC;

	while (eg__poller_now(l) < deadline)
		egt_eq(l->backend->ops->wait(l->backend, deadline), 0);
	if (rig_is(l, "sim"))
		egt_eq(eg__poller_now(l), deadline);
}

LOOP_TEST(timers_fire_in_order_of_deadline)
{
	static const int64_t delays[] = { 5, 1, 4, 2, 3 };
	static const int want[] = { 5, 1, 4, 2, 3 };
	struct probe p[ARRAY_LEN(delays)];
	int64_t start = l->now;

	fired = 0;
	for (size_t i = 0; i < ARRAY_LEN(delays); i++)
		arm(l, &p[i], start + delays[i] * MSEC);
	while (l->timers.count)
		egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	for (size_t i = 0; i < ARRAY_LEN(delays); i++)
		egt_eq(p[i].order, want[i]);
	egt_le(start + 5 * MSEC, l->now);
}

LOOP_TEST(completions_come_before_timers)
{
	struct rig_op r;
	struct probe p;
	int fds[2];

	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	rig_idle(l);
	arm(l, &p, l->now);
	p.op = &r;
	egt_eq(write(fds[1], "x", 1), 1);
	egt_eq(eg__poller_turn(l, INT64_MAX), 0);
	egt_eq(r.completions, 1);
	egt_eq(p.completions_before, 1);
	egt_ne(p.order, 0);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}
