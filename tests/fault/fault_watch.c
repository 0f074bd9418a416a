/* SPDX-License-Identifier: MIT */
/*
 * Loops, their descriptors, timers, asyncs and runs with the n-th allocation or
 * system call failing, for every n, on every backend: an error is one that is
 * documented, nothing hangs, and nothing is left behind.
 */
#include "egt.h"

#include "base/alloc.h"
#include "base/fault.h"

#include <evergreen/evergreen.h>
#include <evergreen/loop.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POINTS_MAX = 2000, RUNS_MAX = 50 };

static const char *const backends[] = { "io_uring", "epoll", "poll", "select",
					"sim" };

/* What fails, from the n-th point of its kind on. */
static const struct eg_faults modes[] = {
	{ .only_nr = EG_FAULT_ANY },
	{ .only_nr = EG_FAULT_ANY, .more = 3 },
	{ .only_nr = EG_FAULT_ALLOC, .more = INT64_MAX },
};

static eg_watch_io io[3];
static eg_watch_timer timer;
static eg_watch_async async;
static int calls, errors;

static void on_call(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	calls++;
	errors += (events & EG_ERROR) != 0;
	if (w != &timer.watcher)
		egt_eq(eg_watcher_stop(w), 0);
}

static bool is_explained(int r)
{
	if (r >= 0)
		return true;
	return eg__faults.fired &&
	       (r == -ENOMEM || r == -EMFILE || r == -ENFILE || r == -EIO ||
		r == -ENOSPC || r == -ENOSYS || r == -EPERM || r == -EAGAIN);
}

static bool well(int r)
{
	if (!is_explained(r))
		egt_fail("call %ld failed, and %s came out", eg__faults.last_nr,
			 strerrorname_np(-r));
	return r >= 0;
}

/* Until nothing keeps it: what fails is tried again. */
static void run_to_the_end(eg_loop *loop)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		int r = eg_loop_run(loop, EG_RUN_DEFAULT);

		if (r == 0)
			return;
		egt_true(!well(r));
		/* Memory is back. */
		if (i == RUNS_MAX / 2)
			eg__faults.more = 0;
	}
	egt_fail("it does not end");
}

static void start_all(eg_loop *loop, const int *fds, int file)
{
	egt_eq(eg_watch_io_init(&io[0], on_call, fds[0], EG_READ), 0);
	egt_eq(eg_watch_io_init(&io[1], on_call, fds[1], EG_WRITE), 0);
	egt_eq(eg_watch_io_init(&io[2], on_call, file, EG_READ | EG_WRITE), 0);
	egt_eq(eg_watch_timer_init(&timer, on_call, EG_USEC, 0), 0);
	egt_eq(eg_watch_async_init(&async, on_call), 0);
	for (int i = 0; i < 3; i++)
		if (!well(eg_watcher_start(loop, &io[i].watcher)))
			egt_true(!eg_watcher_is_active(&io[i].watcher));
	/* These need nothing. */
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(eg_watch_async_send(&async), 0);
	egt_eq(eg_loop_verify(loop), 0);
}

static void play(const char *backend, uint32_t flags, const int *fds, int file)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop = NULL;

	options.backend = backend;
	options.flags = flags | EG_LOOP_NO_ENV;
	if (!well(eg_loop_new(&loop, &options))) {
		egt_ptr_eq(loop, NULL);
		return;
	}
	calls = 0;
	errors = 0;
	start_all(loop, fds, file);
	run_to_the_end(loop);
	egt_true(calls == 5 || eg__faults.fired);
	egt_true(!errors || eg__faults.fired);
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
}

static void play_each_point(uint32_t flags, const struct eg_faults *mode)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int file = mkostemp(path, O_CLOEXEC), fds[2];

	egt_eq(unlink(path), 0);
	egt_eq(pipe(fds), 0);
	egt_eq(write(fds[1], "x", 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		if (i == 0 && !(eg_loop_backends(EG_BACKENDS_SUPPORTED) &
				EG_BACKEND_IO_URING))
			continue;
		for (int n = 1;; n++) {
			uint64_t bytes = eg__pages_live_bytes();
			int open_before = egt_fd_count();

			egt_casef("%s, point %d", backends[i], n);
			egt_lt(n, POINTS_MAX);
			eg__faults = *mode;
			eg__faults.countdown = n;
			play(backends[i], flags, fds, file);
			eg__faults.countdown = 0;
			egt_eq(egt_fd_count(), open_before);
			egt_eq(eg__pages_live_bytes(), bytes);
			if (!eg__faults.fired)
				break;
		}
	}
	egt_eq(close(fds[0]), 0);
	egt_eq(close(fds[1]), 0);
	egt_eq(close(file), 0);
}

