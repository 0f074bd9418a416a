/* SPDX-License-Identifier: MIT */
/*
 * What is around the ends of fibers, under faults: later starts, errors, kills,
 * links, many joined, groups that are scopes, callbacks and local timers. Only
 * spawning, long lists and cleanups take memory: nothing else may fail.
 */
#include "fault_rig.h"

enum { FEW = 5, MANY = 40 };

static void *sleeps(void *arg)
{
	int r = eg_sleep((intptr_t)arg);

	egt_true(r == 0 || r == -ECANCELED);
	return FAULT_RESULT(true);
}

static void *fails(void *arg)
{
	egt_eq(eg_yield(), 0);
	return eg_fail(-EPIPE, arg);
}

static eg_fiber *later(eg_fiber_fn *fn, int64_t delay, int64_t deadline)
{
	eg_fiber *f;

	return fault_ok(eg_spawn_later(&f, fn, (void *)(intptr_t)delay,
				       deadline))
		       ? f
		       : NULL;
}

FAULT_TEST(fault_of_later_starts)
{
	eg_fiber *f[4] = {
		later(sleeps, 0, EG_NOW),
		later(sleeps, 0, eg_after(100 * EG_USEC)),
		later(sleeps, 0, EG_FOREVER),
		later(sleeps, 0, EG_FOREVER),
	};
	bool is_well = true;

	if (f[2])
		egt_eq(eg_start(f[2]), 0);
	if (f[3]) {
		egt_eq(eg_cancel_unstarted(f[3]), 1);
		egt_eq(eg_get(f[3], NULL, EG_FOREVER), -ECANCELED);
		eg_unref(f[3]);
	}
	for (int i = 0; i < 3; i++)
		is_well &= fault_join(f[i]);
	return !is_well || !f[3];
}

/* Left to eg_run(), unstarted. */
FAULT_TEST(fault_of_unstarted_fibers_left_behind)
{
	bool is_well = true;

	for (int i = 0; i < FEW; i++)
		is_well &= fault_ok(
			eg_spawn_later(NULL, sleeps, NULL,
				       i & 1 ? EG_FOREVER : eg_after(EG_SEC)));
	return !is_well;
}

static int reports;

static void count_report(const eg_error_info *info, void *arg)
{
	(void)arg;
	egt_eq(info->error, -EPIPE);
	reports++;
}

FAULT_TEST(fault_of_errors)
{
	int spawned = 0;

	reports = 0;
	egt_eq(eg_set_error_handler(count_report, NULL), 0);
	for (int i = 0; i < FEW; i++) {
		eg_fiber *f = fault_spawn(fails, NULL);

		spawned += f != NULL;
		/* Every second one is asked for. */
		if (f && i & 1) {
			egt_eq(eg_get(f, NULL, EG_FOREVER), -EPIPE);
			reports++;
		}
		eg_unref(f);
	}
	while (reports < spawned)
		egt_eq(eg_yield(), 0);
	return spawned < FEW;
}

FAULT_TEST(fault_of_kills)
{
	eg_fiber *f[FEW];
	size_t n = 0;

	for (int i = 0; i < FEW; i++) {
		f[n] = fault_spawn(sleeps, (void *)(intptr_t)EG_FOREVER);
		n += f[n] != NULL;
	}
	egt_eq(eg_yield(), 0);
	if (n)
		egt_eq(eg_kill(f[0], -ECANCELED, EG_FOREVER), 0);
	egt_eq(eg_kill_all(f, n, -ECANCELED, EG_FOREVER), 0);
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_NOW), 0);
	return n < FEW;
}

static void count_link(eg_fiber *fiber, void *arg)
{
	egt_true(eg_fiber_is_done(fiber));
	++*(int *)arg;
}

