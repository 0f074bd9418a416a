/* SPDX-License-Identifier: MIT */
/*
 * The callback loop: 13 kinds of watchers over the backends that fibers use,
 * with libev's semantics. Stands alone on any thread, runs inside a fiber, or
 * is driven by another loop. <evergreen/ev.h> has it under libev's names.
 *
 * Times are nanoseconds. Watchers are the caller's storage: they must not move
 * or go away while active or pending.
 */
#ifndef EVERGREEN_LOOP_H
#define EVERGREEN_LOOP_H

#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_loop eg_loop;
typedef struct eg_watcher eg_watcher;

/** What a callback is told: why it runs. Values as libev's. */
enum eg_event_bits {
	EG_READ = 0x01,
	EG_WRITE = 0x02,
	EG_TIMER = 0x100,
	EG_PERIODIC = 0x200,
	EG_SIGNAL = 0x400,
	EG_CHILD = 0x800,
	EG_STAT = 0x1000,
	EG_IDLE = 0x2000,
	EG_PREPARE = 0x4000,
	EG_CHECK = 0x8000,
	EG_EMBED = 0x10000,
	EG_FORK = 0x20000,
	EG_CLEANUP = 0x40000,
	EG_ASYNC = 0x80000,
	EG_CUSTOM = 0x1000000, /* never fed by the loop: yours */
	/* The watcher could not go on and was stopped. */
	EG_ERROR = (int)0x80000000,
};

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

/** Priorities: callbacks of one turn run from the highest to the lowest. */
#define EG_PRIORITY_MIN (-2)
#define EG_PRIORITY_MAX 2

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

/**
 * A watcher's callback: runs on the loop's thread, in the loop's turn. It may
 * start, stop, feed and free any watcher, free the loop, run it again, spawn
 * and wake fibers. A blocking call of fibers is refused in it, by name.
 */
typedef void eg_watcher_fn(eg_loop *loop, eg_watcher *watcher, int events);

/** What every kind begins with. data is yours, the rest the library's. */
struct eg_watcher {
	void *data;
	eg_watcher_fn *_fn;
	void *_waiters;
	eg_watcher *_next;
	eg_watcher **_pprev;
	eg_watcher *_pending_next;
	/* What a timer that is put off touches stands together, here and in
	 * struct eg_watch_timer: a million of them do not fit into a cache. */
	eg_watcher **_pending_pprev; /* not NULL: it is pending */
	eg_loop *_loop;		     /* while active or pending */
	int32_t _events;	     /* pending */
	uint8_t _kind;
	uint8_t _state;
	int8_t _priority;
	uint8_t _flags;
};

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

/* All watchers */

/**
 * eg_watcher_start - make a watcher active
 * @loop: the loop that shall watch
 * @watcher: after the init function of its kind; an active one is left alone
 *
 * Return: 0, or
 *   -EINVAL  @loop or @watcher is NULL, or it was not initialised; or a
 *            periodic's reschedule says a time that has passed; or an embed
 *            watcher's loop runs @loop, or is it
 *   -EBUSY   it is active or pending in another loop; or another loop watches
 *            the signal, SIGCHLD for some child watchers, or runs the loop of
 *            an embed watcher
 *   -EBADF   an io watcher's descriptor is no descriptor's number
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left, for the kinds that need one (as -ENFILE,
 *            -ENOSPC)
 *   -ESRCH   a child watcher's process is not there, or not a child
 *   -ENOTSUP an embed watcher's loop cannot be polled
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_watcher_stop(3)
 */
EG_API int eg_watcher_start(eg_loop *loop, eg_watcher *watcher);

/**
 * eg_watcher_stop - make a watcher inactive
 * @watcher: a watcher; an inactive one is left alone
 *
 * It is not pending any more: its callback does not run until it is started or
 * fed again, whatever has happened in this turn. Its memory is the caller's
 * again (semantics LV-05). Fibers that wait for it return -ECANCELED.
 *
 * Return: 0, or
 *   -EINVAL  @watcher is NULL or was not initialised
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. See: eg_watcher_start(3)
 */
