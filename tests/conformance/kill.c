/* SPDX-License-Identifier: MIT */
/*
 * Killing one and killing many: SP-10 to SP-14 and SP-22.
 */
#include "conform_kit.h"

static int wait_event(void *event, int64_t deadline)
{
	return eg_event_wait(event, deadline);
}

static int take_unit(void *sem, int64_t deadline)
{
	return eg_sem_wait(sem, deadline);
}

static int sleep_long(void *unused, int64_t deadline)
{
	(void)unused;
	return eg_sleep_until(deadline);
}

static int wait_for_fiber(void *fiber, int64_t deadline)
{
	return eg_fiber_wait(fiber, deadline);
}

static int join_many(void *fiber, int64_t deadline)
{
	eg_fiber *f = fiber;

	return (int)eg_join_all(&f, 1, 0, NULL, deadline, 0);
}

static int be_idle(void *unused, int64_t deadline)
{
	(void)unused;
	return eg_idle(deadline);
}

/* Waits a second time, after the kill has been taken back. */
static int wait_again(void *event, int64_t deadline)
{
	int r = eg_event_wait(event, deadline);

	return eg_uncancel() == 1 ? eg_event_wait(event, deadline) : r;
}

static int wait_shielded(void *event, int64_t deadline)
{
	eg_timeout shield;
	int r;

	egt_eq(eg_shield_begin(&shield), 0);
	r = eg_event_wait(event, deadline);
	egt_eq(eg_shield_end(&shield), 0);
	return r;
}

struct thing {
	eg_event event;
	eg_sem sem;
};

static void killed_while_it_waits(long error)
{
	static act_fn *const calls[] = { wait_event, take_unit, sleep_long,
					 wait_for_fiber, join_many };
	struct thing thing = { .sem = { { 0 } } };
	void *objects[] = { &thing.event, &thing.sem, NULL, eg_self(),
			    eg_self() };

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct act a = { .trace = NULL };

		act_begin(&a, calls[i], objects[i]);
		egt_eq(a.result, ACT_WAITS);
		egt_eq(act_kill(&a, (int)error), error);
	}
}

static void killed_so_often_dies_once(long times)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait_event, &event);
	for (long i = 0; i < times; i++)
		egt_eq(eg_kill(a.fiber, -EPIPE - (int)i, EG_NOW), 0);
	egt_eq(eg_kill(a.fiber, -EIO, EG_FOREVER), 0);
	egt_eq(a.result, -EPIPE);
	/* One that is dead. */
	for (long i = 0; i < times; i++)
		egt_eq(eg_kill(a.fiber, -EIO, i & 1 ? EG_NOW : EG_FOREVER), 0);
	egt_eq(eg_get(a.fiber, NULL, EG_NOW), 0);
	egt_eq(act_end(&a), -EPIPE);
}

static void *fail_now(void *arg)
{
	return eg_fail(-E2BIG, arg);
}

/* What the victim failed with is no business of the killer's. */
static void kill_never_returns_its_error(long is_dead)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fail_now, NULL), 0);
	if (is_dead)
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	egt_eq(eg_fiber_error(f, NULL), is_dead ? -E2BIG : -EIO);
	eg_unref(f);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

static void *get_it(void *fiber)
{
	return eg_fail(eg_get(fiber, NULL, EG_FOREVER), NULL);
}

/* Who waits is woken. */
static void killed_before_it_ran(long error)
{
	eg_fiber *f, *getter;
	void *value = NULL;

	egt_eq(eg_spawn_later(&f, must_not_run, NULL, EG_FOREVER), 0);
	egt_eq(eg_spawn(&getter, get_it, f), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, (int)error, EG_NOW), 0);
	egt_eq(eg_get(getter, NULL, EG_FOREVER), error);
	egt_eq(eg_fiber_succeeded(f), error == -ECANCELED);
	egt_eq(eg_join(f, &value, EG_NOW), 0);
	egt_ptr_eq(value, EG_CANCELED);
	eg_unref(getter);
}

/* Woken or killed, what came first in the turn is what it gets. */
static void ready_one_runs_first(long is_killed_first)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait_event, &event);
	if (is_killed_first)
		egt_eq(eg_kill(a.fiber, -EPIPE, EG_NOW), 0);
	egt_eq(eg_event_set(&event), !is_killed_first);
	if (!is_killed_first)
		egt_eq(eg_kill(a.fiber, -EPIPE, EG_NOW), 0);
	egt_eq(act_end(&a), is_killed_first ? -EPIPE : 0);
}

