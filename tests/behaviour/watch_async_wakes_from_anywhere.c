/* SPDX-License-Identifier: MIT */
/*
 * Async watchers: other threads and signal handlers wake a loop, and several
 * wakes may be one: semantics LV-22.
 */
#include "watch_trace.h"

#include <pthread.h>
#include <signal.h>

enum { THREADS = 4, SENDS = 2000 };

static eg_watch_async asyncs[2];
static int sent, seen;

WATCH_TEST(async_sends_coalesce)
{
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_watch_async_init(&asyncs[i], trace_call), 0);
		trace_start(loop, &asyncs[i].watcher, i ? "b" : "a", -i);
	}
	egt_true(!eg_watch_async_is_sent(&asyncs[0]));
	for (int i = 0; i < 3; i++)
		egt_eq(eg_watch_async_send(&asyncs[0]), 0);
	egt_true(eg_watch_async_is_sent(&asyncs[0]));
	egt_true(!eg_watch_async_is_sent(&asyncs[1]));
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "a");
	egt_true(!eg_watch_async_is_sent(&asyncs[0]));
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "");
	egt_eq(eg_watch_async_send(&asyncs[1]), 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "ab");
}

static void send_again(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(events, EG_ASYNC);
	if (++seen < 3)
		egt_eq(eg_watch_async_send((eg_watch_async *)(void *)w), 0);
}

/* Of a send from the callback the next turn knows. */
WATCH_TEST(async_sent_in_its_callback_comes_again)
{
	egt_eq(eg_watch_async_init(&asyncs[0], send_again), 0);
	trace_start(loop, &asyncs[0].watcher, "a", 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "aaa");
}

WATCH_TEST(async_inactive_cannot_be_sent)
{
	egt_eq(eg_watch_async_init(&asyncs[0], trace_call), 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), -EINVAL);
	trace_start(loop, &asyncs[0].watcher, "a", 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), 0);
	egt_eq(eg_watcher_stop(&asyncs[0].watcher), 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), -EINVAL);
	/* A send of before is of the past. */
	egt_eq(eg_watcher_start(loop, &asyncs[0].watcher), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "");
	/* Pending, it has a loop, and still nobody would look. */
	egt_eq(eg_watcher_stop(&asyncs[0].watcher), 0);
	egt_eq(eg_watcher_feed(loop, &asyncs[0].watcher, EG_CUSTOM), 0);
	egt_eq(eg_watch_async_send(&asyncs[0]), -EINVAL);
	egt_true(!eg_watch_async_is_sent(&asyncs[0]));
	egt_eq(eg_watcher_stop(&asyncs[0].watcher), 0);
}

static void *send_often(void *arg)
{
	eg_watch_async *async = arg;

	for (int i = 0; i < SENDS; i++) {
		__atomic_fetch_add(&sent, 1, __ATOMIC_RELAXED);
		egt_eq(eg_watch_async_send(async), 0);
	}
	return NULL;
}

/* What was written before a send is seen by the call: none is lost. */
static void see_all(eg_loop *loop, eg_watcher *w, int events)
{
	(void)w;
	(void)events;
	seen = __atomic_load_n(&sent, __ATOMIC_RELAXED);
	if (seen == THREADS * SENDS)
		egt_eq(eg_loop_break(loop, EG_BREAK_ONE), 0);
}

WATCH_TEST(async_sends_of_threads_are_not_lost)
{
	pthread_t threads[THREADS];

	egt_eq(eg_watch_async_init(&asyncs[0], see_all), 0);
	trace_start(loop, &asyncs[0].watcher, "a", 0);
	for (int i = 0; i < THREADS; i++)
		egt_eq(pthread_create(&threads[i], NULL, send_often,
				      &asyncs[0]),
		       0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_eq(seen, THREADS * SENDS);
	for (int i = 0; i < THREADS; i++)
		egt_eq(pthread_join(threads[i], NULL), 0);
}

static void on_signal(int signum)
{
	(void)signum;
	eg_watch_async_send(&asyncs[0]);
}

static void raise_here(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	egt_eq(raise(SIGUSR1), 0);
}

WATCH_TEST(async_is_sent_by_a_signal_handler)
{
	struct sigaction action = { .sa_handler = on_signal };
	static eg_watch_prepare prepare;

	egt_eq(sigaction(SIGUSR1, &action, NULL), 0);
	egt_eq(eg_watch_async_init(&asyncs[0], trace_call), 0);
	trace_start(loop, &asyncs[0].watcher, "a", 0);
	/* Right before the wait, which would otherwise never end. */
	egt_eq(eg_watch_prepare_init(&prepare, raise_here), 0);
	trace_start(loop, &prepare.watcher, "p", 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "papapa");
}

static void *interrupt(void *arg)
{
	pthread_t *sleeper = arg;

	while (!__atomic_load_n(&seen, __ATOMIC_ACQUIRE))
		egt_eq(pthread_kill(*sleeper, SIGUSR1), 0);
	return NULL;
}

static void note_seen(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	__atomic_store_n(&seen, 1, __ATOMIC_RELEASE);
}

/* Or anywhere in the wait. */
WATCH_TEST(async_sent_by_a_handler_ends_the_wait)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread, self = pthread_self();

	egt_eq(sigaction(SIGUSR1, &action, NULL), 0);
	egt_eq(eg_watch_async_init(&asyncs[0], note_seen), 0);
	trace_start(loop, &asyncs[0].watcher, "a", 0);
	egt_eq(pthread_create(&thread, NULL, interrupt, &self), 0);
	while (!__atomic_load_n(&seen, __ATOMIC_RELAXED))
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_str_has(trace_take(), "a");
}
