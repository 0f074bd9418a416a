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
	void *_opaque[6];
} eg_group;

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
 * eg_group_spawn - spawn a fiber into a group
 * @group: a group
 * @fn: what it runs; its result is dropped
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
 * May switch, unless the group is empty.
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled; the members run on
 *   -ETIMEDOUT  some were still running at @deadline
 *   -EDEADLK    the caller is a member, or nothing could ever end them
 *   -EBUSY      another fiber is waiting for the group
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
 * eg_group_done - cancel every member and wait for the end of all
 * @group: a group; empty afterwards, and its storage free
 *
 * May switch. Shielded: neither cancelling nor a timeout cuts it short, so that
 * no member can outlive @group.
 *
 * Return: 0, or
 *   -EDEADLK  the caller is a member, or a member ignores cancelling and waits
 *             for what cannot come
 *   -EBUSY    another fiber is waiting for the group
 *   -EINVAL   @group is NULL
 *   -EPERM    not called from a fiber of the members' hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_group_done(eg_group *group);

#ifdef __cplusplus
}
#endif
#endif
