/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for time or for fibers to end: rows for timeout_calls.h.
 * Tests no behaviour itself.
 */
#include "timeout_calls.h"

static int64_t call_sleep_until(struct call_rig *r, int64_t deadline)
{
	(void)r;
	return eg_sleep_until(deadline);
}

static int64_t call_sleep(struct call_rig *r, int64_t deadline)
{
	int64_t now = eg_now();

	(void)r;
	/* What has passed meanwhile would become "give way". */
	if (deadline == EG_FOREVER || deadline <= now)
		return eg_sleep_until(deadline);
	return eg_sleep(deadline - now);
}

static void set_up_join(struct call_rig *r)
{
	rig_spawn_helper(r, rig_wait_for_release);
}

static int64_t call_join(struct call_rig *r, int64_t deadline)
{
	int result = eg_join(eg_ref(r->helper), NULL, deadline);

	/* Success has consumed the reference. */
	if (result < 0)
		eg_unref(r->helper);
	return result;
}

static int64_t call_fiber_wait(struct call_rig *r, int64_t deadline)
{
	return eg_fiber_wait(r->helper, deadline);
}

static void set_up_group(struct call_rig *r)
{
	egt_eq(eg_group_spawn(&r->group, rig_wait_for_release, r, NULL), 0);
	egt_eq(eg_yield(), 0);
}

static int64_t call_group(struct call_rig *r, int64_t deadline)
{
	return eg_group_wait(&r->group, deadline);
}

static void *wait_as_member(void *arg)
{
	struct call_rig *r = arg;

	return eg_event_wait(&r->event, EG_FOREVER) ? NULL : r;
}

static int spawn_member(eg_group *group, void *arg)
{
	return eg_group_spawn(group, wait_as_member, arg, NULL);
}

/* It has no deadline of its own, so that a region has to end it. */
static int64_t call_group_run(struct call_rig *r, int64_t deadline)
{
	bool is_fiber = eg_self() != NULL;
	eg_timeout t;
	int result;

	if (is_fiber)
		egt_eq(eg_timeout_begin(&t, deadline), 0);
	result = eg_group_run(spawn_member, r, 0);
	if (is_fiber)
		eg_timeout_end(&t);
	return result;
}

static void wake_event(struct call_rig *r)
{
	egt_le(0, eg_event_set(&r->event));
	egt_eq(eg_event_clear(&r->event), 0);
}

static void *keep_busy(void *arg)
{
	struct call_rig *r = arg;

	while (!eg_event_is_set(&r->release))
		egt_eq(eg_yield(), 0);
	return NULL;
}

static void set_up_idle(struct call_rig *r)
{
	rig_spawn_helper(r, keep_busy);
}

static int64_t call_idle(struct call_rig *r, int64_t deadline)
{
	(void)r;
	return eg_idle(deadline);
}

static const struct blocking_call rows[] = {
	{ "sleep_until", .call = call_sleep_until, .flags = CALL_SLEEPS },
	{ "sleep", .call = call_sleep, .flags = CALL_SLEEPS },
	{ "join", .set_up = set_up_join, .call = call_join, .wake = rig_release,
	  .flags = CALL_BY_ONE },
	{ "fiber_wait", .set_up = set_up_join, .call = call_fiber_wait,
	  .wake = rig_release },
	{ "group_wait", .set_up = set_up_group, .call = call_group,
	  .wake = rig_release },
	{ "group_run", .call = call_group_run, .wake = wake_event,
	  .flags = CALL_WANTS_A_WAITER | CALL_BY_ONE | CALL_GIVES_WAY },
	{ "idle", .set_up = set_up_idle, .call = call_idle, .wake = rig_release,
	  .flags = CALL_STOPS_THE_CLOCK },
};
BLOCKING_CALLS(rows)
