/* SPDX-License-Identifier: MIT */
/*
 * Errors that nobody asks for, and those of the whole program: SP-06, HB-16 to
 * HB-18 and EH-14.
 */
#include "conform_kit.h"

struct reports {
	int count, last;
	void *payload;
};

static void count_report(const eg_error_info *info, void *arg)
{
	struct reports *r = arg;

	r->count++;
	r->last = info->error;
	r->payload = info->payload;
}

static void *fail_with(void *arg)
{
	return eg_fail((int)(intptr_t)arg, arg);
}

static void *fail_system_with(void *arg)
{
	return eg_fail_system((int)(intptr_t)arg, arg);
}

static eg_fiber *failing(long error)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fail_with, (void *)(intptr_t)error), 0);
	return f;
}

static void count_into(struct reports *r)
{
	*r = (struct reports){ .count = 0 };
	egt_eq(eg_set_error_handler(count_report, r), 0);
}

static void check_reports(struct reports *r, int count, int error)
{
	settle();
	egt_eq(r->count, count);
	if (count) {
		egt_eq(r->last, error);
		egt_ptr_eq(r->payload, (void *)(intptr_t)error);
	}
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
}

static void reported_if_nobody_asks(long error)
{
	bool is_failure = error && error != -ECANCELED;
	struct reports r;

	count_into(&r);
	eg_unref(failing(error));
	check_reports(&r, is_failure, (int)error);
}

static void reported_once_the_last_reference_goes(long references)
{
	struct reports r;
	eg_fiber *f;

	count_into(&r);
	f = failing(-EIO);
	for (long i = 1; i < references; i++)
		eg_ref(f);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	for (long i = 1; i < references; i++)
		eg_unref(f);
	settle();
	egt_eq(r.count, 0);
	eg_unref(f);
	check_reports(&r, 1, -EIO);
}

static void note_link(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	++*(int *)arg;
}

enum { BY_GET, BY_ERROR, BY_LINK, BY_RAISE, BY_GROUP };

static void not_reported_if_somebody_asks(long how)
{
	struct reports r;
	eg_group g;
	eg_link l;
	eg_fiber *f;
	int links = 0;

	count_into(&r);
	f = failing(-EIO);
	if (how == BY_GET)
		egt_eq(eg_get(f, NULL, EG_FOREVER), -EIO);
	if (how == BY_LINK)
		egt_eq(eg_fiber_link(f, &l, note_link, &links, EG_LINK_ERROR),
		       0);
	if (how == BY_RAISE)
		egt_eq(eg_join_all(&f, 1, 1, NULL, EG_FOREVER, EG_JOIN_RAISE),
		       -EIO);
	if (how == BY_GROUP) {
		egt_eq(eg_group_init_with(&g, EG_GROUP_FAIL_FAST), 0);
		egt_eq(eg_group_add(&g, f), 0);
		egt_eq(eg_group_wait(&g, EG_FOREVER), -EIO);
	}
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	if (how == BY_ERROR)
		egt_eq(eg_fiber_error(f, NULL), -EIO);
	settle();
	egt_eq(links, how == BY_LINK);
	eg_unref(f);
	check_reports(&r, 0, 0);
}

/* Waiting for it is not asking, nor is taking its result. */
static void reported_though_waited_for(long is_joined)
{
	struct reports r;
	eg_fiber *f;

	count_into(&r);
	f = failing(-EPIPE);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	if (is_joined)
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	else
		eg_unref(f);
	check_reports(&r, 1, -EPIPE);
}

static void each_is_reported(long n)
{
	struct reports r;

	count_into(&r);
	for (long i = 0; i < n; i++)
		eg_unref(failing(-1 - i));
	check_reports(&r, (int)n, -(int)n);
}

/* The handler is the hub's, and may be changed at any time. */
static void last_handler_counts(long changes)
{
	struct reports r[3] = { { .count = 0 } };

	for (long i = 0; i < changes; i++)
		egt_eq(eg_set_error_handler(count_report, &r[i % 3]), 0);
	eg_unref(failing(-EIO));
	check_reports(&r[(changes - 1) % 3], 1, -EIO);
	egt_eq(r[0].count + r[1].count + r[2].count, 1);
}

