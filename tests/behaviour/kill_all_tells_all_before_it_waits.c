/* SPDX-License-Identifier: MIT */
/*
 * eg_kill_all(): each is told once and in order, who has not started never
 * runs, and one deadline is for all (semantics SP-14).
 */
#include "fiber_trace.h"

struct victim {
	struct trace *trace;
	char letter;
	int64_t dies_for; /* how long its end takes; < 0: it lives on */
	int error;
};

static void *end_slowly(void *arg)
{
	struct victim *v = arg;
	eg_timeout shield;

	v->error = eg_sleep(EG_FOREVER);
	if (v->dies_for < 0) {
		egt_eq(eg_uncancel(), 1);
		v->error = eg_sleep(EG_FOREVER);
	}
	egt_eq(eg_shield_begin(&shield), 0);
	if (v->dies_for > 0)
		egt_eq(eg_sleep(v->dies_for), 0);
	egt_eq(eg_shield_end(&shield), 0);
	trace_add(v->trace, v->letter);
	return NULL;
}

static void spawn_victims(eg_fiber **f, struct victim *v, int n,
			  struct trace *t)
{
	for (int i = 0; i < n; i++) {
		v[i].trace = t;
		v[i].letter = (char)('a' + i % 26);
		egt_eq(eg_spawn(&f[i], end_slowly, &v[i]), 0);
	}
	egt_eq(eg_yield(), 0);
}

static void detach(eg_fiber **f, int n)
{
	for (int i = 0; i < n; i++)
		egt_eq(eg_detach(f[i]), 0);
}

EG_TEST(kill_all_ends_all_in_order)
{
	static const size_t counts[] = { 0, 1, 2, 16, 17, 50 };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct victim v[50] = { { .error = 0 } };
		struct trace t = { .len = 0 };
		eg_fiber *f[50];
		size_t n = counts[i];

		egt_casef("%zu", n);
		spawn_victims(f, v, (int)n, &t);
		egt_eq(eg_kill_all(f, n, -EPIPE, EG_FOREVER), 0);
		egt_eq(t.len, n);
		for (size_t k = 0; k < n; k++) {
			egt_eq(t.text[k], 'a' + (int)(k % 26));
			egt_eq(v[k].error, -EPIPE);
			egt_true(eg_fiber_is_done(f[k]));
		}
		/* All dead: at once. */
		egt_eq(eg_kill_all(f, n, -EPIPE, EG_FOREVER), 0);
		detach(f, (int)n);
	}
}

EG_TEST(kill_all_without_a_deadline_only_tells)
{
	struct victim v[3] = { { .error = 1 }, { .error = 1 }, { .error = 1 } };
	struct trace t = { .len = 0 };
	eg_fiber *f[3];

	spawn_victims(f, v, 3, &t);
	egt_eq(eg_kill_all(f, 3, -EPIPE, EG_NOW), 0);
	egt_str_eq(t.text, "");
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "abc");
	detach(f, 3);
}

EG_TEST(kill_all_counts_duplicates_once)
{
	struct victim v[2] = { { .error = 1 }, { .error = 1 } };
	struct trace t = { .len = 0 };
	eg_fiber *f[2], *many[5];

	spawn_victims(f, v, 2, &t);
	for (int i = 0; i < 5; i++)
		many[i] = f[i & 1];
	egt_eq(eg_kill_all(many, 5, -EPIPE, EG_FOREVER), 0);
	egt_str_eq(t.text, "ab");
	detach(f, 2);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

EG_TEST(kill_all_keeps_the_unstarted_from_running)
{
	struct trace t = { .len = 0 };
	struct victim v = { .error = 1 };
	eg_fiber *f[4];

	spawn_victims(f, &v, 1, &t);
	egt_eq(eg_spawn(&f[1], must_not_run, NULL), 0);
	egt_eq(eg_spawn_later(&f[2], must_not_run, NULL, EG_FOREVER), 0);
	egt_eq(eg_spawn_later(&f[3], must_not_run, NULL, eg_after(EG_SEC)), 0);
	egt_eq(eg_kill_all(f, 4, -ECANCELED, EG_FOREVER), 0);
	egt_str_eq(t.text, "a");
	for (int i = 1; i < 4; i++)
		egt_eq(eg_get(f[i], NULL, EG_NOW), -ECANCELED);
	detach(f, 4);
}

/* One deadline for all, unlike a kill of each; the others have ended. */
EG_TEST(kill_all_times_out_for_who_lives_on, .backends = EGT_SIM)
{
	struct victim v[3] = { { .dies_for = EG_MSEC },
			       { .dies_for = -1 },
			       { .dies_for = 2 * EG_MSEC } };
	struct trace t = { .len = 0 };
	int64_t start = eg_now();
	eg_fiber *f[3];

	spawn_victims(f, v, 3, &t);
	egt_eq(eg_kill_all(f, 3, -EPIPE, start + 5 * EG_MSEC), -ETIMEDOUT);
	egt_eq(eg_now(), start + 5 * EG_MSEC);
	egt_str_eq(t.text, "ac");
	egt_eq(eg_kill_all(f, 3, -EIO, EG_FOREVER), 0);
	egt_eq(v[1].error, -EIO);
	detach(f, 3);
}

EG_TEST(kill_all_obeys_a_region)
{
	struct victim v = { .dies_for = -1 };
	struct trace t = { .len = 0 };
	eg_timeout region;
	eg_fiber *f;

	spawn_victims(&f, &v, 1, &t);
	egt_eq(eg_timeout_begin(&region, eg_after(EG_MSEC)), 0);
	egt_eq(eg_kill_all(&f, 1, -EPIPE, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
	egt_eq(eg_kill_all(&f, 1, -EPIPE, EG_FOREVER), 0);
	detach(&f, 1);
}

struct crowd {
	eg_fiber *f[3];
	int result;
};

static void *kill_all_of_us(void *arg)
{
	struct crowd *c = arg;

	c->result = eg_kill_all(c->f, 3, -EPIPE, EG_FOREVER);
	return NULL;
}

/* With oneself among them, all are told; who kills meets it here. */
EG_TEST(kill_all_may_include_oneself)
{
	struct victim v[2] = { { .error = 1 }, { .error = 1 } };
	struct trace t = { .len = 0 };
	struct crowd c = { .result = 1 };

	spawn_victims(c.f, v, 2, &t);
	egt_eq(eg_spawn(&c.f[2], kill_all_of_us, &c), 0);
	egt_eq(eg_join_all(c.f, 3, 0, NULL, EG_FOREVER, 0), 3);
	egt_eq(c.result, -EPIPE);
	egt_eq(v[0].error, -EPIPE);
	egt_eq(v[1].error, -EPIPE);
	detach(c.f, 3);
}
