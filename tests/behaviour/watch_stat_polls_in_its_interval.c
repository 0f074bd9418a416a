/* SPDX-License-Identifier: MIT */
/*
 * When a stat watcher looks: in its interval, within libev's bounds, and not at
 * all where inotify tells. Semantics LV-16.
 */
#include "watch_calls.h"

#include <evergreen/time.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], path[128];

static void make_dir(void)
{
	strcpy(dir, "/dev/shm/evergreen-test-XXXXXX");
	if (!mkdtemp(dir))
		egt_skip("no /dev/shm");
	snprintf(path, sizeof(path), "%s/file", dir);
}

static void make_file(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	egt_le(0, fd);
	egt_eq(close(fd), 0);
}

/* The clock is the test's: what is late is late by nothing else. */
EG_TEST_BARE(watch_stat_interval_has_bounds, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		int64_t interval, want;
	} cases[] = {
		{ "none", 0, 5007489100 },
		{ "too short", 1, 107489100 },
		{ "just too short", 107489099, 107489100 },
		{ "the shortest", 107489100, 107489100 },
		{ "an hour", 3600 * EG_SEC, 3600 * EG_SEC },
	};

	make_dir();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_loop *loop = make_loop(EG_LOOP_NO_INOTIFY);
		struct calls calls = { 0 };
		eg_watch_stat w;
		int64_t start;

		egt_case(cases[i].name);
		egt_eq(eg_watch_stat_init(&w, count_call, path,
					  cases[i].interval),
		       0);
		w.watcher.data = &calls;
		start = eg_loop_now(loop);
		egt_eq(eg_watcher_start(loop, &w.watcher), 0);
		make_file();
		run_until(loop, &calls, 1);
		egt_eq(eg_loop_now(loop) - start, cases[i].want);
		egt_eq(unlink(path), 0);
		run_until(loop, &calls, 2);
		egt_eq(eg_loop_now(loop) - start, 2 * cases[i].want);
		egt_eq(eg_loop_free(loop), 0);
	}
	egt_eq(rmdir(dir), 0);
}

/* When the loop wants to wake up next: what stat watchers poll by. */
static int64_t deadline(uint32_t flags, const char *file)
{
	eg_loop *loop = make_loop(flags);
	eg_watch_stat w;
	int64_t at;

	egt_eq(eg_watch_stat_init(&w, NULL, file, 0), 0);
	egt_eq(eg_watcher_start(loop, &w.watcher), 0);
	egt_eq(eg_loop_prepare(loop, &at), 0);
	egt_eq(eg_loop_free(loop), 0);
	return at;
}

EG_TEST_BARE(watch_stat_polls_only_if_it_must)
{
	make_dir();
	make_file();
	egt_case("inotify tells");
	egt_eq(deadline(0, path), EG_FOREVER);
	egt_case("inotify is not wanted");
	egt_ne(deadline(EG_LOOP_NO_INOTIFY, path), EG_FOREVER);
	egt_case("a file system that changes by itself");
	egt_ne(deadline(0, "/proc/self/stat"), EG_FOREVER);
	egt_eq(unlink(path), 0);
	egt_case("nothing is there");
	egt_ne(deadline(0, path), EG_FOREVER);
	egt_eq(rmdir(dir), 0);
}

/* All watchers of a loop share one descriptor, which goes with it. */
EG_TEST_BARE(watch_stat_holds_one_descriptor)
{
	eg_loop *loop = make_loop(0);
	eg_watch_stat w[4];
	int fds = egt_fd_count();

	make_dir();
	make_file();
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		egt_eq(eg_watch_stat_init(&w[i], NULL, i % 2 ? path : dir, 0),
		       0);
		egt_eq(eg_watcher_start(loop, &w[i].watcher), 0);
	}
	egt_eq(egt_fd_count(), fds + 1);
	egt_eq(eg_loop_free(loop), 0);
	egt_lt(egt_fd_count(), fds);
	egt_eq(unlink(path), 0);
	egt_eq(rmdir(dir), 0);
}
