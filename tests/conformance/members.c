/* SPDX-License-Identifier: MIT */
/*
 * Members that wait for their own group, that spawn others into it, or that
 * are in none: PL-01, PL-10, SP-20. The rest of groups is in groups.c.
 */
#include "conform_kit.h"

/* A member that writes a letter when it ends. */
struct member {
	eg_group *group;
	struct trace *trace;
	char letter;
	int64_t sleep;
	int woken;
	int more; /* spawns so many before it ends */
};

static void *be_member(void *arg)
{
	struct member *m = arg;

	m->woken = eg_sleep(m->sleep);
	trace_add(m->trace, m->letter);
	while (m->woken == 0 && m->more-- > 0)
		egt_eq(eg_group_spawn(m->group, be_member, m, NULL), 0);
	return NULL;
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

	egt_eq(eg_group_spawn(&group, be_member, &m, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(t.len, more + 1);
	egt_eq(eg_group_count(&group), 0);
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

static const struct conform member_cases[] = {
	{ "PL-01", "who comes meanwhile counts", who_comes_meanwhile_counts,
	  1 },
	{ "PL-01", "who comes meanwhile counts", who_comes_meanwhile_counts,
	  9 },
	{ "PL-10", "a member that waits for its group is refused",
	  member_that_waits_is_refused, 1 },
	{ "PL-10", "a member that ends its group is refused",
	  member_that_waits_is_refused, 0 },
	{ "SP-20", "spawned without a reference", detached_one_runs_on, 0 },
	{ "SP-20", "detached", detached_one_runs_on, 1 },
	{ "SP-20", "let go by its group", detached_one_runs_on, 2 },
};
CONFORMANCE(members_of_groups_and_of_none, member_cases)
