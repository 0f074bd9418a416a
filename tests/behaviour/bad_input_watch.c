/* SPDX-License-Identifier: MIT */
/*
 * Calls of loop.h, watcher.h and watch.h that make no sense. Those of another
 * thread's loop are in watch_thread_and_loop_are_checked.c, those without
 * memory or descriptors under tests/fault.
 */
#include "bad_input.h"

#include <evergreen/loop.h>

#include <signal.h>

enum { HUGE_FD = 1 << 30 };

static eg_loop *loop, *other, *unset;
static eg_watch_timer timer, running, theirs, blank_timer;
static eg_watcher blank, strange;
static eg_watch_io io, running_io, blank_io;
static eg_watch_periodic periodic, blank_periodic;
static eg_watch_signal sig, their_sig;
static eg_watch_child child;
static eg_watch_stat stats_of;
static eg_watch_embed embed, blank_embed;
static eg_watch_stat blank_stat;
static eg_watch_async async;
static eg_loop_stats stats;
static eg_loop_hooks hooks;
static int64_t at;
static const eg_loop_options no_size;
static const eg_loop_options strange_flag = { sizeof(eg_loop_options), NULL,
					      1u << 20, 0 };
static const eg_loop_options no_backend = { sizeof(eg_loop_options), "none",
					    EG_LOOP_NO_ENV, 0 };

static eg_loop *make(const char *backend)
{
	const eg_loop_options options = { sizeof(options), backend,
					  EG_LOOP_NO_ENV, 0 };
	eg_loop *made;

	egt_eq(eg_loop_new(&made, &options), 0);
	return made;
}

/* Two loops, and a watcher of each kind that rows need. */
static void open_loops(void)
{
	loop = make("epoll");
	other = make("poll");
	strange = (eg_watcher){ ._kind = 200 };
	egt_eq(eg_watch_timer_init(&timer, NULL, EG_SEC, 0), 0);
	egt_eq(eg_watch_timer_init(&running, NULL, EG_SEC, EG_SEC), 0);
	egt_eq(eg_watcher_start(loop, &running.watcher), 0);
	egt_eq(eg_watch_timer_init(&theirs, NULL, EG_SEC, EG_SEC), 0);
	egt_eq(eg_watcher_start(other, &theirs.watcher), 0);
	egt_eq(eg_watch_io_init(&io, NULL, 0, EG_READ), 0);
	egt_eq(eg_watch_io_init(&running_io, NULL, 0, EG_READ), 0);
	egt_eq(eg_watcher_start(loop, &running_io.watcher), 0);
	egt_eq(eg_watch_periodic_init(&periodic, NULL, 0, EG_SEC, NULL), 0);
	egt_eq(eg_watch_signal_init(&sig, NULL, SIGUSR2), 0);
	egt_eq(eg_watch_signal_init(&their_sig, NULL, SIGUSR2), 0);
	egt_eq(eg_watcher_start(other, &their_sig.watcher), 0);
	egt_eq(eg_watch_child_init(&child, NULL, 1, false), 0);
	egt_eq(eg_watch_embed_init(&embed, NULL, other), 0);
	egt_eq(eg_watch_async_init(&async, NULL), 0);
}

static intmax_t close_loops(intmax_t result)
{
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
	egt_eq(eg_loop_free(other), 0);
	return result;
}

/* The result of @expression, in which there are loops. */
#define WITH(expression) (open_loops(), close_loops((intmax_t)(expression)))

static int free_hubs(void)
{
	eg_loop *hubs;
	int r = eg_loop_hub(&hubs);

	return r < 0 ? r : eg_loop_free(hubs);
}

static int run_hubs(void)
{
	eg_loop *hubs;
	int r = eg_loop_hub(&hubs);

	return r < 0 ? r : eg_loop_run(hubs, EG_RUN_ONCE);
}

static int default_twice(void)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *first;
	int r;

	egt_eq(eg_loop_default(&first, NULL), 0);
	r = eg_loop_default(&unset, &options);
	egt_eq(eg_loop_free(first), 0);
	return r;
}

static int start_no_descriptor(void)
{
	egt_eq(eg_watch_io_set(&io, HUGE_FD, EG_READ), 0);
	return eg_watcher_start(loop, &io.watcher);
}

static int again_negative(void)
{
	timer.repeat = -1;
	return eg_watch_timer_again(loop, &timer);
}