EG_API int eg_watcher_stop(eg_watcher *watcher);

/**
 * eg_watcher_is_active - whether a watcher was started and not stopped
 * @watcher: a watcher
 *
 * Return: true or false; false for NULL.
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API bool eg_watcher_is_active(const eg_watcher *watcher);

/**
 * eg_watcher_is_pending - whether a watcher's callback is to be called
 * @watcher: a watcher
 *
 * Return: true or false; false for NULL, and inside the callback.
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API bool eg_watcher_is_pending(const eg_watcher *watcher);

/**
 * eg_watcher_set_priority - the order of callbacks within a turn
 * @watcher: neither active nor pending
 * @priority: EG_PRIORITY_MIN to EG_PRIORITY_MAX; 0 after init
 *
 * Return: 0, or
 *   -EINVAL  @watcher is NULL, or there is no such priority
 *   -EBUSY   the watcher is active or pending
 * Thread safety: the loop's thread. Since: 0.1. Semantics LV-23.
 */
EG_API int eg_watcher_set_priority(eg_watcher *watcher, int priority);

/**
 * eg_watcher_priority - the priority of a watcher
 * @watcher: a watcher
 *
 * Return: the priority; 0 for NULL.
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watcher_priority(const eg_watcher *watcher);

/**
 * eg_watcher_set_fn - change the callback
 * @watcher: a watcher, at any time
 * @fn: called from here on; NULL: nothing is called, for a watcher that only
 *	fibers wait for
 *
 * Return: 0, or
 *   -EINVAL  @watcher is NULL
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watcher_set_fn(eg_watcher *watcher, eg_watcher_fn *fn);

/**
 * eg_watcher_feed - as if something had happened
 * @loop: the loop; if the watcher is active, its own
 * @watcher: initialised, active or not
 * @events: added to what is pending already
 *
 * Return: 0, or
 *   -EINVAL  @loop or @watcher is NULL, or it was not initialised
 *   -EBUSY   the watcher is active or pending in another loop
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1. Semantics LV-05.
 */
EG_API int eg_watcher_feed(eg_loop *loop, eg_watcher *watcher, int events);

/**
 * eg_watcher_invoke - call the callback now
 * @loop: passed on
 * @watcher: initialised, active or not
 * @events: passed on
 *
 * Return: 0, or
 *   -EINVAL  @loop or @watcher is NULL, or it was not initialised
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watcher_invoke(eg_loop *loop, eg_watcher *watcher, int events);

/**
 * eg_watcher_clear - take back what is pending
 * @watcher: a watcher
 *
 * The events are the caller's to handle; the callback is not called for them.
 *
 * Return: the events that were pending, or 0 if none were (EG_ERROR among them
 * makes it negative); or
 *   -EINVAL  @watcher is NULL
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watcher_clear(eg_watcher *watcher);

/**
 * eg_watcher_wait - wait for a watcher, in a fiber
 * @loop: the loop
 * @watcher: initialised; if it is not active it is for the length of the call
 * @ret_events: set to what its callback was called with; may be NULL
 * @deadline: absolute time, or EG_FOREVER
 *
 * Any number of fibers may wait for one watcher: each event wakes all, after
 * the callback. Who waits for a loop that nobody runs waits for ever:
 * eg_loop_hub(3) is run by the hub. May switch.
 *
 * Return: 0, or
 *   -EINVAL     @loop or @watcher is NULL, or it was not initialised
 *   -EPERM      not called from a fiber, or another thread runs the loop
 *   -EBUSY      the watcher is active or pending in another loop
 *   -ECANCELED  the fiber was cancelled, or the watcher stopped
 *   -ETIMEDOUT  the deadline, or an eg_timeout(3) around the call
 *   and what eg_watcher_start(3) returns
 * Thread safety: the hub's thread. Since: 0.1. See: eg_loop_hub(3)
 */
EG_API int eg_watcher_wait(eg_loop *loop, eg_watcher *watcher, int *ret_events,
			   int64_t deadline);

