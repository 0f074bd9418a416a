/* SPDX-License-Identifier: MIT */
/*
 * EG_GROUP_INHERIT: members keep the deadlines of the regions in which they
 * were spawned. Without it they know none.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>

struct member {
	int64_t sleeps;
	int result;
	int64_t elapsed;
	void *value;
};

static void *sleep_and_note(void *arg)
{
	struct member *m = arg;
	int64_t start = eg_now();

	m->result = eg_sleep(m->sleeps);
	m->elapsed = eg_now() - start;
	return m;
}

static void check(const struct member *m, int result, int64_t elapsed)
{
	egt_eq(m->result, result);
	egt_le(elapsed, m->elapsed);
	if (egt_is_sim())
		egt_eq(m->elapsed, elapsed);
}

EG_TEST(members_inherit_the_nearest_deadline, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		uint32_t flags;
		int64_t outer, inner, sleeps;
		int result;
		int64_t elapsed;
	} cases[] = {
		{ "outer", EG_GROUP_INHERIT, 2, 9, 5, -ETIMEDOUT, 2 },
		{ "inner", EG_GROUP_INHERIT, 9, 3, 5, -ETIMEDOUT, 3 },
		{ "neither", EG_GROUP_INHERIT, 9, 8, 5, 0, 5 },
		{ "not asked for", 0, 2, 3, 5, 0, 5 },
		{ "both flags", EG_GROUP_INHERIT | EG_GROUP_FAIL_FAST, 2, 9, 5,
		  -ETIMEDOUT, 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct member m = { .sleeps = cases[i].sleeps * EG_MSEC };
		int64_t now = eg_now();
		eg_timeout outer, inner;
		eg_group g;

		egt_case(cases[i].name);
		egt_eq(eg_group_init_with(&g, cases[i].flags), 0);
		egt_eq(eg_timeout_begin(&outer, now + cases[i].outer * EG_MSEC),
		       0);
		egt_eq(eg_timeout_begin(&inner, now + cases[i].inner * EG_MSEC),
		       0);
		egt_eq(eg_group_spawn(&g, sleep_and_note, &m, NULL), 0);
		egt_eq(eg_timeout_end(&inner), 0);
		egt_eq(eg_timeout_end(&outer), 0);
		egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
		/* The deadline is absolute: its clock began with the region. */
		check(&m, cases[i].result, cases[i].elapsed * EG_MSEC);
	}
}

EG_TEST(members_without_a_region_inherit_nothing)
{
	struct member m = { .sleeps = EG_MSEC };
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT), 0);
	egt_eq(eg_group_spawn(&g, sleep_and_note, &m, NULL), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	check(&m, 0, EG_MSEC);
}

/* What it inherits goes on to its own members. */
static void *spawn_below(void *arg)
{
	struct member *m = arg;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT), 0);
	egt_eq(eg_group_spawn(&g, sleep_and_note, m, NULL), 0);
	m->value = m;
	egt_eq(eg_group_wait(&g, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_group_done(&g), 0);
	return NULL;
}

EG_TEST(deadlines_are_inherited_through_generations)
{
	struct member m = { .sleeps = EG_SEC };
	eg_timeout t;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT), 0);
	egt_eq(eg_timeout_begin(&t, eg_after(2 * EG_MSEC)), 0);
	egt_eq(eg_group_spawn(&g, spawn_below, &m, NULL), 0);
	egt_eq(eg_timeout_end(&t), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	check(&m, -ETIMEDOUT, egt_is_sim() ? 2 * EG_MSEC : 0);
	egt_ptr_eq(m.value, &m);
}

/* It is a region like any other: a shield holds it off. */
static void *sleep_shielded(void *arg)
{
	eg_timeout shield;
	void *result;

	egt_eq(eg_shield_begin(&shield), 0);
	result = sleep_and_note(arg);
	egt_eq(eg_shield_end(&shield), 0);
	return result;
}

EG_TEST(inherited_deadline_stops_at_a_shield)
{
	struct member m = { .sleeps = 4 * EG_MSEC };
	eg_timeout t;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT), 0);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_group_spawn(&g, sleep_shielded, &m, NULL), 0);
	egt_eq(eg_timeout_end(&t), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	check(&m, 0, 4 * EG_MSEC);
}

/* Its error and its value are its own, under a deadline or not. */
static void *fail_in_time(void *arg)
{
	return eg_fail(-EIO, arg);
}

EG_TEST(member_under_a_deadline_fails_as_any_other)
{
	void *payload = NULL;
	int detail;
	eg_timeout t;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT | EG_GROUP_FAIL_FAST),
	       0);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_SEC)), 0);
	egt_eq(eg_group_spawn(&g, fail_in_time, &detail, NULL), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), -EIO);
	egt_eq(eg_timeout_end(&t), 0);
	egt_eq(eg_group_error(&g, &payload), -EIO);
	egt_ptr_eq(payload, &detail);
}

static void spawn_in_hub(void *arg)
{
	static struct member m;

	egt_eq(eg_group_spawn(arg, sleep_and_note, &m, NULL), 0);
}

/* The hub has no regions. */
EG_TEST(members_spawned_by_the_hub_inherit_nothing)
{
	eg_callback c;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_INHERIT), 0);
	egt_eq(eg_callback_init(&c, spawn_in_hub, &g), 0);
	egt_eq(eg_callback_queue(&c), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_group_count(&g), 1);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
}
