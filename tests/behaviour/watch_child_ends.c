/* SPDX-License-Identifier: MIT */
/*
 * A child watcher tells how its child ended, whenever it was started, and
 * leaves all other children alone. Semantics LV-15.
 */
#include "watch_calls.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends by @signum, or by exit(@code); waits for a byte first if it can. */
static pid_t spawn(int code, int signum, const int *gate)
{
	pid_t pid = fork();
	char byte;

	egt_le(0, pid);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (gate && read(gate[0], &byte, 1) != 1)
		_exit(99);
	if (signum) {
		const struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		signal(signum, SIG_DFL);
		raise(signum);
	}
	_exit(code);
}

static void watch(eg_loop *loop, eg_watch_child *child, struct calls *calls,
		  pid_t pid)
{
	egt_eq(eg_watch_child_init(child, count_call, pid, false), 0);
	child->watcher.data = calls;
	egt_eq(eg_watcher_start(loop, &child->watcher), 0);
}

/* It is there to be reaped, and stays so. */
static void wait_for_zombie(pid_t pid)
{
	siginfo_t info;

	egt_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

EG_TEST_BARE(watch_child_tells_how_it_ended)
{
	static const struct {
		const char *name;
		int code, signum;
	} cases[] = {
		{ "well", 0, 0 },
		{ "with a code", 7, 0 },
		{ "the greatest", 255, 0 },
		{ "killed", 0, SIGKILL },
		{ "terminated", 0, SIGTERM },
		{ "aborted", 0, SIGABRT },
	};
	eg_loop *loop = make_loop(0);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct calls calls = { 0 };
		eg_watch_child child;
		int gate[2];
		pid_t pid;

		egt_case(cases[i].name);
		egt_eq(pipe(gate), 0);
		pid = spawn(cases[i].code, cases[i].signum, gate);
		watch(loop, &child, &calls, pid);
		run_what_is_there(loop);
		egt_eq(calls.count, 0);
		egt_eq(write(gate[1], "x", 1), 1);
		run_until(loop, &calls, 1);
		egt_eq(calls.events, EG_CHILD);
		egt_eq(child.rpid, pid);
		if (cases[i].signum) {
			egt_true(WIFSIGNALED(child.rstatus));
			egt_eq(WTERMSIG(child.rstatus), cases[i].signum);
		} else {
			egt_eq(child.rstatus, cases[i].code << 8);
		}
		/* It was reaped. */
		egt_eq(waitpid(pid, NULL, 0), -1);
		egt_eq(errno, ECHILD);
		egt_eq(eg_watcher_stop(&child.watcher), 0);
		close(gate[0]);
		close(gate[1]);
	}
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_child_that_has_ended_before)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	pid_t pid = spawn(3, 0, NULL);
	eg_watch_child child;

	wait_for_zombie(pid);
	watch(loop, &child, &calls, pid);
	run_until(loop, &calls, 1);
	egt_eq(child.rpid, pid);
	egt_eq(child.rstatus, 3 << 8);
	egt_eq(eg_loop_free(loop), 0);
}

/* libev reaps whatever ends; here two libraries may have children. */
EG_TEST_BARE(watch_child_reaps_no_other)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	pid_t other = spawn(4, 0, NULL), own = spawn(5, 0, NULL);
	eg_watch_child child;
	int status;

	wait_for_zombie(other);
	watch(loop, &child, &calls, own);
	run_until(loop, &calls, 1);
	egt_eq(child.rpid, own);
	run_what_is_there(loop);
	egt_eq(calls.count, 1);
	egt_eq(waitpid(other, &status, WNOHANG), other);
	egt_eq(status, 4 << 8);
	egt_eq(eg_loop_free(loop), 0);
}

/* The descriptor that says so is gone, so that the loop can sleep. */
EG_TEST_BARE(watch_child_stays_active_and_is_quiet)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 }, ticks = { 0 };
	eg_loop_stats before = { .size = sizeof(before) }, after = before;
	eg_watch_child child;
	eg_watch_timer timer;
	int fds;

	/* What the loop opens late is open. */
	egt_eq(eg_watch_timer_init(&timer, count_call, 0, 0), 0);
	timer.watcher.data = &ticks;
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	run_until(loop, &ticks, 1);
	fds = egt_fd_count();

	watch(loop, &child, &calls, spawn(0, 0, NULL));
	egt_eq(egt_fd_count(), fds + 1);
	run_until(loop, &calls, 1);
	egt_true(eg_watcher_is_active(&child.watcher));
	egt_eq(egt_fd_count(), fds);

	egt_eq(eg_watch_timer_set(&timer, 20 * INT64_C(1000000), 0), 0);
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(eg_loop_get_stats(loop, &before), 0);
	run_until(loop, &ticks, 2);
	egt_eq(eg_loop_get_stats(loop, &after), 0);
	/* To sleep, and perhaps once more to meet the timer. */
	egt_le(after.turns, before.turns + 4);
	egt_eq(calls.count, 1);
	egt_eq(after.references, 1);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_child_is_told_to_all)
{
	eg_loop *loop = make_loop(0);
	struct calls calls[3] = { { 0 } };
	int gate[2];
	eg_watch_child children[3];
	pid_t pid;

	egt_eq(pipe(gate), 0);
	pid = spawn(6, 0, gate);
	for (int i = 0; i < 3; i++)
		watch(loop, &children[i], &calls[i], i == 2 ? 0 : pid);
	egt_eq(write(gate[1], "x", 1), 1);
	for (int i = 0; i < 3; i++) {
		run_until(loop, &calls[i], 1);
		egt_eq(children[i].rpid, pid);
		egt_eq(children[i].rstatus, 6 << 8);
	}
	run_what_is_there(loop);
	for (int i = 0; i < 3; i++)
		egt_eq(calls[i].count, 1);
	close(gate[0]);
	close(gate[1]);
	egt_eq(eg_loop_free(loop), 0);
}

