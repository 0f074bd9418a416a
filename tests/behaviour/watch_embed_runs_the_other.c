/* SPDX-License-Identifier: MIT */
/*
 * One loop runs another: its descriptors, timers and wake-ups, across fork(2)
 * and until either goes away. Semantics LV-19.
 */
#include "watch_calls.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MSEC INT64_C(1000000)

static eg_loop *outer, *inner;
static eg_watch_embed embed;
static eg_watch_io io;
static struct calls embedded, read_calls;
static int ends[2];

/* The simulated backend has no descriptor, but may watch one. */
static eg_loop *make_inner(void)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;

	if (!egt_is_sim())
		return make_loop(0);
	options.backend = "epoll";
	options.flags = EG_LOOP_NO_ENV;
	egt_eq(eg_loop_new(&loop, &options), 0);
	return loop;
}

static void on_byte(eg_loop *loop, eg_watcher *w, int events)
{
	char byte;

	count_call(loop, w, events);
	egt_ptr_eq(loop, inner);
	egt_eq(read(ends[0], &byte, 1), 1);
}

static void sweep(eg_loop *loop, eg_watcher *w, int events)
{
	count_call(loop, w, events);
	egt_eq(eg_watch_embed_sweep(&embed), 0);
}

static void begin(eg_watcher_fn *fn)
{
	outer = make_loop(0);
	inner = make_inner();
	egt_eq(pipe2(ends, O_CLOEXEC), 0);
	egt_eq(eg_watch_io_init(&io, on_byte, ends[0], EG_READ), 0);
	io.watcher.data = &read_calls;
	egt_eq(eg_watcher_start(inner, &io.watcher), 0);
	egt_eq(eg_watch_embed_init(&embed, fn, inner), 0);
	embed.watcher.data = &embedded;
	egt_eq(eg_watcher_start(outer, &embed.watcher), 0);
}

static void end(void)
{
	egt_eq(eg_loop_verify(outer), 0);
	egt_eq(eg_loop_verify(inner), 0);
	egt_eq(eg_loop_free(outer), 0);
	egt_eq(eg_loop_free(inner), 0);
	close(ends[0]);
	close(ends[1]);
}

EG_TEST_BARE(watch_embed_runs_the_others_descriptors)
{
	begin(NULL);
	for (int i = 0; i < 10; i++) {
		run_what_is_there(outer);
		egt_eq(read_calls.count, i);
		egt_eq(write(ends[1], "x", 1), 1);
		run_until(outer, &read_calls, i + 1);
	}
	egt_eq(read_calls.events, EG_READ);
	end();
}

EG_TEST_BARE(watch_embed_runs_the_others_timers)
{
	eg_watch_timer timer;
	struct calls calls = { 0 };
	int64_t start;

	begin(NULL);
	egt_eq(eg_watch_timer_init(&timer, count_call, 5 * MSEC, 5 * MSEC), 0);
	timer.watcher.data = &calls;
	start = eg_loop_now(inner);
	egt_eq(eg_watcher_start(inner, &timer.watcher), 0);
	run_until(outer, &calls, 3);
	egt_le(start + 15 * MSEC, eg_loop_now(inner));
	end();
}

static struct calls late_calls;
static eg_watch_timer late;

/* Begins something in the inner loop before the outer one sleeps. */
static void begin_late(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	egt_eq(eg_watcher_stop(w), 0);
	egt_eq(eg_watcher_start(inner, &late.watcher), 0);
}

EG_TEST_BARE(watch_embed_sees_what_prepare_callbacks_begin)
{
	eg_watch_prepare prepare;

	begin(NULL);
	egt_eq(eg_watch_timer_init(&late, count_call, MSEC, 0), 0);
	late.watcher.data = &late_calls;
	egt_eq(eg_watch_prepare_init(&prepare, begin_late), 0);
	egt_eq(eg_watcher_start(outer, &prepare.watcher), 0);
	run_until(outer, &late_calls, 1);
	end();
}

EG_TEST_BARE(watch_embed_callback_sweeps)
{
	begin(sweep);
	egt_eq(write(ends[1], "x", 1), 1);
	run_until(outer, &read_calls, 1);
	egt_le(1, embedded.count);
	egt_eq(embedded.events, EG_EMBED);
	end();
}

EG_TEST_BARE(watch_embed_wakes_for_the_others_async)
{
	eg_watch_async async;
	struct calls calls = { 0 };

	begin(NULL);
	egt_eq(eg_watch_async_init(&async, count_call), 0);
	async.watcher.data = &calls;
	egt_eq(eg_watcher_start(inner, &async.watcher), 0);
	run_what_is_there(outer);
	egt_eq(eg_watch_async_send(&async), 0);
	run_until(outer, &calls, 1);
	run_what_is_there(outer);
	egt_eq(calls.count, 1);
	end();
}

