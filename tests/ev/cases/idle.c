/* SPDX-License-Identifier: MIT */
/*
 * Idle: only when nothing of its priority or a higher one is pending, and the
 * loop does not sleep meanwhile. LV-17
 */
#include "../expect.h"

static int low, high, turns;

static void on_idle(EV_P_ ev_idle *w, int revents)
{
	(void)loop;
	expect(revents == EV_IDLE);
	if (ev_priority(w) == 0)
		low++;
	else
		high++;
}

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	/* Pending now, so the idle one of this priority is not called. */
	if (++turns == 1)
		expect(low == 0);
	if (turns < 3)
		ev_feed_event(EV_A_ w, EV_CUSTOM);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_idle a, b;
	ev_timer timer;

	ev_idle_init(&a, on_idle);
	ev_idle_init(&b, on_idle);
	ev_set_priority(&b, 1);
	ev_idle_start(loop, &a);
	ev_idle_start(loop, &b);
	/* The higher one keeps the lower one out. */
	ev_run(loop, EVRUN_ONCE);
	ev_run(loop, EVRUN_ONCE);
	say("low %d, high %d\n", low, high);
	ev_idle_stop(loop, &b);
	ev_run(loop, EVRUN_ONCE);
	say("low %d, high %d\n", low, high);
	ev_idle_stop(loop, &a);

	low = 0;
	ev_timer_init(&timer, on_timer, 0., 0.);
	ev_idle_start(loop, &a);
	ev_timer_start(loop, &timer);
	ev_sleep(0.001);
	ev_now_update(loop);
	turns = 0;
	ev_run(loop, EVRUN_ONCE);
	expect(turns == 3);
	say("low %d\n", low);
	ev_idle_stop(loop, &a);
	ev_loop_destroy(loop);
	return 0;
}
