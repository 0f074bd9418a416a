/* SPDX-License-Identifier: MIT */
/*
 * Calls of group.h that make no sense.
 */
#include "bad_input.h"

static eg_group empty;
static const eg_spawn_options no_size;

static void *do_nothing(void *arg)
{
	return arg;
}

#define ROWS(X)                                                                \
	X(eg_group_init, no_group, ANYWHERE, -EINVAL, eg_group_init(NULL))     \
	X(eg_group_spawn, no_group, ANYWHERE, -EINVAL,                         \
	  eg_group_spawn(NULL, do_nothing, NULL, NULL))                        \
	X(eg_group_spawn, no_function, ANYWHERE, -EINVAL,                      \
	  eg_group_spawn(&empty, NULL, NULL, NULL))                            \
	X(eg_group_spawn, bad_options, FIBER | HUB, -EINVAL,                   \
	  eg_group_spawn(&empty, do_nothing, NULL, &no_size))                  \
	X(eg_group_spawn, no_hub, OUTSIDE, -EPERM,                             \
	  eg_group_spawn(&empty, do_nothing, NULL, NULL))                      \
	X(eg_group_spawn, foreign, FOREIGN, -EPERM,                            \
	  eg_group_spawn(&bad_theirs.group, do_nothing, NULL, NULL))           \
	X(eg_group_count, no_group, ANYWHERE, -EINVAL, eg_group_count(NULL))   \
	X(eg_group_count, none, ANYWHERE, 0, eg_group_count(&empty))           \
	X(eg_group_wait, no_group, ANYWHERE, -EINVAL,                          \
	  eg_group_wait(NULL, EG_FOREVER))                                     \
	X(eg_group_wait, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_group_wait(&bad_ours.group, EG_FOREVER))                          \
	X(eg_group_wait, foreign, FOREIGN, -EPERM,                             \
	  eg_group_wait(&bad_theirs.group, EG_FOREVER))                        \
	X(eg_group_cancel, no_group, ANYWHERE, -EINVAL, eg_group_cancel(NULL)) \
	X(eg_group_cancel, foreign, FOREIGN, -EPERM,                           \
	  eg_group_cancel(&bad_theirs.group))                                  \
	X(eg_group_done, no_group, ANYWHERE, -EINVAL, eg_group_done(NULL))     \
	X(eg_group_done, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_group_done(&bad_ours.group))                                      \
	X(eg_group_done, foreign, FOREIGN, -EPERM,                             \
	  eg_group_done(&bad_theirs.group))

BAD_TABLE(bad_group, "group.h", ROWS)
