/* SPDX-License-Identifier: MIT */
/*
 * Fibers that start later: at their time, when somebody says so, once, or not
 * at all (semantics SP-01, SP-02, SP-21, SP-23).
 */
#include "fiber_trace.h"

#include <string.h>

struct late {
	struct trace *trace;
	char letter;
	int64_t began;
};

static void *note_start(void *arg)
{
	struct late *l = arg;

	l->began = eg_now();
	trace_add(l->trace, l->letter);
	return l;
}

static const char *state_of(eg_fiber *f)
{
	eg_fiber_info info = { .size = sizeof(info) };

	egt_eq(eg_fiber_get_info(f, &info), 0);
	return info.state;
}

EG_TEST(fiber_starts_at_its_time_and_not_before)
{
	static const int64_t delays[] = { 3, 1, 2, 2, 0, -5 };
	struct late l[ARRAY_LEN(delays)];
	eg_fiber *f[ARRAY_LEN(delays)];
	struct trace t = { .len = 0 };
	int64_t now = eg_now();

	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		l[i] = (struct late){ &t, (char)('0' + i), -1 };
		egt_eq(eg_spawn_later(&f[i], note_start, &l[i],
				      now + delays[i] * EG_MSEC),
		       0);
		egt_true(!eg_fiber_is_done(f[i]));
		egt_true(!eg_fiber_succeeded(f[i]));
		egt_eq(eg_fiber_error(f[i], NULL), 0);
	}
	egt_str_eq(t.text, "");
	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		void *value = NULL;

		egt_eq(eg_join(f[i], &value, EG_FOREVER), 0);
		egt_ptr_eq(value, &l[i]);
		egt_le(now + delays[i] * EG_MSEC, l[i].began);
		if (egt_is_sim() && delays[i] > 0)
			egt_eq(l[i].began, now + delays[i] * EG_MSEC);
	}
	/* In order of time, equal ones in the order of spawning. */
	egt_str_eq(t.text, "541230");
}

EG_TEST(fiber_of_eg_now_is_spawned_as_any_other)
{
	struct trace t = { .len = 0 };
	struct late a = { &t, 'a', 0 }, b = { &t, 'b', 0 }, c = { &t, 'c', 0 };

	egt_eq(eg_spawn(NULL, note_start, &a), 0);
	egt_eq(eg_spawn_later(NULL, note_start, &b, EG_NOW), 0);
	egt_eq(eg_spawn(NULL, note_start, &c), 0);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "abc");
}

EG_TEST(start_is_once)
{
	struct trace t = { .len = 0 };
	struct late l = { &t, 'a', -1 };
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, note_start, &l, EG_FOREVER), 0);
	settle();
	egt_str_eq(t.text, "");
	egt_str_eq(state_of(f), "parked");
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_start(f), 0);
		egt_str_eq(state_of(f), "new");
	}
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "a");
	egt_eq(eg_start(f), 0);
	settle();
	egt_str_eq(t.text, "a");
	egt_eq(eg_start(eg_self()), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

/* Its timer is gone: it does not start again, nor wake what it waits for. */
EG_TEST(start_before_its_time_disarms_it)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	struct trace t = { .len = 0 };
	struct late l = { &t, 'a', -1 };
	int64_t now = eg_now();
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, note_start, &l, now + 1000 * EG_SEC), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 1);
	egt_eq(eg_start(f), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_lt(l.began, now + 1000 * EG_SEC);
	egt_str_eq(t.text, "a");
}

static void *start_other(void *arg)
{
	egt_eq(eg_start(arg), 0);
	return NULL;
}

/* Waiting for it is no deadlock as long as somebody can start it. */
EG_TEST(fiber_is_started_by_another)
{
	struct trace t = { .len = 0 };
	struct late l = { &t, 'a', -1 };
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, note_start, &l, EG_FOREVER), 0);
	egt_eq(eg_spawn(NULL, start_other, f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "a");
}

EG_TEST(unstarted_fiber_that_is_cancelled_never_runs)
{
	static const struct {
		const char *name;
		int64_t start_at;
		bool is_started;
	} cases[] = {
		{ "by eg_start()", EG_FOREVER, false },
		{ "at a time", 1000 * EG_SEC, false },
		{ "ready", EG_NOW, false },
		{ "started, not run", EG_FOREVER, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };
		struct late l = { &t, 'a', -1 };
		int64_t at = cases[i].start_at;
		void *value = NULL;
		eg_fiber *f;

		egt_case(cases[i].name);
		egt_eq(eg_spawn_later(&f, note_start, &l,
				      at == EG_NOW ? at : eg_after(at)),
		       0);
		if (cases[i].is_started)
			egt_eq(eg_start(f), 0);
		egt_eq(eg_cancel_unstarted(f), 1);
		/* It has been cancelled; it has still not run. */
		egt_eq(eg_cancel_unstarted(f), 1);
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		egt_eq(eg_cancel_unstarted(f), 0);
		egt_true(eg_fiber_succeeded(f));
		egt_eq(eg_fiber_error(f, NULL), -ECANCELED);
		egt_eq(eg_join(f, &value, EG_FOREVER), 0);
		egt_ptr_eq(value, EG_CANCELED);
		egt_str_eq(t.text, "");
	}
}

static void *sleep_for_ever(void *arg)
{
	*(int *)arg = eg_sleep(EG_FOREVER);
	return NULL;
}

EG_TEST(cancel_unstarted_spares_one_that_runs)
{
	int result = 1;
	eg_fiber *f;

	egt_eq(eg_cancel_unstarted(eg_self()), 0);
	egt_true(!eg_cancelled());
	egt_eq(eg_spawn(&f, sleep_for_ever, &result), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel_unstarted(f), 0);
	settle();
	egt_eq(result, 1);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	egt_eq(eg_cancel_unstarted(f), 0);
	egt_eq(eg_detach(f), 0);
}

static struct trace left;
static struct late never = { &left, 'n', -1 };

static int leave_unstarted(void *arg)
{
	egt_eq(eg_spawn_later(NULL, note_start, &never, EG_FOREVER), 0);
	egt_eq(eg_spawn_later(NULL, note_start, &never, eg_after(EG_SEC)), 0);
	return arg != NULL;
}

/* The hub does not wait for them when main has returned. */
EG_TEST_BARE(unstarted_fibers_end_with_the_hub)
{
	egt_eq(eg_run(leave_unstarted, NULL, NULL, NULL), 0);
	egt_str_eq(left.text, "");
}

EG_TEST(options_say_when_a_fiber_starts)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	struct trace t = { .len = 0 };
	struct late l = { &t, 'a', -1 };
	eg_fiber_info info = { .size = sizeof(info) };
	int64_t at = eg_after(2 * EG_MSEC);
	eg_fiber *f;

	options.name = "late";
	options.start_at = at;
	egt_eq(eg_spawn_with(&f, note_start, &l, &options), 0);
	egt_eq(eg_fiber_get_info(f, &info), 0);
	egt_str_eq(info.name, "late");
	egt_str_eq(info.waits_for, "start");
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_le(at, l.began);
	options.start_at = -1;
	egt_eq(eg_spawn_with(&f, note_start, &l, &options), -EINVAL);
}
