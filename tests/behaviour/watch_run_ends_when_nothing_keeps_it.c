/* SPDX-License-Identifier: MIT */
/*
 * The three ways to run a loop, what each returns, breaking out of it, and what
 * keeps it running: semantics LV-02, LV-06, LV-07.
 */
#include "watch_trace.h"

static eg_watch_timer timer;
static eg_watch_idle idle;
static eg_watch_check check;
static int calls;

static int depth_of(const eg_loop *loop)
{
	eg_loop_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_loop_get_stats(loop, &stats), 0);
	return (int)stats.depth;
}

static uint64_t turns_of(const eg_loop *loop)
{
	eg_loop_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_loop_get_stats(loop, &stats), 0);
	return stats.turns;
}

static int64_t references_of(const eg_loop *loop)
{
	eg_loop_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_loop_get_stats(loop, &stats), 0);
	return stats.references;
}

static void start_timer(eg_loop *loop, eg_watcher_fn *fn, int64_t after,
			int64_t repeat)
{
	egt_eq(eg_watch_timer_init(&timer, fn, after, repeat), 0);
	trace_name(&timer.watcher, "t");
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
}

/* LV-02 */
WATCH_TEST(run_of_an_empty_loop_returns_at_once)
{
	for (int mode = EG_RUN_DEFAULT; mode <= EG_RUN_ONCE; mode++) {
		egt_casef("mode %d", mode);
		egt_eq(eg_loop_run(loop, mode), 0);
	}
	/* Each is a turn all the same. */
	egt_eq(turns_of(loop), 3);
	egt_eq(depth_of(loop), 0);
}

/* LV-02 */
WATCH_TEST(run_nowait_does_not_sleep)
{
	int64_t before;

	start_timer(loop, trace_call, 3600 * EG_SEC, 0);
	before = eg_loop_now(loop);
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), 1);
	egt_str_eq(trace_take(), "");
	egt_lt(eg_loop_now(loop), before + 1800 * EG_SEC);
}

/* LV-02 */
WATCH_TEST(run_once_sleeps_for_one_turn)
{
	int64_t before = eg_loop_now(loop);
	uint64_t turns;

	start_timer(loop, trace_call, 2 * EG_MSEC, EG_MSEC);
	while (turns = turns_of(loop), !*trace_take())
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_le(before + 2 * EG_MSEC, eg_loop_now(loop));
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_eq(turns_of(loop), turns + 1);
}

static void stop_after_three(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	if (++calls == 3)
		egt_eq(eg_watcher_stop(w), 0);
}

/* LV-02 */
WATCH_TEST(run_default_goes_on_until_nothing_is_active)
{
	calls = 0;
	start_timer(loop, stop_after_three, EG_USEC, EG_USEC);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "ttt");
}

static void break_one(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_loop_break(loop, EG_BREAK_ONE), 0);
}

static void break_and_take_back(eg_loop *loop, eg_watcher *w, int events)
{
	break_one(loop, w, events);
	egt_eq(eg_loop_break(loop, EG_BREAK_CANCEL), 0);
	if (++calls == 3)
		egt_eq(eg_loop_break(loop, EG_BREAK_ONE), 0);
}

/* LV-06: what is pending in this turn is called first. */
WATCH_TEST(break_lets_the_turn_end)
{
	egt_eq(eg_watch_idle_init(&idle, trace_call), 0);
	trace_start(loop, &idle.watcher, "i", -1);
	start_timer(loop, break_one, 0, EG_USEC);
	egt_eq(eg_watch_check_init(&check, trace_call), 0);
	trace_start(loop, &check.watcher, "c", -2);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_str_eq(trace_take(), "tc");
}

/* LV-06 */
WATCH_TEST(break_can_be_taken_back)
{
	calls = 0;
	start_timer(loop, break_and_take_back, 0, EG_USEC);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_str_eq(trace_take(), "ttt");
}

/* LV-06 */
WATCH_TEST(break_outside_of_a_run_does_nothing)
{
	calls = 0;
	start_timer(loop, stop_after_three, 0, EG_USEC);
	egt_eq(eg_loop_break(loop, EG_BREAK_ALL), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "ttt");
}

/* LV-06: in a prepare watcher there is no wait any more. */
WATCH_TEST(break_before_the_wait_skips_it)
{
	static eg_watch_prepare prepare;

	egt_eq(eg_watch_prepare_init(&prepare, break_one), 0);
	trace_start(loop, &prepare.watcher, "p", 0);
	start_timer(loop, trace_call, 3600 * EG_SEC, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_str_eq(trace_take(), "p");
	egt_eq(turns_of(loop), 0);
}

static int how;

static void run_inside(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	if (depth_of(loop) == 2) {
		egt_eq(eg_loop_break(loop, how), 0);
		return;
	}
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	trace_add(".");
	if (how == EG_BREAK_ONE)
		egt_eq(eg_watcher_stop(w), 0);
}

/* LV-06 */
WATCH_TEST(break_one_ends_the_innermost_run)
{
	how = EG_BREAK_ONE;
	start_timer(loop, run_inside, 0, EG_USEC);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "tt.");
	egt_eq(depth_of(loop), 0);
}

/* LV-06: and the next run knows nothing of it. */
WATCH_TEST(break_all_ends_every_run)
{
	how = EG_BREAK_ALL;
	start_timer(loop, run_inside, 0, EG_USEC);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_str_eq(trace_take(), "tt.");
	calls = 0;
	egt_eq(eg_watcher_set_fn(&timer.watcher, stop_after_three), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "ttt");
}

/* LV-07 */
WATCH_TEST(reference_keeps_the_loop)
{
	egt_eq(eg_loop_ref(loop), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), 1);
	egt_eq(eg_loop_unref(loop), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
}

/* LV-07 */
WATCH_TEST(watcher_without_its_reference_keeps_nothing)
{
	eg_watch_idle unseen;

	egt_eq(eg_watch_idle_init(&unseen, trace_call), 0);
	trace_start(loop, &unseen.watcher, "i", 0);
	egt_eq(references_of(loop), 1);
	egt_eq(eg_loop_unref(loop), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "i");
	egt_eq(eg_loop_ref(loop), 0);
	egt_eq(eg_watcher_stop(&unseen.watcher), 0);
	egt_eq(references_of(loop), 0);
}

/* LV-07, LV-21: every kind once, however often it is started. */
WATCH_TEST(watcher_has_one_reference)
{
	eg_watch_cleanup cleanup;
	eg_watch_async async;
	eg_watch_io io;

	egt_eq(eg_watch_cleanup_init(&cleanup, NULL), 0);
	egt_eq(eg_watcher_start(loop, &cleanup.watcher), 0);
	egt_eq(references_of(loop), 0);
	egt_eq(eg_watch_async_init(&async, NULL), 0);
	egt_eq(eg_watch_io_init(&io, NULL, 0, EG_READ), 0);
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_watcher_start(loop, &async.watcher), 0);
		egt_eq(eg_watcher_start(loop, &io.watcher), 0);
		egt_eq(references_of(loop), 2);
	}
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_watcher_stop(&io.watcher), 0);
		egt_eq(eg_watcher_stop(&async.watcher), 0);
		egt_eq(eg_watcher_stop(&cleanup.watcher), 0);
		egt_eq(references_of(loop), 0);
	}
}

/* LV-02: what was fed before the run is called, though nothing is active. */
WATCH_TEST(run_calls_what_was_fed_before)
{
	egt_eq(eg_watch_idle_init(&idle, trace_call), 0);
	trace_name(&idle.watcher, "f");
	egt_eq(eg_watcher_feed(loop, &idle.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "f");
}
