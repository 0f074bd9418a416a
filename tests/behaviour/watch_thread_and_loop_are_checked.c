/* SPDX-License-Identifier: MIT */
/*
 * What belongs to another thread, or to another loop, is refused, and the log
 * says why; nothing is changed by it: semantics LV-01.
 */
#include "watch_trace.h"

#include <evergreen/debug.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static eg_watch_timer timer, other;
static eg_watch_idle idle;
static eg_watch_periodic periodic;
static eg_loop *running;
static int64_t deadline;

static int call_update(void)
{
	return eg_loop_update(running);
}

static int call_run(void)
{
	return eg_loop_run(running, EG_RUN_NOWAIT);
}

static int call_free(void)
{
	return eg_loop_free(running);
}

static int call_break(void)
{
	return eg_loop_break(running, EG_BREAK_ALL);
}

static int call_ref(void)
{
	return eg_loop_ref(running);
}

static int call_unref(void)
{
	return eg_loop_unref(running);
}

static int call_start(void)
{
	return eg_watcher_start(running, &other.watcher);
}

static int call_stop(void)
{
	return eg_watcher_stop(&timer.watcher);
}

static int call_feed(void)
{
	return eg_watcher_feed(running, &timer.watcher, EG_CUSTOM);
}

static int call_clear(void)
{
	return eg_watcher_clear(&idle.watcher);
}

static int call_again(void)
{
	return eg_watch_timer_again(running, &timer);
}

static int call_feed_fd(void)
{
	return eg_loop_feed_fd(running, 0, EG_READ);
}

static int call_verify(void)
{
	return eg_loop_verify(running);
}

static int call_after_fork(void)
{
	return eg_loop_after_fork(running);
}

static void ignore_once(int events, void *arg)
{
	(void)events;
	(void)arg;
}

static int call_suspend(void)
{
	return eg_loop_suspend(running);
}

static int call_resume(void)
{
	return eg_loop_resume(running);
}

static int call_set_collect(void)
{
	return eg_loop_set_collect(running, 1, 1);
}

static int call_set_hooks(void)
{
	return eg_loop_set_hooks(running, NULL);
}

static int call_invoke_pending(void)
{
	return eg_loop_invoke_pending(running);
}

static int call_once(void)
{
	return eg_loop_once(running, -1, 0, 0, ignore_once, NULL);
}

static int call_prepare(void)
{
	return eg_loop_prepare(running, &deadline);
}

static int call_invoke(void)
{
	return eg_watcher_invoke(running, &other.watcher, 0);
}

static int call_periodic(void)
{
	return eg_watch_periodic_again(running, &periodic);
}

static const struct {
	const char *name;
	int (*fn)(void);
} calls[] = {
	{ "eg_loop_suspend", call_suspend },
	{ "eg_loop_resume", call_resume },
	{ "eg_loop_set_collect", call_set_collect },
	{ "eg_loop_set_hooks", call_set_hooks },
	{ "eg_loop_invoke_pending", call_invoke_pending },
	{ "eg_loop_once", call_once },
	{ "eg_loop_prepare", call_prepare },
	{ "eg_watcher_invoke", call_invoke },
	{ "eg_watch_periodic_again", call_periodic },
	{ "eg_loop_update", call_update },
	{ "eg_loop_run", call_run },
	{ "eg_loop_free", call_free },
	{ "eg_loop_break", call_break },
	{ "eg_loop_ref", call_ref },
	{ "eg_loop_unref", call_unref },
	{ "eg_watcher_start", call_start },
	{ "eg_watcher_stop", call_stop },
	{ "eg_watcher_feed", call_feed },
	{ "eg_watcher_clear", call_clear },
	{ "eg_watch_timer_again", call_again },
	{ "eg_loop_feed_fd", call_feed_fd },
	{ "eg_loop_verify", call_verify },
	{ "eg_loop_after_fork", call_after_fork },
};

static void *call_all(void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		char want[64];

		egt_case(calls[i].name);
		log_text[0] = '\0';
		egt_eq(calls[i].fn(), -EPERM);
		snprintf(want, sizeof(want), "%s: another thread",
			 calls[i].name);
		egt_str_has(log_text, want);
	}
	egt_case("");
	return arg;
}

