/* SPDX-License-Identifier: MIT */
/*
 * A signal's callback runs in the loop's turn, once for one or more signals.
 * Semantics LV-14.
 */
#include "watch_calls.h"

#include "ctx/ctx.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static eg_loop *loop;
static struct calls usr1, usr2;
static eg_watch_signal on_usr1, on_usr2;

static void begin(void)
{
	loop = make_loop(0);
	egt_eq(eg_watch_signal_init(&on_usr1, count_call, SIGUSR1), 0);
	egt_eq(eg_watch_signal_init(&on_usr2, count_call, SIGUSR2), 0);
	on_usr1.watcher.data = &usr1;
	on_usr2.watcher.data = &usr2;
	egt_eq(eg_watcher_start(loop, &on_usr1.watcher), 0);
	egt_eq(eg_watcher_start(loop, &on_usr2.watcher), 0);
}

static void end(void)
{
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
}

EG_TEST_BARE(watch_signal_comes_in_the_loop)
{
	begin();
	errno = 77;
	egt_eq(raise(SIGUSR1), 0);
	egt_eq(errno, 77);
	egt_eq(usr1.count, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_eq(usr1.count, 1);
	egt_eq(usr1.events, EG_SIGNAL);
	egt_eq(usr2.count, 0);
	end();
}

EG_TEST_BARE(watch_signal_of_many_is_one_call)
{
	begin();
	for (int i = 0; i < 100; i++) {
		egt_eq(raise(SIGUSR1), 0);
		egt_eq(kill(getpid(), SIGUSR2), 0);
	}
	run_what_is_there(loop);
	egt_eq(usr1.count, 1);
	egt_eq(usr2.count, 1);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 2);
	egt_eq(usr2.count, 1);
	end();
}

EG_TEST_BARE(watch_signal_reaches_all_its_watchers)
{
	eg_watch_signal second;
	struct calls calls = { 0 };

	begin();
	egt_eq(eg_watch_signal_init(&second, count_call, SIGUSR1), 0);
	second.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &second.watcher), 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 1);
	egt_eq(calls.count, 1);
	/* The other one is still there when one has gone. */
	egt_eq(eg_watcher_stop(&on_usr1.watcher), 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 1);
	egt_eq(calls.count, 2);
	end();
}

static void *send_usr1(void *arg)
{
	(void)arg;
	egt_eq(kill(getpid(), SIGUSR1), 0);
	return NULL;
}

static void *feed_usr1(void *arg)
{
	(void)arg;
	egt_eq(eg_loop_feed_signal(SIGUSR1), 0);
	return NULL;
}

EG_TEST_BARE(watch_signal_wakes_a_sleeping_loop)
{
	void *(*const ways[])(void *) = { send_usr1, feed_usr1 };
	pthread_t thread;

#ifdef EG_TSAN
	egt_skip("ThreadSanitizer holds signals back until the call is over");
#endif
	begin();
	for (int i = 0; i < 100; i++) {
		egt_eq(pthread_create(&thread, NULL, ways[i % 2], NULL), 0);
		run_until(loop, &usr1, i + 1);
		egt_eq(pthread_join(thread, NULL), 0);
	}
	egt_eq(usr1.count, 100);
	end();
}

EG_TEST_BARE(watch_signal_fed_by_hand)
{
	/* Nobody watches it. */
	egt_eq(eg_loop_feed_signal(SIGUSR1), 0);
	begin();
	run_what_is_there(loop);
	egt_eq(usr1.count, 0);
	egt_eq(eg_loop_feed_signal(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 1);
	egt_eq(usr1.events, EG_SIGNAL);
	end();
}

/* LV-05: what is stopped is not called, and what is started again begins. */
EG_TEST_BARE(watch_signal_stopped_is_not_called)
{
	begin();
	egt_eq(raise(SIGUSR1), 0);
	egt_eq(eg_watcher_stop(&on_usr1.watcher), 0);
	egt_eq(eg_watcher_start(loop, &on_usr1.watcher), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 0);
	egt_eq(raise(SIGUSR1), 0);
	run_what_is_there(loop);
	egt_eq(usr1.count, 1);
	end();
}

struct reader {
	int pipe[2];
	pid_t thread_id;
	ssize_t got;
	int error;
};

static void *read_byte(void *arg)
{
	struct reader *r = arg;
	char byte;

	__atomic_store_n(&r->thread_id, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	r->got = read(r->pipe[0], &byte, 1);
	r->error = errno;
	return NULL;
}

static void wait_until_it_reads(struct reader *r)
{
	char path[64], state = 0;
	FILE *f;

	while (!__atomic_load_n(&r->thread_id, __ATOMIC_ACQUIRE))
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", r->thread_id);
	while (state != 'S') {
		f = fopen(path, "re");
		egt_true(f);
		egt_eq(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
		egt_eq(fclose(f), 0);
	}
}

EG_TEST_BARE(watch_signal_interrupts_no_call)
{
	struct reader r = { .thread_id = 0 };
	pthread_t thread;

#ifdef EG_TSAN
	egt_skip("ThreadSanitizer holds signals back until the call is over");
#endif
	begin();
	egt_eq(pipe2(r.pipe, O_CLOEXEC), 0);
	egt_eq(pthread_create(&thread, NULL, read_byte, &r), 0);
	wait_until_it_reads(&r);
	egt_eq(pthread_kill(thread, SIGUSR1), 0);
	run_until(loop, &usr1, 1);
	egt_eq(write(r.pipe[1], "x", 1), 1);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(r.got, 1);
	close(r.pipe[0]);
	close(r.pipe[1]);
	end();
}
