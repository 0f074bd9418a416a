/* SPDX-License-Identifier: MIT */
/*
 * Loops and fibers on one thread: a run parks its fiber alone, callbacks wake
 * and spawn fibers, the hub's own loop works while they run, and its end is
 * clean.
 */
#include "watch_trace.h"

#include <evergreen/debug.h>
#include <evergreen/evergreen.h>

#include <string.h>
#include <unistd.h>

static eg_event event;

/* The hub's own clock, whatever the backend under test. */
static eg_loop *own_loop(void)
{
	return trace_loop(egt_backend() == EGT_URING ? "io_uring" : "epoll", 0);
}

static void *trace_fiber(void *arg)
{
	trace_add(arg);
	return NULL;
}

static void *run_default(void *arg)
{
	return (void *)(intptr_t)eg_loop_run(arg, EG_RUN_DEFAULT);
}

static char spawned_name[] = "s";

static void set_event(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_le(0, eg_event_set(&event));
	egt_eq(eg_spawn(NULL, trace_fiber, spawned_name), 0);
}

/* The last one active: the run ends. */
static void set_event_once(eg_loop *loop, eg_watcher *w, int events)
{
	set_event(loop, w, events);
	egt_eq(eg_watcher_stop(w), 0);
}

EG_TEST(watch_run_parks_its_fiber_alone)
{
	eg_loop *loop = own_loop();
	eg_watch_async async;
	eg_fiber *runner;
	void *result = NULL;

	egt_eq(eg_watch_async_init(&async, set_event_once), 0);
	trace_start(loop, &async.watcher, "a", 0);
	egt_eq(eg_spawn(&runner, run_default, loop), 0);
	egt_eq(eg_yield(), 0);
	trace_add("m");
	/* A run that held up the hub would hold up this for ever. */
	egt_eq(eg_sleep(EG_MSEC), 0);
	trace_add("m");
	egt_eq(eg_watch_async_send(&async), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
	egt_eq(eg_join(runner, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, 0);
	egt_eq(eg_yield(), 0);
	egt_str_eq(trace_take(), "mmas");
	egt_eq(eg_loop_free(loop), 0);
}

static int ticks;

static void *tick(void *arg)
{
	for (ticks = 0; ticks < 100; ticks++)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_loop_break(arg, EG_BREAK_ONE), 0);
	return NULL;
}

/* A loop that never sleeps lets others run all the same. */
EG_TEST(watch_run_that_is_busy_gives_way)
{
	for (int way = 0; way < 3; way++) {
		eg_loop *loop = own_loop();
		eg_watch_timer timer;
		eg_watch_idle idle;
		eg_watch_io io;
		eg_fiber *f;
		int ends[2];

		egt_casef("way %d", way);
		egt_eq(pipe(ends), 0);
		egt_eq(eg_watch_idle_init(&idle, NULL), 0);
		egt_eq(eg_watch_timer_init(&timer, NULL, 0, 1), 0);
		egt_eq(eg_watch_io_init(&io, NULL, ends[1], EG_WRITE), 0);
		egt_eq(eg_watcher_start(loop, way == 0	 ? &idle.watcher
					      : way == 1 ? &timer.watcher
							 : &io.watcher),
		       0);
		egt_eq(eg_spawn(&f, tick, loop), 0);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
		egt_eq(ticks, 100);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(eg_loop_free(loop), 0);
		egt_eq(close(ends[0]), 0);
		egt_eq(close(ends[1]), 0);
	}
}

EG_TEST(watch_run_in_a_fiber_is_cancelled)
{
	eg_loop *loop = own_loop();
	eg_watch_async async;
	void *result = NULL;
	eg_fiber *runner;
	eg_timeout t;

	egt_eq(eg_watch_async_init(&async, NULL), 0);
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(eg_spawn(&runner, run_default, loop), 0);
	egt_eq(eg_yield(), 0);
	/* One fiber at a time. */
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), -EBUSY);
	egt_eq(eg_cancel(runner), 0);
	egt_eq(eg_join(runner, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, -ECANCELED);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	/* And it works as before. */
	egt_eq(eg_watch_async_send(&async), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_eq(eg_loop_free(loop), 0);
}

static eg_watch_timer inner;

static char fiber_name[] = "f";

/* What it spawns runs while the nested run waits. */
static void run_inside(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(eg_spawn(NULL, trace_fiber, fiber_name), 0);
	egt_eq(eg_watch_timer_init(&inner, trace_call, EG_MSEC, 0), 0);
	trace_start(loop, &inner.watcher, "i", 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	trace_add("<");
}

/* The nested run parks the same fiber. */
EG_TEST(watch_run_nests_in_a_fiber)
{
	eg_loop *loop = own_loop();
	eg_watch_timer outer;

	egt_eq(eg_watch_timer_init(&outer, run_inside, 0, 0), 0);
	trace_start(loop, &outer.watcher, "o", 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "ofi<");
	egt_eq(eg_loop_free(loop), 0);
}

static void *free_loop(void *arg)
{
	egt_eq(eg_loop_free(arg), 0);
	return NULL;
}

/* By another fiber, while the runner is parked in it. */
EG_TEST(watch_loop_is_freed_under_its_runner)
{
	eg_loop *loop = own_loop();
	eg_watch_async async;
	eg_fiber *f;

	egt_eq(eg_watch_async_init(&async, NULL), 0);
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(eg_loop_ref(loop), 0);
	egt_eq(eg_spawn(&f, free_loop, loop), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_true(!eg_watcher_is_active(&async.watcher));
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(watch_poll_cannot_be_run_in_a_fiber)
{
	static const char *const names[] = { "poll", "select", "sim" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		eg_loop *loop = trace_loop(names[i], 0);
		eg_watch_timer timer;

		egt_case(names[i]);
		egt_eq(eg_watch_timer_init(&timer, NULL, EG_SEC, 0), 0);
		egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), -ENOTSUP);
		egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), 1);
		egt_eq(eg_loop_free(loop), 0);
	}
}

