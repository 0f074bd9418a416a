/* SPDX-License-Identifier: MIT */
/*
 * Time: absolute, monotonic nanoseconds. Every call that can block takes a
 * deadline last; deadlines around a call (eg_timeout) hold inside it too.
 */
#ifndef EVERGREEN_TIME_H
#define EVERGREEN_TIME_H

#include <evergreen/version.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EG_USEC INT64_C(1000)
#define EG_MSEC INT64_C(1000000)
#define EG_SEC INT64_C(1000000000)

/* The deadline that never comes. */
#define EG_FOREVER INT64_MAX
/* The deadline that has always passed: try, and do not block. */
#define EG_NOW INT64_C(0)

/**
 * eg_now - read the clock
 *
 * CLOCK_MONOTONIC, or the virtual clock of the sim backend. Costs about 30 ns.
 *
 * Return: nanoseconds since an unspecified point.
 * Thread safety: any thread. Since: 0.1. See: eg_after(3)
 */
EG_API int64_t eg_now(void);

/**
 * eg_after - turn a duration into a deadline
 * @duration: nanoseconds from now; EG_FOREVER and what overflows mean never
 *
 * Reads a fresh clock, so a deadline is never early however long the caller
 * computed (semantics TM-06).
 *
 * Return: the absolute time, to be passed as a deadline.
 * Thread safety: any thread. Since: 0.1. See: eg_now(3)
 */
EG_API int64_t eg_after(int64_t duration);

/**
 * eg_sleep - let other fibers run for a while
 * @duration: nanoseconds; zero or less gives way once
 *
 * May switch. Never returns early (semantics HB-11). Unlike eg_yield(3) it is
 * cancelled and times out whatever the duration, and then does not give way.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired
 *   -EPERM      not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_sleep_until(3)
 */
EG_API int eg_sleep(int64_t duration);

/**
 * eg_sleep_until - let other fibers run until a point in time
 * @deadline: absolute time; one that has passed gives way once
 *
 * May switch.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired first
 *   -EPERM      not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_sleep(3)
 */
EG_API int eg_sleep_until(int64_t deadline);

/**
 * A deadline over a region of code: while it is open, every blocking call of
 * this fiber that would wait beyond it returns -ETIMEDOUT instead. Regions
 * nest; an inner one never outlives an outer one. Caller's storage, on the
 * stack of the fiber that opened it.
 */
typedef struct eg_timeout {
	struct eg_timeout *_outer;
	int64_t _deadline;
	int64_t _effective;
	uint32_t _shield;
	uint32_t _is_open;
} eg_timeout;

/**
 * eg_timeout_begin - open a region with a deadline
 * @timeout: the caller's storage; must stay in place until eg_timeout_end(3)
 * @deadline: absolute time, or EG_FOREVER
 *
 * The expiry is a state, not an event: once @deadline has passed, each call in
 * the region that would have to wait fails, so one swallowed error does not
 * lose it (semantics TM-05).
 *
 * Return: 0, or
 *   -EINVAL    @timeout is NULL
 *   -EALREADY  @timeout is open already (semantics TM-02)
 *   -EPERM     not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_timeout_begin(eg_timeout *timeout, int64_t deadline);

/**
 * eg_timeout_end - close a region
 * @timeout: the innermost open region of this fiber
 *
 * Return: 0, or
 *   -ETIMEDOUT  the region's own deadline (not that of one around it) had
 *               passed when this turn of the hub began: a -ETIMEDOUT met
 *               inside was this region's
 *   -EINVAL     @timeout is NULL or not this fiber's innermost open region;
 *               nothing was closed
 *   -EPERM      not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_timeout_end(eg_timeout *timeout);

/**
 * eg_timeout_has_passed - ask whether a region's own deadline has passed
 * @timeout: an open region of the calling fiber
 *
 * By this turn's clock, as for eg_timeout_end(3): tells, before the end, whose
 * a -ETIMEDOUT is that was met inside.
 *
 * Return: true or false; false for what is not open.
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API bool eg_timeout_has_passed(const eg_timeout *timeout);

/**
 * eg_timeout_move - change the deadline of an open region
 * @timeout: an open region of the calling fiber, innermost or not
 * @deadline: absolute time; EG_FOREVER: no call fails for it any more, also if
 *            it has passed (semantics TM-07)
 *
 * Return: 0, or
 *   -EINVAL  @timeout is NULL or not an open region of this fiber
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_timeout_move(eg_timeout *timeout, int64_t deadline);

typedef int eg_timeout_fn(void *arg);

/**
 * eg_with_timeout - run a function in a region with a deadline
 * @deadline: absolute time, or EG_FOREVER
 * @fn: what to run
 * @arg: passed to @fn
 * @timeout_value: returned if @fn returned -ETIMEDOUT, and the deadline that
 *                 had passed is this one (semantics TM-05)
 *
 * May switch, if @fn does. The -ETIMEDOUT of a region around this one passes.
 *
 * Return: what @fn returned, or @timeout_value, or
 *   -EINVAL  @fn is NULL
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_timeout_begin(3)
 */