static int periodic_again_negative(void)
{
	periodic.interval = -1;
	return eg_watch_periodic_again(loop, &periodic);
}

static int resume_twice(void)
{
	return eg_loop_resume(loop);
}

static int suspend_twice(void)
{
	egt_eq(eg_loop_suspend(loop), 0);
	return eg_loop_suspend(loop);
}

static void ignore_once(int events, void *arg)
{
	(void)events;
	(void)arg;
}

static void ignore_loop(eg_loop *unused)
{
	(void)unused;
}

static int hooks_half(void)
{
	hooks = (eg_loop_hooks){ .size = sizeof(hooks),
				 .release = ignore_loop };
	return eg_loop_set_hooks(loop, &hooks);
}

static int hooks_no_size(void)
{
	hooks = (eg_loop_hooks){ 0 };
	return eg_loop_set_hooks(loop, &hooks);
}

static int get_hooks_no_size(void)
{
	hooks = (eg_loop_hooks){ 0 };
	return eg_loop_get_hooks(loop, &hooks);
}

static int run_in_fiber(eg_loop *l)
{
	return eg_loop_run(l, EG_RUN_ONCE);
}

#define LOOP_ROWS(X)                                                          \
	X(eg_loop_new, no_result, ANYWHERE, -EINVAL, eg_loop_new(NULL, NULL)) \
	X(eg_loop_new, options_not_initialised, ANYWHERE, -EINVAL,            \
	  eg_loop_new(&unset, &no_size))                                      \
	X(eg_loop_new, no_such_flag, ANYWHERE, -EINVAL,                       \
	  eg_loop_new(&unset, &strange_flag))                                 \
	X(eg_loop_new, no_such_backend, ANYWHERE, -ENOSYS,                    \
	  eg_loop_new(&unset, &no_backend))                                   \
	X(eg_loop_default, no_result, ANYWHERE, -EINVAL,                      \
	  eg_loop_default(NULL, NULL))                                        \
	X(eg_loop_default, options_not_initialised, ANYWHERE, -EINVAL,        \
	  eg_loop_default(&unset, &no_size))                                  \
	X(eg_loop_default, no_such_backend, ANYWHERE, -ENOSYS,                \
	  eg_loop_default(&unset, &no_backend))                               \
	X(eg_loop_default, exists, ANYWHERE, -EBUSY, default_twice())         \
	X(eg_loop_default_peek, there_is_none, ANYWHERE, 0,                   \
	  eg_loop_default_peek())                                             \
	X(eg_loop_hub, no_result, ANYWHERE, -EINVAL, eg_loop_hub(NULL))       \
	X(eg_loop_hub, no_hub, OUTSIDE, -EPERM, eg_loop_hub(&unset))          \
	X(eg_loop_free, none, ANYWHERE, 0, eg_loop_free(NULL))                \
	X(eg_loop_free, the_hubs, FIBER | HUB, -EPERM, free_hubs())           \
	X(eg_loop_run, none, ANYWHERE, -EINVAL,                               \
	  eg_loop_run(NULL, EG_RUN_ONCE))                                     \
	X(eg_loop_run, no_such_mode, ANYWHERE, -EINVAL,                       \
	  WITH(eg_loop_run(loop, 3)))                                         \
	X(eg_loop_run, negative_mode, ANYWHERE, -EINVAL,                      \
	  WITH(eg_loop_run(loop, -1)))                                        \
	X(eg_loop_run, in_the_hub, HUB | LOGGED, -EPERM,                      \
	  WITH(eg_loop_run(loop, EG_RUN_ONCE)))                               \
	X(eg_loop_run, the_hubs, FIBER, -EBUSY, run_hubs())                   \
	X(eg_loop_run, not_pollable, FIBER, -ENOTSUP,                         \
	  WITH(run_in_fiber(other)))                                          \
	X(eg_loop_break, none, ANYWHERE, -EINVAL,                             \
	  eg_loop_break(NULL, EG_BREAK_ONE))                                  \
	X(eg_loop_break, no_such_way, ANYWHERE, -EINVAL,                      \
	  WITH(eg_loop_break(loop, 3)))                                       \
	X(eg_loop_break, negative_way, ANYWHERE, -EINVAL,                     \
	  WITH(eg_loop_break(loop, -1)))                                      \
	X(eg_loop_ref, none, ANYWHERE, -EINVAL, eg_loop_ref(NULL))            \
	X(eg_loop_unref, none, ANYWHERE, -EINVAL, eg_loop_unref(NULL))        \
	X(eg_loop_now, none, ANYWHERE, -EINVAL, eg_loop_now(NULL))            \
	X(eg_loop_realtime, none, ANYWHERE, -EINVAL, eg_loop_realtime(NULL))  \
	X(eg_loop_update, none, ANYWHERE, -EINVAL, eg_loop_update(NULL))      \
	X(eg_loop_suspend, none, ANYWHERE, -EINVAL, eg_loop_suspend(NULL))    \
	X(eg_loop_resume, none, ANYWHERE, -EINVAL, eg_loop_resume(NULL))      \
	X(eg_loop_after_fork, none, ANYWHERE, -EINVAL,                        \
	  eg_loop_after_fork(NULL))                                           \
	X(eg_loop_backend, none, ANYWHERE, -EINVAL, eg_loop_backend(NULL))    \
	X(eg_loop_verify, none, ANYWHERE, -EINVAL, eg_loop_verify(NULL))      \
	X(eg_loop_invoke_pending, none, ANYWHERE, -EINVAL,                    \
	  eg_loop_invoke_pending(NULL))                                       \
	X(eg_loop_fd, none, ANYWHERE, -EINVAL, eg_loop_fd(NULL))              \
	X(eg_loop_suspend, suspended, ANYWHERE, -EALREADY,                    \
	  WITH(suspend_twice()))                                              \
	X(eg_loop_resume, not_suspended, ANYWHERE, -EALREADY,                 \
	  WITH(resume_twice()))                                               \
	X(eg_loop_fd, not_pollable, ANYWHERE, -ENOTSUP,                       \
	  WITH(eg_loop_fd(other)))                                            \
	X(eg_loop_backends, no_such_question, ANYWHERE, -EINVAL,              \
	  eg_loop_backends(3))                                                \
	X(eg_loop_get_stats, none, ANYWHERE, -EINVAL,                         \
	  eg_loop_get_stats(NULL, &stats))                                    \
	X(eg_loop_get_stats, no_stats, ANYWHERE, -EINVAL,                     \
	  WITH(eg_loop_get_stats(loop, NULL)))                                \
	X(eg_loop_get_stats, no_size, ANYWHERE, -EINVAL,                      \
	  WITH(eg_loop_get_stats(loop, &stats)))                              \
	X(eg_loop_set_data, none, ANYWHERE, -EINVAL,                          \
	  eg_loop_set_data(NULL, NULL))                                       \
	X(eg_loop_data, none, ANYWHERE, 0, eg_loop_data(NULL))                \
	X(eg_loop_set_collect, none, ANYWHERE, -EINVAL,                       \
	  eg_loop_set_collect(NULL, 0, 0))                                    \
	X(eg_loop_set_hooks, none, ANYWHERE, -EINVAL,                         \
	  eg_loop_set_hooks(NULL, NULL))                                      \
	X(eg_loop_set_hooks, no_size, ANYWHERE, -EINVAL,                      \
	  WITH(hooks_no_size()))                                              \
	X(eg_loop_set_hooks, no_acquire, ANYWHERE, -EINVAL,                   \
	  WITH(hooks_half()))                                                 \
	X(eg_loop_get_hooks, none, ANYWHERE, -EINVAL,                         \
	  eg_loop_get_hooks(NULL, &hooks))                                    \
	X(eg_loop_get_hooks, no_result, ANYWHERE, -EINVAL,                    \
	  WITH(eg_loop_get_hooks(loop, NULL)))                                \
	X(eg_loop_get_hooks, no_size, ANYWHERE, -EINVAL,                      \
	  WITH(get_hooks_no_size()))                                          \
	X(eg_loop_set_allocator, the_default, ANYWHERE, 0,                    \
	  eg_loop_set_allocator(NULL))                                        \
	X(eg_loop_feed_fd, none, ANYWHERE, -EINVAL,                           \
	  eg_loop_feed_fd(NULL, 0, EG_READ))                                  \
	X(eg_loop_feed_fd, other_events, ANYWHERE, -EINVAL,                   \
	  WITH(eg_loop_feed_fd(loop, 0, EG_TIMER)))                           \
	X(eg_loop_feed_fd, negative, ANYWHERE, -EBADF,                        \
	  WITH(eg_loop_feed_fd(loop, -1, EG_READ)))                           \
	X(eg_loop_feed_fd, too_large, ANYWHERE, -EBADF,                       \
	  WITH(eg_loop_feed_fd(loop, HUGE_FD, EG_READ)))                      \
	X(eg_loop_feed_signal, zero, ANYWHERE, -EINVAL,                       \
	  eg_loop_feed_signal(0))                                             \
	X(eg_loop_feed_signal, too_large, ANYWHERE, -EINVAL,                  \
	  eg_loop_feed_signal(65))                                            \
	X(eg_loop_once, none, ANYWHERE, -EINVAL,                              \
	  eg_loop_once(NULL, -1, 0, 0, ignore_once, NULL))                    \
	X(eg_loop_once, no_function, ANYWHERE, -EINVAL,                       \
	  WITH(eg_loop_once(loop, -1, 0, 0, NULL, NULL)))                     \
	X(eg_loop_once, other_events, ANYWHERE, -EINVAL,                      \
	  WITH(eg_loop_once(loop, 0, EG_TIMER, 0, ignore_once, NULL)))        \
	X(eg_loop_once, nothing_to_wait_for, ANYWHERE, -EINVAL,               \
	  WITH(eg_loop_once(loop, -1, EG_READ, -1, ignore_once, NULL)))       \
	X(eg_loop_once, too_large, ANYWHERE, -EBADF,                          \
	  WITH(eg_loop_once(loop, HUGE_FD, EG_READ, -1, ignore_once, NULL)))  \
	X(eg_loop_prepare, none, ANYWHERE, -EINVAL,                           \
	  eg_loop_prepare(NULL, &at))                                         \
	X(eg_loop_prepare, no_result, ANYWHERE, -EINVAL,                      \
	  WITH(eg_loop_prepare(loop, NULL)))