static void may_catch_it_and_live(long kills)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait_again, &event);
	egt_eq(eg_kill(a.fiber, -EPIPE, eg_after(EG_USEC)), -ETIMEDOUT);
	if (kills == 2) {
		egt_eq(eg_kill(a.fiber, -EIO, EG_FOREVER), 0);
		egt_eq(act_end(&a), -EIO);
		return;
	}
	egt_eq(eg_event_set(&event), 1);
	egt_eq(act_end(&a), 0);
}

static void waits_as_long_as_it_is_told(long deadline)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };
	int64_t start = eg_now();

	act_begin(&a, wait_shielded, &event);
	egt_eq(eg_kill(a.fiber, -EPIPE,
		       deadline > 0 ? start + deadline : deadline),
	       deadline == EG_NOW ? 0 : -ETIMEDOUT);
	egt_took(start, deadline > 0 ? deadline : 0);
	egt_eq(eg_event_set(&event), 1);
	egt_eq(act_end(&a), 0);
}

struct self {
	int64_t deadline;
	int first, second;
};

static void *kill_self(void *arg)
{
	struct self *s = arg;

	s->first = eg_kill(eg_self(), -EPIPE, s->deadline);
	s->second = eg_sleep(EG_FOREVER);
	return NULL;
}

static void kills_itself(long deadline)
{
	struct self s = { .deadline = deadline };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, kill_self, &s), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(s.first, deadline == EG_NOW ? 0 : -EPIPE);
	egt_eq(s.second, -EPIPE);
}

static void refused_without_effect(long error)
{
	eg_event event = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, wait_event, &event);
	egt_eq(eg_kill(a.fiber, (int)error, EG_FOREVER), -EINVAL);
	egt_eq(eg_kill_all(&a.fiber, 1, (int)error, EG_FOREVER), -EINVAL);
	settle();
	egt_eq(a.result, ACT_WAITS);
	egt_eq(eg_event_set(&event), 1);
	egt_eq(act_end(&a), 0);
}

enum { MOST = 26 };

static void collect(const struct act *a, eg_fiber **f, long n)
{
	for (long i = 0; i < n; i++)
		f[i] = a[i].fiber;
}

static void all_are_told_in_order(long n)
{
	struct act a[MOST] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	eg_fiber *f[MOST] = { NULL };

	act_begin_all(a, (int)n, wait_event, &event, &t);
	collect(a, f, n);
	egt_eq(eg_kill_all(f, (size_t)n, -EPIPE, EG_FOREVER), 0);
	/* Each has ended when it returns. */
	for (long i = 0; i < n; i++) {
		egt_true(eg_fiber_is_done(f[i]));
		egt_eq(act_end(&a[i]), -EPIPE);
	}
	egt_eq(t.len, 0);
}

/* Every second one has not started. */
static void unstarted_of_many_never_run(long n)
{
	struct act a[MOST] = { { .trace = NULL } };
	eg_event event = { 0 };
	eg_fiber *f[MOST] = { NULL };

	for (long i = 0; i < n; i += 2)
		act_begin(&a[i], wait_event, &event);
	collect(a, f, n);
	for (long i = 1; i < n; i += 2)
		egt_eq(eg_spawn(&f[i], must_not_run, NULL), 0);
	egt_eq(eg_kill_all(f, (size_t)n, -ECANCELED, EG_FOREVER), 0);
	for (long i = 0; i < n; i += 2)
		egt_eq(act_end(&a[i]), -ECANCELED);
	for (long i = 1; i < n; i += 2) {
		egt_eq(eg_get(f[i], NULL, EG_NOW), -ECANCELED);
		eg_unref(f[i]);
	}
}

static void duplicates_are_as_one(long n)
{
	struct act a = { .trace = NULL };
	eg_event event = { 0 };
	eg_fiber *f[MOST] = { NULL };

	act_begin(&a, wait_again, &event);
	for (long i = 0; i < n; i++)
		f[i] = a.fiber;
	/* Killed once: it lives on. */
	egt_eq(eg_kill_all(f, (size_t)n, -EPIPE, eg_after(EG_MSEC)),
	       -ETIMEDOUT);
	egt_eq(a.result, ACT_WAITS);
	egt_eq(eg_kill_all(f, (size_t)n, -EIO, EG_FOREVER), 0);
	egt_eq(act_end(&a), -EIO);
}