/* The 13 kinds. Each starts as a member "watcher", to be passed above. */

/** A descriptor that is ready, level-triggered. LV-10 */
typedef struct eg_watch_io {
	eg_watcher watcher;
	int fd;	    /* read only */
	int events; /* read only */
} eg_watch_io;

/**
 * eg_watch_io_init - prepare a watcher of a descriptor
 * @io: the caller's storage, not active
 * @fn: called while the descriptor is ready; NULL: nothing
 * @fd: the descriptor; it must stay open while the watcher is active
 * @events: EG_READ, EG_WRITE, or both
 *
 * Any number of watchers may watch one descriptor. It may be reported ready
 * and not be: use non-blocking descriptors. One that is not open stops the
 * watcher and calls @fn with EG_ERROR | EG_READ | EG_WRITE. Regular files are
 * always ready.
 *
 * Return: 0, or
 *   -EINVAL  @io is NULL, or @events are none or others
 *   -EBADF   @fd is negative
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_io_init(eg_watch_io *io, eg_watcher_fn *fn, int fd,
			    int events);

/**
 * eg_watch_io_set - watch something else
 * @io: initialised, not active
 * @fd: the descriptor, perhaps a new file under the old number
 * @events: EG_READ, EG_WRITE, or both
 *
 * Return: 0, or
 *   -EINVAL  @io is NULL or was not initialised, or @events are none or others
 *   -EBADF   @fd is negative
 *   -EBUSY   it is active
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_io_set(eg_watch_io *io, int fd, int events);

/** A time from now, perhaps repeated. LV-11, LV-12 */
typedef struct eg_watch_timer {
	eg_watcher watcher;
	int64_t repeat; /* ns between the following ones; 0: none; may be set */
	uint64_t _timer[6];
	int64_t after; /* ns until the first time; read only */
} eg_watch_timer;

/**
 * eg_watch_timer_init - prepare a timer
 * @timer: the caller's storage, not active
 * @fn: called when it fires; NULL: nothing
 * @after: ns from the time of the turn in which it is started
 * @repeat: ns between further times; 0: it stops before its callback
 *
 * Fires at or after its time, never before, and once in a turn however late it
 * is: a late one goes on from now.
 *
 * Return: 0, or
 *   -EINVAL  @timer is NULL, or @repeat is negative
 * Thread safety: any thread. Since: 0.1. See: eg_watch_timer_again(3)
 */
EG_API int eg_watch_timer_init(eg_watch_timer *timer, eg_watcher_fn *fn,
			       int64_t after, int64_t repeat);

/**
 * eg_watch_timer_set - change the times
 * @timer: initialised, not active
 * @after: ns from the time of the turn in which it is started
 * @repeat: ns between further times; 0: none
 *
 * Return: 0, or
 *   -EINVAL  @timer is NULL or was not initialised, or @repeat is negative
 *   -EBUSY   it is active
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_timer_set(eg_watch_timer *timer, int64_t after,
			      int64_t repeat);

/**
 * eg_watch_timer_again - put a timer off
 * @loop: the loop
 * @timer: a timer
 *
 * With a repeat it is armed for that long from now, active or not; without,
 * it is stopped. It is not pending any more. The way to do idle timeouts: it
 * costs next to nothing.
 *
 * Return: 0, or
 *   -EINVAL  @loop or @timer is NULL, it was not initialised, or its repeat is
 *            negative
 *   -EBUSY   it is active or pending in another loop
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_timer_again(eg_loop *loop, eg_watch_timer *timer);

/**
 * eg_watch_timer_remaining - how long until a timer fires
 * @loop: the loop
 * @timer: a timer
 *
 * Return: ns from the time of the turn, negative if it is late; of an inactive
 * one what eg_watcher_start(3) would make it. 0 if @loop or @timer is NULL.
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int64_t eg_watch_timer_remaining(const eg_loop *loop,
					const eg_watch_timer *timer);

typedef struct eg_watch_periodic eg_watch_periodic;
/**
 * When next, after @now: ns since 1970; EG_FOREVER: never. Must touch nothing.
 * A time before @now stops the periodic, with EG_ERROR | EG_PERIODIC.
 */
