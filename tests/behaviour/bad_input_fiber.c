/* SPDX-License-Identifier: MIT */
/*
 * Calls of fiber.h that make no sense.
 */
#include "bad_input.h"

static void *do_nothing(void *arg)
{
	return arg;
}

static void clean_nothing(void *arg)
{
	(void)arg;
}

static eg_timeout region;
static eg_fiber_info no_size;
static eg_fiber_info info = { .size = sizeof(info) };
static const eg_spawn_options no_options;
static const eg_spawn_options bad_flag = { .size = sizeof(bad_flag),
					   .flags = 1u << 30 };

#define ROWS(X)                                                                \
	X(eg_spawn, no_function, ANYWHERE, -EINVAL,                            \
	  eg_spawn(NULL, NULL, NULL))                                          \
	X(eg_spawn, no_hub, OUTSIDE, -EPERM, eg_spawn(NULL, do_nothing, NULL)) \
	X(eg_spawn_with, no_function, ANYWHERE, -EINVAL,                       \
	  eg_spawn_with(NULL, NULL, NULL, NULL))                               \
	X(eg_spawn_with, no_hub, OUTSIDE, -EPERM,                              \
	  eg_spawn_with(NULL, do_nothing, NULL, NULL))                         \
	X(eg_spawn_with, no_size, FIBER | HUB, -EINVAL,                        \
	  eg_spawn_with(NULL, do_nothing, NULL, &no_options))                  \
	X(eg_spawn_with, unknown_flag, FIBER | HUB, -EINVAL,                   \
	  eg_spawn_with(NULL, do_nothing, NULL, &bad_flag))                    \
	X(eg_join, no_fiber, ANYWHERE, -EINVAL,                                \
	  eg_join(NULL, NULL, EG_FOREVER))                                     \
	X(eg_join, no_hub, HUB | LOGGED, -EPERM,                               \
	  eg_join(bad_ours.fiber, NULL, EG_FOREVER))                           \
	X(eg_join, foreign, FOREIGN, -EPERM,                                   \
	  eg_join(bad_theirs.fiber, NULL, EG_FOREVER))                         \
	X(eg_detach, no_fiber, ANYWHERE, -EINVAL, eg_detach(NULL))             \
	X(eg_detach, foreign, FOREIGN, -EPERM, eg_detach(bad_theirs.fiber))    \
	X(eg_cancel, no_fiber, ANYWHERE, -EINVAL, eg_cancel(NULL))             \
	X(eg_cancel, foreign, FOREIGN, -EPERM, eg_cancel(bad_theirs.fiber))    \
	X(eg_cancelled, no_fiber, ANYWHERE, false, eg_cancelled())             \
	X(eg_yield, no_fiber, NO_FIBER, -EPERM, eg_yield())                    \
	X(eg_exit, no_fiber, ANYWHERE, -EPERM, eg_exit(NULL))                  \
	X(eg_self, no_fiber, OUTSIDE | HUB, true, eg_self() == NULL)           \
	X(eg_ref, no_fiber, ANYWHERE, true, eg_ref(NULL) == NULL)              \
	X(eg_unref, no_fiber, ANYWHERE, true, eg_unref(NULL) == NULL)          \
	X(eg_set_name, no_name, ANYWHERE, -EINVAL, eg_set_name(NULL, NULL))    \
	X(eg_set_name, no_fiber, OUTSIDE | HUB, -EPERM,                        \
	  eg_set_name(NULL, "name"))                                           \
	X(eg_set_name, foreign, FOREIGN, -EPERM,                               \
	  eg_set_name(bad_theirs.fiber, "name"))                               \
	X(eg_fiber_get_info, no_info, ANYWHERE, -EINVAL,                       \
	  eg_fiber_get_info(NULL, NULL))                                       \
	X(eg_fiber_get_info, no_size, ANYWHERE, -EINVAL,                       \
	  eg_fiber_get_info(NULL, &no_size))                                   \
	X(eg_fiber_get_info, no_fiber, OUTSIDE | HUB, -EPERM,                  \
	  eg_fiber_get_info(NULL, &info))                                      \
	X(eg_fiber_get_info, foreign, FOREIGN, -EPERM,                         \
	  eg_fiber_get_info(bad_theirs.fiber, &info))                          \
	X(eg_cleanup_push, no_function, ANYWHERE, -EINVAL,                     \
	  eg_cleanup_push(NULL, NULL))                                         \
	X(eg_cleanup_push, no_fiber, OUTSIDE | HUB, -EPERM,                    \
	  eg_cleanup_push(clean_nothing, NULL))                                \
	X(eg_cleanup_pop, no_fiber, OUTSIDE | HUB, -EPERM,                     \
	  eg_cleanup_pop(true))                                                \
	X(eg_cleanup_pop, nothing_pushed, FIBER, -ENOENT,                      \
	  eg_cleanup_pop(true))                                                \
	X(eg_shield_begin, no_shield, ANYWHERE, -EINVAL,                       \
	  eg_shield_begin(NULL))                                               \
	X(eg_shield_begin, no_fiber, OUTSIDE | HUB, -EPERM,                    \
	  eg_shield_begin(&region))                                            \
	X(eg_shield_end, no_shield, ANYWHERE, -EINVAL, eg_shield_end(NULL))    \
	X(eg_shield_end, not_open, FIBER, -EINVAL, eg_shield_end(&region))     \
	X(eg_shield_end, no_fiber, OUTSIDE | HUB, -EPERM,                      \
	  eg_shield_end(&region))

BAD_TABLE(bad_fiber, "fiber.h", ROWS)
