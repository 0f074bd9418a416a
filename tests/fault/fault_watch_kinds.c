/* SPDX-License-Identifier: MIT */
/*
 * Signal, child, stat and embed watchers with their n-th allocation or system
 * call failing, for every n: a start that fails has done nothing, what fails
 * later is told or made good, and nothing is left behind.
 */
#include "egt.h"

#include "base/alloc.h"
#include "base/fault.h"

#include <evergreen/loop.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POINTS_MAX = 300 };

struct scene {
	eg_loop *loop;
	int calls;
	int events; /* of the last call */
};

/* Asserts what must hold; faults may strike at any of its calls. */
typedef void scene_fn(struct scene *s);

static void on_call(eg_loop *loop, eg_watcher *w, int events)
{
	struct scene *s = w->data;

	(void)loop;
	s->calls++;
	s->events = events;
}

/* At the second try nothing fails, and nothing is in the way. */
static void start(eg_loop *loop, eg_watcher *w)
{
	int r = eg_watcher_start(loop, w);

	if (r < 0) {
		egt_eq(eg__faults.fired, 1);
		egt_true(!eg_watcher_is_active(w));
		egt_eq(eg_loop_verify(loop), 0);
		r = eg_watcher_start(loop, w);
	}
	egt_eq(r, 0);
}

static void run_until_called(struct scene *s)
{
	int r;

	while (!s->calls) {
		r = eg_loop_run(s->loop, EG_RUN_ONCE);
		egt_true(r >= 0 || eg__faults.fired);
	}
}

static void signal_scene(struct scene *s)
{
	static eg_watch_signal w;

	egt_eq(eg_watch_signal_init(&w, on_call, SIGUSR1), 0);
	w.watcher.data = s;
	start(s->loop, &w.watcher);
	egt_eq(raise(SIGUSR1), 0);
	run_until_called(s);
	egt_eq(s->events, EG_SIGNAL);
}

static void child_scene(struct scene *s)
{
	static eg_watch_child w;
	int status;
	pid_t pid = fork();

	egt_le(0, pid);
	if (pid == 0)
		_exit(3);
	egt_eq(eg_watch_child_init(&w, on_call, pid, true), 0);
	w.watcher.data = s;
	start(s->loop, &w.watcher);
	run_until_called(s);
	if (s->events == EG_CHILD) {
		egt_eq(w.rstatus, 3 << 8);
		return;
	}
	/* Then it is not lost, but the program's. */
	egt_eq(s->events, EG_ERROR | EG_CHILD);
	egt_eq(eg__faults.fired, 1);
	egt_true(!eg_watcher_is_active(&w.watcher));
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 3 << 8);
}

static void stat_scene(struct scene *s)
{
	char path[] = "/dev/shm/evergreen-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	static eg_watch_stat w;

	egt_le(0, fd);
	egt_eq(eg_watch_stat_init(&w, on_call, path, 1), 0);
	w.watcher.data = s;
	start(s->loop, &w.watcher);
	egt_eq(write(fd, "x", 1), 1);
	while (w.attr.st_size != 1) {
		s->calls = 0;
		run_until_called(s);
		egt_eq(s->events, EG_STAT);
	}
	egt_eq(unlink(path), 0);
	while (w.attr.st_nlink) {
		s->calls = 0;
		run_until_called(s);
	}
	egt_eq(close(fd), 0);
}

static void on_told(eg_loop *loop, eg_watcher *w, int events)
{
	on_call(loop, w, events);
	if (!(events & EG_ERROR))
		eg_watch_embed_sweep((eg_watch_embed *)(void *)w);
}

static void embed_scene(struct scene *s)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	static eg_watch_embed w;
	static eg_watch_timer timer;
	eg_loop *other;

	options.backend = "epoll";
	options.flags = EG_LOOP_NO_ENV;
	if (eg_loop_new(&other, &options) < 0) {
		egt_eq(eg__faults.fired, 1);
		return;
	}
	egt_eq(eg_watch_embed_init(&w, on_told, other), 0);
	egt_eq(eg_watch_timer_init(&timer, on_call, 1, 0), 0);
	w.watcher.data = timer.watcher.data = s;
	start(other, &timer.watcher);
	start(s->loop, &w.watcher);
	while (s->events != EG_TIMER && !(s->events & EG_ERROR)) {
		s->calls = 0;
		run_until_called(s);
	}
	egt_true(s->events == EG_TIMER || eg__faults.fired);
	egt_eq(eg_loop_verify(other), 0);
	egt_eq(eg_loop_free(other), 0);
}

static void play(const char *backend, scene_fn *scene)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	struct scene s = { .calls = 0 };

	options.backend = backend;
	options.flags = EG_LOOP_NO_ENV;
	if (eg_loop_new(&s.loop, &options) < 0) {
		egt_eq(eg__faults.fired, 1);
		return;
	}
	scene(&s);
	egt_eq(eg_loop_verify(s.loop), 0);
	egt_eq(eg_loop_free(s.loop), 0);
}

static void play_each_point(scene_fn *scene)
{
	static const char *const backends[] = { "io_uring", "epoll", "sim" };
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	struct sigaction action;
	int fds = egt_fd_count();
	eg_loop *probe;

	options.flags = EG_LOOP_NO_ENV;
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		options.backend = backends[i];
		if (eg_loop_new(&probe, &options) < 0)
			continue; /* the kernel refuses it */
		egt_eq(eg_loop_free(probe), 0);
		for (int n = 1; n < POINTS_MAX; n++) {
			uint64_t bytes = eg__pages_live_bytes();

			egt_casef("%s, point %d", backends[i], n);
			eg__faults =
				(struct eg_faults){ .countdown = n,
						    .only_nr = EG_FAULT_ANY };
			play(backends[i], scene);
			eg__faults.countdown = 0;
			egt_eq(egt_fd_count(), fds);
			egt_eq(eg__pages_live_bytes(), bytes);
			egt_eq(sigaction(SIGUSR1, NULL, &action), 0);
			egt_true(action.sa_handler == SIG_DFL);
			egt_eq(sigaction(SIGCHLD, NULL, &action), 0);
			egt_true(action.sa_handler == SIG_DFL);
			if (!eg__faults.fired)
				break;
			egt_lt(n, POINTS_MAX - 1);
		}
	}
}

EG_TEST_PLAIN(fault_of_signal_watchers)
{
	play_each_point(signal_scene);
}

EG_TEST_PLAIN(fault_of_child_watchers)
{
	play_each_point(child_scene);
}

EG_TEST_PLAIN(fault_of_stat_watchers, .limit_ms = 60000)
{
	play_each_point(stat_scene);
}

EG_TEST_PLAIN(fault_of_embed_watchers)
{
	play_each_point(embed_scene);
}

/* Without inotify, or room in it, there is polling. */
EG_TEST_PLAIN(fault_of_inotify_is_not_noticed)
{
	static const long calls[] = { SYS_inotify_init1, SYS_inotify_add_watch,
				      SYS_statfs };

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		egt_casef("call %ld", calls[i]);
		eg__faults = (struct eg_faults){ .countdown = 1,
						 .more = INT64_MAX,
						 .error = -ENOSPC,
						 .only_nr = calls[i] };
		play("sim", stat_scene);
		eg__faults.countdown = 0;
		egt_lt(0, eg__faults.fired);
	}
}