typedef int64_t eg_reschedule_fn(eg_watch_periodic *periodic, int64_t now);

/** Points of the wall clock. LV-13 */
struct eg_watch_periodic {
	eg_watcher watcher;
	int64_t offset;		      /* ns since 1970, or in the interval */
	int64_t interval;	      /* ns; 0: once, at offset */
	eg_reschedule_fn *reschedule; /* not NULL: asked instead */
	uint64_t _timer[6];
};

/**
 * eg_watch_periodic_init - prepare a watcher of the wall clock
 * @periodic: the caller's storage, not active
 * @fn: called at each point; NULL: nothing
 * @offset: the point, in ns since 1970; with an @interval, any of the points
 * @interval: ns between two; 0: once
 * @reschedule: if not NULL, says when it is next, and the two are not used
 *
 * Follows the clock when it is set: of the points of an @interval that were
 * missed, none is made up for; @offset alone is reached or it is not. Several
 * that passed in one turn are one call.
 *
 * Return: 0, or
 *   -EINVAL  @periodic is NULL, or @interval is negative
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_periodic_init(eg_watch_periodic *periodic,
				  eg_watcher_fn *fn, int64_t offset,
				  int64_t interval,
				  eg_reschedule_fn *reschedule);

/**
 * eg_watch_periodic_again - take changed fields into account
 * @loop: the loop
 * @periodic: a periodic; offset, interval and reschedule may have been changed
 *
 * As if stopped and started, but that fibers go on waiting for it.
 *
 * Return: 0, or
 *   -EINVAL  @loop or @periodic is NULL, it was not initialised, its interval
 *            is negative, or its reschedule says a time that has passed:
 *            nothing was changed
 *   -ENOMEM  no memory, in a hub's loop
 *   -EBUSY   it is active or pending in another loop
 *   -EPERM   another thread runs the loop
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_periodic_again(eg_loop *loop, eg_watch_periodic *periodic);

/**
 * eg_watch_periodic_at - when it fires next
 * @periodic: an active periodic
 *
 * Return: ns since 1970; EG_FOREVER if it is not active or NULL.
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int64_t eg_watch_periodic_at(const eg_watch_periodic *periodic);

/** A signal, delivered in the loop. LV-14 */
typedef struct eg_watch_signal {
	eg_watcher watcher;
	int signum; /* read only */
} eg_watch_signal;

/**
 * eg_watch_signal_init - prepare a watcher of a signal
 * @signal: the caller's storage, not active
 * @fn: called once for one or more signals that came; NULL: nothing
 * @signum: the signal
 *
 * While one is active, the process has the library's handler for the signal
 * (SA_RESTART), and the previous one again afterwards. It is unblocked in the
 * thread that starts the first watcher, and stays so. A signal has one loop,
 * with any number of watchers; a fork child has its own.
 *
 * Return: 0, or
 *   -EINVAL  @signal is NULL, or @signum cannot be caught
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_signal_init(eg_watch_signal *signal, eg_watcher_fn *fn,
				int signum);

/** A child process that ends. LV-15 */
typedef struct eg_watch_child {
	eg_watcher watcher;
	pid_t pid;   /* read only; 0: any child */
	int trace;   /* read only */
	pid_t rpid;  /* in the callback: who */
	int rstatus; /* in the callback: how, as of waitpid(2) */
	int _pidfd;
	eg_watch_io _io;
	eg_watch_signal _signal;
} eg_watch_child;

