/* SPDX-License-Identifier: MIT */
/*
 * A signal belongs to one loop at a time, and to the program afterwards: also
 * when loops come and go under a hail of signals, and across fork(2).
 * Semantics LV-14, LV-28, LV-29.
 */
#include "watch_calls.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int handled; /* atomic: on any thread */

static void old_handler(int signum)
{
	(void)signum;
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void set_old_action(void)
{
	struct sigaction action = { .sa_handler = old_handler };

	egt_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

static void check_old_action(void)
{
	struct sigaction action;
	int before = handled;

	egt_eq(sigaction(SIGUSR1, NULL, &action), 0);
	egt_true(action.sa_handler == old_handler);
	egt_eq(action.sa_flags & SA_RESTART, 0);
	egt_eq(raise(SIGUSR1), 0);
	egt_eq(handled, before + 1);
}

EG_TEST_BARE(watch_signal_gives_the_action_back)
{
	eg_loop *loop = make_loop(0);
	eg_watch_signal one, two;
	struct sigaction action;

	set_old_action();
	egt_eq(eg_watch_signal_init(&one, NULL, SIGUSR1), 0);
	egt_eq(eg_watch_signal_init(&two, NULL, SIGUSR1), 0);
	egt_eq(eg_watcher_start(loop, &one.watcher), 0);
	egt_eq(eg_watcher_start(loop, &two.watcher), 0);
	egt_eq(sigaction(SIGUSR1, NULL, &action), 0);
	egt_true(action.sa_flags & SA_RESTART);
	egt_true(sigismember(&action.sa_mask, SIGTERM));
	egt_eq(eg_watcher_stop(&one.watcher), 0);
	egt_eq(raise(SIGUSR1), 0);
	egt_eq(handled, 0);
	egt_eq(eg_watcher_stop(&two.watcher), 0);
	check_old_action();
	egt_eq(eg_loop_free(loop), 0);
}

/* Unlike libev's, see docs/semantics.md. */
EG_TEST_BARE(watch_signal_is_given_back_by_a_freed_loop)
{
	eg_loop *loop = make_loop(0);
	eg_watch_signal signal;

	set_old_action();
	egt_eq(eg_watch_signal_init(&signal, NULL, SIGUSR1), 0);
	egt_eq(eg_watcher_start(loop, &signal.watcher), 0);
	egt_eq(eg_loop_free(loop), 0);
	egt_true(!eg_watcher_is_active(&signal.watcher));
	check_old_action();
}

EG_TEST_BARE(watch_signal_has_one_loop)
{
	eg_loop *first = make_loop(0), *second = make_loop(0);
	struct calls calls[2] = { { 0 }, { 0 } };
	eg_watch_signal one, two;

	egt_eq(eg_watch_signal_init(&one, count_call, SIGUSR1), 0);
	egt_eq(eg_watch_signal_init(&two, count_call, SIGUSR1), 0);
	one.watcher.data = &calls[0];
	two.watcher.data = &calls[1];
	egt_eq(eg_watcher_start(first, &one.watcher), 0);
	egt_eq(eg_watcher_start(second, &two.watcher), -EBUSY);
	egt_true(!eg_watcher_is_active(&two.watcher));
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(second);
	run_what_is_there(first);
	egt_eq(calls[0].count, 1);
	egt_eq(eg_loop_free(first), 0);
	egt_eq(eg_watcher_start(second, &two.watcher), 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(second);
	egt_eq(calls[0].count, 1);
	egt_eq(calls[1].count, 1);
	egt_eq(eg_loop_free(second), 0);
}

EG_TEST_BARE(watch_signal_unblocks_it)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_signal signal;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	egt_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	egt_eq(eg_watch_signal_init(&signal, count_call, SIGUSR1), 0);
	signal.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &signal.watcher), 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 1);
	egt_eq(eg_loop_free(loop), 0);
}

enum { ROUNDS = 500 };

static bool is_over;

static void *hail(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		egt_eq(eg_loop_feed_signal(SIGUSR1), 0);
		egt_eq(kill(getpid(), SIGUSR1), 0);
	}
	return NULL;
}

/* The handlers of other threads have let go of a loop before it is freed. */
EG_TEST_BARE(watch_signal_outlives_no_loop)
{
	struct calls calls = { 0 };
	eg_watch_signal signal;
	pthread_t threads[2];
	eg_loop *loop;

	set_old_action();
	for (int i = 0; i < 2; i++)
		egt_eq(pthread_create(&threads[i], NULL, hail, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		loop = make_loop(0);
		egt_eq(eg_watch_signal_init(&signal, count_call, SIGUSR1), 0);
		signal.watcher.data = &calls;
		egt_eq(eg_watcher_start(loop, &signal.watcher), 0);
		run_until(loop, &calls, i + 1);
		if (i % 2)
			egt_eq(eg_watcher_stop(&signal.watcher), 0);
		egt_eq(eg_loop_free(loop), 0);
		calls.count = i + 1;
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		egt_eq(pthread_join(threads[i], NULL), 0);
}

/* The signals of a fork child are its own. */
EG_TEST_BARE(watch_signal_goes_on_in_a_fork_child)
{
	eg_loop *loop = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_signal signal;
	int status;
	pid_t pid;

	egt_eq(eg_watch_signal_init(&signal, count_call, SIGUSR1), 0);
	signal.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &signal.watcher), 0);
	pid = fork();
	egt_le(0, pid);
	if (pid == 0) {
		bool is_well = eg_loop_after_fork(loop) == 0 &&
			       raise(SIGUSR1) == 0 &&
			       eg_loop_run(loop, EG_RUN_ONCE) == 1 &&
			       calls.count == 1 && eg_loop_free(loop) == 0;

		_exit(is_well ? 0 : 1);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(calls.count, 1);
	egt_eq(eg_loop_free(loop), 0);
}