EG_TEST_PLAIN(fault_of_a_loop)
{
	play_each_point(0, &modes[0]);
}

EG_TEST_PLAIN(fault_of_a_loop_four_times)
{
	play_each_point(0, &modes[1]);
}

EG_TEST_PLAIN(fault_of_a_loop_without_memory)
{
	play_each_point(0, &modes[2]);
}

EG_TEST_PLAIN(fault_of_a_loop_that_finds_forks)
{
	play_each_point(EG_LOOP_FORK_CHECK, &modes[0]);
}

/* In the child, what opens the backend anew fails: the run says so, and the
 * next one tries again. */
static int go_on_in_child(eg_loop *loop, int n)
{
	eg__faults = modes[0];
	eg__faults.countdown = n;
	if (eg_loop_after_fork(loop) < 0)
		return 2;
	for (int i = 0; i < RUNS_MAX; i++) {
		int r = eg_loop_run(loop, EG_RUN_DEFAULT);

		if (r == 0)
			return eg__faults.fired ? 0 : 1;
		if (!is_explained(r))
			return 3;
	}
	return 4;
}

static void play_fork(const char *backend, int fd)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	int status = 0;

	options.backend = backend;
	options.flags = EG_LOOP_NO_ENV;
	for (int n = 1; status == 0; n++) {
		eg_loop *loop;
		pid_t pid;

		egt_casef("%s, point %d", backend, n);
		egt_lt(n, POINTS_MAX);
		egt_eq(eg_loop_new(&loop, &options), 0);
		egt_eq(eg_watch_io_init(&io[0], on_call, fd, EG_READ), 0);
		egt_eq(eg_watcher_start(loop, &io[0].watcher), 0);
		egt_eq(eg_watch_timer_init(&timer, on_call, EG_USEC, 0), 0);
		egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
		pid = fork();
		if (!pid)
			_exit(go_on_in_child(loop, n));
		egt_eq(waitpid(pid, &status, 0), pid);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
		egt_eq(eg_loop_free(loop), 0);
	}
	/* No more points. */
	egt_eq(status, 1 << 8);
}

EG_TEST_PLAIN(fault_of_a_loop_in_a_fork_child)
{
	int fds[2];

	egt_eq(pipe(fds), 0);
	egt_eq(write(fds[1], "x", 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		if (i || eg_loop_backends(EG_BACKENDS_SUPPORTED) &
				 EG_BACKEND_IO_URING)
			play_fork(backends[i], fds[0]);
	egt_eq(close(fds[0]), 0);
	egt_eq(close(fds[1]), 0);
}

/* A hub's loop, and one that runs in a fiber. */
static int in_a_hub(void *arg)
{
	eg_loop *loop;
	int r;

	if (!well(eg_loop_hub(&loop)))
		return 1;
	egt_eq(eg_watch_io_init(&io[0], NULL, *(const int *)arg, EG_READ), 0);
	r = eg_watcher_wait(loop, &io[0].watcher, NULL, eg_after(EG_SEC));
	/* Who runs the loop may have failed: then nobody does. */
	if (r != -ETIMEDOUT || !eg__faults.fired)
		well(r);
	egt_true(!eg_watcher_is_active(&io[0].watcher));
	return r < 0;
}

EG_TEST_PLAIN(fault_of_a_hubs_loop)
{
	static const char *const hubs[] = { "epoll", "sim" };
	int fds[2];

	egt_eq(pipe(fds), 0);
	egt_eq(write(fds[1], "x", 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(hubs); i++) {
		for (int n = 1;; n++) {
			eg_options options = EG_OPTIONS_INIT;
			uint64_t bytes = eg__pages_live_bytes();
			int open_before = egt_fd_count(), status = 0;

			egt_casef("%s, point %d", hubs[i], n);
			egt_lt(n, POINTS_MAX);
			options.backend = hubs[i];
			eg__faults = modes[0];
			eg__faults.countdown = n;
			if (well(eg_run(in_a_hub, fds, &options, &status)))
				egt_true(!status || eg__faults.fired);
			eg__faults.countdown = 0;
			egt_eq(egt_fd_count(), open_before);
			egt_eq(eg__pages_live_bytes(), bytes);
			if (!eg__faults.fired)
				break;
		}
	}
	egt_eq(close(fds[0]), 0);
	egt_eq(close(fds[1]), 0);
}