/**
 * eg_watch_child_init - prepare a watcher of a child
 * @child: the caller's storage, not active
 * @fn: called when it has ended; NULL: nothing
 * @pid: the child; 0: any, and then every child is reaped
 * @trace: also when it is stopped and when it goes on
 *
 * By pidfd: only the child that is watched is reaped, in any loop, on any
 * thread, whatever handler SIGCHLD has. Any number of watchers of one loop may
 * watch it. Called first in its turn, whatever its priority. Not stopped by the
 * end of the child, after which it hears no more.
 *
 * If somebody else reaps the child (another loop, waitpid(2), the kernel because
 * SIGCHLD is ignored), the watcher is stopped and called with EG_ERROR |
 * EG_CHILD; so it is in a fork child, whose children they are not.
 *
 * With @pid 0 or @trace SIGCHLD is used, which then belongs to this loop.
 *
 * Return: 0, or
 *   -EINVAL  @child is NULL, or @pid is negative
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_child_init(eg_watch_child *child, eg_watcher_fn *fn,
			       pid_t pid, bool trace);

/** A path that changes. LV-16 */
typedef struct eg_watch_stat {
	eg_watcher watcher;
	const char *path; /* borrowed, not copied */
	int64_t interval; /* ns; read only */
	struct stat attr; /* now; st_nlink 0: it is not there */
	struct stat prev; /* before the change */
	int _wd;
	uint32_t _seen;
	eg_watch_timer _timer;
} eg_watch_stat;

/**
 * eg_watch_stat_init - prepare a watcher of a path
 * @stat: the caller's storage, not active
 * @fn: called when what lstat(2) says has changed; NULL: nothing
 * @path: must stay in place while the watcher is active; may not exist
 * @interval: ns between two looks where inotify(7) cannot tell; 0: about 5 s;
 *	not less than about 0.1 s
 *
 * Where it is known that inotify tells all, on local file systems, nothing
 * polls; then a change of what is above the path's directory is not seen. If
 * inotify fails or must not be used (EG_LOOP_NO_INOTIFY), it polls. Changes of
 * any field of struct stat count but st_blocks and st_blksize; several may be
 * one call. A look is a system call of the loop's thread: a dead network file
 * system holds it up.
 *
 * Return: 0, or
 *   -EINVAL  @stat or @path is NULL, or @interval is negative
 * Thread safety: any thread. Since: 0.1. See: eg_watch_stat_update(3)
 */
EG_API int eg_watch_stat_init(eg_watch_stat *stat, eg_watcher_fn *fn,
			      const char *path, int64_t interval);

/**
 * eg_watch_stat_update - look now
 * @stat: a watcher; its attr is filled, and no callback is called
 *
 * To take into account a change that the program made itself.
 *
 * Return: 0, or
 *   -EINVAL  @stat is NULL or was not initialised
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_stat_update(eg_watch_stat *stat);

/** The kinds that are a place in the turn, and the one other threads use. */
typedef struct eg_watch_idle {
	eg_watcher watcher;
} eg_watch_idle;
typedef struct eg_watch_prepare {
	eg_watcher watcher;
} eg_watch_prepare;
typedef struct eg_watch_check {
	eg_watcher watcher;
} eg_watch_check;
typedef struct eg_watch_fork {
	eg_watcher watcher;
} eg_watch_fork;
typedef struct eg_watch_cleanup {
	eg_watcher watcher;
} eg_watch_cleanup;
typedef struct eg_watch_async {
	eg_watcher watcher;
	uint32_t _sent;	 /* atomic */
	uint32_t _is_on; /* atomic */
} eg_watch_async;

/**
 * eg_watch_idle_init - prepare an idle watcher
 * @idle: the caller's storage, not active
 * @fn: called in each turn in which nothing of its priority or a higher one is
 *	pending; NULL: nothing
 *
 * While one is active the loop does not sleep. Semantics LV-17.
 *
 * Return: 0, or
 *   -EINVAL  @idle is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_idle_init(eg_watch_idle *idle, eg_watcher_fn *fn);

/**
 * eg_watch_prepare_init - prepare a watcher of the wait's beginning
 * @prepare: the caller's storage, not active
 * @fn: called before each wait; NULL: nothing
 *
 * Return: 0, or
 *   -EINVAL  @prepare is NULL
 * Thread safety: any thread. Since: 0.1. Semantics LV-18.
 */
EG_API int eg_watch_prepare_init(eg_watch_prepare *prepare, eg_watcher_fn *fn);

