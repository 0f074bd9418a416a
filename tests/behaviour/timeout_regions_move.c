/* SPDX-License-Identifier: MIT */
/*
 * Moving the deadline of an open region, asking whether it has passed, and a
 * function in a region (semantics TM-02, TM-05, TM-07).
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>

#define NONE EG_FOREVER

static int64_t at(int64_t start, int64_t ms)
{
	return ms == NONE ? EG_FOREVER : start + ms * EG_MSEC;
}

/* Three regions, one is moved; then a sleep of 20 ms. */
EG_TEST(moved_region_counts_like_one_opened_so, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		int64_t open[3];
		int which;
		int64_t to, want_ms;
		int want, ends[3]; /* outermost first */
	} cases[] = {
		{ "innermost, inwards",
		  { NONE, NONE, 9 },
		  2,
		  3,
		  3,
		  -ETIMEDOUT,
		  { 0, 0, -ETIMEDOUT } },
		{ "innermost, outwards",
		  { NONE, NONE, 3 },
		  2,
		  9,
		  9,
		  -ETIMEDOUT,
		  { 0, 0, -ETIMEDOUT } },
		{ "innermost, beyond the middle",
		  { NONE, 5, 3 },
		  2,
		  9,
		  5,
		  -ETIMEDOUT,
		  { 0, -ETIMEDOUT, 0 } },
		{ "innermost, away",
		  { NONE, NONE, 3 },
		  2,
		  NONE,
		  20,
		  0,
		  { 0, 0, 0 } },
		{ "outermost, inwards",
		  { 15, 12, 9 },
		  0,
		  3,
		  3,
		  -ETIMEDOUT,
		  { -ETIMEDOUT, 0, 0 } },
		{ "outermost, outwards",
		  { 3, 12, 9 },
		  0,
		  15,
		  9,
		  -ETIMEDOUT,
		  { 0, 0, -ETIMEDOUT } },
		{ "outermost, away",
		  { 3, NONE, NONE },
		  0,
		  NONE,
		  20,
		  0,
		  { 0, 0, 0 } },
		{ "middle, inwards",
		  { 15, 12, 9 },
		  1,
		  3,
		  3,
		  -ETIMEDOUT,
		  { 0, -ETIMEDOUT, 0 } },
		{ "middle, outwards",
		  { 15, 3, 9 },
		  1,
		  12,
		  9,
		  -ETIMEDOUT,
		  { 0, 0, -ETIMEDOUT } },
		{ "middle, beyond all",
		  { 5, 3, 9 },
		  1,
		  NONE,
		  5,
		  -ETIMEDOUT,
		  { -ETIMEDOUT, 0, 0 } },
		{ "to the past",
		  { 15, 12, 9 },
		  1,
		  -1,
		  0,
		  -ETIMEDOUT,
		  { 0, -ETIMEDOUT, 0 } },
		{ "to the same",
		  { 15, 4, 9 },
		  1,
		  4,
		  4,
		  -ETIMEDOUT,
		  { 0, -ETIMEDOUT, 0 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t start = eg_now();
		eg_timeout t[3];

		egt_case(cases[i].name);
		for (int k = 0; k < 3; k++)
			egt_eq(eg_timeout_begin(&t[k],
						at(start, cases[i].open[k])),
			       0);
		egt_eq(eg_timeout_move(&t[cases[i].which],
				       at(start, cases[i].to)),
		       0);
		egt_eq(eg_sleep(20 * EG_MSEC), cases[i].want);
		egt_eq(eg_now() - start, cases[i].want_ms * EG_MSEC);
		for (int k = 0; k < 3; k++)
			egt_eq(eg_timeout_has_passed(&t[k]),
			       cases[i].ends[k] != 0);
		for (int k = 2; k >= 0; k--)
			egt_eq(eg_timeout_end(&t[k]), cases[i].ends[k]);
		/* And nothing of it stays. */
		egt_eq(eg_sleep(EG_MSEC), 0);
	}
}

/* Taken back after it has passed: no call fails for it any more. */
EG_TEST(region_that_has_passed_may_be_moved)
{
	int64_t start = eg_now();
	eg_timeout t, inner;

	egt_eq(eg_timeout_begin(&t, start + EG_MSEC), 0);
	egt_eq(eg_timeout_begin(&inner, EG_FOREVER), 0);
	egt_true(!eg_timeout_has_passed(&t));
	egt_eq(eg_sleep(1000 * EG_SEC), -ETIMEDOUT);
	egt_true(eg_timeout_has_passed(&t));
	egt_true(!eg_timeout_has_passed(&inner));
	egt_eq(eg_timeout_move(&t, EG_FOREVER), 0);
	egt_true(!eg_timeout_has_passed(&t));
	egt_eq(eg_sleep(EG_MSEC), 0);
	/* And again: it is an ordinary one. */
	egt_eq(eg_timeout_move(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_sleep(1000 * EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&inner), 0);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
}

/* A shield in between holds off what is outside of it, moved or not. */
EG_TEST(moving_a_region_does_not_reach_behind_a_shield)
{
	eg_timeout outer, shield, inner;
	int64_t start = eg_now();

	egt_eq(eg_timeout_begin(&outer, EG_FOREVER), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_timeout_begin(&inner, start + 1000 * EG_SEC), 0);
	egt_eq(eg_timeout_move(&outer, EG_NOW), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_timeout_move(&inner, eg_after(EG_MSEC)), 0);
	egt_eq(eg_sleep(1000 * EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&inner), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(eg_sleep(1000 * EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
}

EG_TEST(open_region_is_not_opened_again)
{
	eg_timeout t[2], shield;

	egt_eq(eg_timeout_begin(&t[0], EG_FOREVER), 0);
	egt_eq(eg_timeout_begin(&t[0], EG_NOW), -EALREADY);
	egt_eq(eg_timeout_begin(&t[1], EG_FOREVER), 0);
	egt_eq(eg_timeout_begin(&t[0], EG_NOW), -EALREADY);
	egt_eq(eg_timeout_begin(&t[1], EG_NOW), -EALREADY);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_timeout_begin(&t[0], EG_NOW), -EALREADY);
	egt_eq(eg_shield_end(&shield), 0);
	/* Refused, it has changed nothing. */
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_timeout_end(&t[1]), 0);
	egt_eq(eg_timeout_begin(&t[1], EG_NOW), 0);
	egt_eq(eg_timeout_end(&t[1]), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t[0]), 0);
}

static void *touch_foreign(void *arg)
{
	eg_timeout *t = arg;

	egt_eq(eg_timeout_move(t, EG_NOW), -EINVAL);
	egt_true(!eg_timeout_has_passed(t));
	egt_eq(eg_timeout_end(t), -EINVAL);
	return NULL;
}

EG_TEST(region_of_another_fiber_cannot_be_moved)
{
	eg_timeout t;
	eg_fiber *f;

	egt_eq(eg_timeout_begin(&t, eg_after(1000 * EG_SEC)), 0);
	egt_eq(eg_spawn(&f, touch_foreign, &t), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_timeout_end(&t), 0);
}

struct call {
	int64_t sleeps; /* in it; < 0: not at all */
	int64_t within; /* a region inside, or NONE */
	int returns;	/* 0: what the sleep returned */
};

static int sleep_within(void *arg)
{
	const struct call *c = arg;
	eg_timeout t;
	int r = 0;

	if (c->within != NONE)
		egt_eq(eg_timeout_begin(&t, eg_after(c->within * EG_MSEC)), 0);
	if (c->sleeps >= 0)
		r = eg_sleep(c->sleeps * EG_MSEC);
	if (c->within != NONE)
		eg_timeout_end(&t);
	return c->returns ? c->returns : r;
}

enum { VALUE = 77 };

EG_TEST(with_timeout_tells_its_own_from_others, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		int64_t outer, own;
		struct call call;
		int want, outer_end;
	} cases[] = {
		{ "in time", NONE, 5, { 2, NONE, 0 }, 0, 0 },
		{ "no deadline", NONE, NONE, { 2, NONE, 0 }, 0, 0 },
		{ "its own", NONE, 2, { 5, NONE, 0 }, VALUE, 0 },
		{ "over before", NONE, -1, { 5, NONE, 0 }, VALUE, 0 },
		{ "nothing to wait for", NONE, -1, { -1, NONE, 3 }, 3, 0 },
		{ "an outer one's",
		  2,
		  5,
		  { 9, NONE, 0 },
		  -ETIMEDOUT,
		  -ETIMEDOUT },
		{ "its own, before an outer one's",
		  5,
		  2,
		  { 9, NONE, 0 },
		  VALUE,
		  0 },
		{ "one inside it", NONE, 5, { 9, 2, 0 }, -ETIMEDOUT, 0 },
		{ "another error, too late",
		  NONE,
		  2,
		  { 5, NONE, -EIO },
		  -EIO,
		  0 },
		{ "a value, too late", NONE, 2, { 5, NONE, 4 }, 4, 0 },
		{ "of the function's own making",
		  NONE,
		  5,
		  { -1, NONE, -ETIMEDOUT },
		  -ETIMEDOUT,
		  0 },
		{ "both at once", 2, 2, { 5, NONE, 0 }, VALUE, -ETIMEDOUT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t start = eg_now();
		struct call c = cases[i].call;
		eg_timeout outer;

		egt_case(cases[i].name);
		egt_eq(eg_timeout_begin(&outer, at(start, cases[i].outer)), 0);
		egt_eq(eg_with_timeout(at(start, cases[i].own), sleep_within,
				       &c, VALUE),
		       cases[i].want);
		egt_eq(eg_timeout_end(&outer), cases[i].outer_end);
		egt_eq(eg_sleep(EG_MSEC), 0);
	}
}

static int nest(void *arg)
{
	int *depth = arg;

	if (--*depth == 0)
		return eg_sleep(EG_FOREVER);
	return eg_with_timeout(eg_after(*depth * EG_SEC), nest, depth, *depth);
}

/* Deep inside, the outermost deadline is the first: each level passes it. */
EG_TEST(with_timeout_passes_a_foreign_one_through_levels)
{
	int depth = 20;

	egt_eq(eg_with_timeout(eg_after(EG_MSEC), nest, &depth, VALUE), VALUE);
}

static void *with_timeout_killed(void *arg)
{
	struct call c = { 1000000, NONE, 0 };

	*(int *)arg = eg_with_timeout(eg_after(1000 * EG_SEC), sleep_within, &c,
				      VALUE);
	/* The region has been closed. */
	egt_eq(eg_uncancel(), 1);
	egt_eq(eg_sleep(EG_USEC), 0);
	return NULL;
}

EG_TEST(with_timeout_passes_a_kill)
{
	int result = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, with_timeout_killed, &result), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_FOREVER), 0);
	egt_eq(result, -EPIPE);
	egt_eq(eg_detach(f), 0);
}
