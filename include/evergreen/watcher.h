/* SPDX-License-Identifier: MIT */
/*
 * What every watcher has, whatever it watches: a callback, a loop that it is
 * started on, a priority, and what is pending. The kinds are in watch.h.
 *
 * Watchers are the caller's storage: they must not move or go away while active
 * or pending.
 */
#ifndef EVERGREEN_WATCHER_H
#define EVERGREEN_WATCHER_H

#include <evergreen/version.h>

#include <stdbool.h>
#include <stdint.h>

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

/** Priorities: callbacks of one turn run from the highest to the lowest. */
#define EG_PRIORITY_MIN (-2)
#define EG_PRIORITY_MAX 2

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

#ifdef __cplusplus
}
#endif
#endif
