/* SPDX-License-Identifier: MIT */
/*
 * Timers of a loop: in order, never early, once in a turn however late, and
 * put off: semantics LV-11, LV-12.
 */
#include "watch_trace.h"

#include <stdlib.h>

enum { MILLION = 1000000 };

static eg_watch_timer timers[4];

static void init(int i, const char *text, int64_t after, int64_t repeat)
{
	egt_eq(eg_watch_timer_init(&timers[i], trace_call, after, repeat), 0);
	trace_name(&timers[i].watcher, text);
}

static void start(eg_loop *loop, int i, const char *text, int64_t after,
		  int64_t repeat)
{
	init(i, text, after, repeat);
	egt_eq(eg_watcher_start(loop, &timers[i].watcher), 0);
}

static bool is_active(int i)
{
	return eg_watcher_is_active(&timers[i].watcher);
}

/* Loop time goes on by @ns at least. */
static void pass(eg_loop *loop, int64_t ns)
{
	int64_t until = eg_loop_now(loop) + ns;
	static eg_watch_timer t;

	while (eg_loop_now(loop) < until) {
		egt_eq(eg_watch_timer_init(&t, NULL, until - eg_loop_now(loop),
					   0),
		       0);
		egt_eq(eg_watcher_start(loop, &t.watcher), 0);
		while (eg_watcher_is_active(&t.watcher))
			egt_le(0, eg_loop_run(loop, EG_RUN_ONCE));
	}
}

WATCH_TEST(timers_fire_in_order_of_time)
{
	start(loop, 0, "3", 300 * EG_USEC, 0);
	start(loop, 1, "1", 100 * EG_USEC, 0);
	start(loop, 2, "2", 200 * EG_USEC, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "123");
}

static void busy(eg_loop *loop, int64_t ns)
{
	int64_t until = eg_loop_now(loop) + ns;

	while (eg_loop_now(loop) < until)
		egt_eq(eg_loop_update(loop), 0);
}

/* Late ones too, all in one turn. */
WATCH_TEST(timers_late_together_fire_in_order_of_time)
{
	if (egt_is_sim())
		egt_skip("no time passes by itself");
	start(loop, 0, "3", 300 * EG_USEC, 0);
	start(loop, 1, "1", 100 * EG_USEC, 0);
	start(loop, 2, "2", 200 * EG_USEC, 0);
	busy(loop, EG_MSEC);
	egt_eq(trace_turn(loop), 0);
	egt_str_eq(trace_take(), "123");
}

WATCH_TEST(timers_of_equal_time_fire_in_order_of_start)
{
	start(loop, 0, "a", EG_USEC, 0);
	start(loop, 1, "b", EG_USEC, 0);
	start(loop, 2, "c", EG_USEC, 0);
	start(loop, 3, "d", EG_USEC, 0);
	egt_eq(eg_watcher_stop(&timers[1].watcher), 0);
	egt_eq(eg_watcher_start(loop, &timers[1].watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "acdb");
}

static int64_t fired_at;

static void note_time(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(events, EG_TIMER);
	fired_at = eg_loop_now(loop);
}

WATCH_TEST(timer_is_never_early)
{
	static const int64_t after[] = { 1,	  EG_USEC,     70 * EG_USEC,
					 EG_MSEC, 5 * EG_MSEC, 20 * EG_MSEC };

	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		int64_t begin = eg_loop_now(loop);

		egt_casef("%lld ns", (long long)after[i]);
		init(0, "t", after[i], 0);
		egt_eq(eg_watcher_set_fn(&timers[0].watcher, note_time), 0);
		egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
		egt_str_eq(trace_take(), "t");
		egt_le(begin + after[i], fired_at);
		if (egt_is_sim())
			egt_eq(fired_at, begin + after[i]);
	}
}

/* Zero and less: in the next turn, without sleep. */
WATCH_TEST(timer_of_no_time_fires_in_the_next_turn)
{
	start(loop, 0, "z", 0, 0);
	start(loop, 1, "n", -EG_SEC, 0);
	start(loop, 2, "m", INT64_MIN, 0);
	egt_eq(trace_turn(loop), 0);
	egt_str_eq(trace_take(), "znm");
}

WATCH_TEST(timer_without_repeat_is_stopped_before_its_callback)
{
	start(loop, 0, "t", 0, 0);
	egt_true(is_active(0));
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
	egt_true(!is_active(0));
	egt_eq(eg_watcher_stop(&timers[0].watcher), 0);
	/* And can be started again. */
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
}

WATCH_TEST(timer_repeats_without_drift)
{
	int64_t begin = eg_loop_now(loop);

	start(loop, 0, "r", 2 * EG_MSEC, EG_MSEC);
	if (!egt_is_sim())
		egt_skip("exact times are the simulation's");
	for (int i = 2; i < 8; i++) {
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
		egt_str_eq(trace_take(), "r");
		egt_eq(eg_loop_now(loop), begin + i * EG_MSEC);
	}
}

/* LV-11: it was missed many times, fires once, and goes on from now. */
WATCH_TEST(timer_that_is_late_fires_once)
{
	start(loop, 0, "r", EG_USEC, 100 * EG_MSEC);
	start(loop, 1, "s", EG_USEC, EG_USEC);
	pass(loop, EG_USEC);
	trace_take();
	if (egt_is_sim())
		egt_skip("no time passes by itself");
	busy(loop, EG_MSEC);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "s");
	egt_le(0, eg_watch_timer_remaining(loop, &timers[1]));
	egt_le(eg_watch_timer_remaining(loop, &timers[1]), EG_USEC);
}

static void restart(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_watcher_start(loop, w), 0);
	/* Not in this turn any more. */
	egt_true(!eg_watcher_is_pending(w));
}

