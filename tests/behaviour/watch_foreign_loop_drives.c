/* SPDX-License-Identifier: MIT */
/*
 * A loop that another one drives, by eg_loop_fd() and eg_loop_prepare(): it
 * misses nothing and is never run for nothing (semantics LV-19, the part of
 * the embedded loop).
 */
#include "watch_times.h"

#include <evergreen/hub.h>
#include <evergreen/io.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

/* Milliseconds for poll(2), which must not be early. */
static int timeout_of(int64_t deadline)
{
	int64_t left = deadline - eg_now();

	if (deadline == EG_FOREVER)
		return -1;
	return left <= 0 ? 0 : (int)((left + EG_MSEC - 1) / EG_MSEC);
}

/* One round of a loop that knows of nothing but poll(2). */
static void poll_once(eg_loop *loop)
{
	struct pollfd p = { .fd = eg_loop_fd(loop), .events = POLLIN };
	int64_t deadline = -1;

	egt_eq(eg_loop_prepare(loop, &deadline), 0);
	egt_le(0, poll(&p, 1, timeout_of(deadline)));
	egt_le(0, eg_loop_run(loop, EG_RUN_NOWAIT));
}

static bool is_readable(eg_loop *loop)
{
	struct pollfd p = { .fd = eg_loop_fd(loop), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static int64_t prepare(eg_loop *loop)
{
	int64_t deadline = -1;

	egt_eq(eg_loop_prepare(loop, &deadline), 0);
	return deadline;
}

/* A backend may have to tell the kernel something first; then, prepared, the
 * loop is silent. */
static void become_quiet(eg_loop *loop)
{
	for (int i = 0; i < 8; i++) {
		if (prepare(loop) == EG_FOREVER && !is_readable(loop))
			return;
		run_turns(loop, 1);
	}
	egt_fail("it has work without end");
}

static void *send_async(void *async)
{
	eg_watch_async_send(async);
	return NULL;
}

EG_TEST_BARE(poll_drives_a_loop, .backends = EGT_REAL)
{
	eg_loop *loop = new_loop(0);
	struct calls timer_calls = { 0 }, io_calls = { 0 }, async_calls = { 0 };
	int64_t start = eg_loop_now(loop);
	eg_watch_timer timer;
	eg_watch_async async;
	eg_watch_io io;
	pthread_t thread;
	int fds[2];

	egt_eq(pipe(fds), 0);
	start_timer(loop, &timer, note_call, &timer_calls, 20 * EG_MSEC);
	while (!timer_calls.count)
		poll_once(loop);
	egt_le(start + 20 * EG_MSEC, timer_calls.now);

	egt_eq(eg_watch_io_init(&io, note_call, fds[0], EG_READ), 0);
	io.watcher.data = &io_calls;
	egt_eq(eg_watcher_start(loop, &io.watcher), 0);
	become_quiet(loop);
	egt_eq(write(fds[1], "x", 1), 1);
	while (io_calls.count < 2) /* level-triggered */
		poll_once(loop);
	eg_watcher_stop(&io.watcher);

	egt_eq(eg_watch_async_init(&async, note_call), 0);
	async.watcher.data = &async_calls;
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(pthread_create(&thread, NULL, send_async, &async), 0);
	while (!async_calls.count)
		poll_once(loop);
	pthread_join(thread, NULL);
	eg_watcher_stop(&async.watcher);
	eg_loop_free(loop);
	close(fds[0]);
	close(fds[1]);
}

/* What happens between prepare and the sleep makes the descriptor readable. */
EG_TEST_BARE(what_is_started_after_prepare_is_not_missed, .backends = EGT_REAL)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 }, async_calls = { 0 };
	eg_watch_timer timer;
	eg_watch_async async;
	int fd = eg_loop_fd(loop);

	egt_eq(eg_watch_async_init(&async, note_call), 0);
	async.watcher.data = &async_calls;
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	become_quiet(loop);
	start_timer(loop, &timer, note_call, &c, EG_MSEC);
	egt_true(is_readable(loop));
	run_turns(loop, 1);
	while (!c.count)
		poll_once(loop);

	become_quiet(loop);
	egt_eq(eg_watch_async_send(&async), 0);
	egt_true(is_readable(loop));
	run_turns(loop, 1);
	egt_eq(async_calls.count, 1);
	/* Before prepare there is no need: it says that it has to run. */
	egt_eq(eg_watch_async_send(&async), 0);
	egt_eq(prepare(loop), EG_NOW);
	egt_eq(eg_loop_fd(loop), fd);
	eg_watcher_stop(&async.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(prepare_says_now_if_there_is_work)
{
	eg_loop *loop = new_loop(0);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct calls c = { 0 };
	eg_watch_idle idle;
	eg_watch_timer t;
	eg_watch_io io;

	egt_eq(prepare(loop), EG_FOREVER);
	egt_eq(eg_watch_idle_init(&idle, NULL), 0);
	egt_eq(eg_watcher_start(loop, &idle.watcher), 0);
	egt_eq(prepare(loop), EG_NOW);
	eg_watcher_stop(&idle.watcher);

	egt_eq(eg_watcher_feed(loop, &idle.watcher, EG_CUSTOM), 0);
	egt_eq(prepare(loop), EG_NOW);
	eg_watcher_clear(&idle.watcher);

	/* A file is always ready, and no kernel says so. */
	egt_le(0, file);
	egt_eq(eg_watch_io_init(&io, NULL, file, EG_READ), 0);
	egt_eq(eg_watcher_start(loop, &io.watcher), 0);
	egt_eq(prepare(loop), EG_NOW);
	eg_watcher_stop(&io.watcher);

	start_timer(loop, &t, note_call, &c, -EG_SEC);
	egt_eq(prepare(loop), EG_NOW);
	eg_watcher_stop(&t.watcher);
	/* The stops may have woken it; after a turn all is quiet. */
	run_turns(loop, 1);
	egt_eq(prepare(loop), EG_FOREVER);
	eg_loop_free(loop);
	close(file);
}

/* LV-18: prepare and check watchers bracket the turn, not eg_loop_prepare(). */
EG_TEST_BARE(prepare_calls_nobody)
{
	eg_loop *loop = new_loop(0);
	struct calls prepares = { 0 }, checks = { 0 };
	eg_watch_prepare p;
	eg_watch_check c;

	egt_eq(eg_watch_prepare_init(&p, note_call), 0);
	p.watcher.data = &prepares;
	egt_eq(eg_watch_check_init(&c, note_call), 0);
	c.watcher.data = &checks;
	egt_eq(eg_watcher_start(loop, &p.watcher), 0);
	egt_eq(eg_watcher_start(loop, &c.watcher), 0);
	prepare(loop);
	prepare(loop);
	egt_eq(prepares.count + checks.count, 0);
	run_turns(loop, 1);
	egt_eq(prepares.count, 1);
	egt_eq(checks.count, 1);
	eg_watcher_stop(&p.watcher);
	eg_watcher_stop(&c.watcher);
	eg_loop_free(loop);
}

EG_TEST(the_deadline_is_the_next_timer_or_periodic)
{
	eg_loop *loop = new_loop(0);
	int64_t start = eg_loop_now(loop), wall = eg_loop_realtime(loop), at;
	struct calls c = { 0 };
	eg_watch_periodic p;
	eg_watch_timer t;

	start_timer(loop, &t, note_call, &c, 3600 * EG_SEC);
	at = prepare(loop);
	egt_le(start + 3600 * EG_SEC, at);
	if (egt_is_sim())
		egt_eq(at, start + 3600 * EG_SEC);
	/* The start that follows wakes a loop that is prepared. */
	run_turns(loop, 1);
	start_periodic(loop, &p, &c, wall + 1800 * EG_SEC, 0);
	at = prepare(loop);
	egt_le(start + 1800 * EG_SEC, at);
	egt_lt(at, start + 3600 * EG_SEC);
	if (egt_is_sim())
		egt_eq(at, start + 1800 * EG_SEC);
	eg_watcher_stop(&p.watcher);
	/* In the time of who asks, however long the loop was suspended. */
	egt_eq(eg_loop_suspend(loop), 0);
	egt_eq(eg_sleep(10 * EG_MSEC), 0);
	egt_eq(eg_loop_resume(loop), 0);
	run_turns(loop, 1);
	at = prepare(loop);
	egt_le(start + 3600 * EG_SEC + 10 * EG_MSEC, at);
	if (egt_is_sim())
		egt_eq(at, start + 3600 * EG_SEC + 10 * EG_MSEC);
	eg_watcher_stop(&t.watcher);
	eg_loop_free(loop);
}

/* A fiber that sleeps where the loop would. */
static void sleep_for(eg_loop *loop)
{
	int64_t deadline = prepare(loop);
	int fd = eg_loop_fd(loop);
	int r;

	if (fd == -ENOTSUP) {
		egt_true(egt_is_sim());
		egt_eq(eg_sleep_until(deadline), 0);
		return;
	}
	r = eg_wait_fd(fd, POLLIN, deadline);
	egt_true(r > 0 || r == -ETIMEDOUT);
}

EG_TEST_BARE(a_periodic_that_is_never_due_wakes_nobody)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, EG_FOREVER, 0);
	run_turns(loop, 1);
	egt_eq(prepare(loop), EG_FOREVER);
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

EG_TEST(a_fiber_drives_a_loop)
{
	eg_loop *loop = new_loop(0);
	struct calls first = { 0 }, second = { 0 };
	int64_t start = eg_loop_now(loop);
	eg_watch_timer a, b;

	start_timer(loop, &a, note_call, &first, 20 * EG_MSEC);
	start_timer(loop, &b, note_call, &second, 30 * EG_MSEC);
	while (!second.count) {
		sleep_for(loop);
		run_turns(loop, 1);
	}
	egt_eq(first.count, 1);
	egt_le(start + 20 * EG_MSEC, first.now);
	egt_le(start + 30 * EG_MSEC, second.now);
	if (egt_is_sim()) {
		egt_eq(first.now, start + 20 * EG_MSEC);
		egt_eq(second.now, start + 30 * EG_MSEC);
	}
	if (!egt_is_sim())
		eg_fd_forget(eg_loop_fd(loop));
	eg_loop_free(loop);
}

EG_TEST_BARE(a_loop_that_cannot_be_polled_says_so, .backends = EGT_SIM)
{
	eg_loop *loop = new_loop(0);

	egt_eq(eg_loop_fd(loop), -ENOTSUP);
	eg_loop_free(loop);
}
