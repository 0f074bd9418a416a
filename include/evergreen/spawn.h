/* SPDX-License-Identifier: MIT */
/*
 * The ends of fibers: starting later, failing with an error, getting what came
 * of one, links, killing. A plain eg_spawn() and eg_join() (fiber.h) need none
 * of this.
 */
#ifndef EVERGREEN_SPAWN_H
#define EVERGREEN_SPAWN_H

#include <evergreen/fiber.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * eg_spawn_later - make a fiber that starts at a time
 * @ret_fiber: as for eg_spawn(3)
 * @fn: what it runs
 * @arg: passed to @fn
 * @deadline: absolute time; EG_FOREVER: when eg_start(3) is called
 *
 * Does not switch. Killed before its time, it ends without having run
 * (semantics SP-02, SP-21).
 *
 * Return: 0, or
 *   -EINVAL  @fn is NULL, or @deadline is negative
 *   -EPERM   no hub runs on this thread
 *   -ENOMEM  no memory for a stack
 *   -ECANCELED  the hub is closing: main has returned
 * Thread safety: the hub's thread. Since: 0.1. See: eg_spawn_with(3)
 */
EG_API int eg_spawn_later(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
			  int64_t deadline);

/**
 * eg_start - start a fiber that was spawned to start later
 * @fiber: the fiber; one that has started is left alone (semantics SP-01)
 *
 * Does not switch.
 *
 * Return: 0, or
 *   -EINVAL  @fiber is NULL
 *   -EPERM   not on @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_spawn_later(3)
 */
EG_API int eg_start(eg_fiber *fiber);

/**
 * eg_fail - say that the calling fiber fails
 * @error: a negative errno; anything else is logged, and taken as -EINVAL
 * @payload: evergreen does not look at it
 *
 * To be returned from the fiber's function: return eg_fail(-EIO, detail);
 * The last one before the end counts. An error that nobody asks for, by
 * eg_get(3), eg_fiber_error(3), a link or a group, before the last reference to
 * the fiber goes, is reported: see eg_set_error_handler(3). -ECANCELED is no
 * failure, and not reported (semantics SP-03, HB-18).
 *
 * Return: @payload, always.
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_get(3)
 */
EG_API void *eg_fail(int error, void *payload);

/**
 * eg_fail_system - fail with an error that concerns the whole program
 * @error: as for eg_fail(3)
 * @payload: as for eg_fail(3)
 *
 * As eg_fail(3); when the fiber ends, the main fiber is killed with @error too,
 * as eg_kill(3) does, and may go on by eg_uncancel(3) (semantics HB-17).
 *
 * Return: @payload, always.
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API void *eg_fail_system(int error, void *payload);

/**
 * eg_get - wait for a fiber's end and get what came of it
 * @fiber: the fiber; the reference stays the caller's
 * @ret_value: set to what its function returned, if it did not fail; may be
 *             NULL
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless @fiber has ended; then, and with EG_NOW, it may also be
 * called in the hub, as by a link. Any number of fibers may get, any number of
 * times (semantics SP-04). Where a code below could be @fiber's own,
 * eg_fiber_is_done(3) tells.
 *
 * Return: 0, or
 *   the error that @fiber failed with; -ECANCELED if it never ran
 *   -ECANCELED  the calling fiber was cancelled while waiting
 *   -ETIMEDOUT  @fiber was still running at @deadline
 *   -EDEADLK    @fiber is the calling fiber, or nothing could ever end it
 *   -EINVAL     @fiber is NULL
 *   -EPERM      not on @fiber's hub, or in the hub and it would wait
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fail(3), eg_join(3)
 */
EG_API int eg_get(eg_fiber *fiber, void **ret_value, int64_t deadline);

/**
 * eg_fiber_wait - wait for a fiber's end, whatever comes of it
 * @fiber: the fiber; the reference stays the caller's
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch, unless @fiber has ended; then, and with EG_NOW, it may also be
 * called in the hub. Any number of fibers may wait (semantics SP-05).
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  @fiber was still running at @deadline
 *   -EDEADLK    @fiber is the calling fiber, or nothing could ever end it
 *   -EINVAL     @fiber is NULL
 *   -EPERM      not on @fiber's hub, or in the hub and it would wait
 * Thread safety: the hub's thread. Since: 0.1. See: eg_join(3)
 */
EG_API int eg_fiber_wait(eg_fiber *fiber, int64_t deadline);

