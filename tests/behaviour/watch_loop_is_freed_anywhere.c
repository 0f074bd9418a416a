/* SPDX-License-Identifier: MIT */
/*
 * The end of a loop: cleanup watchers are called, all others are stopped, and
 * it may come from a callback at any depth: semantics LV-21, LV-28.
 */
#include "watch_trace.h"

#include <unistd.h>

static eg_watch_io io;
static eg_watch_timer timer, far, never;
static eg_watch_idle idle;
static eg_watch_prepare prepare;
static eg_watch_check check;
static eg_watch_fork forks;
static eg_watch_async async;
static eg_watch_cleanup cleanups[3];
static int ends[2];

static eg_watcher *const all[] = {
	&io.watcher,	&timer.watcher,	      &far.watcher,   &never.watcher,
	&idle.watcher,	&prepare.watcher,     &check.watcher, &forks.watcher,
	&async.watcher, &cleanups[0].watcher,
};

static eg_loop *begin(void)
{
	eg_loop *loop = trace_loop(NULL, 0);

	egt_eq(pipe(ends), 0);
	egt_eq(eg_watch_io_init(&io, trace_call, ends[1], EG_WRITE), 0);
	egt_eq(eg_watch_timer_init(&timer, trace_call, 0, 1), 0);
	egt_eq(eg_watch_timer_init(&far, trace_call, 900 * EG_SEC, 0), 0);
	egt_eq(eg_watch_timer_init(&never, trace_call, EG_FOREVER, 0), 0);
	egt_eq(eg_watch_idle_init(&idle, trace_call), 0);
	egt_eq(eg_watch_prepare_init(&prepare, trace_call), 0);
	egt_eq(eg_watch_check_init(&check, trace_call), 0);
	egt_eq(eg_watch_fork_init(&forks, trace_call), 0);
	egt_eq(eg_watch_async_init(&async, trace_call), 0);
	egt_eq(eg_watch_cleanup_init(&cleanups[0], trace_call), 0);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		trace_start(loop, all[i], i == ARRAY_LEN(all) - 1 ? "!" : ".",
			    0);
	egt_eq(trace_turn(loop), 1);
	trace_take();
	return loop;
}

static void end(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		egt_casef("watcher %zu", i);
		egt_true(!eg_watcher_is_active(all[i]));
		egt_true(!eg_watcher_is_pending(all[i]));
		/* And it is the caller's: another loop may have it. */
		egt_eq(eg_watcher_stop(all[i]), 0);
	}
	egt_case("");
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

/* LV-28 */
EG_TEST_BARE(watch_free_stops_every_watcher)
{
	eg_loop *loop = begin();

	egt_eq(eg_watcher_feed(loop, &async.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_free(loop), 0);
	egt_str_eq(trace_take(), "!");
	end();
}

EG_TEST_BARE(watch_freed_loops_watchers_work_in_another)
{
	eg_loop *loop = begin();

	egt_eq(eg_loop_free(loop), 0);
	end();
	trace_take();
	loop = trace_loop(NULL, 0);
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), ".");
	egt_eq(eg_loop_free(loop), 0);
}

static void free_loop(eg_loop *loop, eg_watcher *w, int events)
{
	(void)w;
	(void)events;
	trace_add("F");
	egt_eq(eg_loop_free(loop), 0);
}

/* LV-28: whoever calls it, nothing is called after it. */
EG_TEST_BARE(watch_loop_is_freed_by_each_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(all) - 1; i++) {
		eg_loop *loop;

		/* These two are not due, and no fork has been. */
		if (all[i] == &far.watcher || all[i] == &never.watcher)
			continue;
		egt_casef("kind %zu", i);
		loop = begin();
		if (all[i] == &forks.watcher)
			egt_eq(eg_loop_after_fork(loop), 0);
		if (all[i] == &async.watcher)
			egt_eq(eg_watch_async_send(&async), 0);
		/* Not busy: time passes in the simulation too. */
		if (all[i] == &timer.watcher || all[i] == &idle.watcher)
			egt_eq(eg_watcher_stop(&io.watcher), 0);
		if (all[i] == &timer.watcher)
			egt_eq(eg_watcher_stop(&idle.watcher), 0);
		if (all[i] == &idle.watcher)
			egt_eq(eg_watcher_stop(&timer.watcher), 0);
		egt_eq(eg_watcher_set_fn(all[i], free_loop), 0);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
		egt_str_has(trace_take(), "F!");
		end();
	}
}

