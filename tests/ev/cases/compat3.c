/* SPDX-License-Identifier: MIT */
/*
 * The names that libev had before 4.0, and callbacks that free what they are
 * called for. LV-02 LV-05
 */
#include "../expect.h"

static int freed;

static void on_idle(EV_P_ ev_idle *w, int revents)
{
	(void)revents;
	ev_idle_stop(EV_A_ w);
	free(w);
	freed++;
}

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	expect(revents == EV_TIMEOUT);
	expect(ev_loop_depth(EV_A) == 1 && ev_loop_count(EV_A) > 0);
	free(w);
	freed++;
	ev_unloop(EV_A_ EVUNLOOP_ALL);
}

int main(void)
{
	struct ev_loop *loop = ev_default_loop(0);
	ev_timer *timer = (ev_timer *)malloc(sizeof(*timer));
	ev_idle *idle = (ev_idle *)malloc(sizeof(*idle));

	ev_timer_init(timer, on_timer, 0.001, 0.);
	ev_timer_start(loop, timer);
	ev_idle_init(idle, on_idle);
	ev_idle_start(loop, idle);
	ev_loop(loop, EVLOOP_NONBLOCK);
	expect(freed == 1);
	ev_loop(loop, 0);
	expect(freed == 2);
	ev_loop_verify(loop);
	ev_default_fork();
	ev_loop(loop, EVLOOP_ONESHOT);
	ev_default_destroy();
	return 0;
}
