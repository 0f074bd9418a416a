/* SPDX-License-Identifier: MIT */
/*
 * The order of a turn, and of callbacks within it: semantics LV-03, LV-04,
 * LV-17, LV-18.
 */
#include "watch_trace.h"

#include <unistd.h>

enum { MANY = 5 };

static eg_watch_prepare prepares[MANY];
static eg_watch_check checks[MANY];
static eg_watch_idle idles[MANY];
static eg_watch_timer timers[MANY];
static eg_watch_io io;
static int ends[2];

static void start_timer(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_timer_init(&timers[i], trace_call, 0, EG_USEC), 0);
	trace_start(loop, &timers[i].watcher, text, priority);
}

static void start_prepare(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_prepare_init(&prepares[i], trace_call), 0);
	trace_start(loop, &prepares[i].watcher, text, priority);
}

static void start_check(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_check_init(&checks[i], trace_call), 0);
	trace_start(loop, &checks[i].watcher, text, priority);
}

static void start_idle(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_idle_init(&idles[i], trace_call), 0);
	trace_start(loop, &idles[i].watcher, text, priority);
}

static void start_ready_io(eg_loop *loop, const char *text, int priority)
{
	egt_eq(pipe(ends), 0);
	egt_eq(eg_watch_io_init(&io, trace_call, ends[1], EG_WRITE), 0);
	trace_start(loop, &io.watcher, text, priority);
}

static void stop_io(void)
{
	egt_eq(eg_watcher_stop(&io.watcher), 0);
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

/* LV-03, LV-04: of one priority, what is queued last comes first. */
WATCH_TEST(turn_has_its_order)
{
	static eg_watch_fork forks;

	start_ready_io(loop, "d", 0);
	start_timer(loop, 0, "t", 0);
	start_idle(loop, 0, "i", 0);
	start_check(loop, 0, "c", 0);
	start_prepare(loop, 0, "p", 0);
	egt_eq(eg_watch_fork_init(&forks, trace_call), 0);
	trace_start(loop, &forks.watcher, "f", 0);
	egt_eq(eg_loop_after_fork(loop), 0);
	egt_eq(trace_turn(loop), 1);
	/* Idle ones wait for a turn in which nothing else is. */
	egt_str_eq(trace_take(), "fpctd");
	stop_io();
	egt_eq(eg_watcher_stop(&timers[0].watcher), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "pci");
}

/* LV-04 */
WATCH_TEST(turn_goes_by_priority)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	start_ready_io(loop, "+", 1);
	for (int i = 0; i < MANY; i++)
		start_timer(loop, i, names[i], i - 2);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "ed+cba");
	stop_io();
}

/* LV-04: the kinds that stand in a list are queued in the order of start. */
WATCH_TEST(turn_calls_the_last_queued_first)
{
	static const char *const p[] = { "1", "2", "3" };
	static const char *const c[] = { "x", "y", "z" };

	for (int i = 0; i < 3; i++) {
		start_prepare(loop, i, p[i], 0);
		start_check(loop, i, c[i], 0);
	}
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "321zyx");
}

static void feed_other(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_watcher_feed(loop, &idles[1].watcher, EG_CUSTOM), 0);
}

/* LV-04: what is fed meanwhile goes before what is left, if it is higher. */
WATCH_TEST(turn_is_preempted_by_a_higher_priority)
{
	static const struct {
		const char *name;
		int priority;
		const char *want;
	} cases[] = {
		{ "higher", 2, "aFbc" },
		{ "the same: last queued", 0, "aFbc" },
		{ "lower", -1, "abFc" },
		{ "lowest", -2, "abFc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		egt_case(cases[i].name);
		egt_eq(eg_watch_idle_init(&idles[1], trace_call), 0);
		trace_name(&idles[1].watcher, "F");
		egt_eq(eg_watcher_set_priority(&idles[1].watcher,
					       cases[i].priority),
		       0);
		start_check(loop, 0, "b", 0);
		start_check(loop, 1, "a", 0);
		egt_eq(eg_watcher_set_fn(&checks[1].watcher, feed_other), 0);
		start_check(loop, 2, "c", -2);
		egt_eq(trace_turn(loop), 1);
		egt_str_eq(trace_take(), cases[i].want);
		for (int j = 0; j < 3; j++)
			egt_eq(eg_watcher_stop(&checks[j].watcher), 0);
	}
}

static void invoke_rest(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_loop_invoke_pending(loop), 0);
	trace_add(".");
}

