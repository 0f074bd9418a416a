/* SPDX-License-Identifier: MIT */
/*
 * The callback loop: 13 kinds of watchers over the backends that fibers use,
 * with libev's semantics. Stands alone on any thread, runs inside a fiber, or
 * is driven by another loop. <evergreen/ev.h> has it under libev's names.
 *
 * Times are nanoseconds. What all watchers have is in watcher.h, their kinds in
 * watch.h, both of which come with this one.
 */
#ifndef EVERGREEN_LOOP_H
#define EVERGREEN_LOOP_H

#include <evergreen/version.h>
#include <evergreen/watch.h>
#include <evergreen/watcher.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Backends, as bits. Values as libev's. */
enum eg_backend_bits {
	EG_BACKEND_SELECT = 0x01,
	EG_BACKEND_POLL = 0x02,
	EG_BACKEND_EPOLL = 0x04,
	EG_BACKEND_IO_URING = 0x80,
};

enum eg_run_mode {
	EG_RUN_DEFAULT = 0, /* until nothing keeps the loop, or a break */
	EG_RUN_NOWAIT = 1,  /* one turn that does not sleep */
	EG_RUN_ONCE = 2,    /* one turn, which sleeps if it has to */
};

enum eg_break_how {
	EG_BREAK_CANCEL = 0, /* takes a break back */
	EG_BREAK_ONE = 1,    /* the innermost eg_loop_run(3) returns */
	EG_BREAK_ALL = 2,    /* all nested ones do */
};

enum eg_loop_flags {
	EG_LOOP_FORK_CHECK = 1 << 0, /* each turn finds out if it is in a
				      * fork child; costs no system call */
	EG_LOOP_NO_ENV = 1 << 1,     /* EG_BACKEND is not looked at */
	EG_LOOP_NO_INOTIFY = 1 << 2, /* stat watchers only poll */
	EG_LOOP_NO_TIMERFD = 1 << 3, /* clock jumps are found at wake-ups */
};

/** How a loop is made. Start from EG_LOOP_OPTIONS_INIT. */
typedef struct eg_loop_options {
	size_t size; /* sizeof(eg_loop_options): lets the struct grow */
	/* "epoll", "io_uring", "poll", "select" or "sim"; NULL: the best one
	 * for callbacks. EG_BACKEND in the environment overrides it. */
	const char *backend;
	uint32_t flags; /* enum eg_loop_flags */
	uint32_t reserved;
} eg_loop_options;

#define EG_LOOP_OPTIONS_INIT                        \
	{                                           \
		sizeof(eg_loop_options), NULL, 0, 0 \
	}

/* The loops */

/**
 * eg_loop_new - make a loop
 * @ret_loop: set to the loop; give it back by eg_loop_free(3)
 * @options: how; NULL for the defaults
 *
 * Made inside a hub, its clock is the hub's. Semantics LV-01, LV-26.
 *
 * Return: 0, or
 *   -EINVAL  @ret_loop is NULL, or an option makes no sense
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left (as -ENFILE)
 *   -ENOSYS  the backend asked for does not exist, or the kernel lacks it
 *   -EPERM   the backend asked for is forbidden here (seccomp)
 * Thread safety: any thread. Since: 0.1. See: eg_loop_default(3)
 */
EG_API int eg_loop_new(eg_loop **ret_loop, const eg_loop_options *options);

/**
 * eg_loop_default - the loop of the process
 * @ret_loop: set to the loop, made by the first call; everybody gets the same
 * @options: how the first call makes it; later calls pass NULL
 *
 * It may be given back by eg_loop_free(3); the next call makes a new one.
 *
 * Return: 0, or
 *   -EINVAL  @ret_loop is NULL, or an option makes no sense
 *   -EBUSY   @options are given, and it exists already
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left (as -ENFILE)
 *   -ENOSYS  the backend asked for does not exist, or the kernel lacks it
 *   -EPERM   the backend asked for is forbidden here (seccomp)
 * Thread safety: any thread. Since: 0.1. See: eg_loop_new(3)
 */
EG_API int eg_loop_default(eg_loop **ret_loop, const eg_loop_options *options);

/**
 * eg_loop_default_peek - the loop of the process, if there is one
 *
 * Return: what eg_loop_default(3) has made, or NULL.
 * Thread safety: any thread. Since: 0.1. See: eg_loop_default(3)
 */
EG_API eg_loop *eg_loop_default_peek(void);

