/* SPDX-License-Identifier: MIT */
/*
 * Running: until nothing keeps the loop, one turn, one turn that does not wait;
 * what keeps it. LV-02 LV-07
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
	ev_timer once, far;
	ev_cleanup cleanup;
	unsigned int before;

	expect(ev_run(loop, 0) == 0);
	before = ev_iteration(loop);
	ev_timer_init(&once, on_timer, 0.001, 0.);
	ev_timer_init(&far, on_timer, LONG, 0.);
	ev_timer_start(loop, &far);
	expect(ev_run(loop, EVRUN_NOWAIT) != 0 && fired == 0);
	expect(ev_iteration(loop) == before + 1);
	ev_timer_start(loop, &once);
	expect(ev_run(loop, EVRUN_ONCE) != 0 && fired == 1);

	/* The far one does not keep it any more. */
	ev_unref(loop);
	ev_timer_start(loop, &once);
	expect(ev_run(loop, 0) == 0 && fired == 2);
	expect(ev_is_active(&far));
	ev_ref(loop);
	ev_timer_stop(loop, &far);

	/* Nor does a cleanup watcher. */
	ev_init(&cleanup, NULL);
	ev_cleanup_start(loop, &cleanup);
	expect(ev_run(loop, 0) == 0);
	ev_cleanup_stop(loop, &cleanup);
	expect(ev_depth(loop) == 0);
	ev_loop_destroy(loop);
	return 0;
}