/* A callback may let the others go first. */
WATCH_TEST(turn_can_be_finished_by_a_callback)
{
	start_check(loop, 0, "b", -2);
	start_check(loop, 1, "a", 0);
	egt_eq(eg_watcher_set_fn(&checks[1].watcher, invoke_rest), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "ab.");
}

/* LV-17: of one priority at a time, and only if nothing is pending there or
 * above. */
WATCH_TEST(idle_is_locked_out_by_its_priority)
{
	start_idle(loop, 0, "0", 0);
	start_idle(loop, 1, "1", 1);
	start_idle(loop, 2, "-", -1);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "1");
	egt_eq(eg_watcher_stop(&idles[1].watcher), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "0");
	start_timer(loop, 0, "t", 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "t");
	egt_eq(eg_watcher_stop(&timers[0].watcher), 0);
	/* What is pending below holds up nobody. */
	start_timer(loop, 0, "t", -1);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "0t");
}

/* LV-17 */
WATCH_TEST(idle_lets_the_loop_not_sleep)
{
	int64_t before;

	egt_eq(eg_watch_timer_init(&timers[0], trace_call, 3600 * EG_SEC, 0),
	       0);
	trace_start(loop, &timers[0].watcher, "t", 0);
	before = eg_loop_now(loop);
	start_idle(loop, 0, "i", -2);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "iii");
	egt_lt(eg_loop_now(loop), before + 1800 * EG_SEC);
}

static void start_late_check(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	if (!eg_watcher_is_active(&checks[1].watcher)) {
		start_check(loop, 1, "k", 0);
		start_prepare(loop, 1, "q", 0);
	}
}

/* LV-18: they come in pairs, also if one is started in the other. */
WATCH_TEST(prepare_and_check_bracket_the_wait)
{
	start_prepare(loop, 0, "p", 0);
	egt_eq(eg_watcher_set_fn(&prepares[0].watcher, start_late_check), 0);
	start_check(loop, 0, "c", 0);
	for (int i = 0; i < 3; i++) {
		egt_eq(trace_turn(loop), 1);
		trace_add(" ");
	}
	egt_str_eq(trace_take(), "pkc qpkc qpkc ");
}

static int64_t seen;

static void see_now(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	seen = eg_loop_now(loop);
}

/* LV-18, LV-08: the time before the wait is not the time after it. */
WATCH_TEST(check_sees_the_time_after_the_wait)
{
	int64_t before = eg_loop_now(loop);

	egt_eq(eg_watch_timer_init(&timers[0], trace_call, EG_MSEC, 0), 0);
	trace_start(loop, &timers[0].watcher, "t", 0);
	start_check(loop, 0, "c", 0);
	egt_eq(eg_watcher_set_fn(&checks[0].watcher, see_now), 0);
	while (eg_watcher_is_active(&timers[0].watcher))
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_le(before + EG_MSEC, seen);
}

static void run_once_inside(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_watcher_set_fn(w, trace_call), 0);
	egt_eq(trace_turn(loop), 1);
	trace_add("<");
}

/* LV-18: a turn inside of another has its own pair. */
WATCH_TEST(prepare_may_run_the_loop)
{
	start_prepare(loop, 0, "p", 0);
	egt_eq(eg_watcher_set_fn(&prepares[0].watcher, run_once_inside), 0);
	start_check(loop, 0, "c", 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "ppc<c");
}