/* Who reaps it behind the watcher's back takes the status along. */
EG_TEST_BARE(watch_child_reaped_elsewhere_is_an_error)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_child child;
	pid_t pid = spawn(0, 0, NULL);

	watch(loop, &child, &calls, pid);
	egt_eq(waitpid(pid, NULL, 0), pid);
	while (!calls.count)
		egt_le(0, eg_loop_run(loop, EG_RUN_ONCE));
	egt_eq(calls.events, EG_ERROR | EG_CHILD);
	egt_true(!eg_watcher_is_active(&child.watcher));
	egt_eq(eg_loop_run(loop, EG_RUN_NOWAIT), 0);
	egt_eq(calls.count, 1);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_child_wants_a_child)
{
	eg_loop *loop = make_loop(0);
	eg_watch_child child;
	pid_t pid = spawn(0, 0, NULL);
	const pid_t strangers[] = { 1, getpid(), pid };

	egt_eq(waitpid(pid, NULL, 0), pid);
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		egt_casef("stranger %zu", i);
		egt_eq(eg_watch_child_init(&child, NULL, strangers[i], true),
		       0);
		egt_eq(eg_watcher_start(loop, &child.watcher), -ESRCH);
		egt_true(!eg_watcher_is_active(&child.watcher));
	}
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 0);
	egt_eq(eg_loop_free(loop), 0);
}

static char order[8];

static void on_child(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)w;
	egt_eq(events, EG_CHILD);
	strcat(order, "c");
}

static void on_timer(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	strcat(order, "t");
	egt_eq(eg_watcher_stop(w), 0);
}

EG_TEST_BARE(watch_child_comes_first)
{
	eg_loop *loop = make_loop(0);
	eg_watch_child child;
	eg_watch_timer timer;
	pid_t pid = spawn(0, 0, NULL);

	wait_for_zombie(pid);
	egt_eq(eg_watch_child_init(&child, on_child, pid, false), 0);
	egt_eq(eg_watcher_set_priority(&child.watcher, EG_PRIORITY_MIN), 0);
	egt_eq(eg_watch_timer_init(&timer, on_timer, 0, 0), 0);
	egt_eq(eg_watcher_set_priority(&timer.watcher, EG_PRIORITY_MAX - 1), 0);
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	egt_eq(eg_watcher_start(loop, &child.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(order, "ct");
	egt_eq(eg_loop_free(loop), 0);
}

static bool parents_is_an_error(eg_loop *loop, struct calls *calls,
				const eg_watch_child *any, pid_t *spawned)
{
	struct calls *others = any->watcher.data;

	if (eg_loop_after_fork(loop))
		return false;
	while (!calls->count)
		if (eg_loop_run(loop, EG_RUN_ONCE) < 0)
			return false;
	if (calls->events != (EG_ERROR | EG_CHILD) || others->count)
		return false;
	/* Of its own it hears. */
	*spawned = spawn(9, 0, NULL);
	while (!others->count)
		if (eg_loop_run(loop, EG_RUN_ONCE) < 0)
			return false;
	return any->rpid == *spawned && any->rstatus == 9 << 8 &&
	       eg_loop_free(loop) == 0;
}

EG_TEST_BARE(watch_child_is_the_parents)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 }, others = { 0 };
	eg_watch_child child, any;
	pid_t pid, twin, spawned;
	int gate[2];

	egt_eq(pipe(gate), 0);
	pid = spawn(2, 0, gate);
	watch(loop, &child, &calls, pid);
	watch(loop, &any, &others, 0);
	twin = fork();
	egt_le(0, twin);
	if (twin == 0)
		_exit(!parents_is_an_error(loop, &calls, &any, &spawned));
	run_until(loop, &others, 1);
	egt_eq(any.rpid, twin);
	egt_eq(any.rstatus, 0);
	egt_eq(calls.count, 0);
	egt_eq(write(gate[1], "x", 1), 1);
	run_until(loop, &calls, 1);
	egt_eq(calls.events, EG_CHILD);
	egt_eq(child.rstatus, 2 << 8);
	close(gate[0]);
	close(gate[1]);
	egt_eq(eg_loop_free(loop), 0);
}
