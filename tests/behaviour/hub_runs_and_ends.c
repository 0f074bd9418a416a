/* SPDX-License-Identifier: MIT */
/*
 * eg_run(): options, nesting, again and again, in many threads, and what it
 * does with fibers that are left (semantics HB-05, HB-10; class 23 of
 * section 4).
 */
#include "fiber_trace.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int return_arg(void *arg)
{
	return arg ? *(int *)arg : 0;
}

EG_TEST(a_second_hub_on_a_thread_is_refused)
{
	int status = 7;

	egt_eq(eg_run(return_arg, NULL, NULL, &status), -EBUSY);
	egt_eq(status, 7);
	egt_true(eg_hub_self());
}

EG_TEST_PLAIN(the_status_is_what_main_returned)
{
	int want = -42, status = 0;

	egt_eq(eg_run(return_arg, &want, NULL, &status), 0);
	egt_eq(status, -42);
	egt_eq(eg_run(return_arg, NULL, NULL, NULL), 0);
	egt_ptr_eq(eg_hub_self(), NULL);
	egt_ptr_eq(eg_self(), NULL);
}

static void *sleep_a_little(void *arg)
{
	egt_eq(eg_sleep(10 * EG_USEC), 0);
	++*(int *)arg;
	return NULL;
}

static int spawn_some(void *arg)
{
	eg_group group = { 0 };

	for (int i = 0; i < 10; i++)
		egt_eq(eg_group_spawn(&group, sleep_a_little, arg, NULL), 0);
	return eg_group_wait(&group, EG_FOREVER);
}

/* Of address space: also what was never touched. */
static unsigned long mapped_pages(void)
{
	char text[128] = "";
	FILE *statm = fopen("/proc/self/statm", "r");

	egt_true(statm);
	egt_true(fgets(text, sizeof(text), statm));
	fclose(statm);
	return strtoul(text, NULL, 10);
}

EG_TEST_PLAIN(a_hundred_hubs_in_a_row_leave_nothing)
{
	static const char *const backends[] = { "epoll", "sim" };
	unsigned long pages = 0;

	for (size_t b = 0; b < ARRAY_LEN(backends); b++) {
		eg_options o = EG_OPTIONS_INIT;
		uint64_t bytes = eg__pages_live_bytes();
		int fds = egt_fd_count();
		int count = 0;

		egt_case(backends[b]);
		o.backend = backends[b];
		for (int i = 0; i < 100; i++) {
			egt_eq(eg_run(spawn_some, &count, &o, NULL), 0);
			egt_eq(egt_fd_count(), fds);
			egt_eq(eg__pages_live_bytes(), bytes);
			if (i == 20)
				pages = mapped_pages();
		}
		egt_eq(count, 1000);
		/* Less than one stack a run. */
		if (!IS_SANITIZED)
			egt_lt(mapped_pages(), pages + 1024);
	}
}

struct thread {
	pthread_t id;
	pthread_barrier_t *barrier;
	const char *backend;
	int count;
};

/* All hubs are there at once, and none ends before the last has begun. */
static int meet_the_others(void *arg)
{
	struct thread *t = arg;
	int r = spawn_some(&t->count);

	pthread_barrier_wait(t->barrier);
	return r;
}

static void *run_ten_hubs(void *arg)
{
	struct thread *t = arg;
	eg_options o = EG_OPTIONS_INIT;

	o.backend = t->backend;
	for (int i = 0; i < 10; i++) {
		pthread_barrier_wait(t->barrier);
		egt_eq(eg_run(meet_the_others, t, &o, NULL), 0);
	}
	return NULL;
}

