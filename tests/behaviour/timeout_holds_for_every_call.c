/* SPDX-License-Identifier: MIT */
/*
 * Generic waits (semantics, section 3: timing.py) on every call that can wait:
 * on time, early, an outer timeout not lost and told from the call's own, and
 * no wait at all. Being killed is cancel_interrupts_every_call.c's.
 */
#include "timeout_calls.h"

static void check_elapsed(int64_t start, int64_t want)
{
	int64_t elapsed = eg_now() - start;

	egt_le(want, elapsed);
	if (egt_is_sim())
		egt_eq(elapsed, want);
}

EG_TEST(every_call_times_out_on_time)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		int64_t start;

		call_rig_init(&r, c);
		for (int i = 0; i < 2; i++) {
			start = eg_now();
			egt_eq(c->call(&r, start + 3 * EG_MSEC),
			       at_deadline(c));
			check_elapsed(start, 3 * EG_MSEC);
		}
		call_rig_done(&r);
	}
}

static void *count(void *arg)
{
	++*(int *)arg;
	return NULL;
}

EG_TEST(no_call_waits_past_a_deadline_that_has_passed)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		static const int64_t past[] = { EG_NOW, 1, -1 };
		const unsigned gives_way = CALL_SLEEPS | CALL_GIVES_WAY;

		for (size_t i = 0; i < ARRAY_LEN(past); i++) {
			int runs = 0;
			struct call_rig r;
			int64_t start;

			call_rig_init(&r, c);
			egt_eq(eg_spawn(NULL, count, &runs), 0);
			start = eg_now();
			egt_eq(c->call(&r, past[i]), at_deadline(c));
			if (egt_is_sim())
				egt_eq(eg_now(), start);
			/* Sleeping gives way once; the others do not. */
			egt_eq(runs, c->flags & gives_way ? 1 : 0);
			egt_eq(eg_yield(), 0);
			call_rig_done(&r);
		}
	}
}

struct waking {
	const struct blocking_call *call;
	struct call_rig *rig;
};

static void *wake_later(void *arg)
{
	struct waking *w = arg;

	egt_eq(eg_sleep(EG_MSEC), 0);
	w->call->wake(w->rig);
	return NULL;
}

EG_TEST(every_call_returns_early)
{
	static const int64_t deadlines[] = { 10 * EG_SEC, EG_FOREVER };

	FOR_EACH_BLOCKING_CALL(c)
	{
		for (size_t i = 0; c->wake && i < ARRAY_LEN(deadlines); i++) {
			struct call_rig r;
			struct waking w = { c, &r };
			int64_t start;
			eg_fiber *f;

			call_rig_init(&r, c);
			egt_eq(eg_spawn(&f, wake_later, &w), 0);
			start = eg_now();
			egt_le(0, c->call(&r, eg_after(deadlines[i])));
			egt_le(EG_MSEC, eg_now() - start);
			if (egt_is_sim() && !(c->flags & CALL_LOOKS_AGAIN))
				check_elapsed(start, EG_MSEC);
			egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
			call_rig_done(&r);
		}
	}
}

EG_TEST(every_call_keeps_an_outer_timeout)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		int64_t start;
		eg_timeout t;
		struct call_rig r;

		call_rig_init(&r, c);
		start = eg_now();
		egt_eq(eg_timeout_begin(&t, start + 4 * EG_MSEC), 0);
		/* Its own, swallowed; then the outer one, twice. */
		egt_eq(c->call(&r, start + 2 * EG_MSEC), at_deadline(c));
		if (egt_is_sim())
			check_elapsed(start, 2 * EG_MSEC);
		egt_eq(c->call(&r, start + EG_SEC), -ETIMEDOUT);
		check_elapsed(start, 4 * EG_MSEC);
		egt_eq(c->call(&r, EG_FOREVER), -ETIMEDOUT);
		egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
		call_rig_done(&r);
	}
}

EG_TEST(every_call_passes_a_foreign_timeout)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		eg_timeout outer, inner;
		int64_t start;
		struct call_rig r;

		call_rig_init(&r, c);
		start = eg_now();
		egt_eq(eg_timeout_begin(&outer, start + 2 * EG_MSEC), 0);
		egt_eq(eg_timeout_begin(&inner, start + EG_SEC), 0);
		egt_eq(c->call(&r, EG_FOREVER), -ETIMEDOUT);
		check_elapsed(start, 2 * EG_MSEC);
		egt_eq(eg_timeout_end(&inner), 0);
		egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
		/* And it waits again, without the region. */
		start = eg_now();
		egt_eq(c->call(&r, start + EG_MSEC), at_deadline(c));
		check_elapsed(start, EG_MSEC);
		call_rig_done(&r);
	}
}

/* Whose it was is told by eg_timeout_end(), for the call only says "too late". */
EG_TEST(every_call_tells_its_own_deadline_from_a_region)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		static const struct {
			int64_t own, region;
			int want;
		} cases[] = {
			{ EG_MSEC, EG_SEC, 0 },
			{ EG_NOW, EG_SEC, 0 },
			{ EG_SEC, EG_MSEC, -ETIMEDOUT },
			{ EG_SEC, -EG_MSEC, -ETIMEDOUT },
		};

		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct call_rig r;
			eg_timeout t;
			int64_t own = cases[i].own;

			call_rig_init(&r, c);
			egt_eq(eg_timeout_begin(&t, eg_after(cases[i].region)),
			       0);
			egt_eq(c->call(&r, own ? eg_after(own) : EG_NOW),
			       cases[i].want ? -ETIMEDOUT : at_deadline(c));
			egt_eq(eg_timeout_end(&t), cases[i].want);
			call_rig_done(&r);
		}
	}
}

EG_TEST(every_call_is_shielded_from_an_outer_timeout)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		eg_timeout outer, shield;
		int64_t start;
		struct call_rig r;

		call_rig_init(&r, c);
		start = eg_now();
		egt_eq(eg_timeout_begin(&outer, start + EG_MSEC), 0);
		egt_eq(eg_shield_begin(&shield), 0);
		egt_eq(c->call(&r, start + 2 * EG_MSEC), at_deadline(c));
		check_elapsed(start, 2 * EG_MSEC);
		egt_eq(eg_shield_end(&shield), 0);
		egt_eq(c->call(&r, EG_FOREVER), -ETIMEDOUT);
		egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
		call_rig_done(&r);
	}
}
