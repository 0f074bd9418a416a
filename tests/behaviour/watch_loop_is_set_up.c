/* SPDX-License-Identifier: MIT */
/*
 * How a loop is made and what can be put into it: the default one, backends,
 * flags, intervals, hooks, memory: semantics LV-01, LV-25, LV-26, LV-27.
 */
#include "watch_trace.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static eg_watch_timer timers[2];
static eg_watch_io io;
static eg_watch_idle idle;

static int make(const char *backend, uint32_t flags)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;
	int r;

	options.backend = backend;
	options.flags = flags;
	r = eg_loop_new(&loop, &options);
	if (r < 0)
		return r;
	r = eg_loop_backend(loop);
	egt_eq(eg_loop_free(loop), 0);
	return r;
}

/* LV-01 */
EG_TEST_BARE(watch_default_loop_is_one)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop = NULL, *again = NULL, *other;

	egt_eq(eg_loop_default(&loop, &options), 0);
	egt_eq(eg_loop_default(&again, NULL), 0);
	egt_ptr_eq(loop, again);
	again = NULL;
	egt_eq(eg_loop_default(&again, &options), -EBUSY);
	egt_ptr_eq(again, NULL);
	egt_eq(eg_loop_new(&other, NULL), 0);
	egt_true(other != loop);
	egt_eq(eg_loop_free(other), 0);
	egt_eq(eg_loop_free(loop), 0);
	egt_eq(eg_loop_default(&loop, &options), 0);
	egt_eq(eg_loop_free(loop), 0);
}

/* LV-25 */
EG_TEST_PLAIN(watch_backends_can_be_asked_for)
{
	const int all = EG_BACKEND_SELECT | EG_BACKEND_POLL | EG_BACKEND_EPOLL |
			EG_BACKEND_IO_URING;
	int supported = eg_loop_backends(EG_BACKENDS_SUPPORTED);
	int recommended = eg_loop_backends(EG_BACKENDS_RECOMMENDED);
	int embeddable = eg_loop_backends(EG_BACKENDS_EMBEDDABLE);

	egt_eq(supported & ~all, 0);
	egt_eq(supported | EG_BACKEND_IO_URING, all);
	egt_eq(recommended & ~supported, 0);
	egt_true(recommended);
	egt_eq(embeddable,
	       supported & (EG_BACKEND_EPOLL | EG_BACKEND_IO_URING));
	egt_eq(eg_loop_backends(17), -EINVAL);
	egt_eq(make("select", EG_LOOP_NO_ENV), EG_BACKEND_SELECT);
	egt_eq(make("poll", EG_LOOP_NO_ENV), EG_BACKEND_POLL);
	egt_eq(make("epoll", EG_LOOP_NO_ENV), EG_BACKEND_EPOLL);
	if (supported & EG_BACKEND_IO_URING)
		egt_eq(make("io_uring", EG_LOOP_NO_ENV), EG_BACKEND_IO_URING);
	egt_eq(make("sim", EG_LOOP_NO_ENV), 0);
	egt_eq(make("kqueue", EG_LOOP_NO_ENV), -ENOSYS);
	egt_eq(make("", EG_LOOP_NO_ENV), -ENOSYS);
	egt_eq(make(NULL, EG_LOOP_NO_ENV), recommended);
}

/* LV-26 */
EG_TEST_PLAIN(watch_environment_chooses_the_backend)
{
	egt_eq(setenv("EG_BACKEND", "poll", 1), 0);
	egt_eq(make(NULL, 0), EG_BACKEND_POLL);
	egt_eq(make("select", 0), EG_BACKEND_POLL);
	egt_eq(make("select", EG_LOOP_NO_ENV), EG_BACKEND_SELECT);
	egt_eq(setenv("EG_BACKEND", "", 1), 0);
	egt_eq(make("select", 0), EG_BACKEND_SELECT);
	egt_eq(setenv("EG_BACKEND", "nonsense", 1), 0);
	egt_eq(make("select", 0), -ENOSYS);
	egt_eq(unsetenv("EG_BACKEND"), 0);
	egt_eq(make("poll", 0), EG_BACKEND_POLL);
}

