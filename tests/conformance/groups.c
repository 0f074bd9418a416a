/* SPDX-License-Identifier: MIT */
/*
 * Groups: PL-01, PL-02, PL-10, SP-14, SP-17, SP-20. What a pool adds to them is
 * in pool.c, deadlines that are inherited in ../behaviour.
 */
#include "conform_kit.h"

enum { MANY = 12 };

/* A member that writes a letter when it ends, in whatever way. */
struct member {
	eg_group *group;
	struct trace *trace; /* NULL: writes nothing */
	char letter;
	int64_t sleep;
	int error; /* fails with it; 0: does not */
	int woken;
	int more; /* spawns so many before it ends */
};

static void *be_member(void *arg)
{
	struct member *m = arg;

	m->woken = eg_sleep(m->sleep);
	if (m->trace)
		trace_add(m->trace, m->letter);
	while (m->woken == 0 && m->more-- > 0)
		egt_eq(eg_group_spawn(m->group, be_member, m, NULL), 0);
	return m->error ? eg_fail(m->error, m) : NULL;
}

static void member_begin(struct member *m)
{
	egt_eq(eg_group_spawn(m->group, be_member, m, NULL), 0);
}

static void members_begin(struct member *m, long n, eg_group *group,
			  struct trace *t, int64_t sleep)
{
	for (long i = 0; i < n; i++) {
		m[i] = (struct member){ .group = group,
					.trace = t,
					.letter = (char)('a' + i),
					.sleep = sleep };
		member_begin(&m[i]);
	}
}

static int wait_for(void *group, int64_t deadline)
{
	return eg_group_wait(group, deadline);
}

static void members_leave_at_their_end(long n)
{
	struct trace t = { .len = 0 };
	struct member m[MANY];
	eg_group group = { 0 };

	members_begin(m, n, &group, &t, EG_MSEC);
	egt_eq(eg_group_count(&group), n);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(eg_group_count(&group), 0);
	egt_in_order(&t, (int)n);
}

static void wait_of_none_is_over(long deadline)
{
	eg_group group;
	uint64_t switches = switches_now();

	egt_eq(eg_group_init(&group), 0);
	egt_eq(eg_group_wait(&group, deadline), 0);
	egt_eq(eg_group_count(&group), 0);
	egt_eq(eg_group_cancel(&group), 0);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(switches_now(), switches);
}

static void wait_times_out_and_leaves_them(long duration)
{
	struct member m[2];
	eg_group group = { 0 };
	int64_t start = eg_now();

	members_begin(m, 2, &group, NULL, EG_FOREVER);
	settle();
	egt_eq(eg_group_wait(&group, duration ? start + duration : EG_NOW),
	       -ETIMEDOUT);
	egt_took(start, duration);
	egt_eq(eg_group_count(&group), 2);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(m[0].woken, -ECANCELED);
}

/* Members of members count, while somebody waits. */
static void who_comes_meanwhile_counts(long more)
{
	struct trace t = { .len = 0 };
	eg_group group = { 0 };
	struct member m = { .group = &group,
			    .trace = &t,
			    .letter = 'm',
			    .sleep = EG_USEC,
			    .more = (int)more };

	member_begin(&m);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(t.len, more + 1);
	egt_eq(eg_group_count(&group), 0);
}