/**
 * eg_fiber_is_done - ask whether a fiber has ended
 * @fiber: a fiber
 *
 * Return: true or false; false for NULL.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API bool eg_fiber_is_done(const eg_fiber *fiber);

/**
 * eg_fiber_succeeded - ask whether a fiber has ended without failing
 * @fiber: a fiber
 *
 * One that was cancelled with -ECANCELED, before or while it ran, counts as a
 * success (semantics SP-03).
 *
 * Return: true or false; false for NULL and while it runs.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API bool eg_fiber_succeeded(const eg_fiber *fiber);

/**
 * eg_fiber_error - what a fiber failed with
 * @fiber: a fiber
 * @ret_payload: set to what eg_fail(3) was given, if it failed; may be NULL
 *
 * Return: 0 if it has not failed, or not ended; or
 *   the error of eg_fail(3), or what it was killed with before it ran
 *   -EINVAL  @fiber is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fail(3)
 */
EG_API int eg_fiber_error(eg_fiber *fiber, void **ret_payload);

/**
 * eg_kill - end a fiber with an error, and wait for it
 * @fiber: the fiber; the reference stays the caller's
 * @error: a negative errno: what its blocking calls return from now on
 * @deadline: how long to wait for its end; EG_NOW: not at all
 *
 * May switch. As eg_cancel(3), which is eg_kill() with -ECANCELED and EG_NOW.
 * Delivered first in, first out: a fiber that is ready runs first (semantics
 * SP-12). The first of several kills stays. A fiber that kills itself finds
 * @error at its next blocking call; with a deadline, that is this one (SP-13).
 *
 * Return: 0: it has ended, or EG_NOW and it will be told; or
 *   -ETIMEDOUT  it was still running at @deadline
 *   -ECANCELED  the calling fiber was cancelled while waiting
 *   -EDEADLK    nothing could ever end it
 *   -EINVAL     @fiber is NULL; @error is no negative errno; or it is
 *               -ETIMEDOUT, which always is a deadline's
 *   -EPERM      not on @fiber's hub, or a deadline outside a fiber; it was
 *               not told
 * Thread safety: the hub's thread. Since: 0.1. See: eg_uncancel(3)
 */
EG_API int eg_kill(eg_fiber *fiber, int error, int64_t deadline);

/**
 * eg_kill_all - kill fibers, and wait for the end of all
 * @fibers: which; the references stay the caller's
 * @count: how many; duplicates are as one
 * @error: as for eg_kill(3)
 * @deadline: how long to wait for them all; EG_NOW: not at all
 *
 * May switch. All are told before any is waited for; who has not started never
 * runs (semantics SP-14).
 *
 * Return: 0, or
 *   -ETIMEDOUT  some were still running at @deadline
 *   -ECANCELED  the calling fiber was cancelled while waiting
 *   -EDEADLK    nothing could ever end them
 *   -EINVAL     @fibers or one of them is NULL, or @error makes no sense; none
 *               was told
 *   -EPERM      one is another hub's, or a deadline outside a fiber; none was
 *               told
 * Thread safety: the hub's thread. Since: 0.1. See: eg_kill(3)
 */
EG_API int eg_kill_all(eg_fiber *const *fibers, size_t count, int error,
		       int64_t deadline);

/**
 * eg_cancel_unstarted - cancel a fiber, if it has not started
 * @fiber: the fiber
 *
 * Does not switch (semantics SP-23).
 *
 * Return: 1 if it will never run; 0 if it runs, or has ended; or
 *   -EINVAL  @fiber is NULL
 *   -EPERM   not on @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cancel(3)
 */
EG_API int eg_cancel_unstarted(eg_fiber *fiber);

/**
 * eg_uncancel - let the calling fiber go on after it was cancelled
 *
 * For a fiber that has found out, by an error of a blocking call or
 * eg_cancelled(3), and chooses to live: its calls block again, and it may be
 * killed again.
 *
 * Return: 1 if it was cancelled; 0 if it was not; or
 *   -EPERM  not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_kill(3)
 */
EG_API int eg_uncancel(void);

/** A function to be called when a fiber has ended. Caller's storage. */
typedef struct eg_link {
	void *_opaque[16];
} eg_link;

typedef void eg_link_fn(eg_fiber *fiber, void *arg);

