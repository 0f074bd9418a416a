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

static int spawn_nothing(eg_group *group, void *arg)
{
	return eg_group_spawn(group, do_nothing, arg, NULL);
}

/* Adds one that has ended. */
static int add_dead(eg_group *group)
{
	eg_fiber *f;
	int r;

	egt_eq(eg_spawn(&f, do_nothing, NULL), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	r = eg_group_add(group, f);
	egt_eq(eg_detach(f), 0);
	return r;
}

/* What is done with one that is a member of another group. */
static int with_member(int (*call)(eg_group *, eg_fiber *))
{
	eg_group other = { 0 };
	int r;

	egt_eq(eg_group_add(&other, bad_ours.fiber), 0);
	r = call(&empty, bad_ours.fiber);
	egt_eq(eg_group_detach(&other, bad_ours.fiber), 0);
	egt_eq(eg_group_count(&other), 0);
	return r;
}

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_group_init, no_group, ANYWHERE, -EINVAL, eg_group_init(NULL))     \
	X(eg_group_init_with, no_group, ANYWHERE, -EINVAL,                     \
	  eg_group_init_with(NULL, 0))                                         \
	X(eg_group_init_with, bad_flags, ANYWHERE, -EINVAL,                    \
	  eg_group_init_with(&empty, 4))                                       \
	X(eg_group_add, no_group, FIBER | HUB, -EINVAL,                        \
	  eg_group_add(NULL, bad_ours.fiber))                                  \
	X(eg_group_add, no_fiber, ANYWHERE, -EINVAL,                           \
	  eg_group_add(&empty, NULL))                                          \
	X(eg_group_add, main_fiber, FIBER, -EINVAL,                            \
	  eg_group_add(&empty, eg_self()))                                     \
	X(eg_group_add, anothers_member, FIBER | HUB, -EBUSY,                  \
	  with_member(eg_group_add))                                           \
	X(eg_group_add, dead, FIBER, -ESRCH, add_dead(&empty))                 \
	X(eg_group_add, foreign_fiber, FOREIGN, -EPERM,                        \
	  eg_group_add(&empty, bad_theirs.fiber))                              \
	X(eg_group_add, foreign_group, FOREIGN, -EPERM,                        \
	  eg_group_add(&bad_theirs.group, bad_ours.fiber))                     \
	X(eg_group_detach, no_group, FIBER | HUB, -EINVAL,                     \
	  eg_group_detach(NULL, bad_ours.fiber))                               \
	X(eg_group_detach, no_fiber, ANYWHERE, -EINVAL,                        \
	  eg_group_detach(&empty, NULL))                                       \
	X(eg_group_detach, no_member, FIBER | HUB, -ENOENT,                    \
	  eg_group_detach(&empty, bad_ours.fiber))                             \
	X(eg_group_detach, anothers_member, FIBER | HUB, -ENOENT,              \
	  with_member(eg_group_detach))                                        \
	X(eg_group_detach, foreign, FOREIGN, -EPERM,                           \
	  eg_group_detach(&bad_theirs.group, bad_theirs.fiber))                \
	X(eg_group_error, no_group, ANYWHERE, -EINVAL,                         \
	  eg_group_error(NULL, NULL))                                          \
	X(eg_group_error, none_failed, ANYWHERE, 0,                            \
	  eg_group_error(&empty, NULL))                                        \
	X(eg_group_kill, no_group, ANYWHERE, -EINVAL,                          \
	  eg_group_kill(NULL, -EIO))                                           \
	X(eg_group_kill, no_error, ANYWHERE, -EINVAL,                          \
	  eg_group_kill(&empty, 0))                                            \
	X(eg_group_kill, a_deadlines, ANYWHERE, -EINVAL,                       \
	  eg_group_kill(&empty, -ETIMEDOUT))                                   \
	X(eg_group_kill, foreign, FOREIGN, -EPERM,                             \
	  eg_group_kill(&bad_theirs.group, -EIO))                              \
	X(eg_group_run, no_function, ANYWHERE, -EINVAL,                        \
	  eg_group_run(NULL, NULL, 0))                                         \
	X(eg_group_run, bad_flags, ANYWHERE, -EINVAL,                          \
	  eg_group_run(spawn_nothing, NULL, 4))                                \
	X(eg_group_run, no_fiber, NO_FIBER, -EPERM,                            \
	  eg_group_run(spawn_nothing, NULL, 0))                                \
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
/* clang-format on */

BAD_TABLE(bad_group, "group.h", ROWS)
