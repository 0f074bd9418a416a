/* SPDX-License-Identifier: MIT */
/*
 * Calls of time.h that make no sense.
 */
#include "bad_input.h"

static eg_timeout region;
static eg_timer zeros;

static void ignore(eg_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

#define ROWS(X)                                                                \
	X(eg_now, outside_too, ANYWHERE, true, eg_now() > 0)                   \
	X(eg_after, outside_too, ANYWHERE, true, eg_after(EG_SEC) > EG_SEC)    \
	X(eg_after, overflow, ANYWHERE, EG_FOREVER, eg_after(INT64_MAX - 5))   \
	X(eg_sleep, no_fiber, NO_FIBER, -EPERM, eg_sleep(EG_SEC))              \
	X(eg_sleep, no_fiber_nothing, NO_FIBER, -EPERM, eg_sleep(0))           \
	X(eg_sleep_until, no_fiber, NO_FIBER, -EPERM,                          \
	  eg_sleep_until(EG_FOREVER))                                          \
	X(eg_timeout_begin, no_timeout, ANYWHERE, -EINVAL,                     \
	  eg_timeout_begin(NULL, EG_FOREVER))                                  \
	X(eg_timeout_begin, no_fiber, OUTSIDE | HUB, -EPERM,                   \
	  eg_timeout_begin(&region, EG_FOREVER))                               \
	X(eg_timeout_end, no_timeout, ANYWHERE, -EINVAL, eg_timeout_end(NULL)) \
	X(eg_timeout_end, not_open, FIBER, -EINVAL, eg_timeout_end(&region))   \
	X(eg_timeout_end, no_fiber, OUTSIDE | HUB, -EPERM,                     \
	  eg_timeout_end(&region))                                             \
	X(eg_timer_init, no_timer, ANYWHERE, -EINVAL,                          \
	  eg_timer_init(NULL, ignore, NULL))                                   \
	X(eg_timer_init, no_function, ANYWHERE, -EINVAL,                       \
	  eg_timer_init(&zeros, NULL, NULL))                                   \
	X(eg_timer_start, no_timer, ANYWHERE, -EINVAL,                         \
	  eg_timer_start(NULL, EG_NOW))                                        \
	X(eg_timer_start, not_initialised, ANYWHERE, -EINVAL,                  \
	  eg_timer_start(&zeros, EG_NOW))                                      \
	X(eg_timer_start, no_hub, OUTSIDE, -EPERM,                             \
	  eg_timer_start(&bad_ours.timer, EG_NOW))                             \
	X(eg_timer_start, foreign, FOREIGN, -EPERM,                            \
	  eg_timer_start(&bad_theirs.timer, EG_NOW))                           \
	X(eg_timer_stop, no_timer, ANYWHERE, -EINVAL, eg_timer_stop(NULL))     \
	X(eg_timer_stop, not_initialised, ANYWHERE, -EINVAL,                   \
	  eg_timer_stop(&zeros))                                               \
	X(eg_timer_stop, no_hub, OUTSIDE, -EPERM,                              \
	  eg_timer_stop(&bad_ours.timer))                                      \
	X(eg_timer_stop, foreign, FOREIGN, -EPERM,                             \
	  eg_timer_stop(&bad_theirs.timer))

BAD_TABLE(bad_time, "time.h", ROWS)
