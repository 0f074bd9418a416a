/* SPDX-License-Identifier: MIT */
/*
 * A stat watcher is called when what lstat(2) says has changed, by inotify or
 * by polling, and knows what was before. Semantics LV-16.
 */
#include "watch_calls.h"

#include <evergreen/time.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 128 };

/* Long enough that only inotify can be what tells. */
#define NEVER (INT64_C(86400) * EG_SEC)

static char dir[PATH_BYTES / 2], path[PATH_BYTES];
static eg_loop *loop;
static struct calls calls;
static eg_watch_stat stat_watcher;

/* On tmpfs, of which inotify is known to tell everything. */
static void make_dir(void)
{
	strcpy(dir, "/dev/shm/evergreen-test-XXXXXX");
	if (!mkdtemp(dir))
		egt_skip("no /dev/shm");
	snprintf(path, sizeof(path), "%s/file", dir);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	egt_le(0, fd);
	egt_eq(write(fd, text, strlen(text)), strlen(text));
	egt_eq(close(fd), 0);
}

static void watch(const char *file, int64_t interval)
{
	egt_eq(eg_watch_stat_init(&stat_watcher, count_call, file, interval),
	       0);
	stat_watcher.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &stat_watcher.watcher), 0);
}

static void end(void)
{
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
	unlink(path);
	egt_eq(rmdir(dir), 0);
}

static void next_call(void)
{
	run_until(loop, &calls, calls.count + 1);
	egt_eq(calls.events, EG_STAT);
	/* One change may be told in two steps: open(2) and write(2). */
	run_what_is_there(loop);
}

static void change_everything(void)
{
	put(path, "1");
	next_call();
	egt_eq(stat_watcher.prev.st_nlink, 0);
	egt_eq(stat_watcher.attr.st_nlink, 1);
	egt_eq(stat_watcher.attr.st_size, 1);
	put(path, "23");
	next_call();
	egt_eq(stat_watcher.prev.st_size, 1);
	egt_eq(stat_watcher.attr.st_size, 3);
	egt_eq(chmod(path, 0600), 0);
	next_call();
	egt_eq(stat_watcher.prev.st_mode, S_IFREG | 0644);
	egt_eq(stat_watcher.attr.st_mode, S_IFREG | 0600);
	egt_eq(truncate(path, 0), 0);
	next_call();
	egt_eq(stat_watcher.attr.st_size, 0);
	egt_eq(unlink(path), 0);
	next_call();
	egt_eq(stat_watcher.prev.st_nlink, 1);
	egt_eq(stat_watcher.attr.st_nlink, 0);
}

EG_TEST_BARE(watch_stat_tells_of_each_change_by_inotify)
{
	make_dir();
	loop = make_loop(0);
	watch(path, NEVER);
	egt_eq(stat_watcher.attr.st_nlink, 0);
	for (int i = 0; i < 3; i++)
		change_everything();
	end();
}

EG_TEST_BARE(watch_stat_tells_of_each_change_by_polling)
{
	make_dir();
	loop = make_loop(EG_LOOP_NO_INOTIFY);
	watch(path, 1);
	for (int i = 0; i < 2; i++)
		change_everything();
	end();
}

EG_TEST_BARE(watch_stat_begins_with_what_is_there)
{
	make_dir();
	put(path, "old");
	loop = make_loop(0);
	watch(path, 0);
	egt_eq(stat_watcher.attr.st_size, 3);
	egt_eq(stat_watcher.prev.st_size, 3);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	end();
}

/* The new file is watched as the old one was. */
EG_TEST_BARE(watch_stat_follows_the_path)
{
	char other[PATH_BYTES + 8];
	ino_t before;

	make_dir();
	put(path, "old");
	loop = make_loop(0);
	watch(path, NEVER);
	before = stat_watcher.attr.st_ino;
	snprintf(other, sizeof(other), "%s.new", path);
	put(other, "new one");
	egt_eq(rename(other, path), 0);
	next_call();
	egt_ne(stat_watcher.attr.st_ino, before);
	egt_eq(stat_watcher.attr.st_size, 7);
	put(path, "!");
	next_call();
	egt_eq(stat_watcher.attr.st_size, 8);
	egt_eq(rename(path, other), 0);
	next_call();
	egt_eq(stat_watcher.attr.st_nlink, 0);
	egt_eq(rename(other, path), 0);
	next_call();
	egt_eq(stat_watcher.attr.st_size, 8);
	end();
}