#define WATCHER_ROWS(X)                                                      \
	X(eg_watcher_start, no_loop, ANYWHERE, -EINVAL,                      \
	  WITH(eg_watcher_start(NULL, &timer.watcher)))                      \
	X(eg_watcher_start, none, ANYWHERE, -EINVAL,                         \
	  WITH(eg_watcher_start(loop, NULL)))                                \
	X(eg_watcher_start, not_initialised, ANYWHERE, -EINVAL,              \
	  WITH(eg_watcher_start(loop, &blank)))                              \
	X(eg_watcher_start, no_such_kind, ANYWHERE, -EINVAL,                 \
	  WITH(eg_watcher_start(loop, &strange)))                            \
	X(eg_watcher_start, of_another_loop, ANYWHERE, -EBUSY,               \
	  WITH(eg_watcher_start(loop, &theirs.watcher)))                     \
	X(eg_watcher_feed, no_loop, ANYWHERE, -EINVAL,                       \
	  WITH(eg_watcher_feed(NULL, &timer.watcher, 0)))                    \
	X(eg_watcher_feed, none, ANYWHERE, -EINVAL,                          \
	  WITH(eg_watcher_feed(loop, NULL, 0)))                              \
	X(eg_watcher_feed, not_initialised, ANYWHERE, -EINVAL,               \
	  WITH(eg_watcher_feed(loop, &blank, 0)))                            \
	X(eg_watcher_feed, no_such_kind, ANYWHERE, -EINVAL,                  \
	  WITH(eg_watcher_feed(loop, &strange, 0)))                          \
	X(eg_watcher_feed, of_another_loop, ANYWHERE, -EBUSY,                \
	  WITH(eg_watcher_feed(loop, &theirs.watcher, 0)))                   \
	X(eg_watcher_invoke, no_loop, ANYWHERE, -EINVAL,                     \
	  WITH(eg_watcher_invoke(NULL, &timer.watcher, 0)))                  \
	X(eg_watcher_invoke, none, ANYWHERE, -EINVAL,                        \
	  WITH(eg_watcher_invoke(loop, NULL, 0)))                            \
	X(eg_watcher_invoke, not_initialised, ANYWHERE, -EINVAL,             \
	  WITH(eg_watcher_invoke(loop, &blank, 0)))                          \
	X(eg_watcher_invoke, no_such_kind, ANYWHERE, -EINVAL,                \
	  WITH(eg_watcher_invoke(loop, &strange, 0)))                        \
	X(eg_watcher_invoke, of_another_loop, ANYWHERE, -EBUSY,              \
	  WITH(eg_watcher_invoke(loop, &theirs.watcher, 0)))                 \
	X(eg_watcher_start, no_descriptor, ANYWHERE, -EBADF,                 \
	  WITH(start_no_descriptor()))                                       \
	X(eg_watcher_start, signal_of_another_loop, ANYWHERE, -EBUSY,        \
	  WITH(eg_watcher_start(loop, &sig.watcher)))                        \
	X(eg_watcher_start, not_a_child, ANYWHERE, -ESRCH,                   \
	  WITH(eg_watcher_start(loop, &child.watcher)))                      \
	X(eg_watcher_start, not_pollable, ANYWHERE, -ENOTSUP,                \
	  WITH(eg_watcher_start(loop, &embed.watcher)))                      \
	X(eg_watcher_stop, none, ANYWHERE, -EINVAL, eg_watcher_stop(NULL))   \
	X(eg_watcher_stop, not_initialised, ANYWHERE, -EINVAL,               \
	  eg_watcher_stop(&blank))                                           \
	X(eg_watcher_is_active, none, ANYWHERE, false,                       \
	  eg_watcher_is_active(NULL))                                        \
	X(eg_watcher_is_pending, none, ANYWHERE, false,                      \
	  eg_watcher_is_pending(NULL))                                       \
	X(eg_watcher_set_priority, none, ANYWHERE, -EINVAL,                  \
	  eg_watcher_set_priority(NULL, 0))                                  \
	X(eg_watcher_set_priority, too_high, ANYWHERE, -EINVAL,              \
	  WITH(eg_watcher_set_priority(&timer.watcher, 3)))                  \
	X(eg_watcher_set_priority, too_low, ANYWHERE, -EINVAL,               \
	  WITH(eg_watcher_set_priority(&timer.watcher, -3)))                 \
	X(eg_watcher_set_priority, active, ANYWHERE, -EBUSY,                 \
	  WITH(eg_watcher_set_priority(&running.watcher, 1)))                \
	X(eg_watcher_priority, none, ANYWHERE, 0, eg_watcher_priority(NULL)) \
	X(eg_watcher_set_fn, none, ANYWHERE, -EINVAL,                        \
	  eg_watcher_set_fn(NULL, NULL))                                     \
	X(eg_watcher_clear, none, ANYWHERE, -EINVAL, eg_watcher_clear(NULL)) \
	X(eg_watcher_wait, no_loop, ANYWHERE, -EINVAL,                       \
	  WITH(eg_watcher_wait(NULL, &timer.watcher, NULL, EG_NOW)))         \
	X(eg_watcher_wait, none, ANYWHERE, -EINVAL,                          \
	  WITH(eg_watcher_wait(loop, NULL, NULL, EG_NOW)))                   \
	X(eg_watcher_wait, not_initialised, FIBER, -EINVAL,                  \
	  WITH(eg_watcher_wait(loop, &blank, NULL, EG_NOW)))                 \
	X(eg_watcher_wait, no_fiber, NO_FIBER, -EPERM,                       \
	  WITH(eg_watcher_wait(loop, &timer.watcher, NULL, EG_NOW)))         \
	X(eg_watcher_wait, of_another_loop, FIBER, -EBUSY,                   \
	  WITH(eg_watcher_wait(loop, &theirs.watcher, NULL, EG_NOW)))        \
	X(eg_watcher_wait, too_late, FIBER, -ETIMEDOUT,                      \
	  WITH(eg_watcher_wait(loop, &timer.watcher, NULL, EG_NOW)))