/**
 * eg_loop_hub - the loop that this thread's hub drives
 * @ret_loop: set to the loop, made by the first call; borrowed from the hub
 *
 * Its watchers work while fibers run or wait: a fiber of the hub runs it
 * whenever a watcher is active. It goes away with the hub.
 *
 * Return: 0, or
 *   -EINVAL  @ret_loop is NULL
 *   -EPERM   no hub runs on this thread
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left (as -ENFILE)
 * Thread safety: the hub's thread. Since: 0.1. See: eg_watcher_wait(3)
 */
EG_API int eg_loop_hub(eg_loop **ret_loop);

/**
 * eg_loop_free - take a loop down
 * @loop: a loop, or NULL; inside its own callbacks too
 *
 * Nothing that is pending is called any more. Runs the cleanup watchers, then
 * stops every watcher (of libev's loops they stay active: semantics LV-28).
 * Called from a callback, running eg_loop_run(3)s return 0 when it returns.
 *
 * Return: 0, or
 *   -EPERM  another thread runs the loop, or it is a hub's
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_free(eg_loop *loop);

/**
 * eg_loop_run - wait for events and run callbacks
 * @loop: the loop
 * @mode: one of enum eg_run_mode
 *
 * A turn: fork watchers, prepare watchers, the wait, then callbacks by
 * priority; within one, what was queued last comes first: check watchers, idle
 * ones, periodics, timers by time, descriptors (semantics LV-02 to LV-04). May
 * be called again from a callback.
 *
 * In a fiber the wait parks only that fiber. May switch then. In a callback of
 * another loop, or of the hub, only EG_RUN_NOWAIT does not block.
 *
 * Return: 1 if active watchers still keep the loop, 0 if none do; or
 *   -EINVAL     @loop is NULL or @mode is none
 *   -EPERM      another thread runs the loop, or has made it on io_uring; or it
 *               would block a hub
 *   -EBUSY      another fiber runs it, or the hub does
 *   -ENOTSUP    in a fiber, and the backend cannot be polled (poll, select)
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired
 *   -ENOMEM     the kernel cannot wait
 *   -EMFILE     in a fork child: no descriptors left (as -ENFILE)
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_break(3)
 */
EG_API int eg_loop_run(eg_loop *loop, int mode);

/**
 * eg_loop_break - make eg_loop_run(3) return
 * @loop: the loop
 * @how: one of enum eg_break_how
 *
 * Takes effect when the callbacks of this turn have run; outside of a run it
 * does nothing (semantics LV-06).
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL or @how is none
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_break(eg_loop *loop, int how);

/**
 * eg_loop_ref - keep a loop running
 * @loop: the loop
 *
 * Each active watcher keeps its loop by one reference (a cleanup watcher by
 * none); this adds one (semantics LV-07).
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_unref(3)
 */
EG_API int eg_loop_ref(eg_loop *loop);

/**
 * eg_loop_unref - take back a reference of eg_loop_ref(3)
 * @loop: the loop
 *
 * After the start of a watcher that shall not keep the loop; then
 * eg_loop_ref(3) goes before its stop.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_ref(3)
 */
EG_API int eg_loop_unref(eg_loop *loop);

/**
 * eg_loop_now - the time of the turn
 * @loop: the loop
 *
 * Stands while callbacks run; what is relative is relative to it. It does not
 * move while the loop is suspended, nor by changes of the wall clock
 * (semantics LV-08).
 *
 * Return: monotonic nanoseconds, or
 *   -EINVAL  @loop is NULL
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_update(3)
 */
EG_API int64_t eg_loop_now(const eg_loop *loop);

/**
 * eg_loop_realtime - the wall clock of the turn
 * @loop: the loop
 *
 * Return: nanoseconds since 1970, or
 *   -EINVAL  @loop is NULL
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_now(3)
 */
EG_API int64_t eg_loop_realtime(const eg_loop *loop);

/**
 * eg_loop_update - read the clock again
 * @loop: the loop
 *
 * For a callback that has computed for long and starts timers.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_now(3)
 */
EG_API int eg_loop_update(eg_loop *loop);

/**
 * eg_loop_suspend - stop the loop's clock
 * @loop: the loop
 *
 * For a process about to be stopped: until eg_loop_resume(3), the next call on
 * this loop, no time passes for timers (semantics LV-09).
 *
 * Return: 0, or
 *   -EINVAL    @loop is NULL
 *   -EALREADY  it is suspended
 *   -EPERM     another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_resume(3)
 */
