/* SPDX-License-Identifier: MIT */
/*
 * Regions with deadlines: which one ends a wait, what each eg_timeout_end()
 * says, and that an outer one is never lost (semantics TM-01 to TM-07).
 */
#include "fiber_trace.h"

#define NONE EG_FOREVER

EG_TEST(the_earliest_deadline_counts_and_is_known_at_the_end,
	.backends = EGT_SIM)
{
	static const struct {
		const char *name;
		int64_t outer, inner, sleep; /* ms from now, or NONE */
		int64_t want_ms;
		int want, want_inner, want_outer;
	} cases[] = {
		{ "none", NONE, NONE, 3, 3, 0, 0, 0 },
		{ "outer shorter", 2, 8, 9, 2, -ETIMEDOUT, 0, -ETIMEDOUT },
		{ "inner shorter", 8, 2, 9, 2, -ETIMEDOUT, -ETIMEDOUT, 0 },
		{ "the call shorter", 8, 8, 2, 2, 0, 0, 0 },
		{ "only outer", 2, NONE, 9, 2, -ETIMEDOUT, 0, -ETIMEDOUT },
		{ "only inner", NONE, 2, 9, 2, -ETIMEDOUT, -ETIMEDOUT, 0 },
		{ "both at once", 2, 2, 9, 2, -ETIMEDOUT, -ETIMEDOUT,
		  -ETIMEDOUT },
		{ "all at once", 2, 2, 2, 2, 0, -ETIMEDOUT, -ETIMEDOUT },
		{ "outer is over", -1, 5, 9, 0, -ETIMEDOUT, 0, -ETIMEDOUT },
		{ "inner is over", 5, -1, 9, 0, -ETIMEDOUT, -ETIMEDOUT, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t start = eg_now();
		eg_timeout outer, inner;

		egt_case(cases[i].name);
		egt_eq(eg_timeout_begin(&outer,
					cases[i].outer == NONE
						? EG_FOREVER
						: start + cases[i].outer *
								  EG_MSEC),
		       0);
		egt_eq(eg_timeout_begin(&inner,
					cases[i].inner == NONE
						? EG_FOREVER
						: start + cases[i].inner *
								  EG_MSEC),
		       0);
		egt_eq(eg_sleep(cases[i].sleep * EG_MSEC), cases[i].want);
		egt_eq(eg_now() - start, cases[i].want_ms * EG_MSEC);
		egt_eq(eg_timeout_end(&inner), cases[i].want_inner);
		egt_eq(eg_timeout_end(&outer), cases[i].want_outer);
	}
}

/* Swallowing the error does not help: the region is over. */
EG_TEST(an_expired_region_stays_expired)
{
	eg_event event = { 0 };
	eg_timeout timeout;

	egt_eq(eg_timeout_begin(&timeout, eg_after(EG_MSEC)), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_event_wait(&event, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_MSEC), -ETIMEDOUT);
	egt_eq(eg_sleep(0), -ETIMEDOUT);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_event_set(&event), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
	egt_eq(eg_sleep(0), 0);
}

/* A call that swallows -ETIMEDOUT of its own inner region. */
static int try_for(eg_event *event, int64_t duration)
{
	eg_timeout timeout;

	egt_eq(eg_timeout_begin(&timeout, eg_after(duration)), 0);
	eg_event_wait(event, EG_FOREVER);
	return eg_timeout_end(&timeout);
}

EG_TEST(an_outer_region_is_not_lost_in_an_inner_one, .backends = EGT_SIM)
{
	int64_t start = eg_now();
	eg_event event = { 0 };
	eg_timeout outer;

	egt_eq(eg_timeout_begin(&outer, start + 10 * EG_MSEC), 0);
	egt_eq(try_for(&event, 4 * EG_MSEC), -ETIMEDOUT);
	egt_eq(try_for(&event, 4 * EG_MSEC), -ETIMEDOUT);
	egt_eq(eg_now() - start, 8 * EG_MSEC);
	/* Not its own: the outer one is over first. */
	egt_eq(try_for(&event, 4 * EG_MSEC), 0);
	egt_eq(eg_now() - start, 10 * EG_MSEC);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
}

EG_TEST(ends_in_the_wrong_order_are_refused)
{
	eg_timeout outer, inner;

	egt_eq(eg_timeout_begin(&outer, EG_NOW), 0);
	egt_eq(eg_timeout_begin(&inner, EG_FOREVER), 0);
	egt_eq(eg_timeout_end(&outer), -EINVAL);
	egt_eq(eg_sleep(EG_MSEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&inner), 0);
	egt_eq(eg_timeout_end(&inner), -EINVAL);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_MSEC), 0);
}

static void *sleep_a_little(void *arg)
{
	*(int *)arg = eg_sleep(2 * EG_MSEC);
	return NULL;
}

EG_TEST(a_region_is_its_fibers_alone)
{
	eg_timeout timeout;
	eg_fiber *f;
	int r = 1;

	egt_eq(eg_timeout_begin(&timeout, EG_NOW), 0);
	egt_eq(eg_spawn(&f, sleep_a_little, &r), 0);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(r, 0);
}

/* Also when both have passed by the time of the call. */
EG_TEST(a_sleep_that_was_over_before_the_region_is_a_success)
{
	int64_t start = eg_now();
	eg_timeout timeout;

	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_timeout_begin(&timeout, start + 2), 0);
	egt_eq(eg_sleep_until(start + 1), 0);
	egt_eq(eg_sleep_until(start + 2), 0);
	egt_eq(eg_sleep_until(start + 3), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
}

/* A deadline that passes while nobody waits ends nothing that has succeeded. */
EG_TEST(success_wins_over_a_deadline_in_the_same_turn)
{
	eg_event event = { 0 };
	eg_timeout timeout;

	egt_eq(eg_event_set(&event), 0);
	egt_eq(eg_timeout_begin(&timeout, EG_NOW), 0);
	egt_eq(eg_event_wait(&event, EG_NOW), 0);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
}