#define WATCH_ROWS(X)                                                    \
	X(eg_watch_io_init, none, ANYWHERE, -EINVAL,                     \
	  eg_watch_io_init(NULL, NULL, 0, EG_READ))                      \
	X(eg_watch_io_init, no_events, ANYWHERE, -EINVAL,                \
	  eg_watch_io_init(&io, NULL, 0, 0))                             \
	X(eg_watch_io_init, other_events, ANYWHERE, -EINVAL,             \
	  eg_watch_io_init(&io, NULL, 0, EG_READ | EG_TIMER))            \
	X(eg_watch_io_init, negative, ANYWHERE, -EBADF,                  \
	  eg_watch_io_init(&io, NULL, -1, EG_READ))                      \
	X(eg_watch_io_set, none, ANYWHERE, -EINVAL,                      \
	  eg_watch_io_set(NULL, 0, EG_READ))                             \
	X(eg_watch_io_set, not_initialised, ANYWHERE, -EINVAL,           \
	  eg_watch_io_set(&blank_io, 0, EG_READ))                        \
	X(eg_watch_io_set, no_events, ANYWHERE, -EINVAL,                 \
	  WITH(eg_watch_io_set(&io, 0, 0)))                              \
	X(eg_watch_io_set, negative, ANYWHERE, -EBADF,                   \
	  WITH(eg_watch_io_set(&io, -1, EG_READ)))                       \
	X(eg_watch_io_set, active, ANYWHERE, -EBUSY,                     \
	  WITH(eg_watch_io_set(&running_io, 0, EG_READ)))                \
	X(eg_watch_timer_init, none, ANYWHERE, -EINVAL,                  \
	  eg_watch_timer_init(NULL, NULL, 0, 0))                         \
	X(eg_watch_timer_init, negative_repeat, ANYWHERE, -EINVAL,       \
	  eg_watch_timer_init(&timer, NULL, 0, -1))                      \
	X(eg_watch_timer_set, none, ANYWHERE, -EINVAL,                   \
	  eg_watch_timer_set(NULL, 0, 0))                                \
	X(eg_watch_timer_set, not_initialised, ANYWHERE, -EINVAL,        \
	  eg_watch_timer_set(&blank_timer, 0, 0))                        \
	X(eg_watch_timer_set, negative_repeat, ANYWHERE, -EINVAL,        \
	  WITH(eg_watch_timer_set(&timer, 0, -1)))                       \
	X(eg_watch_timer_set, active, ANYWHERE, -EBUSY,                  \
	  WITH(eg_watch_timer_set(&running, 0, 0)))                      \
	X(eg_watch_timer_again, no_loop, ANYWHERE, -EINVAL,              \
	  WITH(eg_watch_timer_again(NULL, &timer)))                      \
	X(eg_watch_timer_again, none, ANYWHERE, -EINVAL,                 \
	  WITH(eg_watch_timer_again(loop, NULL)))                        \
	X(eg_watch_timer_again, not_initialised, ANYWHERE, -EINVAL,      \
	  WITH(eg_watch_timer_again(loop, &blank_timer)))                \
	X(eg_watch_timer_again, negative_repeat, ANYWHERE, -EINVAL,      \
	  WITH(again_negative()))                                        \
	X(eg_watch_timer_again, of_another_loop, ANYWHERE, -EBUSY,       \
	  WITH(eg_watch_timer_again(loop, &theirs)))                     \
	X(eg_watch_timer_remaining, no_loop, ANYWHERE, 0,                \
	  WITH(eg_watch_timer_remaining(NULL, &running)))                \
	X(eg_watch_timer_remaining, none, ANYWHERE, 0,                   \
	  WITH(eg_watch_timer_remaining(loop, NULL)))                    \
	X(eg_watch_periodic_init, none, ANYWHERE, -EINVAL,               \
	  eg_watch_periodic_init(NULL, NULL, 0, 0, NULL))                \
	X(eg_watch_periodic_init, negative_interval, ANYWHERE, -EINVAL,  \
	  eg_watch_periodic_init(&periodic, NULL, 0, -1, NULL))          \
	X(eg_watch_periodic_again, no_loop, ANYWHERE, -EINVAL,           \
	  WITH(eg_watch_periodic_again(NULL, &periodic)))                \
	X(eg_watch_periodic_again, none, ANYWHERE, -EINVAL,              \
	  WITH(eg_watch_periodic_again(loop, NULL)))                     \
	X(eg_watch_periodic_again, not_initialised, ANYWHERE, -EINVAL,   \
	  WITH(eg_watch_periodic_again(loop, &blank_periodic)))          \
	X(eg_watch_periodic_again, negative_interval, ANYWHERE, -EINVAL, \
	  WITH(periodic_again_negative()))                               \
	X(eg_watch_periodic_at, none, ANYWHERE, EG_FOREVER,              \
	  eg_watch_periodic_at(NULL))                                    \
	X(eg_watch_periodic_at, not_active, ANYWHERE, EG_FOREVER,        \
	  WITH(eg_watch_periodic_at(&periodic)))                         \
	X(eg_watch_signal_init, none, ANYWHERE, -EINVAL,                 \
	  eg_watch_signal_init(NULL, NULL, SIGUSR1))                     \
	X(eg_watch_signal_init, zero, ANYWHERE, -EINVAL,                 \
	  eg_watch_signal_init(&sig, NULL, 0))                           \
	X(eg_watch_signal_init, kill, ANYWHERE, -EINVAL,                 \
	  eg_watch_signal_init(&sig, NULL, SIGKILL))                     \
	X(eg_watch_signal_init, stop, ANYWHERE, -EINVAL,                 \
	  eg_watch_signal_init(&sig, NULL, SIGSTOP))                     \
	X(eg_watch_signal_init, too_large, ANYWHERE, -EINVAL,            \
	  eg_watch_signal_init(&sig, NULL, 65))                          \
	X(eg_watch_signal_init, negative, ANYWHERE, -EINVAL,             \
	  eg_watch_signal_init(&sig, NULL, -1))                          \
	X(eg_watch_child_init, none, ANYWHERE, -EINVAL,                  \
	  eg_watch_child_init(NULL, NULL, 1, false))                     \
	X(eg_watch_child_init, negative, ANYWHERE, -EINVAL,              \
	  eg_watch_child_init(&child, NULL, -1, false))                  \
	X(eg_watch_stat_init, none, ANYWHERE, -EINVAL,                   \
	  eg_watch_stat_init(NULL, NULL, "/", 0))                        \
	X(eg_watch_stat_init, no_path, ANYWHERE, -EINVAL,                \
	  eg_watch_stat_init(&stats_of, NULL, NULL, 0))                  \
	X(eg_watch_stat_init, negative_interval, ANYWHERE, -EINVAL,      \
	  eg_watch_stat_init(&stats_of, NULL, "/", -1))                  \
	X(eg_watch_stat_update, none, ANYWHERE, -EINVAL,                 \
	  eg_watch_stat_update(NULL))                                    \
	X(eg_watch_stat_update, not_initialised, ANYWHERE, -EINVAL,      \
	  eg_watch_stat_update(&blank_stat))                             \
	X(eg_watch_idle_init, none, ANYWHERE, -EINVAL,                   \
	  eg_watch_idle_init(NULL, NULL))                                \
	X(eg_watch_prepare_init, none, ANYWHERE, -EINVAL,                \
	  eg_watch_prepare_init(NULL, NULL))                             \
	X(eg_watch_check_init, none, ANYWHERE, -EINVAL,                  \
	  eg_watch_check_init(NULL, NULL))                               \
	X(eg_watch_fork_init, none, ANYWHERE, -EINVAL,                   \
	  eg_watch_fork_init(NULL, NULL))                                \
	X(eg_watch_cleanup_init, none, ANYWHERE, -EINVAL,                \
	  eg_watch_cleanup_init(NULL, NULL))                             \
	X(eg_watch_async_init, none, ANYWHERE, -EINVAL,                  \
	  eg_watch_async_init(NULL, NULL))                               \
	X(eg_watch_async_send, none, ANYWHERE, -EINVAL,                  \
	  eg_watch_async_send(NULL))                                     \
	X(eg_watch_async_send, not_active, ANYWHERE, -EINVAL,            \
	  WITH(eg_watch_async_send(&async)))                             \
	X(eg_watch_async_is_sent, none, ANYWHERE, false,                 \
	  eg_watch_async_is_sent(NULL))                                  \
	X(eg_watch_embed_init, none, ANYWHERE, -EINVAL,                  \
	  WITH(eg_watch_embed_init(NULL, NULL, other)))                  \
	X(eg_watch_embed_init, no_loop, ANYWHERE, -EINVAL,               \
	  eg_watch_embed_init(&embed, NULL, NULL))                       \
	X(eg_watch_embed_sweep, none, ANYWHERE, -EINVAL,                 \
	  eg_watch_embed_sweep(NULL))                                    \
	X(eg_watch_embed_sweep, not_initialised, ANYWHERE, -EINVAL,      \
	  eg_watch_embed_sweep(&blank_embed))

BAD_TABLE(bad_loop, "loop.h", LOOP_ROWS)
BAD_TABLE(bad_watcher, "watcher.h", WATCHER_ROWS)
BAD_TABLE(bad_watch, "watch.h", WATCH_ROWS)