WATCH_TEST(timer_started_in_its_callback_waits_for_the_next_turn)
{
	init(0, "t", 0, 0);
	egt_eq(eg_watcher_set_fn(&timers[0].watcher, restart), 0);
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	for (int i = 0; i < 3; i++) {
		egt_eq(trace_turn(loop), 1);
		egt_str_eq(trace_take(), "t");
	}
}

static void stop_self(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_true(eg_watcher_is_active(w));
	egt_eq(eg_watcher_stop(w), 0);
}

WATCH_TEST(timer_that_repeats_is_stopped_in_its_callback)
{
	init(0, "t", 0, 1);
	egt_eq(eg_watcher_set_fn(&timers[0].watcher, stop_self), 0);
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
}

static void stop_second(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_watcher_stop(&timers[1].watcher), 0);
}

/* LV-05: both are due in this turn. */
WATCH_TEST(timer_stopped_by_another_of_its_turn_does_not_fire)
{
	start(loop, 0, "a", 0, 0);
	egt_eq(eg_watcher_set_fn(&timers[0].watcher, stop_second), 0);
	start(loop, 1, "b", 0, EG_USEC);
	start(loop, 2, "c", 0, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "ac");
}

/* LV-12: active or not, with a repeat or without. */
WATCH_TEST(timer_again_has_four_cases)
{
	init(0, "t", EG_SEC, 0);
	egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
	egt_true(!is_active(0));
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
	egt_true(!is_active(0));
	timers[0].repeat = 30 * EG_SEC;
	egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
	egt_true(is_active(0));
	egt_eq(eg_watch_timer_remaining(loop, &timers[0]), 30 * EG_SEC);
	for (int i = 0; i < 3; i++) {
		timers[0].repeat = (3 - i) * 10 * EG_SEC;
		egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
		egt_eq(eg_watch_timer_remaining(loop, &timers[0]),
		       timers[0].repeat);
	}
	timers[0].repeat = -1;
	egt_eq(eg_watch_timer_again(loop, &timers[0]), -EINVAL);
	egt_true(is_active(0));
}

/* LV-12 */
WATCH_TEST(timer_again_takes_back_what_is_pending)
{
	start(loop, 0, "t", EG_SEC, EG_SEC);
	egt_eq(eg_watcher_feed(loop, &timers[0].watcher, EG_TIMER), 0);
	egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
	egt_true(!eg_watcher_is_pending(&timers[0].watcher));
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_str_eq(trace_take(), "");
}

/* An idle timeout: put off by activity, it fires when that has ended. */
WATCH_TEST(timer_put_off_again_and_again_fires_at_last)
{
	init(0, "t", 0, 10 * EG_MSEC);
	for (int i = 0; i < 50; i++) {
		egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
		pass(loop, 10 * EG_USEC);
		/* A machine that stood still for so long may have fired. */
		if (egt_is_sim())
			egt_str_eq(trace_take(), "");
	}
	trace_take();
	egt_eq(eg_watch_timer_again(loop, &timers[0]), 0);
	pass(loop, 10 * EG_MSEC);
	egt_str_has(trace_take(), "t");
}

WATCH_TEST(timer_tells_what_remains)
{
	init(0, "t", 5 * EG_SEC, 0);
	egt_eq(eg_watch_timer_remaining(loop, &timers[0]), 5 * EG_SEC);
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	egt_eq(eg_watch_timer_remaining(loop, &timers[0]), 5 * EG_SEC);
	pass(loop, EG_MSEC);
	egt_le(eg_watch_timer_remaining(loop, &timers[0]),
	       5 * EG_SEC - EG_MSEC);
	egt_eq(eg_watcher_stop(&timers[0].watcher), 0);
	start(loop, 1, "f", EG_FOREVER, 0);
	egt_eq(eg_watch_timer_remaining(loop, &timers[1]), EG_FOREVER);
	egt_eq(eg_watch_timer_remaining(NULL, &timers[1]), 0);
	egt_eq(eg_watch_timer_remaining(loop, NULL), 0);
}

WATCH_TEST(timer_is_set_while_it_is_inactive)
{
	start(loop, 0, "t", EG_SEC, 0);
	egt_eq(eg_watch_timer_set(&timers[0], 0, 0), -EBUSY);
	egt_eq(eg_watch_timer_set(&timers[0], 0, -1), -EINVAL);
	egt_eq(eg_watcher_stop(&timers[0].watcher), 0);
	egt_eq(eg_watch_timer_set(&timers[0], 0, 0), 0);
	egt_eq(eg_watcher_start(loop, &timers[0].watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
}

static int64_t last_time;
static int fired;

static void expect_order(eg_loop *loop, eg_watcher *w, int events)
{
	int64_t time = (int64_t)(intptr_t)w->data;

	(void)loop;
	(void)events;
	egt_le(last_time, time);
	last_time = time;
	fired++;
}

/* Half of them are stopped again; the rest fires in order. */
EG_TEST_BARE(watch_timers_by_the_million, .limit_ms = 60000)
{
	eg_watch_timer *many = calloc(MILLION, sizeof(*many));
	eg_loop *loop = trace_loop(NULL, 0);
	uint32_t random = 1;

	for (int i = 0; i < MILLION; i++) {
		random = random * 1664525 + 1013904223;
		int64_t after = random >> 8; /* up to 16 ms */

		egt_eq(eg_watch_timer_init(&many[i], expect_order, after, 0),
		       0);
		many[i].watcher.data = (void *)(intptr_t)after;
		egt_eq(eg_watcher_start(loop, &many[i].watcher), 0);
	}
	for (int i = 0; i < MILLION; i += 2)
		egt_eq(eg_watcher_stop(&many[i].watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(fired, MILLION / 2);
	egt_eq(eg_loop_free(loop), 0);
	free(many);
}