static void any_number_may_wait(long waiters)
{
	struct member m[2];
	struct act a[8];
	eg_group group = { 0 };

	members_begin(m, 2, &group, NULL, 5 * EG_MSEC);
	act_begin_all(a, (int)waiters, wait_for, &group, NULL);
	egt_eq(act_cancel(&a[0]), -ECANCELED);
	for (long i = 1; i < waiters; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(eg_group_done(&group), 0);
}

static void *wait_for_own_group(void *arg)
{
	struct act *a = arg;

	a->result = a->deadline ? eg_group_wait(a->object, EG_FOREVER)
				: eg_group_done(a->object);
	return NULL;
}

static void member_that_waits_is_refused(long waits)
{
	eg_group group = { 0 };
	struct act a = { .object = &group, .deadline = waits };

	egt_eq(eg_group_spawn(&group, wait_for_own_group, &a, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(a.result, -EDEADLK);
}

static void cancelled_in_the_order_of_spawning(long n)
{
	struct trace t = { .len = 0 };
	struct member m[MANY];
	eg_group group = { 0 };

	members_begin(m, n, &group, &t, EG_FOREVER);
	settle();
	egt_eq(eg_group_cancel(&group), 0);
	egt_eq(eg_group_cancel(&group), 0);
	egt_eq(t.len, 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_in_order(&t, (int)n);
	for (long i = 0; i < n; i++)
		egt_eq(m[i].woken, -ECANCELED);
}

static void who_has_not_run_never_does(long n)
{
	struct trace t = { .len = 0 };
	struct member m[MANY];
	eg_group group = { 0 };

	members_begin(m, n, &group, &t, EG_FOREVER);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_group_count(&group), 0);
	egt_eq(t.len, 0);
}

static void killed_with_a_code(long error)
{
	struct member m[3];
	eg_group group = { 0 };

	members_begin(m, 3, &group, NULL, EG_FOREVER);
	settle();
	egt_eq(eg_group_kill(&group, (int)error), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(m[i].woken, error);
}

static void code_that_makes_no_sense(long error)
{
	struct member m[1];
	eg_group group = { 0 };

	members_begin(m, 1, &group, NULL, EG_USEC);
	egt_eq(eg_group_kill(&group, (int)error), -EINVAL);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(m[0].woken, 0);
}

static void first_error_ends_the_others(long failing)
{
	struct member m[4];
	void *detail = NULL;
	eg_group group;

	egt_eq(eg_group_init_with(&group, EG_GROUP_FAIL_FAST), 0);
	members_begin(m, 4, &group, NULL, EG_FOREVER);
	m[failing].sleep = EG_USEC;
	m[failing].error = -EPIPE;
	egt_eq(eg_group_wait(&group, EG_FOREVER), -EPIPE);
	egt_eq(eg_group_error(&group, &detail), -EPIPE);
	egt_ptr_eq(detail, &m[failing]);
	for (long i = 0; i < 4; i++)
		egt_eq(m[i].woken, i == failing ? 0 : -ECANCELED);
	egt_eq(eg_group_done(&group), -EPIPE);
}

/* What the function of eg_group_run() does, and what must come of it. */
struct scope {
	struct member m[3];
	struct trace trace;
	int64_t sleep;
	int result;
};

static int open_scope(eg_group *group, void *arg)
{
	struct scope *s = arg;

	members_begin(s->m, 3, group, &s->trace, s->sleep);
	settle();
	return s->result;
}

static void scope_joins_its_members(long sleep)
{
	struct scope s = { .sleep = sleep };

	egt_eq(eg_group_run(open_scope, &s, 0), 0);
	egt_in_order(&s.trace, 3);
	for (int i = 0; i < 3; i++)
		egt_eq(s.m[i].woken, 0);
}

static void scope_that_fails_cancels_its_members(long error)
{
	struct scope s = { .sleep = EG_FOREVER, .result = (int)error };

	egt_eq(eg_group_run(open_scope, &s, 0), error);
	egt_in_order(&s.trace, 3);
	for (int i = 0; i < 3; i++)
		egt_eq(s.m[i].woken, -ECANCELED);
}

static int run_scope(void *arg, int64_t deadline)
{
	(void)deadline;
	return eg_group_run(open_scope, arg, 0);
}

static void scope_that_is_killed_leaves_nobody(long error)
{
	struct scope s = { .sleep = EG_FOREVER };
	struct act a = { .trace = NULL };

	act_begin(&a, run_scope, &s);
	settle();
	egt_eq(a.result, ACT_WAITS);
	egt_eq(act_kill(&a, (int)error), error);
	egt_in_order(&s.trace, 3);
}

static void scope_in_a_region_leaves_nobody(long duration)
{
	struct scope s = { .sleep = EG_FOREVER };
	int64_t start = eg_now();
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, start + duration), 0);
	egt_eq(eg_group_run(open_scope, &s, 0), -ETIMEDOUT);
	egt_took(start, duration);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	egt_in_order(&s.trace, 3);
}

/* Alone, or let go by its group: nobody waits for it. */
static void detached_one_runs_on(long how)
{
	struct trace t = { .len = 0 };
	eg_group group = { 0 };
	struct member m = { .group = &group, .trace = &t, .letter = 'd' };
	eg_fiber *f;

	egt_eq(eg_spawn(how ? &f : NULL, be_member, &m), 0);
	if (how == 1)
		egt_eq(eg_detach(f), 0);
	if (how == 2) {
		egt_eq(eg_group_add(&group, f), 0);
		egt_eq(eg_group_count(&group), 1);
		egt_eq(eg_group_detach(&group, f), 0);
		egt_eq(eg_group_detach(&group, f), -ENOENT);
		eg_unref(f);
	}
	egt_eq(eg_group_done(&group), 0);
	egt_eq(t.len, 0);
	settle();
	egt_str_eq(t.text, "d");
}

static const struct conform group_cases[] = {
	{ "PL-01", "members leave at their end", members_leave_at_their_end,
	  1 },
	{ "PL-01", "members leave at their end", members_leave_at_their_end,
	  MANY },
	{ "PL-01", "a wait for none is over", wait_of_none_is_over,
	  EG_FOREVER },
	{ "PL-01", "a wait for none is over", wait_of_none_is_over, EG_NOW },
	{ "PL-01", "a wait times out, and leaves them",
	  wait_times_out_and_leaves_them, 0 },
	{ "PL-01", "a wait times out, and leaves them",
	  wait_times_out_and_leaves_them, EG_MSEC },
	{ "PL-01", "who comes meanwhile counts", who_comes_meanwhile_counts,
	  1 },
	{ "PL-01", "who comes meanwhile counts", who_comes_meanwhile_counts,
	  9 },
	{ "PL-01", "any number may wait", any_number_may_wait, 2 },
	{ "PL-01", "any number may wait", any_number_may_wait, 8 },
	{ "PL-10", "a member that waits for its group is refused",
	  member_that_waits_is_refused, 1 },
	{ "PL-10", "a member that ends its group is refused",
	  member_that_waits_is_refused, 0 },
	{ "PL-02", "killed with a code", killed_with_a_code, -ECANCELED },
	{ "PL-02", "killed with a code", killed_with_a_code, -EIO },
	{ "PL-02", "a code that makes no sense kills nobody",
	  code_that_makes_no_sense, 0 },
	{ "PL-02", "a deadline's code kills nobody", code_that_makes_no_sense,
	  -ETIMEDOUT },
	{ "SP-14", "cancelled in the order of spawning",
	  cancelled_in_the_order_of_spawning, 1 },
	{ "SP-14", "cancelled in the order of spawning",
	  cancelled_in_the_order_of_spawning, MANY },
	{ "SP-14", "who has not run never does", who_has_not_run_never_does,
	  1 },
	{ "SP-14", "who has not run never does", who_has_not_run_never_does,
	  MANY },
	{ "SP-17", "the first one's error ends the others",
	  first_error_ends_the_others, 0 },
	{ "SP-17", "the last one's error ends the others",
	  first_error_ends_the_others, 3 },
	{ "SP-17", "a scope joins its members", scope_joins_its_members, 0 },
	{ "SP-17", "a scope joins its members", scope_joins_its_members,
	  EG_MSEC },
	{ "SP-17", "a scope that fails cancels its members",
	  scope_that_fails_cancels_its_members, -EIO },
	{ "SP-17", "a scope that is cancelled leaves nobody",
	  scope_that_is_killed_leaves_nobody, -ECANCELED },
	{ "SP-17", "a scope that is killed leaves nobody",
	  scope_that_is_killed_leaves_nobody, -EIO },
	{ "SP-17", "a scope in a region leaves nobody",
	  scope_in_a_region_leaves_nobody, EG_MSEC },
	{ "SP-20", "spawned without a reference", detached_one_runs_on, 0 },
	{ "SP-20", "detached", detached_one_runs_on, 1 },
	{ "SP-20", "let go by its group", detached_one_runs_on, 2 },
};
CONFORMANCE(groups_outlive_no_member, group_cases)
