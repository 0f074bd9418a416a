/* SPDX-License-Identifier: MIT */
/*
 * The time of the turn: it stands while callbacks run, timers are relative to
 * it, and a suspended loop has none. LV-08 LV-09
 */
#include "../expect.h"

static int fired;

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	fired++;
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_timer timer;
	ev_tstamp now = ev_now(loop), rest;

	expect(now > 1e9 && ev_time() - now < LONG && now - ev_time() < 1.);
	ev_sleep(0.02);
	expect(ev_now(loop) == now);
	ev_timer_init(&timer, on_timer, 0.02, 0.);
	ev_timer_start(loop, &timer);
	ev_now_update(loop);
	expect(ev_now(loop) >= now + 0.0199);
	/* By the clock before the update it is due now. */
	expect(ev_timer_remaining(loop, &timer) <= 0.0001);
	ev_run(loop, EVRUN_NOWAIT);
	expect(fired == 1);

	ev_timer_set(&timer, LONG, 0.);
	ev_timer_start(loop, &timer);
	rest = ev_timer_remaining(loop, &timer);
	expect(rest > LONG - 0.001 && rest < LONG + 0.001);
	ev_suspend(loop);
	ev_sleep(0.1);
	ev_resume(loop);
	rest = ev_timer_remaining(loop, &timer);
	expect(rest > LONG - 0.05 && rest < LONG + 0.001);
	ev_timer_stop(loop, &timer);
	ev_loop_destroy(loop);
	return 0;
}