EG_API int eg_with_timeout(int64_t deadline, eg_timeout_fn *fn, void *arg,
			   int timeout_value);

/**
 * A timer with a callback, for what is not a fiber's wait: caller's storage,
 * must not move or go away while armed.
 */
typedef struct eg_timer {
	uint64_t _opaque[12];
} eg_timer;

/** Runs in the hub, where nothing may block; may spawn, wake and rearm. */
typedef void eg_timer_fn(eg_timer *timer, void *arg);

/**
 * eg_timer_init - prepare a timer
 * @timer: the caller's storage; not an armed timer, see eg_timer_stop(3)
 * @fn: called when it fires, in the hub
 * @arg: passed to @fn
 *
 * Return: 0, or
 *   -EINVAL  @timer or @fn is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_timer_init(eg_timer *timer, eg_timer_fn *fn, void *arg);

/**
 * eg_timer_start - arm a timer, or move an armed one
 * @timer: a timer after eg_timer_init(3)
 * @deadline: absolute time; EG_FOREVER stops the timer
 *
 * Fires once, in the first turn at or after @deadline, after that turn's I/O
 * and in order of deadlines; one already past fires in the next turn. Never
 * allocates.
 *
 * Return: 0, or
 *   -EINVAL  @timer is NULL or was not initialised
 *   -EPERM   no hub runs on this thread, or the timer is armed on another hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_timer_start(eg_timer *timer, int64_t deadline);

/**
 * eg_timer_start_local - arm a timer that the calling fiber takes along
 * @timer: a timer after eg_timer_init(3)
 * @deadline: as for eg_timer_start(3)
 *
 * As eg_timer_start(3), but if the calling fiber ends before, the timer is
 * stopped and never fires (semantics EH-03). Main ends when its function has
 * returned.
 *
 * Return: 0, or
 *   -EINVAL  @timer is NULL or was not initialised, or lies on the calling
 *            fiber's stack or on that of a coroutine of its, whose frames are
 *            gone when it ends; of main, in what its function has called
 *   -EPERM   not called from a fiber, or the timer is armed on another hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_timer_start(3)
 */
EG_API int eg_timer_start_local(eg_timer *timer, int64_t deadline);

/**
 * eg_timer_stop - disarm a timer
 * @timer: a timer after eg_timer_init(3); an idle one is left alone
 *
 * After this the callback does not run, even if the timer was due in this
 * very turn (semantics LV-05).
 *
 * Return: 0, or
 *   -EINVAL  @timer is NULL or was not initialised
 *   -EPERM   no hub runs on this thread, or the timer is armed on another hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_timer_stop(eg_timer *timer);

#ifdef __cplusplus
}
#endif
#endif