/* When, and where. */
#define EG_LINK_VALUE 1u /* if the fiber has succeeded */
#define EG_LINK_ERROR 2u /* if it has failed */
#define EG_LINK_SPAWN 4u /* in a fiber of its own, which may block */

/**
 * eg_fiber_link - have a function called when a fiber has ended
 * @fiber: the fiber; kept alive until the call, or eg_fiber_unlink(3)
 * @link: the caller's storage, not linked already; the hub's until @fn begins,
 *        or the fiber ended otherwise than @flags want
 * @fn: called once, in the hub, where nothing may block; with EG_LINK_SPAWN in
 *      a fiber, which exists from now on
 * @arg: passed to @fn
 * @flags: EG_LINK_VALUE, EG_LINK_ERROR, or both, or 0 for both; EG_LINK_SPAWN
 *
 * Does not switch. Links of one fiber are called in the order of linking; of a
 * fiber that has ended, in the hub's next turn (semantics SP-07, SP-08, EV-05).
 * Main ends when its function has returned, before the others are cancelled. A
 * link of a fiber that ends after that is called all the same: with
 * EG_LINK_SPAWN in its fiber, which is cancelled by then, so that its blocking
 * calls return -ECANCELED. Only what is linked by the hub's very last callbacks
 * (see eg_callback_queue(3)) is let go without a call.
 *
 * Return: 0, or
 *   -EINVAL     @fiber, @link or @fn is NULL, or @flags make no sense; or
 *               @link lies on the stack of @fiber or of a coroutine of its,
 *               whose frames are gone by then
 *   -EPERM      not on @fiber's hub
 *   -ENOMEM     EG_LINK_SPAWN, and no memory for a stack
 *   -ECANCELED  EG_LINK_SPAWN, and the hub is closing
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fiber_unlink(3)
 */
EG_API int eg_fiber_link(eg_fiber *fiber, eg_link *link, eg_link_fn *fn,
			 void *arg, uint32_t flags);

/**
 * eg_fiber_unlink - take back eg_fiber_link(3)
 * @link: a link; its storage is free afterwards
 *
 * Does not switch. After this the function is not called.
 *
 * Return: 1 if it was linked; 0 if its function has been called, or never will
 *   be (semantics SP-09); or
 *   -EINVAL  @link is NULL
 *   -EPERM   not on the fiber's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fiber_link(3)
 */
EG_API int eg_fiber_unlink(eg_link *link);

/* eg_join_all: return the first failure, as soon as there is one. */
#define EG_JOIN_RAISE 1u

/**
 * eg_join_all - wait until fibers have ended
 * @fibers: which; the references stay the caller's
 * @count: how many; duplicates are as one
 * @wanted: return when so many have ended; 0: all
 * @ret_ended: receives them in the order of their ends; room for @count; or
 *             NULL
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: who has ended already
 * @flags: EG_JOIN_RAISE, or 0
 *
 * May switch. Never joins: values and errors are to be had by eg_get(3)
 * (semantics SP-15, SP-16).
 *
 * Return: how many have ended, less than wanted only if @deadline passed; or
 *   the error of the first that failed (not -ECANCELED), with EG_JOIN_RAISE
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired
 *   -EDEADLK    the caller is one of them, or nothing could ever end them
 *   -EINVAL     @fibers or one of them is NULL, or @flags make no sense
 *   -EPERM      not called from a fiber of their hub
 *   -ENOMEM     no memory
 * Thread safety: the hub's thread. Since: 0.1. See: eg_select(3)
 */
EG_API ssize_t eg_join_all(eg_fiber *const *fibers, size_t count,
			   size_t wanted, eg_fiber **ret_ended,
			   int64_t deadline, uint32_t flags);

/** An error that nobody asked for. */
typedef struct eg_error_info {
	size_t size; /* sizeof(eg_error_info) */
	int error;
	void *payload;	 /* what eg_fail(3) was given */
	uint64_t id;	 /* of the fiber */
	const char *name; /* borrowed; "" if none */
	const void *spawned_at; /* return address of the spawn call */
} eg_error_info;

/** Runs in the hub, where nothing may block. */
typedef void eg_error_fn(const eg_error_info *info, void *arg);

/**
 * eg_set_error_handler - choose what becomes of errors that nobody asks for
 * @fn: called for each, in the hub; NULL: back to a line in the log
 * @arg: passed to @fn
 *
 * Return: 0, or
 *   -EPERM  no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fail(3)
 */
EG_API int eg_set_error_handler(eg_error_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif
