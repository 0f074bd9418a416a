/* SPDX-License-Identifier: MIT */
/*
 * What is pending: never called after a stop, added up, called once, in the
 * order of priorities that stand meanwhile: semantics LV-05, LV-23, LV-24.
 */
#include "watch_trace.h"

static eg_watch_check checks[2];
static eg_watch_timer timers[1];

static void start_timer(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_timer_init(&timers[i], trace_call, 0, EG_USEC), 0);
	trace_start(loop, &timers[i].watcher, text, priority);
}

static void start_check(eg_loop *loop, int i, const char *text, int priority)
{
	egt_eq(eg_watch_check_init(&checks[i], trace_call), 0);
	trace_start(loop, &checks[i].watcher, text, priority);
}

static eg_watcher *target;

static void stop_target(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_watcher_stop(target), 0);
}

/* LV-05 */
WATCH_TEST(stopped_is_not_called)
{
	start_check(loop, 0, "b", 0);
	start_check(loop, 1, "a", 0);
	target = &checks[0].watcher;
	egt_eq(eg_watcher_set_fn(&checks[1].watcher, stop_target), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "a");
	egt_true(!eg_watcher_is_active(target));
	egt_true(!eg_watcher_is_pending(target));
	/* Started again, it is called for new events alone. */
	egt_eq(eg_watcher_set_fn(&checks[1].watcher, trace_call), 0);
	egt_eq(eg_watcher_start(loop, target), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "ba");
}

static void stop_and_restart(eg_loop *loop, eg_watcher *w, int events)
{
	stop_target(loop, w, events);
	egt_eq(eg_watcher_start(loop, target), 0);
}

/* LV-05 */
WATCH_TEST(restarted_in_its_turn_is_not_called)
{
	start_timer(loop, 0, "b", 0);
	start_check(loop, 0, "a", 0);
	target = &timers[0].watcher;
	egt_eq(eg_watcher_set_fn(&checks[0].watcher, stop_and_restart), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "a");
	egt_true(eg_watcher_is_active(target));
}

static void feed_self_twice(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	if (events != EG_CUSTOM) {
		egt_eq(eg_watcher_feed(loop, w, EG_CUSTOM), 0);
		egt_true(eg_watcher_is_pending(w));
	}
}

/* LV-05: pending is over before the callback, which can feed it again. */
WATCH_TEST(fed_in_its_callback_is_called_again)
{
	start_check(loop, 0, "c", 0);
	egt_eq(eg_watcher_set_fn(&checks[0].watcher, feed_self_twice), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "cc");
}

static int events_seen;

static void see_events(eg_loop *loop, eg_watcher *w, int events)
{
	egt_true(!eg_watcher_is_pending(w));
	trace_call(loop, w, events);
	events_seen = events;
}

/* LV-05, LV-24: inactive ones can be fed; events add up; one call. */
WATCH_TEST(fed_events_add_up)
{
	egt_eq(eg_watch_timer_init(&timers[0], see_events, 0, 0), 0);
	trace_name(&timers[0].watcher, "t");
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_READ), 0);
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_CUSTOM), 0);
	egt_true(eg_watcher_is_pending(&timers[0].watcher));
	egt_true(!eg_watcher_is_active(&timers[0].watcher));
	egt_eq(trace_turn(loop), 0);
	egt_str_eq(trace_take(), "t");
	egt_eq(events_seen, EG_READ | EG_CUSTOM);
}

/* LV-05 */
WATCH_TEST(cleared_is_not_called)
{
	start_timer(loop, 0, "t", 0);
	egt_eq(eg_watcher_clear(&timers[0].watcher), 0);
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_CUSTOM), 0);
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_READ), 0);
	egt_eq(eg_watcher_clear(&timers[0].watcher), EG_CUSTOM | EG_READ);
	egt_true(!eg_watcher_is_pending(&timers[0].watcher));
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_str_eq(trace_take(), "");
	egt_true(eg_watcher_is_active(&timers[0].watcher));
}

/* LV-23 */
WATCH_TEST(priority_is_set_while_nothing_is_going_on)
{
	eg_watcher *w = &timers[0].watcher;

	egt_eq(eg_watch_timer_init(&timers[0], trace_call, 0, EG_SEC), 0);
	egt_eq(eg_watcher_priority(w), 0);
	egt_eq(eg_watcher_set_priority(w, 3), -EINVAL);
	egt_eq(eg_watcher_set_priority(w, -3), -EINVAL);
	egt_eq(eg_watcher_set_priority(w, 2), 0);
	egt_eq(eg_watcher_start(loop, w), 0);
	egt_eq(eg_watcher_set_priority(w, 1), -EBUSY);
	egt_eq(eg_watcher_stop(w), 0);
	egt_eq(eg_watcher_feed(loop, w, EG_CUSTOM), 0);
	egt_eq(eg_watcher_set_priority(w, 1), -EBUSY);
	egt_eq(eg_watcher_clear(w), EG_CUSTOM);
	egt_eq(eg_watcher_set_priority(w, -2), 0);
	egt_eq(eg_watcher_priority(w), -2);
}