static void call_from_another(eg_loop *loop, eg_watcher *w, int events)
{
	eg_loop_stats before = { .size = sizeof(before) }, after = before;
	pthread_t thread;

	trace_call(loop, w, events);
	running = loop;
	egt_eq(eg_watcher_feed(loop, &idle.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_get_stats(loop, &before), 0);
	egt_eq(pthread_create(&thread, NULL, call_all, NULL), 0);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(eg_loop_get_stats(loop, &after), 0);
	egt_eq(memcmp(&before, &after, sizeof(before)), 0);
	egt_true(eg_watcher_is_active(&timer.watcher));
	egt_true(!eg_watcher_is_active(&other.watcher));
	egt_true(eg_watcher_is_pending(&idle.watcher));
	egt_eq(eg_loop_verify(loop), 0);
}

WATCH_TEST(another_thread_is_refused_while_the_loop_runs)
{
	eg_set_log(catch_line, NULL);
	egt_eq(eg_watch_timer_init(&timer, call_from_another, 0, EG_SEC), 0);
	trace_start(loop, &timer.watcher, "t", 0);
	egt_eq(eg_watch_timer_init(&other, trace_call, 0, 0), 0);
	egt_eq(eg_watch_periodic_init(&periodic, NULL, 0, EG_SEC, NULL), 0);
	egt_eq(eg_watch_idle_init(&idle, trace_call), 0);
	trace_name(&idle.watcher, "i");
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "ti");
	eg_set_log(NULL, NULL);
}

static void *run_there(void *arg)
{
	int want = eg_loop_backend(arg) == EG_BACKEND_IO_URING ? -EPERM : 0;

	log_text[0] = '\0';
	egt_eq(eg_loop_run(arg, EG_RUN_DEFAULT), want);
	if (want)
		egt_str_has(log_text, "by the thread that made it");
	return NULL;
}

/* A loop is no thread's while nobody runs it; but the kernel wants to hear from
 * one thread alone of an io_uring. */
WATCH_TEST(loop_is_run_by_one_thread_after_another)
{
	eg_set_log(catch_line, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;

		egt_eq(eg_watcher_stop(&timer.watcher), i ? 0 : -EINVAL);
		egt_eq(eg_watch_timer_init(&timer, trace_call, EG_USEC, 0), 0);
		trace_start(loop, &timer.watcher, "t", 0);
		if (i == 1) {
			egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
			continue;
		}
		egt_eq(pthread_create(&thread, NULL, run_there, loop), 0);
		egt_eq(pthread_join(thread, NULL), 0);
	}
	if (eg_loop_backend(loop) == EG_BACKEND_IO_URING)
		egt_str_eq(trace_take(), "t");
	else
		egt_str_eq(trace_take(), "ttt");
	eg_set_log(NULL, NULL);
}

WATCH_TEST(watcher_of_another_loop_is_refused)
{
	eg_loop *mine = trace_loop(NULL, 0);

	eg_set_log(catch_line, NULL);
	egt_eq(eg_watch_timer_init(&timer, trace_call, 0, EG_SEC), 0);
	trace_start(loop, &timer.watcher, "t", 0);
	log_text[0] = '\0';
	egt_eq(eg_watcher_start(mine, &timer.watcher), -EBUSY);
	egt_str_has(log_text,
		    "eg_watcher_start: the timer watcher is active in another");
	egt_eq(eg_watcher_feed(mine, &timer.watcher, EG_CUSTOM), -EBUSY);
	egt_str_has(log_text, "eg_watcher_feed: ");
	egt_eq(eg_watch_timer_again(mine, &timer), -EBUSY);
	egt_str_has(log_text, "eg_watch_timer_again: ");
	egt_eq(eg_watcher_invoke(mine, &timer.watcher, 0), -EBUSY);
	egt_eq(eg_loop_run(mine, EG_RUN_NOWAIT), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "t");
	/* Pending is enough. */
	egt_eq(eg_watcher_stop(&timer.watcher), 0);
	egt_eq(eg_watcher_feed(loop, &timer.watcher, EG_CUSTOM), 0);
	egt_eq(eg_watcher_start(mine, &timer.watcher), -EBUSY);
	egt_eq(eg_watcher_clear(&timer.watcher), EG_CUSTOM);
	egt_eq(eg_watcher_start(mine, &timer.watcher), 0);
	eg_set_log(NULL, NULL);
	egt_eq(eg_loop_free(mine), 0);
}
