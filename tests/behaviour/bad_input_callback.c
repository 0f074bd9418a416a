/* SPDX-License-Identifier: MIT */
/*
 * Calls of callback.h that make no sense.
 */
#include "bad_input.h"

static eg_callback zeros, made;

static void ignore(void *arg)
{
	(void)arg;
}

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_callback_init, no_callback, ANYWHERE, -EINVAL,                    \
	  eg_callback_init(NULL, ignore, NULL))                                \
	X(eg_callback_init, no_function, ANYWHERE, -EINVAL,                    \
	  eg_callback_init(&made, NULL, NULL))                                 \
	X(eg_callback_queue, no_callback, ANYWHERE, -EINVAL,                   \
	  eg_callback_queue(NULL))                                             \
	X(eg_callback_queue, not_initialised, ANYWHERE, -EINVAL,               \
	  eg_callback_queue(&zeros))                                           \
	X(eg_callback_queue, no_hub, OUTSIDE, -EPERM,                          \
	  eg_callback_queue(&bad_ours.callback))                               \
	X(eg_callback_queue, foreign, FOREIGN, -EPERM,                         \
	  eg_callback_queue(&bad_theirs.callback))                             \
	X(eg_callback_stop, no_callback, ANYWHERE, -EINVAL,                    \
	  eg_callback_stop(NULL))                                              \
	X(eg_callback_stop, not_initialised, ANYWHERE, -EINVAL,                \
	  eg_callback_stop(&zeros))                                            \
	X(eg_callback_stop, no_hub, OUTSIDE, -EPERM,                           \
	  eg_callback_stop(&bad_ours.callback))                                \
	X(eg_callback_stop, foreign, FOREIGN, -EPERM,                          \
	  eg_callback_stop(&bad_theirs.callback))                              \
	X(eg_callback_is_pending, no_callback, ANYWHERE, false,                \
	  eg_callback_is_pending(NULL))                                        \
	X(eg_callback_is_pending, not_initialised, ANYWHERE, false,            \
	  eg_callback_is_pending(&zeros))                                      \
	X(eg_idle, no_fiber, NO_FIBER, -EPERM, eg_idle(EG_FOREVER))            \
	X(eg_idle, no_fiber_to_try, NO_FIBER, -EPERM, eg_idle(EG_NOW))
/* clang-format on */

BAD_TABLE(bad_callback, "callback.h", ROWS)
