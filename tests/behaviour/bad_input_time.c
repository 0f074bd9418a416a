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

static int return_one(void *arg)
{
	(void)arg;
	return 1;
}

static int begin_twice(void)
{
	eg_timeout t, inner;
	int r;

	egt_eq(eg_timeout_begin(&t, EG_FOREVER), 0);
	egt_eq(eg_timeout_begin(&inner, EG_FOREVER), 0);
	r = eg_timeout_begin(&t, EG_FOREVER);
	egt_eq(eg_timeout_end(&inner), 0);
	egt_eq(eg_timeout_end(&t), 0);
	return r;
}

/* A shield is a region without a deadline to be moved. */
static int move_shield(void)
{
	eg_timeout shield;
	int r;

	egt_eq(eg_shield_begin(&shield), 0);
	r = eg_timeout_move(&shield, EG_NOW);
	egt_eq(eg_shield_end(&shield), 0);
	return r;
}

static int begin_shield_twice(void)
{
	eg_timeout shield;
	int r;

	egt_eq(eg_shield_begin(&shield), 0);
	r = eg_timeout_begin(&shield, EG_FOREVER);
	egt_eq(eg_shield_end(&shield), 0);
	return r;
}

/* clang-format off */
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
	X(eg_timeout_begin, open, FIBER, -EALREADY, begin_twice())             \
	X(eg_timeout_begin, open_shield, FIBER, -EALREADY,                     \
	  begin_shield_twice())                                                \
	X(eg_timeout_has_passed, no_timeout, ANYWHERE, false,                  \
	  eg_timeout_has_passed(NULL))                                         \
	X(eg_timeout_has_passed, not_open, ANYWHERE, false,                    \
	  eg_timeout_has_passed(&region))                                      \
	X(eg_timeout_move, no_timeout, ANYWHERE, -EINVAL,                      \
	  eg_timeout_move(NULL, EG_FOREVER))                                   \
	X(eg_timeout_move, not_open, FIBER, -EINVAL,                           \
	  eg_timeout_move(&region, EG_FOREVER))                                \
	X(eg_timeout_move, a_shield, FIBER, -EINVAL, move_shield())            \
	X(eg_timeout_move, no_fiber, OUTSIDE | HUB, -EPERM,                    \
	  eg_timeout_move(&region, EG_FOREVER))                                \
	X(eg_with_timeout, no_function, ANYWHERE, -EINVAL,                     \
	  eg_with_timeout(EG_FOREVER, NULL, NULL, 0))                          \
	X(eg_with_timeout, no_fiber, OUTSIDE | HUB, -EPERM,                    \
	  eg_with_timeout(EG_FOREVER, return_one, NULL, 0))                    \
	X(eg_timer_start_local, no_timer, ANYWHERE, -EINVAL,                   \
	  eg_timer_start_local(NULL, EG_NOW))                                  \
	X(eg_timer_start_local, not_initialised, FIBER, -EINVAL,               \
	  eg_timer_start_local(&zeros, EG_NOW))                                \
	X(eg_timer_start_local, no_fiber, OUTSIDE | HUB, -EPERM,               \
	  eg_timer_start_local(&bad_ours.timer, EG_NOW))                       \
	X(eg_timer_start_local, foreign, FOREIGN, -EPERM,                      \
	  eg_timer_start_local(&bad_theirs.timer, EG_NOW))                     \
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
/* clang-format on */

BAD_TABLE(bad_time, "time.h", ROWS)
