/* SPDX-License-Identifier: MIT */
/*
 * A loop's times: the turn's, which stands (semantics LV-08), the wall clock's,
 * and none at all while the loop is suspended (LV-09).
 */
#include "watch_times.h"

#include "base/clock.h"

#include <evergreen/hub.h>

#include <errno.h>
#include <time.h>

/* Computes for a millisecond. */
static void work(void)
{
	int64_t end = eg__clock_now() + EG_MSEC;

	while (eg__clock_now() < end)
		;
}

static void work_in_callback(eg_loop *loop, eg_watcher *w, int events)
{
	int64_t now = eg_loop_now(loop), realtime = eg_loop_realtime(loop);

	note_call(loop, w, events);
	work();
	egt_eq(eg_loop_now(loop), now);
	egt_eq(eg_loop_realtime(loop), realtime);
	egt_eq(eg_loop_update(loop), 0);
	egt_le(now + EG_MSEC, eg_loop_now(loop));
}

/* LV-08 */
EG_TEST_BARE(time_stands_in_a_callback_until_update, .backends = EGT_REAL)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_timer t;

	start_timer(loop, &t, work_in_callback, &c, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.count, 1);
	eg_loop_free(loop);
}

/* LV-08: relative to the turn, not to the call. */
EG_TEST_BARE(timers_count_from_the_time_of_the_turn)
{
	eg_loop *loop = new_loop(0);
	int64_t now = eg_loop_now(loop);
	struct calls c = { 0 };
	eg_watch_timer t;

	work();
	start_timer(loop, &t, note_call, &c, 10 * EG_MSEC);
	egt_eq(eg_watch_timer_remaining(loop, &t), 10 * EG_MSEC);
	egt_eq(eg_loop_now(loop), now);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_le(now + 10 * EG_MSEC, c.now);
	if (egt_is_sim())
		egt_eq(c.now, now + 10 * EG_MSEC);
	eg_loop_free(loop);
}

EG_TEST_BARE(the_wall_clock_is_the_machines, .backends = EGT_REAL)
{
	eg_loop *loop = new_loop(0);
	struct timespec wall;
	int64_t ns;

	egt_eq(clock_gettime(CLOCK_REALTIME, &wall), 0);
	ns = wall.tv_sec * EG_SEC + wall.tv_nsec;
	egt_le(eg_loop_realtime(loop), ns);
	/* However slow this machine is: the same hour. */
	egt_le(ns - 3600 * EG_SEC, eg_loop_realtime(loop));
	eg_loop_free(loop);
}

EG_TEST_BARE(the_wall_clock_moves_with_the_clock, .backends = EGT_SIM)
{
	eg_loop *loop = new_loop(0);
	int64_t lead = eg_loop_realtime(loop) - eg_loop_now(loop);

	egt_eq(lead, EG_WALL_CLOCK_START);
	run_for(loop, 50 * EG_MSEC);
	egt_eq(eg_loop_realtime(loop) - eg_loop_now(loop), lead);
	eg_loop_free(loop);
}

static int asked;

static int64_t in_an_hour(eg_watch_periodic *periodic, int64_t now)
{
	(void)periodic;
	asked++;
	return now + 3600 * EG_SEC;
}

/* A clock that is slewed is followed, and no jump. */
EG_TEST_BARE(a_jump_is_found_within_half_a_second, .backends = EGT_SIM)
{
	eg_loop *loop = new_loop(EG_LOOP_NO_TIMERFD);
	int64_t wall = eg_loop_realtime(loop), at;
	eg_watch_periodic p;

	egt_eq(eg_watch_periodic_init(&p, NULL, 0, 0, in_an_hour), 0);
	egt_eq(eg_watcher_start(loop, &p.watcher), 0);
	at = eg_watch_periodic_at(&p);
	eg__watch_set_wall_clock(loop, wall + 3 * EG_MSEC);
	run_for(loop, 600 * EG_MSEC);
	egt_eq(eg_loop_realtime(loop), wall + 603 * EG_MSEC);
	egt_eq(asked, 1);
	egt_eq(eg_watch_periodic_at(&p), at);
	eg__watch_set_wall_clock(loop, wall);
	run_for(loop, 400 * EG_MSEC);
	egt_eq(eg_loop_realtime(loop), wall + 1003 * EG_MSEC);
	egt_eq(asked, 1);
	run_for(loop, 100 * EG_MSEC);
	egt_eq(eg_loop_realtime(loop), wall + 500 * EG_MSEC);
	egt_eq(asked, 2);
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(timers_do_not_follow_the_wall_clock, .backends = EGT_SIM)
{
	eg_loop *loop = new_loop(0);
	int64_t start = eg_loop_now(loop);
	struct calls c = { 0 };
	eg_watch_timer t;

	start_timer(loop, &t, note_call, &c, 5 * EG_SEC);
	set_wall_clock(loop, eg_loop_realtime(loop) - 3600 * EG_SEC);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.now - start, 5 * EG_SEC);
	eg_loop_free(loop);
}

