/* SPDX-License-Identifier: MIT */
/*
 * Spawning, states, and what is got of a fiber: SP-01 to SP-05, SP-19 to SP-21
 * and SP-23.
 */
#include "../behaviour/fiber_trace.h"
#include "conformance.h"

static void *return_it(void *arg)
{
	return arg;
}

static void *fail_with(void *arg)
{
	return eg_fail((int)(intptr_t)arg, arg);
}

static void *sleep_for(void *arg)
{
	return (void *)(intptr_t)eg_sleep((intptr_t)arg);
}

static void *as_ptr(long value)
{
	return (void *)(intptr_t)value;
}

static void spawned_run_in_order(long n)
{
	struct trace t = { .len = 0 };
	struct letter l[26];

	for (int i = 0; i < n; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		egt_eq(eg_spawn(NULL, write_letter, &l[i]), 0);
	}
	/* The caller goes on. */
	egt_eq(t.len, 0);
	egt_eq(eg_yield(), 0);
	egt_eq(t.len, n);
	for (int i = 0; i < n; i++)
		egt_eq(t.text[i], 'a' + i);
}

static void started_so_often_runs_once(long times)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'a' };
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, write_letter, &l, EG_FOREVER), 0);
	for (long i = 0; i < times; i++) {
		egt_eq(eg_start(f), 0);
		if (i & 1)
			egt_eq(eg_yield(), 0);
	}
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "a");
}

static void nothing_to_run_is_refused(long kind)
{
	eg_fiber *f = eg_self();

	egt_eq(kind == 0   ? eg_spawn(&f, NULL, NULL)
	       : kind == 1 ? eg_spawn_with(&f, NULL, NULL, NULL)
			   : eg_spawn_later(&f, NULL, NULL, EG_FOREVER),
	       -EINVAL);
	egt_ptr_eq(f, eg_self());
}

static void *note_now(void *arg)
{
	*(int64_t *)arg = eg_now();
	return NULL;
}

static void later_is_not_before(long delay)
{
	int64_t at = eg_after(delay), began = -1;
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, note_now, &began, at), 0);
	egt_true(!eg_fiber_is_done(f));
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_le(at, began);
	if (egt_is_sim())
		egt_eq(began, at);
}

static void later_in_order_of_time(long step)
{
	struct trace t = { .len = 0 };
	int64_t now = eg_now();
	struct letter l[5];
	eg_fiber *f[5];

	for (int i = 0; i < 5; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		egt_eq(eg_spawn_later(&f[i], write_letter, &l[i],
				      now + EG_MSEC + i * step),
		       0);
	}
	for (int i = 0; i < 5; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, step < 0 ? "edcba" : "abcde");
}

static void killed_before_its_time_never_runs(long error)
{
	int64_t began = -1;
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, note_now, &began, eg_after(1000 * EG_SEC)),
	       0);
	egt_eq(eg_kill(f, (int)error, EG_FOREVER), 0);
	egt_eq(began, -1);
	egt_eq(eg_get(f, NULL, EG_NOW), error);
	eg_unref(f);
}

/* Alive in each of its states until it has ended. */
static void state_is_told(long state)
{
	static const char *const names[] = { "new", "parked", "ready", "parked",
					     "dead" };
	eg_fiber_info info = { .size = sizeof(info) };
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, sleep_for, as_ptr(EG_USEC),
			      state == 1 ? EG_FOREVER : EG_NOW),
	       0);
	if (state == 1)
		goto look;
	if (state >= 2)
		egt_eq(eg_yield(), 0);
	if (state == 2)
		egt_eq(eg_kill(f, -EIO, EG_NOW), 0);
	if (state == 4)
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
look:
	egt_eq(eg_fiber_get_info(f, &info), 0);
	egt_str_eq(info.state, names[state]);
	egt_eq(eg_fiber_is_done(f), state == 4);
	egt_eq(eg_fiber_succeeded(f), state == 4);
	egt_eq(eg_start(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void success_is_not_failing(long error)
{
	bool is_success = !error || error == -ECANCELED;
	void *payload = &payload;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, error ? fail_with : return_it, as_ptr(error)), 0);
	egt_true(!eg_fiber_succeeded(f));
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	egt_eq(eg_fiber_succeeded(f), is_success);
	egt_eq(eg_fiber_error(f, &payload), error);
	egt_ptr_eq(payload, error ? as_ptr(error) : (void *)&payload);
	eg_unref(f);
}

static void get_gives_what_came(long error)
{
	void *value = &value;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, error ? fail_with : return_it, as_ptr(error)), 0);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_get(f, &value, EG_FOREVER), error);
		egt_ptr_eq(value, error ? (void *)&value : NULL);
	}
	egt_eq(eg_get(f, NULL, EG_NOW), error);
	eg_unref(f);
}

static void get_in_time(long deadline)
{
	void *value = &value;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_for, as_ptr(1000 * EG_SEC)), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_get(f, &value, deadline > 0 ? eg_after(deadline) : deadline),
	       -ETIMEDOUT);
	egt_ptr_eq(value, &value);
	/* Nothing of the wait is left behind. */
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	egt_eq(eg_get(f, &value, EG_NOW), 0);
	egt_ptr_eq(value, as_ptr(-ECANCELED));
	eg_unref(f);
}

