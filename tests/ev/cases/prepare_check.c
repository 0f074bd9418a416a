/* SPDX-License-Identifier: MIT */
/*
 * Prepare and check stand around each wait, in pairs. LV-18
 */
#include "../expect.h"

static int prepared, checked;

static void on_prepare(EV_P_ ev_prepare *w, int revents)
{
	(void)loop;
	(void)w;
	expect(revents == EV_PREPARE && prepared == checked);
	prepared++;
}

static void on_check(EV_P_ ev_check *w, int revents)
{
	(void)loop;
	(void)w;
	expect(revents == EV_CHECK && prepared == checked + 1);
	checked++;
}

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)revents;
	expect(prepared == checked);
	if (checked >= 5)
		ev_timer_stop(EV_A_ w);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_prepare prepare;
	ev_check check;
	ev_timer timer;

	ev_prepare_init(&prepare, on_prepare);
	ev_prepare_start(loop, &prepare);
	ev_check_init(&check, on_check);
	ev_check_start(loop, &check);
	ev_unref(loop);
	ev_unref(loop);
	ev_timer_init(&timer, on_timer, 0.001, 0.001);
	ev_timer_start(loop, &timer);
	expect(ev_run(loop, 0) == 0);
	expect(checked >= 5);
	ev_ref(loop);
	ev_ref(loop);
	ev_prepare_stop(loop, &prepare);
	ev_check_stop(loop, &check);
	ev_loop_destroy(loop);
	return 0;
}