/* A link in a fiber may fail, when it is made, and not after that. */
static bool link_all(eg_fiber *f, eg_link *links, int *calls)
{
	int made = 0;

	for (int i = 0; i < FEW; i++)
		made += fault_ok(eg_fiber_link(f, &links[i], count_link, calls,
					       i & 1 ? EG_LINK_SPAWN : 0));
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	while (*calls < made)
		egt_eq(eg_yield(), 0);
	for (int i = 0; i < FEW && made == FEW; i++)
		egt_eq(eg_fiber_unlink(&links[i]), 0);
	return made == FEW;
}

FAULT_TEST(fault_of_links)
{
	eg_fiber *f = fault_spawn(sleeps, (void *)(intptr_t)EG_USEC);
	eg_link links[FEW];
	int calls = 0;
	bool is_well = f && link_all(f, links, &calls);

	eg_unref(f);
	return !is_well;
}

/* Taken back, or left to eg_run(). */
FAULT_TEST(fault_of_links_left_behind)
{
	static eg_link links[FEW];
	eg_fiber *f = fault_spawn(sleeps, (void *)(intptr_t)EG_FOREVER);
	static int calls;
	bool is_well = f;

	for (int i = 0; f && i < FEW; i++) {
		if (!fault_ok(eg_fiber_link(f, &links[i], count_link, &calls,
					    EG_LINK_SPAWN))) {
			is_well = false;
			continue;
		}
		if (i & 1)
			egt_eq(eg_fiber_unlink(&links[i]), 1);
	}
	eg_unref(f);
	return !is_well;
}

/* More than fit on the stack: memory for the list. */
FAULT_TEST(fault_of_joining_many)
{
	static eg_fiber *f[MANY], *ended[MANY];
	ssize_t joined;
	size_t n = 0;

	for (int i = 0; i < MANY; i++) {
		f[n] = fault_spawn(sleeps, (void *)(intptr_t)(i * EG_USEC));
		n += f[n] != NULL;
	}
	joined = eg_join_all(f, n, 0, ended, EG_FOREVER, EG_JOIN_RAISE);
	if (fault_ok(joined))
		egt_eq(joined, n);
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	return n < MANY || joined < 0;
}

static int spawn_some(eg_group *g, void *arg)
{
	for (int i = 0; i < FEW; i++) {
		int r = eg_group_spawn(g, i == FEW - 1 ? fails : sleeps, arg,
				       NULL);

		if (r < 0)
			return r;
	}
	return 0;
}

FAULT_TEST(fault_of_a_group_that_is_a_scope)
{
	eg_timeout region;
	int r;

	/* Inherited by the members: a region of their own. */
	egt_eq(eg_timeout_begin(&region, eg_after(EG_SEC)), 0);
	r = eg_group_run(spawn_some, (void *)(intptr_t)EG_MSEC,
			 EG_GROUP_FAIL_FAST | EG_GROUP_INHERIT);
	egt_eq(eg_timeout_end(&region), 0);
	/* The last member's, if it came to that. */
	return r != -EPIPE && !fault_ok(r);
}

struct pulse {
	eg_callback callback;
	eg_timer timer;
	int calls;
};

static void call_again(void *arg)
{
	struct pulse *p = arg;

	if (++p->calls < FEW)
		egt_eq(eg_callback_queue(&p->callback), 0);
}

static void start_calling(eg_timer *timer, void *arg)
{
	struct pulse *p = arg;

	(void)timer;
	egt_eq(eg_callback_queue(&p->callback), 0);
}

static void *arms_local(void *arg)
{
	struct pulse *p = arg;

	egt_eq(eg_timer_start_local(&p->timer, eg_after(EG_USEC)), 0);
	while (p->calls < FEW)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_timer_start_local(&p->timer, eg_after(EG_SEC)), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_callbacks_and_local_timers)
{
	static struct pulse p;

	p.calls = 0;
	egt_eq(eg_callback_init(&p.callback, call_again, &p), 0);
	egt_eq(eg_timer_init(&p.timer, start_calling, &p), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
	return !fault_join(fault_spawn(arms_local, &p));
}