static void join_passes_a_foreign_timeout(long own)
{
	eg_timeout t;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_for, as_ptr(1000 * EG_SEC)), 0);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_fiber_wait(f, own ? eg_after(own) : EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	eg_unref(f);
}

static void wait_never_returns_its_error(long error)
{
	void *value = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fail_with, as_ptr(error)), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	egt_eq(eg_fiber_wait(f, EG_NOW), 0);
	egt_eq(eg_fiber_error(f, NULL), error);
	egt_eq(eg_join(f, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, as_ptr(error));
}

struct getter {
	eg_fiber *fiber;
	int result;
};

static void *get_it(void *arg)
{
	struct getter *g = arg;

	g->result = eg_get(g->fiber, NULL, EG_FOREVER);
	return NULL;
}

static void so_many_get_one(long n)
{
	struct getter g[20];
	eg_fiber *f, *getters[20];

	egt_eq(eg_spawn_later(&f, fail_with, as_ptr(-EIO), EG_FOREVER), 0);
	for (int i = 0; i < n; i++) {
		g[i] = (struct getter){ f, 1 };
		egt_eq(eg_spawn(&getters[i], get_it, &g[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_start(f), 0);
	for (int i = 0; i < n; i++) {
		egt_eq(eg_join(getters[i], NULL, EG_FOREVER), 0);
		egt_eq(g[i].result, -EIO);
	}
	egt_eq(eg_get(f, NULL, EG_FOREVER), -EIO);
	eg_unref(f);
}

static void cancelled_only_if_unstarted(long has_run)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_for, as_ptr(EG_MSEC)), 0);
	if (has_run)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel_unstarted(f), !has_run);
	egt_eq(eg_get(f, NULL, EG_FOREVER), has_run ? 0 : -ECANCELED);
	egt_eq(eg_cancel_unstarted(f), 0);
	eg_unref(f);
}

static const struct conform cases[] = {
	{ "SP-01", "spawned ones run in order", spawned_run_in_order, 1 },
	{ "SP-01", "spawned ones run in order", spawned_run_in_order, 26 },
	{ "SP-01", "started once", started_so_often_runs_once, 1 },
	{ "SP-01", "started twice runs once", started_so_often_runs_once, 2 },
	{ "SP-01", "started often runs once", started_so_often_runs_once, 9 },
	{ "SP-01", "no function", nothing_to_run_is_refused, 0 },
	{ "SP-01", "no function", nothing_to_run_is_refused, 1 },
	{ "SP-01", "no function", nothing_to_run_is_refused, 2 },
	{ "SP-02", "starts at its time", later_is_not_before, 1 },
	{ "SP-02", "starts at its time", later_is_not_before, EG_MSEC },
	{ "SP-02", "starts at its time", later_is_not_before, EG_MSEC + 1 },
	{ "SP-02", "never runs if killed before",
	  killed_before_its_time_never_runs, -ECANCELED },
	{ "SP-02", "never runs if killed before",
	  killed_before_its_time_never_runs, -EIO },
	{ "SP-03", "new", state_is_told, 0 },
	{ "SP-03", "waits for its start", state_is_told, 1 },
	{ "SP-03", "ready", state_is_told, 2 },
	{ "SP-03", "parked", state_is_told, 3 },
	{ "SP-03", "dead", state_is_told, 4 },
	{ "SP-03", "success", success_is_not_failing, 0 },
	{ "SP-03", "failure", success_is_not_failing, -EIO },
	{ "SP-03", "failure, the last errno", success_is_not_failing, -4095 },
	{ "SP-03", "too late is a failure", success_is_not_failing,
	  -ETIMEDOUT },
	{ "SP-03", "cancelled is a success", success_is_not_failing,
	  -ECANCELED },
	{ "SP-04", "the value", get_gives_what_came, 0 },
	{ "SP-04", "the error", get_gives_what_came, -EIO },
	{ "SP-04", "the error", get_gives_what_came, -ECANCELED },
	{ "SP-04", "not ready, without a wait", get_in_time, EG_NOW },
	{ "SP-04", "not ready, in the past", get_in_time, -1 },
	{ "SP-04", "not ready in time", get_in_time, EG_MSEC },
	{ "SP-05", "a foreign timeout passes", join_passes_a_foreign_timeout,
	  0 },
	{ "SP-05", "a foreign timeout passes, before its own",
	  join_passes_a_foreign_timeout, EG_SEC },
	{ "SP-05", "a wait never returns the error",
	  wait_never_returns_its_error, -EIO },
	{ "SP-05", "a wait never returns the error",
	  wait_never_returns_its_error, -ECANCELED },
	{ "SP-19", "nobody else", so_many_get_one, 0 },
	{ "SP-19", "one more", so_many_get_one, 1 },
	{ "SP-19", "many", so_many_get_one, 20 },
	{ "SP-21", "in order of time", later_in_order_of_time, EG_USEC },
	{ "SP-21", "in order of time, backwards", later_in_order_of_time,
	  -EG_USEC },
	{ "SP-21", "of one time in the order of spawning",
	  later_in_order_of_time, 0 },
	{ "SP-23", "cancelled before it ran", cancelled_only_if_unstarted, 0 },
	{ "SP-23", "left alone after that", cancelled_only_if_unstarted, 1 },
};

CONFORMANCE(spawning, cases)
