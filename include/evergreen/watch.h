/* SPDX-License-Identifier: MIT */
/*
 * The 13 kinds of watchers: what each watches, and what it is made with. How
 * they are started and stopped is in watcher.h, what runs them in loop.h.
 */
#ifndef EVERGREEN_WATCH_H
#define EVERGREEN_WATCH_H

#include <evergreen/version.h>
#include <evergreen/watcher.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each starts as a member "watcher", to be passed to the calls of watcher.h. */

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
