/* SPDX-License-Identifier: MIT */
/*
 * libev's names in a program with fibers: a loop that a fiber runs lets the
 * others run, and says that watchers are active when it was cancelled. What
 * they do without fibers is tests/ev's. Semantics LV-02, LV-22.
 */
#include "harness/egt.h"

#include <evergreen/ev.h>
#include <evergreen/evergreen.h>

static int ticks, result;
static ev_async async;

static void on_tick(EV_P_ ev_timer *w, int revents)
{
	(void)revents;
	if (++ticks == 3)
		ev_timer_stop(EV_A_ w);
}

static void *run_ticks(void *arg)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_timer timer;

	(void)arg;
	ev_timer_init(&timer, on_tick, 0.001, 0.001);
	ev_timer_start(loop, &timer);
	result = ev_run(loop, 0);
	ev_loop_destroy(loop);
	return NULL;
}

EG_TEST(fibers_run_while_one_runs_a_libev_loop, .backends = EGT_REAL)
{
	eg_fiber *fiber;
	int turns = 0;

	egt_eq(eg_spawn(&fiber, run_ticks, NULL), 0);
	while (ticks < 3) {
		turns++;
		egt_eq(eg_sleep(100 * EG_USEC), 0);
	}
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(result, 0);
	egt_true(turns > 1);
}

static void on_async(EV_P_ ev_async *w, int revents)
{
	(void)loop;
	(void)w;
	egt_eq(revents, EV_ASYNC);
	ticks++;
}

static void *run_for_ever(void *arg)
{
	struct ev_loop *loop = (struct ev_loop *)arg;

	ev_async_init(&async, on_async);
	ev_async_start(loop, &async);
	result = ev_run(loop, 0);
	ev_async_stop(loop, &async);
	return NULL;
}

EG_TEST(cancelled_libev_loop_still_has_its_watchers, .backends = EGT_REAL)
{
	struct ev_loop *loop = ev_loop_new(0);
	eg_fiber *fiber;

	egt_eq(eg_spawn(&fiber, run_for_ever, loop), 0);
	egt_eq(eg_yield(), 0);
	ev_async_send(loop, &async);
	while (!ticks)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(result, 1);
	ev_loop_destroy(loop);
}