EG_TEST_PLAIN(hubs_in_many_threads_do_not_meet)
{
	pthread_barrier_t barrier;
	struct thread t[8];

	egt_eq(pthread_barrier_init(&barrier, NULL, ARRAY_LEN(t)), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		t[i] = (struct thread){ .barrier = &barrier,
					.backend = i % 2 ? "sim" : "epoll" };
		egt_eq(pthread_create(&t[i].id, NULL, run_ten_hubs, &t[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		egt_eq(pthread_join(t[i].id, NULL), 0);
		egt_eq(t[i].count, 100);
	}
	egt_eq(pthread_barrier_destroy(&barrier), 0);
}

EG_TEST_PLAIN(options_are_checked)
{
	static const struct {
		const char *name;
		eg_options options;
		int want;
	} cases[] = {
		{ "defaults", EG_OPTIONS_INIT, 0 },
		{ "no size", { .size = 0 }, -EINVAL },
		{ "a size not known",
		  { .size = sizeof(eg_options) + 8 },
		  -EINVAL },
		{ "reserved in use",
		  { .size = sizeof(eg_options), .reserved = 1 },
		  -EINVAL },
		{ "absurd stack",
		  { .size = sizeof(eg_options), .stack_bytes = SIZE_MAX },
		  -EINVAL },
		{ "absurd budget",
		  { .size = sizeof(eg_options), .turn_budget = UINT32_MAX },
		  -EINVAL },
		{ "a budget of one",
		  { .size = sizeof(eg_options), .turn_budget = 1 },
		  0 },
		{ "no such backend",
		  { .size = sizeof(eg_options), .backend = "kqueue" },
		  -ENOSYS },
		{ "an empty name",
		  { .size = sizeof(eg_options), .backend = "" },
		  -ENOSYS },
		{ "epoll",
		  { .size = sizeof(eg_options), .backend = "epoll" },
		  0 },
		{ "sim", { .size = sizeof(eg_options), .backend = "sim" }, 0 },
	};

	unsetenv("EG_BACKEND");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int count = 0;

		egt_case(cases[i].name);
		egt_eq(eg_run(spawn_some, &count, &cases[i].options, NULL),
		       cases[i].want);
		egt_eq(count, cases[i].want ? 0 : 10);
		egt_ptr_eq(eg_hub_self(), NULL);
	}
	egt_case("no main");
	egt_eq(eg_run(NULL, NULL, NULL, NULL), -EINVAL);
}

static int check_backend(void *arg)
{
	egt_str_eq(eg_hub_backend(), arg);
	return 0;
}

EG_TEST_PLAIN(the_environment_overrides_the_backend)
{
	eg_options o = EG_OPTIONS_INIT;
	char sim[] = "sim", epoll[] = "epoll";

	o.backend = "epoll";
	setenv("EG_BACKEND", "sim", 1);
	egt_eq(eg_run(check_backend, sim, &o, NULL), 0);
	egt_eq(eg_run(check_backend, sim, NULL, NULL), 0);
	setenv("EG_BACKEND", "", 1);
	egt_eq(eg_run(check_backend, epoll, &o, NULL), 0);
	setenv("EG_BACKEND", "nonsense", 1);
	egt_eq(eg_run(check_backend, epoll, &o, NULL), -ENOSYS);
	unsetenv("EG_BACKEND");
	egt_eq(eg_run(check_backend, epoll, &o, NULL), 0);
	egt_ptr_eq(eg_hub_backend(), NULL);
}

struct left {
	struct trace trace;
	eg_event event;
	int spawned;
};

static void write_cleanup(void *arg)
{
	struct left *l = arg;
	eg_fiber *f = NULL;

	egt_eq(eg_sleep(EG_MSEC), 0);
	l->spawned = eg_spawn(&f, write_letter, NULL);
	trace_add(&l->trace, 'c');
}

static void *wait_and_clean_up(void *arg)
{
	struct left *l = arg;

	egt_eq(eg_cleanup_push(write_cleanup, l), 0);
	egt_eq(eg_event_wait(&l->event, EG_FOREVER), -ECANCELED);
	trace_add(&l->trace, 'w');
	return NULL;
}

static void *never_runs(void *arg)
{
	struct left *l = arg;

	trace_add(&l->trace, 'x');
	return NULL;
}

static int leave_fibers(void *arg)
{
	egt_eq(eg_spawn(NULL, wait_and_clean_up, arg), 0);
	egt_eq(eg_spawn(NULL, wait_and_clean_up, arg), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_spawn(NULL, never_runs, arg), 0);
	return 3;
}

EG_TEST_PLAIN(fibers_that_are_left_are_cancelled_and_unwound)
{
	static const char *const backends[] = { "epoll", "sim" };

	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		struct left l = { .spawned = 1 };
		eg_options o = EG_OPTIONS_INIT;
		int status = 0;

		egt_case(backends[i]);
		o.backend = backends[i];
		egt_eq(eg_run(leave_fibers, &l, &o, &status), 0);
		egt_eq(status, 3);
		egt_str_eq(l.trace.text, "wwcc");
		egt_eq(l.spawned, -ECANCELED);
	}
}

static int leave_regions_open(void *arg)
{
	static eg_timeout timeout, shield;

	egt_eq(eg_cancel(eg_self()), 0);
	egt_eq(eg_timeout_begin(&timeout, EG_NOW), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	return leave_fibers(arg);
}

EG_TEST_PLAIN(main_waits_for_the_rest_whatever_its_state)
{
	struct left l = { .spawned = 1 };
	int status = 0;

	egt_eq(eg_run(leave_regions_open, &l, NULL, &status), 0);
	egt_eq(status, 3);
	egt_str_eq(l.trace.text, "wwcc");
}

static void *ignore_cancelling(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	eg_event_wait(arg, EG_FOREVER);
	return NULL;
}

static int leave_a_stubborn_one(void *arg)
{
	egt_eq(eg_spawn(NULL, ignore_cancelling, arg), 0);
	egt_eq(eg_yield(), 0);
	return 5;
}

/* It is leaked, so this is done in a process of its own. */
EG_TEST_PLAIN(a_fiber_that_never_ends_is_reported_and_left)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		eg_event event = { 0 };
		int r = eg_run(leave_a_stubborn_one, &event, NULL, &status);

		/* This thread may have another hub. */
		if (eg_run(return_arg, NULL, NULL, NULL) != 0)
			_exit(1);
		_exit(r == -EDEADLK && status == 5 ? 0 : 2);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_true(WIFEXITED(status));
	egt_eq(WEXITSTATUS(status), 0);
}

EG_TEST(stats_tell_what_is_there)
{
	eg_hub_stats s = { .size = sizeof(s) };
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'a' };
	uint64_t turns;
	eg_fiber *f;

	egt_eq(eg_hub_get_stats(&s), 0);
	egt_eq(s.fibers_alive, 1);
	egt_eq(s.fibers_spawned, 0);
	egt_eq(s.timers_armed, 0);
	egt_eq(s.ops_in_flight, 0);
	turns = s.turns;
	egt_eq(eg_spawn(&f, write_letter, &l), 0);
	egt_eq(eg_hub_get_stats(&s), 0);
	egt_eq(s.fibers_alive, 2);
	egt_eq(s.fibers_alive_max, 2);
	egt_eq(s.fibers_spawned, 1);
	egt_lt(0, s.stack_bytes);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_hub_get_stats(&s), 0);
	egt_eq(s.fibers_alive, 1);
	egt_eq(s.fibers_alive_max, 2);
	egt_lt(turns, s.turns);
}
