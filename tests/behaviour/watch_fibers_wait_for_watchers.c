/* SPDX-License-Identifier: MIT */
/*
 * Fibers that wait for watchers: of each kind, several at once, woken, timed
 * out, cancelled, and the watcher stopped or freed under them.
 */
#include "watch_trace.h"

#include <evergreen/evergreen.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static eg_loop *hub_loop(void)
{
	eg_loop *loop;

	egt_eq(eg_loop_hub(&loop), 0);
	return loop;
}

/* Until the fiber that runs the hub's loop has ended: nothing is active. */
static void settle(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	do {
		egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(eg_hub_get_stats(&stats), 0);
	} while (stats.fibers_alive > 1);
}

static void check_once(eg_watcher *w, int want)
{
	int events = 0;

	egt_eq(eg_watcher_wait(hub_loop(), w, &events, EG_FOREVER), 0);
	egt_eq(events, want);
	egt_true(!eg_watcher_is_active(w));
}

EG_TEST(watch_fiber_waits_for_each_kind)
{
	eg_watch_timer timer;
	eg_watch_idle idle;
	eg_watch_prepare prepare;
	eg_watch_check check;
	eg_watch_io io;
	int ends[2];

	egt_eq(pipe(ends), 0);
	egt_eq(eg_watch_timer_init(&timer, NULL, EG_MSEC, 0), 0);
	check_once(&timer.watcher, EG_TIMER);
	egt_eq(eg_watch_timer_init(&timer, NULL, 0, EG_MSEC), 0);
	check_once(&timer.watcher, EG_TIMER);
	egt_eq(eg_watch_idle_init(&idle, NULL), 0);
	check_once(&idle.watcher, EG_IDLE);
	egt_eq(eg_watch_prepare_init(&prepare, NULL), 0);
	check_once(&prepare.watcher, EG_PREPARE);
	/* Its turn has a wait, which the idle one ends. */
	egt_eq(eg_watcher_start(hub_loop(), &idle.watcher), 0);
	egt_eq(eg_watch_check_init(&check, NULL), 0);
	check_once(&check.watcher, EG_CHECK);
	egt_eq(eg_watcher_stop(&idle.watcher), 0);
	egt_eq(eg_watch_io_init(&io, NULL, ends[1], EG_WRITE), 0);
	check_once(&io.watcher, EG_WRITE);
	egt_eq(eg_watch_io_init(&io, NULL, 1000, EG_READ), 0);
	check_once(&io.watcher, (int)(EG_ERROR | EG_READ | EG_WRITE));
	settle();
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

struct guest {
	eg_watcher *watcher;
	int64_t deadline;
	int result, events;
	eg_fiber *fiber;
};

static void *wait_as_guest(void *arg)
{
	struct guest *g = arg;

	g->result = eg_watcher_wait(hub_loop(), g->watcher, &g->events,
				    g->deadline);
	return NULL;
}

static void spawn_guest(struct guest *g, eg_watcher *w, int64_t deadline)
{
	*g = (struct guest){ .watcher = w, .deadline = deadline, .result = 7 };
	egt_eq(eg_spawn(&g->fiber, wait_as_guest, g), 0);
	egt_eq(eg_yield(), 0);
}

static void join_guest(struct guest *g, int want)
{
	egt_eq(eg_join(g->fiber, NULL, EG_FOREVER), 0);
	egt_eq(g->result, want);
}

EG_TEST(watch_event_wakes_every_fiber_after_the_callback)
{
	struct guest guests[4];
	eg_watch_async async;

	egt_eq(eg_watch_async_init(&async, trace_call), 0);
	trace_name(&async.watcher, "a");
	for (int i = 0; i < 4; i++)
		spawn_guest(&guests[i], &async.watcher, EG_FOREVER);
	egt_true(eg_watcher_is_active(&async.watcher));
	egt_eq(eg_watch_async_send(&async), 0);
	for (int i = 0; i < 4; i++) {
		join_guest(&guests[i], 0);
		egt_eq(guests[i].events, EG_ASYNC);
	}
	egt_str_eq(trace_take(), "a");
	egt_true(!eg_watcher_is_active(&async.watcher));
	settle();
}

EG_TEST(watch_started_watcher_stays_active_after_a_wait)
{
	struct guest guests[2];
	eg_watch_async async;

	egt_eq(eg_watch_async_init(&async, NULL), 0);
	/* Started before the wait, or during it. */
	for (int i = 0; i < 2; i++) {
		if (!i)
			egt_eq(eg_watcher_start(hub_loop(), &async.watcher), 0);
		spawn_guest(&guests[i], &async.watcher, EG_FOREVER);
		egt_eq(eg_watcher_start(hub_loop(), &async.watcher), 0);
		egt_eq(eg_watch_async_send(&async), 0);
		join_guest(&guests[i], 0);
		egt_true(eg_watcher_is_active(&async.watcher));
		egt_eq(eg_watcher_stop(&async.watcher), 0);
	}
	settle();
}

EG_TEST(watch_wait_ends_by_deadline_cancel_and_stop)
{
	struct guest late, cancelled, stopped, other;
	eg_watch_async async;

	egt_eq(eg_watch_async_init(&async, NULL), 0);
	spawn_guest(&late, &async.watcher, eg_after(EG_MSEC));
	spawn_guest(&cancelled, &async.watcher, EG_FOREVER);
	egt_eq(eg_cancel(cancelled.fiber), 0);
	join_guest(&cancelled, -ECANCELED);
	join_guest(&late, -ETIMEDOUT);
	egt_true(!eg_watcher_is_active(&async.watcher));
	spawn_guest(&stopped, &async.watcher, EG_FOREVER);
	spawn_guest(&other, &async.watcher, EG_FOREVER);
	egt_eq(eg_watcher_stop(&async.watcher), 0);
	join_guest(&stopped, -ECANCELED);
	join_guest(&other, -ECANCELED);
	settle();
}

/* A clear takes away what an inactive one was woken for. */
EG_TEST(watch_wait_ends_when_what_is_pending_is_taken_back)
{
	struct guest guest;
	eg_watch_async async;

	egt_eq(eg_watch_async_init(&async, NULL), 0);
	spawn_guest(&guest, &async.watcher, EG_FOREVER);
	egt_eq(eg_watcher_feed(hub_loop(), &async.watcher, EG_CUSTOM), 0);
	egt_eq(eg_watcher_clear(&async.watcher), EG_CUSTOM);
	egt_eq(eg_watcher_feed(hub_loop(), &async.watcher, EG_READ), 0);
	join_guest(&guest, 0);
	egt_eq(guest.events, EG_READ);
	settle();
}

static void stop_and_free(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	egt_eq(eg_watcher_stop(w), 0);
	memset(w, 0xa5, sizeof(eg_watch_async));
	free(w);
}

static void *stop_and_free_here(void *arg)
{
	stop_and_free(NULL, arg, 0);
	return NULL;
}

/* Who waited does not touch it any more. */
EG_TEST(watch_watcher_is_freed_under_its_waiters)
{
	for (int way = 0; way < 3; way++) {
		eg_watch_async *async = malloc(sizeof(*async));
		struct guest guests[3];

		egt_casef("way %d", way);
		egt_eq(eg_watch_async_init(async, way ? NULL : stop_and_free),
		       0);
		for (int i = 0; i < 3; i++)
			spawn_guest(&guests[i], &async->watcher,
				    way == 2 ? eg_after(EG_MSEC) : EG_FOREVER);
		if (way == 0) {
			egt_eq(eg_watch_async_send(async), 0);
		} else if (way == 1) {
			stop_and_free_here(async);
		} else {
			/* Woken by their deadlines, and not run yet. */
			for (int i = 0; i < 3; i++)
				egt_eq(eg_cancel(guests[i].fiber), 0);
			stop_and_free_here(async);
		}
		for (int i = 0; i < 3; i++)
			join_guest(&guests[i], way ? -ECANCELED : 0);
	}
	settle();
}

static eg_loop *unrun;

static void *wait_in_unrun(void *arg)
{
	return (void *)(intptr_t)eg_watcher_wait(unrun, arg, NULL, EG_FOREVER);
}

/* Of a loop that nobody runs: a deadline holds, and its end is told. */
EG_TEST(watch_wait_ends_with_the_loop)
{
	eg_watch_timer timer;
	eg_fiber *f;
	void *result;

	unrun = trace_loop("epoll", 0);
	egt_eq(eg_watch_timer_init(&timer, NULL, 0, 0), 0);
	egt_eq(eg_watcher_wait(unrun, &timer.watcher, NULL, eg_after(EG_MSEC)),
	       -ETIMEDOUT);
	egt_true(!eg_watcher_is_active(&timer.watcher));
	egt_eq(eg_spawn(&f, wait_in_unrun, &timer.watcher), 0);
	egt_eq(eg_yield(), 0);
	egt_true(eg_watcher_is_active(&timer.watcher));
	egt_eq(eg_loop_free(unrun), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, -ECANCELED);
}

/* And nothing is started, or written, if the wait does not begin. */
EG_TEST(watch_wait_needs_a_fiber_and_a_watcher)
{
	eg_watch_timer timer = { 0 };
	int events = 5;

	egt_eq(eg_watcher_wait(hub_loop(), NULL, NULL, EG_NOW), -EINVAL);
	egt_eq(eg_watcher_wait(hub_loop(), &timer.watcher, &events, EG_NOW),
	       -EINVAL);
	egt_eq(eg_watch_timer_init(&timer, NULL, 0, 0), 0);
	egt_eq(eg_watcher_wait(hub_loop(), &timer.watcher, &events, EG_NOW),
	       -ETIMEDOUT);
	egt_eq(events, 5);
	egt_true(!eg_watcher_is_active(&timer.watcher));
}