static int passes;

static void count_pass(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	if (++passes == 10)
		egt_eq(eg_watcher_stop(w), 0);
}

/* Nobody calls anything: the hub runs it, and it is one. */
EG_TEST(watch_hub_runs_its_loop)
{
	eg_loop *loop = NULL, *again = NULL;
	eg_watch_timer timer;

	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(eg_loop_hub(&again), 0);
	egt_ptr_eq(loop, again);
	egt_eq(eg_loop_free(loop), -EPERM);
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), -EBUSY);
	egt_eq(eg_watch_timer_init(&timer, count_pass, 0, 10 * EG_USEC), 0);
	for (int round = 1; round < 3; round++) {
		egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
		while (passes < 10)
			egt_eq(eg_sleep(EG_USEC), 0);
		egt_true(!eg_watcher_is_active(&timer.watcher));
		passes = 0;
	}
	/* Fed and not active: called too. */
	egt_eq(eg_watcher_feed(loop, &timer.watcher, EG_CUSTOM), 0);
	while (!passes)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_event_wait(&event, eg_after(EG_MSEC)), -ETIMEDOUT);
}

static eg_watch_timer left_timer;
static eg_watch_idle left_idle;
static eg_watch_io left_io;
static eg_watch_cleanup left_cleanup;
static int left_ends[2];

static int leave_all_active(void *arg)
{
	eg_loop *loop;

	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(pipe(left_ends), 0);
	egt_eq(eg_watch_timer_init(&left_timer, NULL, 0, EG_MSEC), 0);
	egt_eq(eg_watcher_start(loop, &left_timer.watcher), 0);
	egt_eq(eg_watch_io_init(&left_io, NULL, left_ends[0], EG_READ), 0);
	egt_eq(eg_watcher_start(loop, &left_io.watcher), 0);
	egt_eq(eg_watch_idle_init(&left_idle, NULL), 0);
	if (arg)
		egt_eq(eg_watcher_start(loop, &left_idle.watcher), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_yield(), 0);
	return 0;
}

/* Asleep or busy: the hub ends, with no fiber left. */
EG_TEST_BARE(watch_hub_ends_with_active_watchers)
{
	for (int is_busy = 0; is_busy < 2; is_busy++) {
		egt_eq(eg_run(leave_all_active, is_busy ? &event : NULL, NULL,
			      NULL),
		       0);
		egt_true(!eg_watcher_is_active(&left_timer.watcher));
		egt_true(!eg_watcher_is_active(&left_io.watcher));
		egt_true(!eg_watcher_is_active(&left_idle.watcher));
		egt_eq(close(left_ends[0]), 0);
		egt_eq(close(left_ends[1]), 0);
	}
}

static int status_of_the_end(void *arg)
{
	eg_loop *loop;

	(void)arg;
	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(eg_watch_timer_init(&left_timer, trace_call, EG_FOREVER, 0), 0);
	trace_start(loop, &left_timer.watcher, "t", 0);
	egt_eq(eg_watch_cleanup_init(&left_cleanup, trace_call), 0);
	trace_start(loop, &left_cleanup.watcher, "!", 0);
	egt_eq(eg_yield(), 0);
	return 3;
}

/* LV-21, LV-28: for the hub's loop the hub frees it. */
EG_TEST_BARE(watch_hub_stops_the_watchers_of_its_loop)
{
	int status = 0;

	egt_eq(eg_run(status_of_the_end, NULL, NULL, &status), 0);
	egt_eq(status, 3);
	egt_str_eq(trace_take(), "!");
	egt_true(!eg_watcher_is_active(&left_timer.watcher));
	egt_true(!eg_watcher_is_active(&left_cleanup.watcher));
}

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strncat(log_text, line, sizeof(log_text) - strlen(log_text) - 1);
}

/* A loop without a watcher wakes nobody; nor does a cleanup watcher. */
EG_TEST(watch_deadlock_beside_an_idle_loop_is_reported)
{
	static eg_watch_cleanup cleanup;
	eg_watch_timer timer;
	eg_loop *loop;

	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(eg_watch_timer_init(&timer, trace_call, 0, 0), 0);
	trace_start(loop, &timer.watcher, "t", 0);
	egt_eq(eg_watch_cleanup_init(&cleanup, NULL), 0);
	egt_eq(eg_watcher_start(loop, &cleanup.watcher), 0);
	eg_set_log(catch_line, NULL);
	egt_eq(eg_event_wait(&event, EG_FOREVER), -EDEADLK);
	eg_set_log(NULL, NULL);
	egt_str_eq(trace_take(), "t");
	egt_str_has(log_text, "event");
}

static void run_from_hub(eg_timer *timer, void *arg)
{
	eg_loop *loop = arg;

	(void)timer;
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), -EPERM);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), -EPERM);
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), 1);
	trace_add("h");
}

/* In the hub's own context only a turn without a wait is allowed. */
EG_TEST(watch_run_from_the_hub_must_not_block)
{
	eg_loop *loop = own_loop();
	eg_watch_async async;
	eg_timer timer;

	eg_set_log(catch_line, NULL);
	egt_eq(eg_watch_async_init(&async, NULL), 0);
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(eg_timer_init(&timer, run_from_hub, loop), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_str_eq(trace_take(), "h");
	egt_str_has(log_text, "eg_loop_run would block the hub");
	eg_set_log(NULL, NULL);
	egt_eq(eg_loop_free(loop), 0);
}
