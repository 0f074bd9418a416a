/* SPDX-License-Identifier: MIT */
/*
 * Breaking out of nested runs, and taking it back. LV-06
 */
#include "../expect.h"

static ev_timer inner, other;
static int how;

static void on_other(EV_P_ ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	say("other, depth %u\n", ev_depth(EV_A));
}

static void on_inner(EV_P_ ev_timer *w, int revents)
{
	(void)revents;
	if (ev_depth(EV_A) == 1) {
		ev_timer_set(w, 0.001, 0.);
		ev_timer_start(EV_A_ w);
		ev_timer_start(EV_A_ & other);
		say("in\n");
		ev_run(EV_A_ 0);
		say("out\n");
		return;
	}
	say("break %d\n", how);
	ev_break(EV_A_ how);
	/* What is pending is called all the same. */
	ev_feed_event(EV_A_ & other, EV_CUSTOM);
}

static void run_nested(EV_P_ int how_)
{
	how = how_;
	ev_timer_init(&inner, on_inner, 0.001, 0.);
	ev_timer_init(&other, on_other, 0.01, 0.);
	ev_timer_start(EV_A_ & inner);
	say("left with %d\n", ev_run(EV_A_ 0) != 0);
	ev_timer_stop(EV_A_ & inner);
	ev_timer_stop(EV_A_ & other);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);

	run_nested(loop, EVBREAK_ONE);
	run_nested(loop, EVBREAK_ALL);
	run_nested(loop, EVBREAK_CANCEL);
	/* Outside of a run it is forgotten by the next one. */
	ev_break(loop, EVBREAK_ALL);
	run_nested(loop, EVBREAK_CANCEL);
	ev_loop_destroy(loop);
	return 0;
}