/* The last in a turn and the first: others are pending. */
EG_TEST_BARE(watch_pending_ones_are_not_called_of_a_freed_loop)
{
	eg_loop *loop = begin();

	egt_eq(eg_watcher_stop(&check.watcher), 0);
	egt_eq(eg_watcher_set_priority(&check.watcher, 2), 0);
	egt_eq(eg_watcher_set_fn(&check.watcher, free_loop), 0);
	egt_eq(eg_watcher_start(loop, &check.watcher), 0);
	egt_eq(eg_watcher_set_fn(&prepare.watcher, NULL), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 0);
	egt_str_eq(trace_take(), "F!");
	end();
}

static int depth;

static void run_and_free(eg_loop *loop, eg_watcher *w, int events)
{
	if (++depth == 3) {
		free_loop(loop, w, events);
		return;
	}
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	trace_add("<");
}

EG_TEST_BARE(watch_loop_is_freed_in_a_nested_run)
{
	eg_loop *loop = trace_loop(NULL, 0);

	egt_eq(eg_watch_timer_init(&timer, run_and_free, 0, EG_USEC), 0);
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "F<<");
}

/* Not in a run at all. */
EG_TEST_BARE(watch_loop_is_freed_while_pending_ones_are_invoked)
{
	eg_loop *loop = begin();

	egt_eq(eg_watcher_set_fn(&timer.watcher, free_loop), 0);
	egt_eq(eg_watcher_feed(loop, &idle.watcher, EG_CUSTOM), 0);
	egt_eq(eg_watcher_feed(loop, &timer.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_str_eq(trace_take(), "F!");
	end();
	loop = begin();
	egt_eq(eg_watcher_invoke(loop, &timer.watcher, EG_CUSTOM), 0);
	egt_str_eq(trace_take(), ".");
	egt_eq(eg_watcher_set_fn(&timer.watcher, free_loop), 0);
	egt_eq(eg_watcher_invoke(loop, &timer.watcher, EG_CUSTOM), 0);
	egt_str_eq(trace_take(), "F!");
	end();
}

static void invoke_and_free(eg_loop *loop)
{
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_loop_is_freed_by_its_hook)
{
	eg_loop_hooks hooks = { .size = sizeof(hooks),
				.invoke = invoke_and_free };
	eg_loop *loop = begin();

	egt_eq(eg_loop_set_hooks(loop, &hooks), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_has(trace_take(), "!");
	end();
}

static void feed_and_free(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(events, EG_CLEANUP);
	egt_eq(eg_watcher_feed(loop, &timer.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_free(loop), 0);
}

/* LV-21: several, and one that frees it again; a turn runs none. */
EG_TEST_BARE(watch_cleanup_runs_once_at_the_end)
{
	eg_loop *loop = trace_loop(NULL, 0);

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_watch_cleanup_init(&cleanups[i], trace_call), 0);
		trace_start(loop, &cleanups[i].watcher,
			    i == 0   ? "0"
			    : i == 1 ? "1"
				     : "2",
			    0);
	}
	egt_eq(eg_watcher_set_fn(&cleanups[1].watcher, feed_and_free), 0);
	egt_eq(eg_watch_timer_init(&timer, trace_call, 0, 0), 0);
	trace_start(loop, &timer.watcher, "t", 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
	egt_eq(eg_loop_free(loop), 0);
	egt_str_eq(trace_take(), "21t0");
}

EG_TEST_BARE(watch_default_loop_is_freed_in_a_callback)
{
	eg_loop *loop, *next;

	egt_eq(eg_loop_default(&loop, NULL), 0);
	egt_eq(eg_watch_timer_init(&timer, free_loop, 0, 0), 0);
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(eg_loop_default(&next, NULL), 0);
	egt_eq(eg_loop_run(next, EG_RUN_DEFAULT), 0);
	egt_eq(eg_loop_free(next), 0);
}

EG_TEST_BARE(watch_no_loop_is_freed)
{
	egt_eq(eg_loop_free(NULL), 0);
}
