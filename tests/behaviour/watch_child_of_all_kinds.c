/* SPDX-License-Identifier: MIT */
/*
 * Watchers of any child, each told of in turn, and of children that stop and
 * go on: what needs SIGCHLD. Semantics LV-15.
 */
#include "watch_calls.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 20 };

static pid_t pids[CHILDREN];
static int told[CHILDREN];

static pid_t spawn_sleeper(void)
{
	pid_t pid = fork();

	egt_le(0, pid);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static pid_t spawn_zombie(int code)
{
	pid_t pid = fork();
	siginfo_t info;

	egt_le(0, pid);
	if (pid == 0)
		_exit(code);
	egt_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

static void on_any(eg_loop *loop, eg_watcher *w, int events)
{
	eg_watch_child *child = (eg_watch_child *)(void *)w;

	count_call(loop, w, events);
	for (int i = 0; i < CHILDREN; i++)
		if (pids[i] == child->rpid) {
			egt_eq(child->rstatus, i << 8);
			told[i]++;
			return;
		}
	egt_fail("%d is nobody's", (int)child->rpid);
}

static void watch_any(eg_loop *loop, eg_watch_child *child, struct calls *calls)
{
	egt_eq(eg_watch_child_init(child, on_any, 0, false), 0);
	child->watcher.data = calls;
	egt_eq(eg_watcher_start(loop, &child->watcher), 0);
}

/* One SIGCHLD may be all that comes of many, and some came before. */
EG_TEST_BARE(watch_child_any_is_told_of_each)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_child any;

	for (int i = 0; i < CHILDREN / 2; i++)
		pids[i] = spawn_zombie(i);
	watch_any(loop, &any, &calls);
	run_until(loop, &calls, CHILDREN / 2);
	for (int i = CHILDREN / 2; i < CHILDREN; i++)
		pids[i] = spawn_zombie(i);
	run_until(loop, &calls, CHILDREN);
	run_what_is_there(loop);
	for (int i = 0; i < CHILDREN; i++)
		egt_eq(told[i], 1);
	egt_eq(waitpid(-1, NULL, WNOHANG), -1);
	egt_eq(errno, ECHILD);
	egt_eq(eg_loop_free(loop), 0);
}

/* The first is called, stops the second, and the rest is not forgotten. */
static void on_any_once(eg_loop *loop, eg_watcher *w, int events)
{
	on_any(loop, w, events);
	egt_eq(eg_watcher_stop(w), 0);
}

EG_TEST_BARE(watch_child_any_may_stop_in_between)
{
	eg_loop *loop = make_loop(0);
	struct calls calls[2] = { { 0 } };
	eg_watch_child any[2];

	for (int i = 0; i < CHILDREN; i++)
		pids[i] = spawn_zombie(i);
	watch_any(loop, &any[0], &calls[0]);
	watch_any(loop, &any[1], &calls[1]);
	egt_eq(eg_watcher_set_fn(&any[0].watcher, on_any_once), 0);
	run_until(loop, &calls[1], CHILDREN);
	egt_eq(calls[0].count, 1);
	egt_eq(calls[1].count, CHILDREN);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_child_any_has_one_loop)
{
	eg_loop *first = make_loop(0), *second = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_child one, two;

	watch_any(first, &one, &calls);
	egt_eq(eg_watch_child_init(&two, NULL, 0, false), 0);
	egt_eq(eg_watcher_start(second, &two.watcher), -EBUSY);
	egt_true(!eg_watcher_is_active(&two.watcher));
	egt_eq(eg_watcher_stop(&one.watcher), 0);
	egt_eq(eg_watcher_start(second, &two.watcher), 0);
	egt_eq(eg_loop_free(first), 0);
	egt_eq(eg_loop_free(second), 0);
}

EG_TEST_BARE(watch_child_traced_tells_of_stops)
{
	eg_loop *loop = make_loop(0);
	struct calls traced = { 0 }, plain = { 0 };
	eg_watch_child child, end;
	pid_t pid = spawn_sleeper();

	egt_eq(eg_watch_child_init(&child, count_call, pid, true), 0);
	child.watcher.data = &traced;
	egt_eq(eg_watcher_start(loop, &child.watcher), 0);
	egt_eq(eg_watch_child_init(&end, count_call, pid, false), 0);
	end.watcher.data = &plain;
	egt_eq(eg_watcher_start(loop, &end.watcher), 0);

	egt_eq(kill(pid, SIGSTOP), 0);
	run_until(loop, &traced, 1);
	egt_eq(child.rpid, pid);
	egt_true(WIFSTOPPED(child.rstatus));
	egt_eq(WSTOPSIG(child.rstatus), SIGSTOP);
	egt_eq(kill(pid, SIGCONT), 0);
	run_until(loop, &traced, 2);
	egt_true(WIFCONTINUED(child.rstatus));
	egt_eq(plain.count, 0);
	egt_eq(kill(pid, SIGKILL), 0);
	run_until(loop, &traced, 3);
	egt_true(WIFSIGNALED(child.rstatus));
	run_until(loop, &plain, 1);
	egt_eq(end.rstatus, SIGKILL);
	run_what_is_there(loop);
	egt_eq(traced.count, 3);
	egt_eq(plain.count, 1);
	egt_eq(eg_loop_free(loop), 0);
}

/* Stopped before the watcher was started: it is told all the same. */
EG_TEST_BARE(watch_child_any_traced_tells_of_stops)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_child any;
	pid_t pid = spawn_sleeper();
	siginfo_t info;

	egt_eq(kill(pid, SIGSTOP), 0);
	egt_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
	egt_eq(eg_watch_child_init(&any, count_call, 0, true), 0);
	any.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &any.watcher), 0);
	run_until(loop, &calls, 1);
	egt_eq(any.rpid, pid);
	egt_true(WIFSTOPPED(any.rstatus));
	egt_eq(kill(pid, SIGKILL), 0);
	run_until(loop, &calls, 2);
	egt_eq(any.rstatus, SIGKILL);
	egt_eq(eg_loop_free(loop), 0);
}
