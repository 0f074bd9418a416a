/* SPDX-License-Identifier: MIT */
/*
 * Groups, and the scope that eg_group_run() is: PL-01, PL-02, SP-14 and SP-17.
 */
#include "conform_kit.h"

enum { MOST = 26 };

struct member {
	eg_event *until;
	int error;	/* what it fails with, if not cut short */
	int lives_on;	/* how many kills it survives */
	int was_killed; /* with what, the last time */
	struct trace *trace;
	char letter;
};

static void *be_member(void *arg)
{
	struct member *m = arg;
	int r;

	while ((r = eg_event_wait(m->until, EG_FOREVER)) < 0) {
		m->was_killed = r;
		if (m->lives_on-- <= 0)
			return NULL;
		egt_eq(eg_uncancel(), 1);
	}
	if (m->trace)
		trace_add(m->trace, m->letter);
	return m->error ? eg_fail(m->error, m) : m;
}

static void spawn_members(eg_group *g, struct member *m, long n,
			  eg_event *until)
{
	for (long i = 0; i < n; i++) {
		m[i].until = until;
		egt_eq(eg_group_spawn(g, be_member, &m[i], NULL), 0);
	}
	settle();
}

static int wait_for_group(void *group, int64_t deadline)
{
	return eg_group_wait(group, deadline);
}

static void wait_ends_when_it_is_empty(long n)
{
	struct member m[MOST] = { { .error = 0 } };
	eg_event until[MOST] = { { { 0 } } };
	struct act a = { .trace = NULL };
	eg_group g = { 0 };

	for (long i = 0; i < n; i++)
		spawn_members(&g, &m[i], 1, &until[i]);
	egt_eq(eg_group_count(&g), n);
	act_begin(&a, wait_for_group, &g);
	for (long i = 0; i < n; i++) {
		egt_eq(a.result, ACT_WAITS);
		egt_eq(eg_event_set(&until[i]), 1);
		settle();
		egt_eq(eg_group_count(&g), n - 1 - i);
	}
	egt_eq(act_end(&a), 0);
}

static void so_many_may_wait(long n)
{
	struct act a[MOST] = { { .trace = NULL } };
	struct member m = { .error = 0 };
	struct trace t = { .len = 0 };
	eg_event until = { 0 };
	eg_group g = { 0 };

	spawn_members(&g, &m, 1, &until);
	act_begin_all(a, (int)n, wait_for_group, &g, &t);
	egt_eq(eg_event_set(&until), 1);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, (int)n);
}

static void wait_in_time(long deadline)
{
	struct member m = { .error = 0 };
	eg_event until = { 0 };
	eg_group g = { 0 };
	int64_t start;

	spawn_members(&g, &m, 1, &until);
	start = eg_now();
	egt_eq(eg_group_wait(&g, deadline > 0 ? start + deadline : deadline),
	       -ETIMEDOUT);
	egt_took(start, deadline > 0 ? deadline : 0);
	egt_eq(eg_event_set(&until), 1);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	egt_eq(eg_group_wait(&g, EG_NOW), 0);
}

static void one_failure_is_told(long flags)
{
	struct member m[3] = { { .error = 0 },
			       { .error = -EIO },
			       { .error = 0 } };
	bool is_fast = flags & EG_GROUP_FAIL_FAST;
	eg_event until[2] = { { { 0 } } };
	void *payload = NULL;
	eg_group g;

	egt_eq(eg_group_init_with(&g, (uint32_t)flags), 0);
	spawn_members(&g, &m[1], 1, &until[0]);
	spawn_members(&g, &m[0], 1, &until[1]);
	spawn_members(&g, &m[2], 1, &until[1]);
	egt_eq(eg_group_error(&g, &payload), 0);
	egt_ptr_eq(payload, NULL);
	eg_event_set(&until[0]);
	settle();
	egt_eq(eg_group_count(&g), is_fast ? 0 : 2);
	eg_event_set(&until[1]);
	egt_eq(eg_group_wait(&g, EG_FOREVER), is_fast ? -EIO : 0);
	egt_eq(eg_group_error(&g, &payload), -EIO);
	egt_ptr_eq(payload, &m[1]);
	egt_eq(m[0].was_killed, is_fast ? -ECANCELED : 0);
	egt_eq(m[2].was_killed, is_fast ? -ECANCELED : 0);
}

/* Two fail: the first in time is the group's. */
static void first_of_two_failures(long first)
{
	struct member m[2] = { { .error = -EIO, .lives_on = 1 },
			       { .error = -EPIPE, .lives_on = 1 } };
	eg_event until[2] = { { { 0 } } };
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
	for (int i = 0; i < 2; i++)
		spawn_members(&g, &m[i], 1, &until[i]);
	eg_event_set(&until[first]);
	settle();
	eg_event_set(&until[1 - first]);
	egt_eq(eg_group_wait(&g, EG_FOREVER), first ? -EPIPE : -EIO);
	egt_eq(eg_group_error(&g, NULL), first ? -EPIPE : -EIO);
}