EG_API int eg_loop_suspend(eg_loop *loop);

/**
 * eg_loop_resume - let the loop's clock go on
 * @loop: a loop after eg_loop_suspend(3)
 *
 * Timers are put off by the time that was spent. Periodics follow the wall
 * clock: what they missed is dropped.
 *
 * Return: 0, or
 *   -EINVAL    @loop is NULL
 *   -EALREADY  it is not suspended
 *   -EPERM     another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_suspend(3)
 */
EG_API int eg_loop_resume(eg_loop *loop);

/**
 * eg_loop_after_fork - make a loop usable in a fork child
 * @loop: the loop
 *
 * All watchers are inherited. The next turn opens the backend anew and runs
 * the fork watchers before it waits (semantics LV-20, LV-29). A loop with
 * EG_LOOP_FORK_CHECK needs no such call.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_after_fork(eg_loop *loop);

/**
 * eg_loop_backend - the backend of a loop
 * @loop: the loop
 *
 * Return: one of enum eg_backend_bits, 0 for sim; or
 *   -EINVAL  @loop is NULL
 * Thread safety: any thread. Since: 0.1. See: eg_loop_backends(3)
 */
EG_API int eg_loop_backend(const eg_loop *loop);

/** What eg_loop_backends(3) is asked. */
enum eg_backends_which {
	EG_BACKENDS_SUPPORTED,	 /* by the library and this kernel */
	EG_BACKENDS_RECOMMENDED, /* chosen if nobody asks for another */
	EG_BACKENDS_EMBEDDABLE,	 /* can be polled by another loop */
};

/**
 * eg_loop_backends - which backends there are
 * @which: one of enum eg_backends_which
 *
 * Return: bits of enum eg_backend_bits, or
 *   -EINVAL  @which is none
 * Thread safety: any thread. Since: 0.1. See: eg_loop_backend(3)
 */
EG_API int eg_loop_backends(int which);

/** Counters of a loop. */
typedef struct eg_loop_stats {
	size_t size;	    /* sizeof(eg_loop_stats), set by the caller */
	uint64_t turns;	    /* since its start */
	uint32_t depth;	    /* eg_loop_run()s that are running */
	uint32_t pending;   /* watchers whose callback is to be called */
	int64_t references; /* active watchers, and eg_loop_ref()s */
} eg_loop_stats;

/**
 * eg_loop_get_stats - read the counters of a loop
 * @loop: the loop
 * @stats: filled; its size field must be set
 *
 * Return: 0, or
 *   -EINVAL  @loop or @stats is NULL, or its size is not known
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_get_stats(const eg_loop *loop, eg_loop_stats *stats);

/**
 * eg_loop_verify - check a loop's own structures
 * @loop: the loop
 *
 * A broken one (a watcher overwritten or freed while active) is reported and
 * aborts (semantics LV-24). Takes time in proportion to the active watchers.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_verify(eg_loop *loop);

/**
 * eg_loop_set_data - leave a pointer with a loop
 * @loop: the loop
 * @data: yours
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_data(3)
 */
EG_API int eg_loop_set_data(eg_loop *loop, void *data);

/**
 * eg_loop_data - the pointer left by eg_loop_set_data(3)
 * @loop: the loop
 *
 * Return: the pointer; NULL if none was left, or @loop is NULL.
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_set_data(3)
 */
EG_API void *eg_loop_data(const eg_loop *loop);

/**
 * eg_loop_set_collect - trade delay for fewer turns
 * @loop: the loop
 * @io: ns that each turn waits at least for more input; 0: none; negative: as
 *	it was
 * @timers: ns by which timers may be late to share a turn; 0: none; negative:
 *	as it was
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_set_collect(eg_loop *loop, int64_t io, int64_t timers);

/** Called around the wait, or in place of invoking: eg_loop_set_hooks(3). */
typedef struct eg_loop_hooks {
	size_t size; /* sizeof(eg_loop_hooks) */
	/* Around the blocking call alone: a lock that other threads take to
	 * touch the loop. With it calls of other threads are not refused. */
	void (*release)(eg_loop *loop);
	void (*acquire)(eg_loop *loop);
	/* In place of eg_loop_invoke_pending(3). */
	void (*invoke)(eg_loop *loop);
} eg_loop_hooks;

