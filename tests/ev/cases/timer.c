/* SPDX-License-Identifier: MIT */
/*
 * Timers: by time, not before it, no burst when late, a repeat that is changed,
 * a stop and a start that go on, again. LV-11 LV-12
 */
#include "../expect.h"

static ev_timer timers[4], repeating;
static int fired;

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	expect(revents == EV_TIMER && !ev_is_active(w));
	say("timer %d\n", (int)(w - timers));
}

static void on_repeat(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	expect(ev_is_active(w));
	fired++;
}

static void check_late(EV_P)
{
	ev_timer_init(&repeating, on_repeat, 0.001, 0.001);
	ev_timer_start(EV_A_ & repeating);
	ev_sleep(0.02);
	/* Twenty times late: once. */
	ev_run(EV_A_ EVRUN_NOWAIT);
	expect(fired == 1);
	/* From the next expiry on. */
	repeating.repeat = LONG;
	ev_run(EV_A_ EVRUN_ONCE);
	expect(fired == 2);
	expect(ev_timer_remaining(EV_A_ & repeating) > LONG - 1.);
}

static void check_again(EV_P)
{
	ev_tstamp rest;

	repeating.repeat = LONG / 2;
	ev_timer_again(EV_A_ & repeating);
	rest = ev_timer_remaining(EV_A_ & repeating);
	expect(rest > LONG / 2 - 1. && rest < LONG / 2 + 0.001);
	ev_feed_event(EV_A_ & repeating, EV_TIMER);
	ev_timer_again(EV_A_ & repeating);
	expect(!ev_is_pending(&repeating));
	repeating.repeat = 0.;
	ev_timer_again(EV_A_ & repeating);
	expect(!ev_is_active(&repeating));
	ev_timer_again(EV_A_ & repeating);
	expect(!ev_is_active(&repeating));
	ev_timer_init(&repeating, on_repeat, 0., LONG);
	ev_timer_again(EV_A_ & repeating);
	expect(ev_is_active(&repeating));
	expect(ev_timer_remaining(EV_A_ & repeating) > LONG - 1.);
	ev_timer_stop(EV_A_ & repeating);
}

static void check_rest(EV_P)
{
	ev_timer_init(&timers[0], on_timer, 5., 7.);
	expect(ev_timer_remaining(EV_A_ & timers[0]) == 5.);
	ev_timer_set(&timers[0], LONG, 0.);
	ev_timer_start(EV_A_ & timers[0]);
	ev_sleep(0.02);
	ev_now_update(EV_A);
	ev_timer_stop(EV_A_ & timers[0]);
	expect(ev_timer_remaining(EV_A_ & timers[0]) < LONG - 0.01);
	ev_timer_start(EV_A_ & timers[0]);
	expect(ev_timer_remaining(EV_A_ & timers[0]) < LONG - 0.01);
	ev_timer_stop(EV_A_ & timers[0]);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	static const double after[] = { 0.003, 0.001, 0., 0.002 };
	ev_tstamp begin = ev_time();
	int i;

	ev_now_update(loop);
	for (i = 0; i < 4; i++) {
		ev_timer_init(&timers[i], on_timer, after[i], 0.);
		ev_timer_start(loop, &timers[i]);
	}
	expect(ev_run(loop, 0) == 0);
	expect(ev_time() - begin >= 0.0029);
	check_late(loop);
	check_again(loop);
	check_rest(loop);
	ev_loop_destroy(loop);
	return 0;
}