static void main_is_told_and_may_go_on(long error)
{
	struct reports r;

	count_into(&r);
	egt_eq(eg_spawn(NULL, fail_system_with, (void *)(intptr_t)error), 0);
	egt_eq(eg_sleep(EG_FOREVER), error);
	egt_eq(eg_sleep(EG_USEC), error);
	egt_true(eg_cancelled());
	egt_eq(eg_uncancel(), 1);
	egt_eq(eg_sleep(EG_USEC), 0);
	check_reports(&r, error != -ECANCELED, (int)error);
}

static int wait_event(void *event, int64_t deadline)
{
	return eg_event_wait(event, deadline);
}

/* Who waits beside main goes on waiting. */
static void others_are_not_told(long n)
{
	struct act a[8] = { { .trace = NULL } };
	eg_event event = { 0 };
	eg_fiber *f;

	act_begin_all(a, (int)n, wait_event, &event, NULL);
	egt_eq(eg_spawn(&f, fail_system_with, (void *)(intptr_t)-EIO), 0);
	egt_eq(eg_sleep(EG_FOREVER), -EIO);
	egt_eq(eg_uncancel(), 1);
	for (long i = 0; i < n; i++)
		egt_eq(a[i].result, ACT_WAITS);
	egt_eq(eg_event_set(&event), n);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(eg_get(f, NULL, EG_FOREVER), -EIO);
	eg_unref(f);
}

/* Behind a shield, main finishes first. */
static void main_is_told_after_its_shield(long error)
{
	eg_timeout shield;
	eg_fiber *f;

	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_spawn(&f, fail_system_with, (void *)(intptr_t)error), 0);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_get(f, NULL, EG_FOREVER), error);
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(eg_sleep(EG_USEC), error);
	egt_eq(eg_uncancel(), 1);
	eg_unref(f);
}

static const struct conform cases[] = {
	{ "SP-06", "reported", reported_if_nobody_asks, -EIO },
	{ "SP-06", "reported, the last errno", reported_if_nobody_asks, -4095 },
	{ "SP-06", "reported, too late", reported_if_nobody_asks, -ETIMEDOUT },
	{ "SP-06", "one reference", reported_once_the_last_reference_goes, 1 },
	{ "SP-06", "several references", reported_once_the_last_reference_goes,
	  5 },
	{ "SP-06", "waited for", reported_though_waited_for, 0 },
	{ "SP-06", "joined", reported_though_waited_for, 1 },
	{ "SP-06", "got", not_reported_if_somebody_asks, BY_GET },
	{ "SP-06", "asked", not_reported_if_somebody_asks, BY_ERROR },
	{ "SP-06", "linked", not_reported_if_somebody_asks, BY_LINK },
	{ "SP-06", "raised", not_reported_if_somebody_asks, BY_RAISE },
	{ "SP-06", "a group's", not_reported_if_somebody_asks, BY_GROUP },
	{ "HB-16", "one", each_is_reported, 1 },
	{ "HB-16", "each", each_is_reported, 100 },
	{ "HB-16", "the hub's handler", last_handler_counts, 1 },
	{ "HB-16", "the last handler", last_handler_counts, 3 },
	{ "HB-16", "the last handler, again", last_handler_counts, 5 },
	{ "HB-17", "main is told", main_is_told_and_may_go_on, -EIO },
	{ "HB-17", "main is told, as by a cancel", main_is_told_and_may_go_on,
	  -ECANCELED },
	{ "HB-17", "behind a shield", main_is_told_after_its_shield, -EIO },
	{ "HB-17", "others are not told", others_are_not_told, 0 },
	{ "EH-14", "others are not told", others_are_not_told, 8 },
	{ "HB-18", "cancelled is no failure", reported_if_nobody_asks,
	  -ECANCELED },
};

CONFORMANCE(errors_of_fibers, cases)