/* From one directory that comes into being to the next. */
EG_TEST_BARE(watch_stat_waits_for_directories)
{
	char deep[PATH_BYTES + 8], deeper[PATH_BYTES + 16];

	make_dir();
	loop = make_loop(0);
	snprintf(deep, sizeof(deep), "%s/a", path);
	snprintf(deeper, sizeof(deeper), "%s/b", deep);
	watch(deeper, NEVER);
	run_what_is_there(loop);
	egt_eq(mkdir(path, 0755), 0);
	run_what_is_there(loop);
	egt_eq(mkdir(deep, 0755), 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	put(deeper, "x");
	next_call();
	egt_eq(stat_watcher.attr.st_size, 1);
	egt_eq(unlink(deeper), 0);
	next_call();
	egt_eq(stat_watcher.attr.st_nlink, 0);
	egt_eq(rmdir(deep), 0);
	egt_eq(rmdir(path), 0);
	end();
}

EG_TEST_BARE(watch_stat_of_a_link_is_of_the_link)
{
	char target[PATH_BYTES + 8];

	make_dir();
	snprintf(target, sizeof(target), "%s.target", path);
	put(target, "much longer than a path could ever be in a short test");
	egt_eq(symlink("file.target", path), 0);
	loop = make_loop(0);
	watch(path, NEVER);
	egt_true(S_ISLNK(stat_watcher.attr.st_mode));
	put(target, "!");
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	egt_eq(unlink(path), 0);
	next_call();
	egt_eq(stat_watcher.attr.st_nlink, 0);
	egt_eq(unlink(target), 0);
	end();
}

/* What happens beside a path is not its change. */
EG_TEST_BARE(watch_stat_tells_of_nothing_else)
{
	char other[PATH_BYTES + 8];

	make_dir();
	put(path, "x");
	loop = make_loop(0);
	watch(path, NEVER);
	snprintf(other, sizeof(other), "%s.other", path);
	put(other, "x");
	run_what_is_there(loop);
	egt_eq(unlink(other), 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	egt_eq(unlink(path), 0);
	next_call();
	/* Now the directory is watched, and what else is in it heard of. */
	calls.count = 0;
	put(other, "x");
	run_what_is_there(loop);
	egt_eq(unlink(other), 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	end();
}

EG_TEST_BARE(watch_stat_watchers_share_a_file)
{
	struct calls seconds = { 0 };
	eg_watch_stat second;

	make_dir();
	put(path, "x");
	loop = make_loop(0);
	watch(path, NEVER);
	egt_eq(eg_watch_stat_init(&second, count_call, path, NEVER), 0);
	second.watcher.data = &seconds;
	egt_eq(eg_watcher_start(loop, &second.watcher), 0);
	put(path, "y");
	run_until(loop, &calls, 1);
	run_until(loop, &seconds, 1);
	egt_eq(eg_watcher_stop(&stat_watcher.watcher), 0);
	put(path, "z");
	run_until(loop, &seconds, 2);
	egt_eq(second.attr.st_size, 3);
	egt_eq(calls.count, 1);
	end();
}

EG_TEST_BARE(watch_stat_update_takes_a_change_in)
{
	make_dir();
	put(path, "x");
	loop = make_loop(0);
	watch(path, NEVER);
	put(path, "y");
	egt_eq(eg_watch_stat_update(&stat_watcher), 0);
	egt_eq(stat_watcher.attr.st_size, 2);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	end();
}

/* LV-29: a fork child has an inotify of its own. */
EG_TEST_BARE(watch_stat_goes_on_in_a_fork_child)
{
	int status;
	pid_t pid;

	make_dir();
	put(path, "x");
	loop = make_loop(0);
	watch(path, NEVER);
	run_what_is_there(loop);
	pid = fork();
	egt_le(0, pid);
	if (pid == 0) {
		bool is_well = eg_loop_after_fork(loop) == 0;

		run_what_is_there(loop);
		put(path, "y");
		run_until(loop, &calls, 1);
		_exit(!is_well || stat_watcher.attr.st_size != 2);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 0);
	run_until(loop, &calls, 1);
	egt_eq(stat_watcher.attr.st_size, 2);
	put(path, "z");
	run_until(loop, &calls, 2);
	end();
}
