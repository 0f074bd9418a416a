/* SPDX-License-Identifier: MIT */
/*
 * Calls of spawn.h that make no sense.
 */
#include "bad_input.h"

static eg_fiber *made;
static eg_link unused, zeros;
static int value;

static void *do_nothing(void *arg)
{
	return arg;
}

static void ignore(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	(void)arg;
}

static ssize_t join_two(eg_fiber *first, eg_fiber *second)
{
	eg_fiber *const both[] = { first, second };

	return eg_join_all(both, 2, 0, NULL, EG_FOREVER, 0);
}

static int kill_two(eg_fiber *first, eg_fiber *second, int64_t deadline)
{
	eg_fiber *const both[] = { first, second };

	return eg_kill_all(both, 2, -ECANCELED, deadline);
}

/* None of them was told: it is still there to be asked for. */
static bool lives(int expected, int result)
{
	return result == expected && !eg_fiber_is_done(bad_ours.fiber) &&
	       eg_fiber_wait(bad_ours.fiber, EG_NOW) == -ETIMEDOUT;
}

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_spawn_later, no_function, ANYWHERE, -EINVAL,                      \
	  eg_spawn_later(&made, NULL, NULL, EG_NOW))                           \
	X(eg_spawn_later, in_the_past, FIBER | HUB, -EINVAL,                   \
	  eg_spawn_later(&made, do_nothing, NULL, -1))                         \
	X(eg_spawn_later, no_hub, OUTSIDE, -EPERM,                             \
	  eg_spawn_later(&made, do_nothing, NULL, EG_FOREVER))                 \
	X(eg_start, no_fiber, ANYWHERE, -EINVAL, eg_start(NULL))               \
	X(eg_start, foreign, FOREIGN, -EPERM, eg_start(bad_theirs.fiber))      \
	X(eg_fail, no_fiber, OUTSIDE | HUB, true,                              \
	  eg_fail(-EIO, &value) == &value)                                     \
	X(eg_fail_system, no_fiber, OUTSIDE | HUB, true,                       \
	  eg_fail_system(-EIO, &value) == &value)                              \
	X(eg_get, no_fiber, ANYWHERE, -EINVAL, eg_get(NULL, NULL, EG_FOREVER)) \
	X(eg_get, in_the_hub, HUB | LOGGED, -EPERM,                            \
	  eg_get(bad_ours.fiber, NULL, EG_FOREVER))                            \
	X(eg_get, foreign, FOREIGN, -EPERM,                                    \
	  eg_get(bad_theirs.fiber, NULL, EG_FOREVER))                          \
	X(eg_get, oneself, FIBER, -EDEADLK,                                    \
	  eg_get(eg_self(), NULL, EG_FOREVER))                                 \
	X(eg_fiber_wait, no_fiber, ANYWHERE, -EINVAL,                          \
	  eg_fiber_wait(NULL, EG_FOREVER))                                     \
	X(eg_fiber_wait, in_the_hub, HUB | LOGGED, -EPERM,                     \
	  eg_fiber_wait(bad_ours.fiber, EG_FOREVER))                           \
	X(eg_fiber_wait, foreign, FOREIGN, -EPERM,                             \
	  eg_fiber_wait(bad_theirs.fiber, EG_FOREVER))                         \
	X(eg_fiber_wait, oneself, FIBER, -EDEADLK,                             \
	  eg_fiber_wait(eg_self(), EG_FOREVER))                                \
	X(eg_fiber_is_done, no_fiber, ANYWHERE, false, eg_fiber_is_done(NULL)) \
	X(eg_fiber_succeeded, no_fiber, ANYWHERE, false,                       \
	  eg_fiber_succeeded(NULL))                                            \
	X(eg_fiber_error, no_fiber, ANYWHERE, -EINVAL,                         \
	  eg_fiber_error(NULL, NULL))                                          \
	X(eg_kill, no_fiber, ANYWHERE, -EINVAL,                                \
	  eg_kill(NULL, -ECANCELED, EG_NOW))                                   \
	X(eg_kill, no_error, FIBER | HUB, -EINVAL,                             \
	  eg_kill(bad_ours.fiber, 0, EG_NOW))                                  \
	X(eg_kill, positive, FIBER | HUB, -EINVAL,                             \
	  eg_kill(bad_ours.fiber, EIO, EG_NOW))                                \
	X(eg_kill, no_errno, FIBER | HUB, -EINVAL,                             \
	  eg_kill(bad_ours.fiber, -4096, EG_NOW))                              \
	X(eg_kill, a_deadlines, FIBER | HUB, true,                             \
	  lives(-EINVAL, eg_kill(bad_ours.fiber, -ETIMEDOUT, EG_NOW)))         \
	X(eg_kill, in_the_hub, HUB | LOGGED, true,                             \
	  lives(-EPERM, eg_kill(bad_ours.fiber, -EIO, EG_FOREVER)))            \
	X(eg_kill, foreign, FOREIGN, -EPERM,                                   \
	  eg_kill(bad_theirs.fiber, -EIO, EG_NOW))                             \
	X(eg_kill_all, no_fibers, ANYWHERE, -EINVAL,                           \
	  eg_kill_all(NULL, 1, -ECANCELED, EG_NOW))                            \
	X(eg_kill_all, none_of_them, ANYWHERE, 0,                              \
	  eg_kill_all(NULL, 0, -ECANCELED, EG_NOW))                            \
	X(eg_kill_all, no_second, FIBER | HUB, true,                           \
	  lives(-EINVAL, kill_two(bad_ours.fiber, NULL, EG_NOW)))              \
	X(eg_kill_all, a_deadlines, ANYWHERE, -EINVAL,                         \
	  eg_kill_all(NULL, 0, -ETIMEDOUT, EG_NOW))                            \
	X(eg_kill_all, in_the_hub, HUB | LOGGED, true,                         \
	  lives(-EPERM, kill_two(bad_ours.fiber, bad_ours.fiber,               \
				 EG_FOREVER)))                                 \
	X(eg_kill_all, foreign, FOREIGN, true,                                 \
	  lives(-EPERM, kill_two(bad_ours.fiber, bad_theirs.fiber, EG_NOW)))   \
	X(eg_cancel_unstarted, no_fiber, ANYWHERE, -EINVAL,                    \
	  eg_cancel_unstarted(NULL))                                           \
	X(eg_cancel_unstarted, foreign, FOREIGN, -EPERM,                       \
	  eg_cancel_unstarted(bad_theirs.fiber))                               \
	X(eg_uncancel, no_fiber, OUTSIDE | HUB, -EPERM, eg_uncancel())         \
	X(eg_uncancel, not_cancelled, FIBER, 0, eg_uncancel())                 \
	X(eg_fiber_link, no_fiber, ANYWHERE, -EINVAL,                          \
	  eg_fiber_link(NULL, &unused, ignore, NULL, 0))                         \
	X(eg_fiber_link, no_link, FIBER | HUB, -EINVAL,                        \
	  eg_fiber_link(bad_ours.fiber, NULL, ignore, NULL, 0))                \
	X(eg_fiber_link, no_function, FIBER | HUB, -EINVAL,                    \
	  eg_fiber_link(bad_ours.fiber, &unused, NULL, NULL, 0))                 \
	X(eg_fiber_link, bad_flags, FIBER | HUB, -EINVAL,                      \
	  eg_fiber_link(bad_ours.fiber, &unused, ignore, NULL, 8))               \
	X(eg_fiber_link, foreign, FOREIGN, -EPERM,                             \
	  eg_fiber_link(bad_theirs.fiber, &unused, ignore, NULL, 0))             \
	X(eg_fiber_unlink, no_link, ANYWHERE, -EINVAL, eg_fiber_unlink(NULL))  \
	X(eg_fiber_unlink, not_linked, ANYWHERE, 0, eg_fiber_unlink(&zeros))   \
	X(eg_fiber_unlink, foreign, FOREIGN, -EPERM,                           \
	  eg_fiber_unlink(&bad_theirs.link))                                   \
	X(eg_join_all, no_fibers, ANYWHERE, -EINVAL,                           \
	  eg_join_all(NULL, 1, 1, NULL, EG_FOREVER, 0))                        \
	X(eg_join_all, no_second, FIBER | HUB, -EINVAL,                        \
	  join_two(bad_ours.fiber, NULL))                                      \
	X(eg_join_all, bad_flags, ANYWHERE, -EINVAL,                           \
	  eg_join_all(NULL, 0, 0, NULL, EG_FOREVER, 2))                        \
	X(eg_join_all, none_without_a_fiber, NO_FIBER, -EPERM,                 \
	  eg_join_all(NULL, 0, 0, NULL, EG_FOREVER, 0))                        \
	X(eg_join_all, in_the_hub, HUB | LOGGED, -EPERM,                       \
	  join_two(bad_ours.fiber, bad_ours.fiber))                            \
	X(eg_join_all, foreign, FOREIGN, -EPERM,                               \
	  join_two(bad_ours.fiber, bad_theirs.fiber))                          \
	X(eg_join_all, oneself, FIBER, -EDEADLK,                               \
	  join_two(bad_ours.fiber, eg_self()))                                 \
	X(eg_set_error_handler, no_hub, OUTSIDE, -EPERM,                       \
	  eg_set_error_handler(NULL, NULL))
/* clang-format on */

BAD_TABLE(bad_spawn, "spawn.h", ROWS)