EG_TEST_BARE(watch_embed_refuses_circles)
{
	eg_loop *third = make_inner();
	eg_watch_embed other;

	begin(NULL);
	egt_case("itself");
	egt_eq(eg_watch_embed_init(&other, NULL, outer), 0);
	egt_eq(eg_watcher_start(outer, &other.watcher), -EINVAL);
	egt_case("who runs it");
	egt_eq(eg_watcher_start(inner, &other.watcher), -EINVAL);
	egt_case("one that another runs");
	egt_eq(eg_watch_embed_init(&other, NULL, inner), 0);
	egt_eq(eg_watcher_start(third, &other.watcher), -EBUSY);
	egt_case("what is left is well");
	egt_true(!eg_watcher_is_active(&other.watcher));
	egt_eq(eg_watch_embed_init(&other, NULL, third), 0);
	egt_eq(eg_watcher_start(inner, &other.watcher), 0);
	egt_eq(write(ends[1], "x", 1), 1);
	run_until(outer, &read_calls, 1);
	egt_eq(eg_loop_free(third), 0);
	end();
}

EG_TEST_BARE(watch_embed_needs_a_descriptor)
{
	static const char *const without[] = { "sim", "poll", "select" };
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop = make_loop(0), *other;
	eg_watch_embed watcher;

	options.flags = EG_LOOP_NO_ENV;
	for (size_t i = 0; i < ARRAY_LEN(without); i++) {
		egt_case(without[i]);
		options.backend = without[i];
		egt_eq(eg_loop_new(&other, &options), 0);
		egt_eq(eg_watch_embed_init(&watcher, NULL, other), 0);
		egt_eq(eg_watcher_start(loop, &watcher.watcher), -ENOTSUP);
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 0);
		egt_eq(eg_loop_free(other), 0);
	}
	egt_eq(eg_loop_free(loop), 0);
}

/* Three deep: what happens in the innermost wakes the outermost. */
EG_TEST_BARE(watch_embed_nests)
{
	eg_loop *outermost = make_loop(0);
	struct calls calls = { 0 };
	eg_watch_embed second;
	eg_watch_timer timer;

	if (egt_is_sim())
		egt_skip("the one between must have a descriptor");
	begin(NULL);
	egt_eq(eg_watch_embed_init(&second, NULL, outer), 0);
	egt_eq(eg_watcher_start(outermost, &second.watcher), 0);
	egt_eq(write(ends[1], "x", 1), 1);
	run_until(outermost, &read_calls, 1);
	egt_eq(eg_watch_timer_init(&timer, count_call, MSEC, 0), 0);
	timer.watcher.data = &calls;
	egt_eq(eg_watcher_start(inner, &timer.watcher), 0);
	run_until(outermost, &calls, 1);
	egt_eq(eg_loop_free(outermost), 0);
	end();
}

static void free_inner(eg_loop *loop, eg_watcher *w, int events)
{
	count_call(loop, w, events);
	egt_eq(eg_loop_free(inner), 0);
}

EG_TEST_BARE(watch_embed_is_told_that_the_other_is_freed)
{
	begin(count_call);
	egt_eq(eg_watcher_set_fn(&io.watcher, free_inner), 0);
	egt_eq(eg_watcher_set_fn(&embed.watcher, sweep), 0);
	egt_eq(write(ends[1], "x", 1), 1);
	egt_eq(eg_watcher_invoke(outer, &embed.watcher, EG_EMBED), 0);
	egt_eq(read_calls.count, 1);
	egt_true(!eg_watcher_is_active(&embed.watcher));
	egt_eq(eg_watcher_set_fn(&embed.watcher, count_call), 0);
	egt_eq(eg_loop_run(outer, EG_RUN_ONCE), 0);
	egt_eq(embedded.events, EG_ERROR | EG_EMBED);
	egt_eq(eg_loop_free(outer), 0);
	close(ends[0]);
	close(ends[1]);
}

static void stop_embed(eg_loop *loop, eg_watcher *w, int events)
{
	on_byte(loop, w, events);
	egt_eq(eg_watcher_stop(&embed.watcher), 0);
}

EG_TEST_BARE(watch_embed_may_be_stopped_from_within)
{
	begin(NULL);
	egt_eq(eg_watcher_set_fn(&io.watcher, stop_embed), 0);
	egt_eq(write(ends[1], "xx", 2), 2);
	while (!read_calls.count)
		egt_le(0, eg_loop_run(outer, EG_RUN_ONCE));
	egt_eq(eg_loop_run(outer, EG_RUN_NOWAIT), 0);
	egt_eq(read_calls.count, 1);
	/* The inner one goes on by itself. */
	egt_eq(eg_watcher_set_fn(&io.watcher, on_byte), 0);
	run_until(inner, &read_calls, 2);
	end();
}

/* LV-20: the other one is told, and watched by its new descriptor. */
EG_TEST_BARE(watch_embed_goes_on_in_a_fork_child)
{
	eg_watch_fork forked;
	struct calls forks = { 0 };
	int status;
	pid_t pid;

	begin(NULL);
	egt_eq(eg_watch_fork_init(&forked, count_call), 0);
	forked.watcher.data = &forks;
	egt_eq(eg_watcher_start(inner, &forked.watcher), 0);
	run_what_is_there(outer);
	pid = fork();
	egt_le(0, pid);
	if (pid == 0) {
		bool is_well = eg_loop_after_fork(outer) == 0;

		run_what_is_there(outer);
		is_well = is_well && forks.count == 1 &&
			  write(ends[1], "x", 1) == 1;
		while (!read_calls.count)
			eg_loop_run(outer, EG_RUN_ONCE);
		_exit(!is_well);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(status, 0);
	egt_eq(forks.count, 0);
	egt_eq(write(ends[1], "x", 1), 1);
	run_until(outer, &read_calls, 1);
	end();
}
