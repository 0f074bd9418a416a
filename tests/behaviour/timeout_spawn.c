/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for what comes of fibers: rows for timeout_calls.h. Tests no
 * behaviour itself.
 */
#include "timeout_calls.h"

static void set_up_fiber(struct call_rig *r)
{
	rig_spawn_helper(r, rig_wait_for_release);
}

static int64_t call_get(struct call_rig *r, int64_t deadline)
{
	return eg_get(r->helper, NULL, deadline);
}

/* How many have ended: none at the deadline. */
static int64_t call_join_all(struct call_rig *r, int64_t deadline)
{
	int64_t ended =
		eg_join_all(&r->helper, 1, 0, NULL, deadline, EG_JOIN_RAISE);

	return ended ? ended : -ETIMEDOUT;
}

/* It is killed and does not end. */
static void *wait_shielded(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	rig_wait_for_release(arg);
	egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static void set_up_stubborn(struct call_rig *r)
{
	rig_spawn_helper(r, wait_shielded);
}

/* EG_NOW is not to wait at all, which is no failure. */
static int64_t not_at_all(int64_t deadline)
{
	return deadline == EG_NOW ? EG_NOW + 1 : deadline;
}

static int64_t call_kill(struct call_rig *r, int64_t deadline)
{
	return eg_kill(r->helper, -EPIPE, not_at_all(deadline));
}

static int64_t call_kill_all(struct call_rig *r, int64_t deadline)
{
	eg_fiber *const twice[] = { r->helper, r->helper };

	return eg_kill_all(twice, 2, -EPIPE, not_at_all(deadline));
}

static const struct blocking_call rows[] = {
	{ "get", .set_up = set_up_fiber, .call = call_get,
	  .wake = rig_release },
	{ "join_all", .set_up = set_up_fiber, .call = call_join_all,
	  .wake = rig_release },
	{ "kill", .set_up = set_up_stubborn, .call = call_kill,
	  .wake = rig_release },
	{ "kill_all", .set_up = set_up_stubborn, .call = call_kill_all,
	  .wake = rig_release },
};
BLOCKING_CALLS(rows)
