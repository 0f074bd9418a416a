/* SPDX-License-Identifier: MIT */
/*
 * EG_GROUP_FAIL_FAST: the first member that fails ends the others, and its
 * error is the group's. Without it, the error is only kept.
 */
#include "fiber_trace.h"

#include <string.h>

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strncat(log_text, line, sizeof(log_text) - strlen(log_text) - 1);
}

struct member {
	struct trace *trace;
	int64_t delay;
	int error;    /* what it fails with; 0: it does not */
	int when_cut; /* what it fails with if its sleep is cut short */
};

static void *sleep_and_fail(void *arg)
{
	struct member *m = arg;
	int r = eg_sleep(m->delay);

	if (r < 0) {
		trace_add(m->trace, 'x');
		egt_eq(r, -ECANCELED);
		return m->when_cut ? eg_fail(m->when_cut, m) : NULL;
	}
	trace_add(m->trace, 'f');
	return m->error ? eg_fail(m->error, m) : NULL;
}

static void spawn_members(eg_group *g, struct member *m, int n)
{
	for (int i = 0; i < n; i++)
		egt_eq(eg_group_spawn(g, sleep_and_fail, &m[i], NULL), 0);
}

EG_TEST(first_error_cancels_the_other_members, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		struct member m[4];
		int want, payload;
		const char *trace;
	} cases[] = {
		{ "one of four",
		  { { .delay = 4 },
		    { .delay = 5 },
		    { .delay = 2, .error = -EIO },
		    { .delay = 9 } },
		  -EIO,
		  2,
		  "fxxx" },
		{ "after some have ended",
		  { { .delay = 1 },
		    { .delay = 2 },
		    { .delay = 3, .error = -EIO },
		    { .delay = 9 } },
		  -EIO,
		  2,
		  "fffx" },
		{ "the first in time, not in line",
		  { { .delay = 9, .error = -E2BIG },
		    { .delay = 2, .error = -EPIPE },
		    { .delay = 4, .error = -EIO },
		    { .delay = 9 } },
		  -EPIPE,
		  1,
		  "fxxx" },
		{ "those cut short fail, too",
		  { { .delay = 2, .error = -EPIPE },
		    { .delay = 9, .when_cut = -EIO },
		    { .delay = 9, .when_cut = -ECANCELED },
		    { .delay = 9 } },
		  -EPIPE,
		  0,
		  "fxxx" },
		{ "none",
		  { { .delay = 1 },
		    { .delay = 2 },
		    { .delay = 3 },
		    { .delay = 4 } },
		  0,
		  -1,
		  "ffff" },
		{ "being cancelled is no failure",
		  { { .delay = 1, .error = -ECANCELED },
		    { .delay = 2 },
		    { .delay = 3 },
		    { .delay = 4 } },
		  0,
		  -1,
		  "ffff" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };
		void *payload = &t;
		struct member m[4];
		eg_group g;

		egt_case(cases[i].name);
		egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
		for (int k = 0; k < 4; k++) {
			m[k] = cases[i].m[k];
			m[k].trace = &t;
			m[k].delay *= EG_MSEC;
		}
		eg_set_log(catch_line, NULL);
		spawn_members(&g, m, 4);
		egt_eq(eg_group_wait(&g, EG_FOREVER), cases[i].want);
		eg_set_log(NULL, NULL);
		egt_str_eq(t.text, cases[i].trace);
		egt_eq(eg_group_count(&g), 0);
		egt_eq(eg_group_error(&g, &payload), cases[i].want);
		egt_ptr_eq(payload, cases[i].want ? (void *)&m[cases[i].payload]
						  : (void *)&t);
		/* It stays so. */
		egt_eq(eg_group_wait(&g, EG_NOW), cases[i].want);
		egt_eq(eg_group_done(&g), cases[i].want);
	}
}

/* The group has told of the first error; the second one nobody has seen. */
EG_TEST(only_the_first_error_is_the_groups)
{
	struct trace t = { .len = 0 };
	struct member m[] = {
		{ .trace = &t, .delay = EG_MSEC, .error = -EPIPE },
		{ .trace = &t, .delay = 1000 * EG_SEC, .when_cut = -EIO },
	};
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
	eg_set_log(catch_line, NULL);
	spawn_members(&g, m, 2);
	egt_eq(eg_group_wait(&g, EG_FOREVER), -EPIPE);
	settle();
	eg_set_log(NULL, NULL);
	egt_str_has(log_text, "failed with error 5,");
	egt_ptr_eq(strstr(log_text, "failed with error 32,"), NULL);
}

/* Who comes too late never runs, until the group is made anew. */
EG_TEST(members_of_a_failed_group_do_not_start)
{
	struct trace t = { .len = 0 };
	struct member bad = { .trace = &t, .error = -EIO };
	struct member good = { .trace = &t };
	eg_fiber *f;
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
	egt_eq(eg_group_spawn(&g, sleep_and_fail, &bad, NULL), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), -EIO);
	egt_str_eq(t.text, "f");
	spawn_members(&g, &good, 1);
	egt_eq(eg_spawn(&f, sleep_and_fail, &good), 0);
	egt_eq(eg_group_add(&g, f), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), -EIO);
	egt_str_eq(t.text, "f");
	egt_true(eg_fiber_is_done(f));
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
	spawn_members(&g, &good, 1);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	egt_str_eq(t.text, "ff");
}

EG_TEST(error_without_fail_fast_ends_nobody)
{
	struct trace t = { .len = 0 };
	struct member m[] = {
		{ .trace = &t, .delay = EG_MSEC, .error = -EIO },
		{ .trace = &t, .delay = 2 * EG_MSEC, .error = -EPIPE },
		{ .trace = &t, .delay = 3 * EG_MSEC },
	};
	void *payload = NULL;
	eg_group g;

	egt_eq(eg_group_init(&g), 0);
	eg_set_log(catch_line, NULL);
	spawn_members(&g, m, 3);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
	egt_str_eq(t.text, "fff");
	egt_eq(eg_group_error(&g, &payload), -EIO);
	egt_ptr_eq(payload, &m[0]);
	/* Reported, too, for nobody had to ask the group. */
	egt_str_has(log_text, "failed with error 5,");
	egt_str_has(log_text, "failed with error 32,");
	egt_eq(eg_group_done(&g), 0);
}

/* With several who wait, each is told. */
static void *wait_for_group(void *arg)
{
	return eg_fail(eg_group_wait(arg, EG_FOREVER), NULL);
}

EG_TEST(all_who_wait_get_the_error)
{
	struct trace t = { .len = 0 };
	struct member m = { .trace = &t, .delay = EG_MSEC, .error = -EIO };
	eg_fiber *f[3];
	eg_group g;

	egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
	spawn_members(&g, &m, 1);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_spawn(&f[i], wait_for_group, &g), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), -EIO);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_get(f[i], NULL, EG_FOREVER), -EIO);
		egt_eq(eg_detach(f[i]), 0);
	}
}