/**
 * eg_watch_check_init - prepare a watcher of the wait's end
 * @check: the caller's storage, not active
 * @fn: called after each wait, before other callbacks of its priority; NULL:
 *	nothing
 *
 * Return: 0, or
 *   -EINVAL  @check is NULL
 * Thread safety: any thread. Since: 0.1. Semantics LV-18.
 */
EG_API int eg_watch_check_init(eg_watch_check *check, eg_watcher_fn *fn);

/**
 * eg_watch_fork_init - prepare a watcher of fork(2)
 * @fork: the caller's storage, not active
 * @fn: called in the child, before its first wait; NULL: nothing
 *
 * Return: 0, or
 *   -EINVAL  @fork is NULL
 * Thread safety: any thread. Since: 0.1. Semantics LV-20.
 */
EG_API int eg_watch_fork_init(eg_watch_fork *fork, eg_watcher_fn *fn);

/**
 * eg_watch_cleanup_init - prepare a watcher of the loop's end
 * @cleanup: the caller's storage, not active
 * @fn: called by eg_loop_free(3); NULL: nothing
 *
 * Does not keep the loop. Semantics LV-21.
 *
 * Return: 0, or
 *   -EINVAL  @cleanup is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_watch_cleanup_init(eg_watch_cleanup *cleanup, eg_watcher_fn *fn);

/**
 * eg_watch_async_init - prepare a watcher of other threads
 * @async: the caller's storage, not active
 * @fn: called in the loop after eg_watch_async_send(3); NULL: nothing
 *
 * Return: 0, or
 *   -EINVAL  @async is NULL
 * Thread safety: any thread. Since: 0.1. Semantics LV-22.
 */
EG_API int eg_watch_async_init(eg_watch_async *async, eg_watcher_fn *fn);

/**
 * eg_watch_async_send - wake a loop from elsewhere
 * @async: an active watcher; it must not be stopped meanwhile
 *
 * Several before the callback runs are one. What was written before is seen by
 * the callback.
 *
 * Return: 0, or
 *   -EINVAL  @async is NULL or not active
 * Thread safety: any thread and any signal handler. Since: 0.1.
 */
EG_API int eg_watch_async_send(eg_watch_async *async);

/**
 * eg_watch_async_is_sent - whether a send was not yet seen by the loop
 * @async: a watcher
 *
 * Return: true or false; false for NULL.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API bool eg_watch_async_is_sent(const eg_watch_async *async);

/** Another loop, run by this one. LV-19 */
typedef struct eg_watch_embed {
	eg_watcher watcher;
	eg_loop *other; /* borrowed */
	eg_watch_io _io;
	eg_watch_timer _timer;
	eg_watch_fork _fork;
} eg_watch_embed;

/**
 * eg_watch_embed_init - prepare a watcher of another loop
 * @embed: the caller's storage, not active
 * @fn: called when @other has something to do, and then has to call
 *	eg_watch_embed_sweep(3); NULL: it is swept
 * @other: the loop to run, timers and all; eg_loop_fd(3) must work for it
 *
 * eg_watcher_start(3) refuses a loop that another one runs (-EBUSY), and
 * circles (-EINVAL). A fork child's @other is told of the fork. If @other is
 * freed, or cannot be polled any longer, the watcher is stopped and called with
 * EG_ERROR | EG_EMBED.
 *
 * Return: 0, or
 *   -EINVAL  @embed or @other is NULL
 * Thread safety: any thread. Since: 0.1. See: eg_watch_embed_sweep(3)
 */
EG_API int eg_watch_embed_init(eg_watch_embed *embed, eg_watcher_fn *fn,
			       eg_loop *other);

/**
 * eg_watch_embed_sweep - run a turn of the embedded loop
 * @embed: a watcher
 *
 * Return: 0, or
 *   -EINVAL  @embed is NULL or was not initialised
 *   -EPERM   another thread runs one of the loops
 * Thread safety: the loop's thread. Since: 0.1.
 */
EG_API int eg_watch_embed_sweep(eg_watch_embed *embed);

#ifdef __cplusplus
}
#endif
#endif