/**
 * eg_loop_set_hooks - put functions around the wait
 * @loop: the loop
 * @hooks: copied; each member may be NULL; NULL: none
 *
 * Semantics LV-27.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL, its size is not known, or only one of release and
 *            acquire is given
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_loop_set_hooks(eg_loop *loop, const eg_loop_hooks *hooks);

/**
 * eg_loop_get_hooks - which functions are around the wait
 * @loop: the loop
 * @hooks: filled; its size field must be set
 *
 * To change one and keep the others.
 *
 * Return: 0, or
 *   -EINVAL  @loop or @hooks is NULL, or its size is not known
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_set_hooks(3)
 */
EG_API int eg_loop_get_hooks(const eg_loop *loop, eg_loop_hooks *hooks);

/** Resizes: as realloc(3), and frees for @size 0. NULL: no memory. */
typedef void *eg_alloc_fn(void *memory, size_t size);

/**
 * eg_loop_set_allocator - where loops take their memory
 * @fn: from here on, for what is made later; NULL: realloc(3) and free(3)
 *
 * Asked for loops, eg_loop_once(3) and paths. Tables of descriptors are mapped
 * pages.
 *
 * Return: 0.
 * Thread safety: before the first loop. Since: 0.1.
 */
EG_API int eg_loop_set_allocator(eg_alloc_fn *fn);

/**
 * eg_loop_invoke_pending - call what is pending
 * @loop: the loop
 *
 * For the invoke hook, and for a callback that wants others to run first.
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_set_hooks(3)
 */
EG_API int eg_loop_invoke_pending(eg_loop *loop);

/**
 * eg_loop_feed_fd - as if a descriptor were ready
 * @loop: the loop
 * @fd: the descriptor
 * @events: EG_READ, EG_WRITE
 *
 * Return: 0, or
 *   -EINVAL  @loop is NULL, or @events are others
 *   -EBADF   @fd is no descriptor's number
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_watcher_feed(3)
 */
EG_API int eg_loop_feed_fd(eg_loop *loop, int fd, int events);

/**
 * eg_loop_feed_signal - as if a signal had come
 * @signum: the signal
 *
 * Wakes the loop that watches it, as the library's own handler does.
 *
 * Return: 0, or
 *   -EINVAL  there is no such signal
 * Thread safety: any thread and any signal handler. Since: 0.1.
 */
EG_API int eg_loop_feed_signal(int signum);

/** The callback of eg_loop_once(3). */
typedef void eg_once_fn(int events, void *arg);

/**
 * eg_loop_once - wait for a descriptor or a time, once, without a watcher
 * @loop: the loop
 * @fd: the descriptor; negative: only wait for the time
 * @events: EG_READ, EG_WRITE
 * @timeout: ns from the time of the turn; negative: none
 * @fn: called once, with what came: EG_READ, EG_WRITE, EG_TIMER, EG_ERROR, or
 *	several at once
 * @arg: passed to @fn
 *
 * Return: 0, or
 *   -EINVAL  @loop or @fn is NULL, @events are others, or nothing to wait for
 *   -EBADF   @fd is no descriptor's number
 *   -ENOMEM  no memory
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. Semantics LV-24.
 */
EG_API int eg_loop_once(eg_loop *loop, int fd, int events, int64_t timeout,
			eg_once_fn *fn, void *arg);

/* To be driven by another loop */

/**
 * eg_loop_fd - a descriptor by which another loop sees that this one has work
 * @loop: the loop
 *
 * Readable when eg_loop_run(3) with EG_RUN_NOWAIT has something to do. The same
 * number for the loop's life.
 *
 * Return: the descriptor, borrowed; or
 *   -EINVAL   @loop is NULL
 *   -ENOTSUP  the backend cannot be polled (poll, select, sim)
 *   -EMFILE   no descriptors left, the first time (as -ENFILE, -ENOMEM)
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_prepare(3)
 */
EG_API int eg_loop_fd(eg_loop *loop);

/**
 * eg_loop_prepare - before another loop sleeps
 * @loop: the loop
 * @ret_deadline: set to the time, by eg_now(3), at which this loop wants to
 *	run even if its descriptor is silent: EG_NOW, or EG_FOREVER
 *
 * Tells the kernel of watchers that were started and stopped. Then wait until
 * eg_loop_fd(3) is readable or the deadline has come, and call eg_loop_run(3)
 * with EG_RUN_NOWAIT.
 *
 * Return: 0, or
 *   -EINVAL  @loop or @ret_deadline is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_loop_fd(3)
 */
EG_API int eg_loop_prepare(eg_loop *loop, int64_t *ret_deadline);

#ifdef __cplusplus
}
#endif
#endif
