/* SPDX-License-Identifier: MIT */
/*
 * The loop's own check: passes in every state, and aborts when a watcher was
 * overwritten while the loop had it: semantics LV-24.
 */
#include "watch_trace.h"

#include <string.h>

static eg_watch_timer timers[40];
static eg_watch_check checks[3];
static eg_watch_io io;

static void check_here(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_loop_verify(loop), 0);
}

WATCH_TEST(verify_passes_at_any_time)
{
	egt_eq(eg_loop_verify(loop), 0);
	for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
		egt_eq(eg_watch_timer_init(&timers[i], check_here,
					   (int64_t)1 << i, 0),
		       0);
		trace_start(loop, &timers[i].watcher, ".", (int)(i % 5) - 2);
		egt_eq(eg_loop_verify(loop), 0);
	}
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_watch_check_init(&checks[i], check_here), 0);
		trace_start(loop, &checks[i].watcher, "c", 0);
	}
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	for (size_t i = 0; i < ARRAY_LEN(timers); i += 3) {
		egt_eq(eg_watcher_stop(&timers[i].watcher), 0);
		egt_eq(eg_loop_verify(loop), 0);
	}
	trace_take();
}

EG_TEST_DIES(watch_verify_finds_a_list_that_is_broken, SIGABRT, "check failed",
	     .is_bare = true)
{
	eg_loop *loop = trace_loop(NULL, 0);

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_watch_check_init(&checks[i], trace_call), 0);
		trace_start(loop, &checks[i].watcher, "c", 0);
	}
	memset(&checks[1], 0xa5, sizeof(checks[1]));
	eg_loop_verify(loop);
}

EG_TEST_DIES(watch_verify_finds_a_timer_that_is_broken, SIGABRT, "check failed",
	     .is_bare = true)
{
	eg_loop *loop = trace_loop(NULL, 0);

	for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
		egt_eq(eg_watch_timer_init(&timers[i], trace_call, EG_SEC, 0),
		       0);
		trace_start(loop, &timers[i].watcher, "t", 0);
	}
	memset(&timers[17], 0, sizeof(timers[17]));
	eg_loop_verify(loop);
}

EG_TEST_DIES(watch_verify_finds_an_io_that_is_broken, SIGABRT, "check failed",
	     .is_bare = true)
{
	eg_loop *loop = trace_loop(NULL, 0);

	egt_eq(eg_watch_io_init(&io, trace_call, 0, EG_READ), 0);
	trace_start(loop, &io.watcher, "r", 0);
	/* As if it was started twice: initialised while it is active. */
	egt_eq(eg_watch_io_init(&io, trace_call, 0, EG_READ), 0);
	eg_loop_verify(loop);
}

EG_TEST_DIES(watch_verify_finds_a_queue_that_is_broken, SIGABRT, "check failed",
	     .is_bare = true)
{
	eg_loop *loop = trace_loop(NULL, 0);

	egt_eq(eg_watch_timer_init(&timers[0], trace_call, 0, 0), 0);
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_CUSTOM), 0);
	memset(&timers[0], 0, sizeof(timers[0]));
	eg_loop_verify(loop);
}
