/* SPDX-License-Identifier: MIT */
/*
 * Groups: fibers that are waited for and cancelled together, so that none
 * outlives the scope that spawned it.
 */
#ifndef EVERGREEN_GROUP_H
#define EVERGREEN_GROUP_H

#include <evergreen/fiber.h>
#include <evergreen/time.h>
#include <evergreen/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Caller's storage. All zero is an empty group. */
typedef struct eg_group {
	void *_opaque[8];
} eg_group;

/* The first member that fails has the others cancelled, and who comes later;
 * eg_group_wait(3) and eg_group_done(3) return its error. The blocking calls of
 * the function that eg_group_run(3) runs return -ECANCELED from then on, and
 * eg_cancelled(3) is true in it. */
#define EG_GROUP_FAIL_FAST 1u
/* A member's blocking calls keep the deadlines of the eg_timeout(3)s that are
 * open where it is spawned. */
#define EG_GROUP_INHERIT 2u

/**
 * eg_group_init - make an empty group
 * @group: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @group is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_group_init(eg_group *group);

/**
 * eg_group_init_with - make an empty group of a kind
 * @group: the caller's storage
 * @flags: EG_GROUP_*
 *
 * Return: 0, or
 *   -EINVAL  @group is NULL, or @flags make no sense
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_group_init_with(eg_group *group, uint32_t flags);

/**
 * eg_group_spawn - spawn a fiber into a group
 * @group: a group
 * @fn: what it runs; its result is dropped, but see eg_group_error(3)
 * @arg: passed to @fn
 * @options: as for eg_spawn_with(3); may be NULL
 *
 * Return: 0, or
 *   -EINVAL     @group or @fn is NULL, or an option makes no sense
 *   -ENOMEM     no memory
 *   -EPERM      no hub runs on this thread, or the members are another hub's
 *   -ECANCELED  the hub is closing
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_spawn(eg_group *group, eg_fiber_fn *fn, void *arg,
			  const eg_spawn_options *options);

/**
 * eg_group_add - make a fiber a member
 * @group: a group
 * @fiber: a fiber that has not ended; the reference stays the caller's
 *
 * Return: 0, or
 *   -EINVAL  @group or @fiber is NULL, or @fiber is main, which ends last
 *   -EBUSY   @fiber is a member of a group
 *   -ESRCH   @fiber has ended
 *   -EPERM   @fiber is another hub's, or the members are
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_add(eg_group *group, eg_fiber *fiber);

/**
 * eg_group_detach - let a member go
 * @group: a group
 * @fiber: a member; runs on, and may outlive @group
 *
 * Return: 0, or
 *   -EINVAL  @group or @fiber is NULL
 *   -ENOENT  @fiber is no member of @group
 *   -EPERM   not on @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_detach(eg_group *group, eg_fiber *fiber);

/**
 * eg_group_error - the error of the first member that failed
 * @group: a group
 * @ret_payload: set to what eg_fail(3) was given, if one failed; may be NULL
 *
 * -ECANCELED is no failure. What the members of a group without
 * EG_GROUP_FAIL_FAST fail with is reported too, as eg_fail(3) says.
 *
 * Return: 0 if none has failed; or
 *   the member's error
 *   -EINVAL  @group is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fail(3)
 */
EG_API int eg_group_error(const eg_group *group, void **ret_payload);

/**
 * eg_group_count - count the members that have not ended
 * @group: a group
 *
 * Return: the count, or
 *   -EINVAL  @group is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_count(const eg_group *group);

/**
 * eg_group_wait - wait until every member has ended
 * @group: a group; fibers spawned into it meanwhile count
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch, unless the group is empty. Any number of fibers may wait.
 *
 * Return: 0, or
 *   the error of the first member that failed, with EG_GROUP_FAIL_FAST
 *   -ECANCELED  the calling fiber was cancelled; the members run on
 *   -ETIMEDOUT  some were still running at @deadline
 *   -EDEADLK    the caller is a member, or nothing could ever end them
 *   -EINVAL     @group is NULL
 *   -EPERM      not called from a fiber of the members' hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_wait(eg_group *group, int64_t deadline);

/**
 * eg_group_cancel - cancel every member
 * @group: a group
 *
 * Does not switch and does not wait. As eg_cancel(3) for each; a member that
 * calls it cancels itself too.
 *
 * Return: 0, or
 *   -EINVAL  @group is NULL
 *   -EPERM   the members are another hub's
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_cancel(eg_group *group);

/**
 * eg_group_kill - kill every member
 * @group: a group
 * @error: a negative errno other than -ETIMEDOUT
 *
 * Does not switch and does not wait. As eg_kill(3) for each.
 *
 * Return: 0, or
 *   -EINVAL  @group is NULL, or @error makes no sense
 *   -EPERM   the members are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_kill(3)
 */
EG_API int eg_group_kill(eg_group *group, int error);

/**
 * eg_group_done - cancel every member and wait for the end of all
 * @group: a group; empty afterwards, and its storage free. An error that it has
 *         is still there: eg_group_init(3) makes a new group of it
 *
 * May switch. Shielded: neither cancelling nor a timeout cuts it short, so that
 * no member can outlive @group. Who is added meanwhile is cancelled, too
 * (semantics PL-02).
 *
 * Return: 0, or
 *   the error of the first member that failed, with EG_GROUP_FAIL_FAST
 *   -EDEADLK  the caller is a member, or a member ignores cancelling and waits
 *             for what cannot come
 *   -EINVAL   @group is NULL
 *   -EPERM    not called from a fiber of the members' hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_done(eg_group *group);

/** What eg_group_run(3) runs: 0, or a negative errno to cancel the members. */
typedef int eg_group_fn(eg_group *group, void *arg);

/**
 * eg_group_run - run a function with a group that ends with it
 * @fn: spawns into the group that it is given, by eg_group_spawn(3)
 * @arg: passed to @fn
 * @flags: EG_GROUP_*
 *
 * May switch. When @fn has returned 0, waits for the members; if it returned an
 * error, if the wait is cut short, or if the fiber exits inside @fn, cancels
 * them first. In every case none is left afterwards, unless it was detached by
 * eg_group_detach(3), or nothing could ever end it (semantics SP-17).
 *
 * With EG_GROUP_FAIL_FAST a member that fails ends the waits of @fn, too. That
 * is over when @fn has returned; shields that @fn opens hold, those around the
 * call do not. Regions and shields that @fn leaves open are closed.
 *
 * Return: 0, or
 *   the error of the first member that failed before @fn did, with
 *   EG_GROUP_FAIL_FAST
 *   what @fn returned
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired
 *   -EDEADLK    nothing could ever end the members
 *   -EINVAL     @fn is NULL, or @flags make no sense
 *   -EPERM      not called from a fiber
 *   -ENOMEM     no memory; @fn was not called
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_run(eg_group_fn *fn, void *arg, uint32_t flags);

#ifdef __cplusplus
}
#endif
#endif