/* LV-26 */
EG_TEST_BARE(watch_flags_that_are_none_are_refused)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop = NULL;

	options.flags = 1u << 30;
	egt_eq(eg_loop_new(&loop, &options), -EINVAL);
	options = (eg_loop_options)EG_LOOP_OPTIONS_INIT;
	options.size--;
	egt_eq(eg_loop_new(&loop, &options), -EINVAL);
	options = (eg_loop_options)EG_LOOP_OPTIONS_INIT;
	options.reserved = 1;
	egt_eq(eg_loop_new(&loop, &options), -EINVAL);
	egt_ptr_eq(loop, NULL);
}

WATCH_TEST(data_is_kept)
{
	int mine;

	egt_ptr_eq(eg_loop_data(loop), NULL);
	egt_eq(eg_loop_set_data(loop, &mine), 0);
	egt_ptr_eq(eg_loop_data(loop), &mine);
}

/* LV-27: timers that are close to each other share a turn. */
EG_TEST_BARE(watch_collected_timers_fire_together, .backends = EGT_SIM)
{
	eg_loop *loop = trace_loop(NULL, 0);
	int64_t begin = eg_loop_now(loop);

	egt_eq(eg_loop_set_collect(loop, 0, 5 * EG_MSEC), 0);
	/* Negative: stays. */
	egt_eq(eg_loop_set_collect(loop, -1, -1), 0);
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_watch_timer_init(&timers[i], trace_call,
					   (1 + i) * EG_MSEC, 0),
		       0);
		trace_start(loop, &timers[i].watcher, i ? "2" : "1", 0);
	}
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 0);
	egt_str_eq(trace_take(), "12");
	egt_eq(eg_loop_now(loop), begin + 5 * EG_MSEC);
	egt_eq(eg_loop_free(loop), 0);
}

static int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * EG_SEC + ts.tv_nsec;
}

/* LV-27: each turn waits for more input, unless a timer would be late. */
WATCH_TEST(collected_input_makes_fewer_turns)
{
	int64_t begin = clock_now();
	int ends[2];

	if (egt_is_sim())
		egt_skip("time passes that is not the simulation's");
	egt_eq(pipe(ends), 0);
	egt_eq(eg_watch_io_init(&io, trace_call, ends[1], EG_WRITE), 0);
	trace_start(loop, &io.watcher, "w", 0);
	egt_eq(eg_loop_set_collect(loop, 2 * EG_MSEC, 0), 0);
	for (int i = 0; i < 5; i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "wwwww");
	egt_le(begin + 10 * EG_MSEC, clock_now());
	egt_eq(eg_watcher_stop(&io.watcher), 0);
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

static void in_brackets(eg_loop *loop)
{
	trace_add("[");
	egt_eq(eg_loop_invoke_pending(loop), 0);
	trace_add("]");
}

/* LV-27 */
WATCH_TEST(invoke_hook_calls_what_is_pending)
{
	eg_loop_hooks hooks = { .size = sizeof(hooks), .invoke = in_brackets };

	egt_eq(eg_loop_set_hooks(loop, &hooks), 0);
	egt_eq(eg_watch_idle_init(&idle, trace_call), 0);
	trace_start(loop, &idle.watcher, "i", 0);
	egt_eq(eg_watch_timer_init(&timers[0], trace_call, 0, 0), 0);
	trace_start(loop, &timers[0].watcher, "t", -1);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "[it]");
	egt_eq(eg_loop_set_hooks(loop, NULL), 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "i");
}

static void note_release(eg_loop *loop)
{
	(void)loop;
	trace_add("R");
}

static void note_acquire(eg_loop *loop)
{
	(void)loop;
	trace_add("A");
}

/* LV-27: they stand around the sleep alone. */
WATCH_TEST(release_and_acquire_bracket_the_sleep)
{
	eg_loop_hooks hooks = { .size = sizeof(hooks),
				.release = note_release,
				.acquire = note_acquire };
	static eg_watch_prepare prepare;
	static eg_watch_check check;

	egt_eq(eg_loop_set_hooks(loop, &hooks), 0);
	egt_eq(eg_watch_prepare_init(&prepare, trace_call), 0);
	trace_start(loop, &prepare.watcher, "p", 0);
	egt_eq(eg_watch_check_init(&check, trace_call), 0);
	trace_start(loop, &check.watcher, "c", 0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "pc");
	egt_eq(eg_watch_timer_init(&timers[0], trace_call, EG_MSEC, 0), 0);
	trace_start(loop, &timers[0].watcher, "t", 0);
	while (eg_watcher_is_active(&timers[0].watcher)) {
		trace_take();
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	}
	egt_str_eq(trace_take(), "pRAct");
	hooks.acquire = NULL;
	egt_eq(eg_loop_set_hooks(loop, &hooks), -EINVAL);
	hooks.size = 1;
	egt_eq(eg_loop_set_hooks(loop, &hooks), -EINVAL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t is_asleep;
static int ready_ends[2];

static void unlock_loop(eg_loop *loop)
{
	(void)loop;
	egt_eq(pthread_mutex_unlock(&lock), 0);
	sem_post(&is_asleep);
}

static void lock_loop(eg_loop *loop)
{
	(void)loop;
	egt_eq(pthread_mutex_lock(&lock), 0);
}

/* Another thread, under the lock: it may do what the loop's own may. */
static void *start_from_outside(void *arg)
{
	eg_loop *loop = arg;

	sem_wait(&is_asleep);
	egt_eq(pthread_mutex_lock(&lock), 0);
	egt_eq(eg_watch_io_init(&io, trace_call, ready_ends[1], EG_WRITE), 0);
	trace_start(loop, &io.watcher, "w", 0);
	egt_eq(eg_loop_unref(loop), 0);
	egt_eq(pthread_mutex_unlock(&lock), 0);
	return NULL;
}

static void stop_it(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	if (eg_watcher_is_active(&io.watcher)) {
		egt_eq(eg_loop_ref(loop), 0);
		egt_eq(eg_watcher_stop(&io.watcher), 0);
		egt_eq(eg_loop_break(loop, EG_BREAK_ONE), 0);
	}
}

/* LV-27 */
WATCH_TEST(loop_is_used_by_other_threads_under_a_lock)
{
	eg_loop_hooks hooks = { .size = sizeof(hooks),
				.release = unlock_loop,
				.acquire = lock_loop };
	static eg_watch_async async;
	pthread_t thread;

	egt_eq(pipe(ready_ends), 0);
	egt_eq(sem_init(&is_asleep, 0, 0), 0);
	egt_eq(eg_watch_async_init(&async, NULL), 0);
	egt_eq(eg_watcher_start(loop, &async.watcher), 0);
	egt_eq(eg_loop_set_hooks(loop, &hooks), 0);
	egt_eq(pthread_mutex_lock(&lock), 0);
	egt_eq(pthread_create(&thread, NULL, start_from_outside, loop), 0);
	/* Started under it, the watcher is called by the loop that slept. */
	for (int i = 0; i < 2 && !eg_watcher_is_active(&io.watcher); i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_eq(eg_watcher_set_fn(&io.watcher, stop_it), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 1);
	egt_eq(pthread_mutex_unlock(&lock), 0);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_str_has(trace_take(), "w");
	egt_eq(eg_loop_set_hooks(loop, NULL), 0);
	egt_eq(sem_destroy(&is_asleep), 0);
	egt_eq(close(ready_ends[0]), 0);
	egt_eq(close(ready_ends[1]), 0);
}

static int blocks, asked;
static bool refuses;

static void *count_memory(void *memory, size_t size)
{
	if (!size) {
		blocks -= memory != NULL;
		free(memory);
		return NULL;
	}
	asked++;
	if (refuses)
		return NULL;
	blocks += !memory;
	return realloc(memory, size);
}

static void ignore_once(int events, void *arg)
{
	(void)events;
	(void)arg;
}

/* LV-27 */
EG_TEST_BARE(watch_allocator_is_asked)
{
	eg_loop *loop = NULL, *second = NULL;

	egt_eq(eg_loop_set_allocator(count_memory), 0);
	egt_eq(eg_loop_new(&loop, NULL), 0);
	egt_eq(blocks, 1);
	egt_eq(eg_loop_once(loop, -1, 0, 0, ignore_once, NULL), 0);
	egt_eq(blocks, 2);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(blocks, 1);
	refuses = true;
	asked = 0;
	egt_eq(eg_loop_once(loop, -1, 0, 0, ignore_once, NULL), -ENOMEM);
	egt_eq(eg_loop_new(&second, NULL), -ENOMEM);
	egt_ptr_eq(second, NULL);
	egt_eq(asked, 2);
	egt_eq(eg_loop_free(loop), 0);
	egt_eq(blocks, 0);
	refuses = false;
	egt_eq(eg_loop_set_allocator(NULL), 0);
	egt_eq(eg_loop_new(&loop, NULL), 0);
	egt_eq(blocks, 0);
	egt_eq(eg_loop_free(loop), 0);
}
