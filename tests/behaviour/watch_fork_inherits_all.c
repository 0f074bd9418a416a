/* SPDX-License-Identifier: MIT */
/*
 * After fork(2) all watchers work in both processes, and the fork watchers are
 * called in the child alone: semantics LV-20, LV-29.
 */
#include "watch_trace.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static eg_watch_io io;
static eg_watch_timer timer;
static eg_watch_check check;
static eg_watch_fork forks[2];
static eg_watch_async async;
static int ends[2];

static void start_all(eg_loop *loop)
{
	egt_eq(pipe(ends), 0);
	egt_eq(eg_watch_io_init(&io, trace_call, ends[0], EG_READ), 0);
	trace_start(loop, &io.watcher, "r", -1);
	egt_eq(eg_watch_timer_init(&timer, trace_call, EG_MSEC, EG_MSEC), 0);
	trace_start(loop, &timer.watcher, "t", 0);
	egt_eq(eg_watch_check_init(&check, trace_call), 0);
	trace_start(loop, &check.watcher, "c", 1);
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_watch_fork_init(&forks[i], trace_call), 0);
		trace_start(loop, &forks[i].watcher, i ? "g" : "f", 0);
	}
	egt_eq(eg_watch_async_init(&async, trace_call), 0);
	trace_start(loop, &async.watcher, "a", 0);
}

static void stop_all(void)
{
	egt_eq(eg_watcher_stop(&io.watcher), 0);
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

/* Whether each watcher is called, in a process of either kind: @first before
 * all others, and no fork watcher anywhere else. */
static bool all_work(eg_loop *loop, const char *first)
{
	bool has_r = false, has_t = false, has_a = false;
	const char *text;

	if (write(ends[1], "x", 1) != 1 || eg_watch_async_send(&async) < 0)
		return false;
	while (!has_r || !has_t || !has_a) {
		if (eg_loop_run(loop, EG_RUN_ONCE) != 1)
			return false;
		text = trace_take();
		if (strncmp(text, first, strlen(first)) != 0)
			return false;
		text += strlen(first);
		first = "";
		has_r |= strchr(text, 'r') != NULL;
		has_t |= strchr(text, 't') != NULL;
		has_a |= strchr(text, 'a') != NULL;
		if (strpbrk(text, "fg"))
			return false;
	}
	return eg_loop_verify(loop) == 0;
}

/* The parent has run before, so that the backend knows the descriptors. */
static void fork_and_check(eg_loop *loop, bool tell)
{
	int status;
	pid_t pid;

	start_all(loop);
	egt_eq(trace_turn(loop), 1);
	trace_take();
	pid = fork();
	if (!pid) {
		bool is_well = !tell || eg_loop_after_fork(loop) == 0;

		is_well &= all_work(loop, "gf");
		is_well &= eg_loop_free(loop) == 0;
		_exit(is_well ? 0 : 1);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 0);
	egt_true(all_work(loop, ""));
	stop_all();
}

WATCH_TEST(fork_child_is_told)
{
	fork_and_check(loop, true);
}

static void fork_check_on(const char *backend)
{
	eg_loop *loop = trace_loop(backend, EG_LOOP_FORK_CHECK);

	fork_and_check(loop, false);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_fork_child_finds_out)
{
	fork_check_on(NULL);
}

EG_TEST_PLAIN(watch_fork_child_finds_out_poll)
{
	fork_check_on("poll");
}

EG_TEST_PLAIN(watch_fork_child_finds_out_select)
{
	fork_check_on("select");
}

/* In the midst of a turn: the callback's own run goes on in both. */
static void fork_here(eg_loop *loop, eg_watcher *w, int events)
{
	int *pid = w->data;

	(void)events;
	*pid = fork();
	egt_eq(eg_loop_break(loop, EG_BREAK_ONE), 0);
}

EG_TEST_BARE(watch_fork_in_a_callback)
{
	eg_loop *loop = trace_loop(NULL, EG_LOOP_FORK_CHECK);
	eg_watch_timer now;
	int pid = -1, status;

	start_all(loop);
	egt_eq(eg_watch_timer_init(&now, fork_here, 0, 0), 0);
	now.watcher.data = &pid;
	egt_eq(eg_watcher_start(loop, &now.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	trace_take();
	if (!pid)
		_exit(all_work(loop, "gf") ? 0 : 1);
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 0);
	egt_true(all_work(loop, ""));
	stop_all();
	egt_eq(eg_loop_free(loop), 0);
}

/* LV-20: no fork, no call. */
WATCH_TEST(fork_watcher_waits_for_a_fork)
{
	start_all(loop);
	egt_true(all_work(loop, ""));
	egt_eq(eg_loop_after_fork(loop), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_has(trace_take(), "gf");
	stop_all();
}