static void kill_reaches_every_member(long error)
{
	struct member m[MOST] = { { .error = 0 } };
	eg_event until = { 0 };
	eg_group g = { 0 };

	spawn_members(&g, m, MOST, &until);
	egt_eq(eg_group_kill(&g, (int)error), 0);
	egt_eq(eg_group_kill(&g, -E2BIG), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	for (int i = 0; i < MOST; i++)
		egt_eq(m[i].was_killed, error);
	egt_eq(eg_group_kill(&g, (int)error), 0);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

static void unstarted_members_never_run(long n)
{
	eg_group g = { 0 };

	for (long i = 0; i < n; i++)
		egt_eq(eg_group_spawn(&g, must_not_run, NULL, NULL), 0);
	egt_eq(eg_group_cancel(&g), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	egt_eq(eg_group_count(&g), 0);
}

/* One that is killed spawns others into the group as it ends. */
struct parent {
	eg_group *group;
	int children;
	struct member child;
};

static void *spawn_as_it_ends(void *arg)
{
	struct parent *p = arg;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	for (int i = 0; i < p->children; i++)
		egt_eq(eg_group_spawn(p->group, be_member, &p->child, NULL), 0);
	return NULL;
}

/* With eg_group_done() they never run; a plain cancel is for those of now. */
static void those_added_meanwhile_end_too(long n)
{
	eg_event until = { 0 };
	eg_group g = { 0 };
	struct parent p = { &g, (int)n, { .until = &until } };

	egt_eq(eg_group_spawn(&g, spawn_as_it_ends, &p, NULL), 0);
	settle();
	egt_eq(eg_group_done(&g), 0);
	egt_eq(eg_group_count(&g), 0);
	egt_eq(p.child.was_killed, 0);
}

static void those_added_meanwhile_count(long n)
{
	eg_event until = { 0 };
	eg_group g = { 0 };
	struct parent p = { &g, (int)n, { .until = &until } };

	egt_eq(eg_group_spawn(&g, spawn_as_it_ends, &p, NULL), 0);
	settle();
	egt_eq(eg_group_cancel(&g), 0);
	settle();
	egt_eq(eg_group_count(&g), n);
	egt_eq(eg_group_done(&g), 0);
	egt_eq(eg_group_count(&g), 0);
	egt_eq(p.child.was_killed, n ? -ECANCELED : 0);
}

/* A member that lives on is waited for. */
static void done_waits_for_who_lives_on(long kills)
{
	struct member m = { .lives_on = 1 };
	eg_event until = { 0 };
	eg_group g = { 0 };
	struct act a = { .trace = NULL };

	spawn_members(&g, &m, 1, &until);
	egt_eq(eg_group_cancel(&g), 0);
	act_begin(&a, wait_for_group, &g);
	egt_eq(a.result, ACT_WAITS);
	if (kills == 2)
		egt_eq(eg_group_kill(&g, -EPIPE), 0);
	else
		egt_eq(eg_event_set(&until), 1);
	egt_eq(act_end(&a), 0);
	egt_eq(m.was_killed, kills == 2 ? -EPIPE : -ECANCELED);
}

static void one_that_is_added_counts(long is_detached)
{
	struct member m = { .error = 0 };
	eg_event until = { 0 };
	eg_group g = { 0 };
	eg_fiber *f;

	m.until = &until;
	egt_eq(eg_spawn(&f, be_member, &m), 0);
	egt_eq(eg_group_add(&g, f), 0);
	egt_eq(eg_group_add(&g, f), -EBUSY);
	egt_eq(eg_group_count(&g), 1);
	if (is_detached) {
		egt_eq(eg_group_detach(&g, f), 0);
		egt_eq(eg_group_detach(&g, f), -ENOENT);
	}
	settle();
	egt_eq(eg_group_done(&g), 0);
	egt_eq(eg_fiber_is_done(f), !is_detached);
	eg_event_set(&until);
	egt_eq(eg_get(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_group_add(&g, f), -ESRCH);
	eg_unref(f);
}

/* The scope: how it ends, and that nobody is left. */
struct scope {
	struct member m[5];
	eg_event until;
	long members;
	int returns;
	bool waits; /* in the function */
	bool lets_go; /* of the members, before it waits */
	int waited;
};

static int run_scope(eg_group *g, void *arg)
{
	struct scope *s = arg;

	spawn_members(g, s->m, s->members, &s->until);
	if (s->returns == 0 && s->lets_go == s->waits)
		egt_eq(eg_event_set(&s->until), s->members);
	if (s->waits)
		s->waited = eg_sleep(EG_FOREVER);
	return s->waits ? s->waited : s->returns;
}

static void scope_ends_with_its_members(long n)
{
	struct scope s = { .members = n };

	egt_eq(eg_group_run(run_scope, &s, 0), 0);
	for (long i = 0; i < n; i++)
		egt_eq(s.m[i].was_killed, 0);
}

static void scope_that_fails_kills_them(long error)
{
	struct scope s = { .members = 5, .returns = (int)error };

	egt_eq(eg_group_run(run_scope, &s, 0), error);
	for (int i = 0; i < 5; i++)
		egt_eq(s.m[i].was_killed, -ECANCELED);
}

static int call_scope(void *scope, int64_t deadline)
{
	eg_timeout t;
	int r;

	egt_eq(eg_timeout_begin(&t, deadline), 0);
	r = eg_group_run(run_scope, scope, EG_GROUP_FAIL_FAST);
	eg_timeout_end(&t);
	return r;
}

static void scope_is_killed(long error)
{
	struct scope s = { .members = 5, .waits = true };
	struct act a = { .trace = NULL };

	act_begin(&a, call_scope, &s);
	settle();
	egt_eq(act_kill(&a, (int)error), error);
	egt_eq(s.waited, error);
	for (int i = 0; i < 5; i++)
		egt_eq(s.m[i].was_killed, -ECANCELED);
}

static void scope_times_out(long deadline)
{
	struct scope s = { .members = 5, .waits = true };

	egt_eq(call_scope(&s, eg_after(deadline)), -ETIMEDOUT);
	egt_eq(s.waited, -ETIMEDOUT);
	for (int i = 0; i < 5; i++)
		egt_eq(s.m[i].was_killed, -ECANCELED);
}

static void scope_has_a_member_that_fails(long which)
{
	struct scope s = { .members = 5 };

	s.m[which].error = -EPIPE;
	egt_eq(call_scope(&s, EG_FOREVER), -EPIPE);
}

static void scope_waits_for_a_member_that_fails(long which)
{
	struct scope s = { .members = 5, .waits = true, .lets_go = true };

	s.m[which].error = -EPIPE;
	egt_eq(call_scope(&s, EG_FOREVER), -EPIPE);
	egt_eq(s.waited, -ECANCELED);
	egt_eq(eg_sleep(0), 0);
}

static const struct conform cases[] = {
	{ "PL-01", "empty", wait_ends_when_it_is_empty, 0 },
	{ "PL-01", "one", wait_ends_when_it_is_empty, 1 },
	{ "PL-01", "many", wait_ends_when_it_is_empty, MOST },
	{ "PL-01", "one waits", so_many_may_wait, 1 },
	{ "PL-01", "many wait", so_many_may_wait, MOST },
	{ "PL-01", "without a wait", wait_in_time, EG_NOW },
	{ "PL-01", "in the past", wait_in_time, -1 },
	{ "PL-01", "in time", wait_in_time, EG_MSEC },
	{ "PL-01", "a failure is kept", one_failure_is_told, 0 },
	{ "PL-01", "a failure ends the others", one_failure_is_told,
	  EG_GROUP_FAIL_FAST },
	{ "PL-01", "the first of two", first_of_two_failures, 0 },
	{ "PL-01", "the first in time of two", first_of_two_failures, 1 },
	{ "PL-01", "added", one_that_is_added_counts, 0 },
	{ "PL-01", "added, and let go", one_that_is_added_counts, 1 },
	{ "PL-02", "every member", kill_reaches_every_member, -ECANCELED },
	{ "PL-02", "every member", kill_reaches_every_member, -EPIPE },
	{ "PL-02", "none added meanwhile", those_added_meanwhile_count, 0 },
	{ "PL-02", "one added meanwhile", those_added_meanwhile_count, 1 },
	{ "PL-02", "many added meanwhile", those_added_meanwhile_count, 9 },
	{ "PL-02", "one added while it ends", those_added_meanwhile_end_too,
	  1 },
	{ "PL-02", "many added while it ends", those_added_meanwhile_end_too,
	  9 },
	{ "PL-02", "killed once, lives on", done_waits_for_who_lives_on, 1 },
	{ "PL-02", "killed again", done_waits_for_who_lives_on, 2 },
	{ "SP-14", "one member unstarted", unstarted_members_never_run, 1 },
	{ "SP-14", "members unstarted", unstarted_members_never_run, MOST },
	{ "SP-17", "nobody", scope_ends_with_its_members, 0 },
	{ "SP-17", "one", scope_ends_with_its_members, 1 },
	{ "SP-17", "many", scope_ends_with_its_members, 5 },
	{ "SP-17", "fails", scope_that_fails_kills_them, -EIO },
	{ "SP-17", "fails, cancelled", scope_that_fails_kills_them,
	  -ECANCELED },
	{ "SP-17", "fails, too late", scope_that_fails_kills_them, -ETIMEDOUT },
	{ "SP-17", "cancelled", scope_is_killed, -ECANCELED },
	{ "SP-17", "killed", scope_is_killed, -EPIPE },
	{ "SP-17", "times out", scope_times_out, EG_MSEC },
	{ "SP-17", "over before", scope_times_out, -EG_MSEC },
	{ "SP-17", "the first fails", scope_has_a_member_that_fails, 0 },
	{ "SP-17", "the last fails", scope_has_a_member_that_fails, 4 },
	{ "SP-17", "the first ends its wait",
	  scope_waits_for_a_member_that_fails, 0 },
	{ "SP-17", "the last ends its wait",
	  scope_waits_for_a_member_that_fails, 4 },
};

CONFORMANCE(groups, cases)
