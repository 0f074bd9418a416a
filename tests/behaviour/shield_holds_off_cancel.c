/* SPDX-License-Identifier: MIT */
/*
 * Shields: cancelling and outer timeouts wait until the last shield ends; an
 * inner deadline holds. Order of ending is checked.
 */
#include "fiber_trace.h"

struct work {
	eg_event *event;
	int shields;
	int inside;  /* what the shielded wait returned */
	int outside; /* what the first wait after it returned */
	bool was_cancelled;
};

static void *work_shielded(void *arg)
{
	struct work *w = arg;
	eg_timeout shield[3];

	for (int i = 0; i < w->shields; i++)
		egt_eq(eg_shield_begin(&shield[i]), 0);
	w->inside = eg_event_wait(w->event, EG_FOREVER);
	w->was_cancelled = eg_cancelled();
	for (int i = w->shields - 1; i > 0; i--) {
		egt_eq(eg_shield_end(&shield[i]), 0);
		egt_eq(eg_sleep(EG_USEC), 0);
	}
	egt_eq(eg_shield_end(&shield[0]), 0);
	w->outside = eg_event_wait(w->event, EG_NOW);
	egt_eq(w->outside, 0);
	w->outside = eg_sleep(EG_USEC);
	return NULL;
}

EG_TEST(a_shielded_wait_goes_on_when_cancelled)
{
	for (int shields = 1; shields <= 3; shields++) {
		eg_event event = { 0 };
		struct work w = { .event = &event, .shields = shields };
		eg_fiber *f;

		egt_casef("%d shields", shields);
		egt_eq(eg_spawn(&f, work_shielded, &w), 0);
		settle();
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_eq(eg_event_set(&event), 1);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(w.inside, 0);
		egt_eq(w.outside, -ECANCELED);
		egt_true(w.was_cancelled);
	}
}

static void *shield_while_cancelled(void *arg)
{
	eg_timeout shield, timeout;

	egt_eq(eg_cancel(eg_self()), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_sleep(0), 0);
	egt_eq(eg_timeout_begin(&timeout, eg_after(EG_MSEC)), 0);
	egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(eg_sleep(EG_USEC), -ECANCELED);
	return arg;
}

EG_TEST(a_shield_opened_after_the_cancel_holds_too)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, shield_while_cancelled, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(a_shield_hides_outer_timeouts_and_keeps_inner_ones)
{
	eg_timeout outer, shield, inner;
	int64_t start = eg_now();

	egt_eq(eg_timeout_begin(&outer, start + EG_MSEC), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(5 * EG_MSEC), 0);
	egt_le(5 * EG_MSEC, eg_now() - start);
	egt_eq(eg_timeout_begin(&inner, eg_after(EG_MSEC)), 0);
	egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&inner), -ETIMEDOUT);
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&outer), -ETIMEDOUT);
	egt_eq(eg_sleep(EG_USEC), 0);
}

EG_TEST(regions_end_in_reverse_order_only)
{
	eg_timeout a, b, c;

	egt_eq(eg_shield_begin(&a), 0);
	egt_eq(eg_timeout_begin(&b, EG_FOREVER), 0);
	egt_eq(eg_shield_begin(&c), 0);
	egt_eq(eg_shield_end(&a), -EINVAL);
	egt_eq(eg_timeout_end(&b), -EINVAL);
	/* Each by its own call. */
	egt_eq(eg_timeout_end(&c), -EINVAL);
	egt_eq(eg_shield_end(&c), 0);
	egt_eq(eg_shield_end(&c), -EINVAL);
	egt_eq(eg_shield_end(&b), -EINVAL);
	egt_eq(eg_timeout_end(&b), 0);
	egt_eq(eg_shield_end(&a), 0);
	egt_eq(eg_shield_end(&a), -EINVAL);
	egt_eq(eg_timeout_end(&a), -EINVAL);
}

static void *end_of_another(void *arg)
{
	egt_eq(eg_shield_end(arg), -EINVAL);
	egt_eq(eg_timeout_end(arg), -EINVAL);
	return NULL;
}

EG_TEST(a_region_is_ended_by_its_own_fiber)
{
	eg_timeout shield;
	eg_fiber *f;

	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_spawn(&f, end_of_another, &shield), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
}