/* LV-09 */
EG_TEST(timers_are_put_off_by_suspensions)
{
	eg_loop *loop = new_loop(0);
	int64_t left, now, start = eg_loop_now(loop);
	struct calls c = { 0 };
	eg_watch_timer t;

	start_timer(loop, &t, note_call, &c, 3600 * EG_SEC);
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_sleep(20 * EG_MSEC), 0);
		egt_eq(eg_loop_suspend(loop), 0);
		now = eg_loop_now(loop);
		left = eg_watch_timer_remaining(loop, &t);
		egt_eq(eg_sleep(30 * EG_MSEC), 0);
		egt_eq(eg_loop_update(loop), 0);
		egt_eq(eg_loop_now(loop), now);
		egt_eq(eg_loop_resume(loop), 0);
		if (egt_is_sim()) {
			egt_eq(eg_loop_now(loop), now);
			egt_eq(eg_watch_timer_remaining(loop, &t), left);
		}
	}
	/* What is not suspended counts. */
	egt_le(start + 40 * EG_MSEC, eg_loop_now(loop));
	egt_le(60 * EG_MSEC, eg_now() - eg_loop_now(loop));
	eg_watcher_stop(&t.watcher);
	eg_loop_free(loop);
}

EG_TEST(a_suspended_loop_fires_late_by_the_suspension)
{
	eg_loop *loop = new_loop(0);
	int64_t start = eg_now();
	struct calls c = { 0 };
	eg_watch_timer t;

	start_timer(loop, &t, note_call, &c, 10 * EG_MSEC);
	egt_eq(eg_loop_suspend(loop), 0);
	egt_eq(eg_sleep(50 * EG_MSEC), 0);
	egt_eq(eg_loop_resume(loop), 0);
	run_turns(loop, 1);
	if (egt_is_sim())
		egt_eq(c.count, 0);
	egt_eq(eg_sleep(10 * EG_MSEC), 0);
	run_turns(loop, 1);
	egt_eq(c.count, 1);
	egt_le(60 * EG_MSEC, eg_now() - start);
	eg_loop_free(loop);
}

EG_TEST(points_missed_in_a_suspension_are_dropped)
{
	eg_loop *loop = new_loop(0);
	int64_t wall = eg_loop_realtime(loop);
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, wall + 3 * EG_MSEC, 3600 * EG_SEC);
	egt_eq(eg_loop_suspend(loop), 0);
	egt_eq(eg_sleep(30 * EG_MSEC), 0);
	egt_eq(eg_loop_resume(loop), 0);
	egt_le(wall + 30 * EG_MSEC, eg_loop_realtime(loop));
	run_turns(loop, 2);
	egt_eq(c.count, 0);
	egt_eq(eg_watch_periodic_at(&p), wall + 3 * EG_MSEC + 3600 * EG_SEC);
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(a_suspension_has_one_beginning_and_one_end)
{
	eg_loop *loop = new_loop(0);

	egt_eq(eg_loop_resume(loop), -EALREADY);
	egt_eq(eg_loop_suspend(loop), 0);
	egt_eq(eg_loop_suspend(loop), -EALREADY);
	egt_eq(eg_loop_resume(loop), 0);
	egt_eq(eg_loop_resume(loop), -EALREADY);
	eg_loop_free(loop);
}