/* The one that does not die is the @which-th of three. */
static void times_out_for_one_of_them(long which)
{
	struct act a[3] = { { .trace = NULL } };
	eg_event event = { 0 };
	eg_fiber *f[3] = { NULL };

	for (int i = 0; i < 3; i++)
		act_begin(&a[i], i == which ? wait_shielded : wait_event,
			  &event);
	collect(a, f, 3);
	egt_eq(eg_kill_all(f, 3, -EPIPE, eg_after(EG_MSEC)), -ETIMEDOUT);
	/* The others have died all the same. */
	for (int i = 0; i < 3; i++)
		egt_eq(a[i].result, i == which ? ACT_WAITS : -EPIPE);
	egt_eq(eg_event_set(&event), 1);
	for (int i = 0; i < 3; i++)
		egt_eq(act_end(&a[i]), i == which ? 0 : -EPIPE);
}

static void idle_one_is_killed(long error)
{
	struct act a = { .trace = NULL };

	egt_eq(eg_spawn(&a.fiber, act_run, &a), 0);
	a.run = be_idle;
	a.deadline = EG_FOREVER;
	egt_eq(eg_yield(), 0);
	egt_eq(act_kill(&a, (int)error), error);
}

static const struct conform cases[] = {
	{ "SP-10", "in each kind of wait", killed_while_it_waits, -ECANCELED },
	{ "SP-10", "in each kind of wait", killed_while_it_waits, -EPIPE },
	{ "SP-10", "in each kind of wait", killed_while_it_waits, -4095 },
	{ "SP-10", "while idle", idle_one_is_killed, -EPIPE },
	{ "SP-10", "once", killed_so_often_dies_once, 1 },
	{ "SP-10", "twice", killed_so_often_dies_once, 2 },
	{ "SP-10", "often", killed_so_often_dies_once, 10 },
	{ "SP-10", "its error is not the killer's",
	  kill_never_returns_its_error, 0 },
	{ "SP-10", "a dead one's error is not the killer's",
	  kill_never_returns_its_error, 1 },
	{ "SP-10", "0 is no error", refused_without_effect, 0 },
	{ "SP-10", "errors are negative", refused_without_effect, EIO },
	{ "SP-10", "being too late is a deadline's", refused_without_effect,
	  -ETIMEDOUT },
	{ "SP-11", "cancelled before it ran", killed_before_it_ran,
	  -ECANCELED },
	{ "SP-11", "killed before it ran", killed_before_it_ran, -EIO },
	{ "SP-12", "woken, then killed", ready_one_runs_first, 0 },
	{ "SP-12", "killed, then woken", ready_one_runs_first, 1 },
	{ "SP-12", "may live on", may_catch_it_and_live, 1 },
	{ "SP-12", "may be killed again", may_catch_it_and_live, 2 },
	{ "SP-12", "without a wait", waits_as_long_as_it_is_told, EG_NOW },
	{ "SP-12", "until a time that has passed", waits_as_long_as_it_is_told,
	  -1 },
	{ "SP-12", "until a time", waits_as_long_as_it_is_told, EG_MSEC },
	{ "SP-13", "kills itself", kills_itself, EG_NOW },
	{ "SP-13", "kills itself, and waits", kills_itself, EG_FOREVER },
	{ "SP-13", "kills itself, and would not wait", kills_itself, 1 },
	{ "SP-14", "none", all_are_told_in_order, 0 },
	{ "SP-14", "one", all_are_told_in_order, 1 },
	{ "SP-14", "many", all_are_told_in_order, MOST },
	{ "SP-14", "the unstarted never run", unstarted_of_many_never_run, 2 },
	{ "SP-14", "the unstarted never run", unstarted_of_many_never_run,
	  MOST },
	{ "SP-14", "one twice", duplicates_are_as_one, 2 },
	{ "SP-14", "one often", duplicates_are_as_one, MOST },
	{ "SP-14", "the first does not die", times_out_for_one_of_them, 0 },
	{ "SP-14", "the second does not die", times_out_for_one_of_them, 1 },
	{ "SP-14", "the last does not die", times_out_for_one_of_them, 2 },
};

CONFORMANCE(killing, cases)
