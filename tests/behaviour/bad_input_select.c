/* SPDX-License-Identifier: MIT */
/*
 * Calls of select.h that make no sense.
 */
#include "bad_input.h"

#define TOO_MANY ((size_t)INT_MAX + 1)

static eg_case never, unknown = { .kind = EG_CASE_KINDS };
static eg_wait_set unbegun;

static eg_case *never_anew(void)
{
	never = eg_case_event(&bad_ours.event);
	return &never;
}

/* A case that is misused comes at once, and says so. */
static int select_one(eg_case c)
{
	int r = eg_select(&c, 1, EG_FOREVER, 0);

	return r == 0 ? c.result : r;
}

static void *next_there(void *set)
{
	return (void *)(intptr_t)eg_wait_set_next(set, EG_NOW);
}

static void *end_there(void *set)
{
	return (void *)(intptr_t)eg_wait_set_end(set);
}

static int in_another_fiber(eg_fiber_fn *fn)
{
	eg_wait_set set;
	eg_case c = { 0 };
	eg_fiber *f;
	void *r;

	if (eg_wait_set_begin(&set, &c, 1) < 0 || eg_spawn(&f, fn, &set) < 0 ||
	    eg_join(f, &r, EG_FOREVER) < 0 || eg_wait_set_end(&set) < 0)
		return 1;
	return (int)(intptr_t)r;
}

#define ROWS(X)                                                                \
	X(eg_select, no_cases, FIBER, -EINVAL, eg_select(NULL, 1, EG_NOW, 0))  \
	X(eg_select, too_many, FIBER, -EINVAL,                                 \
	  eg_select(&never, TOO_MANY, EG_NOW, 0))                              \
	X(eg_select, unknown, FIBER, -EINVAL,                                  \
	  eg_select(&unknown, 1, EG_NOW, 0))                                   \
	X(eg_select, flags, FIBER, -EINVAL,                                    \
	  eg_select(never_anew(), 1, EG_NOW, 2))                               \
	X(eg_select, no_fiber, NO_FIBER, -EPERM,                               \
	  eg_select(never_anew(), 1, EG_FOREVER, 0))                           \
	X(eg_select, foreign_chan, FOREIGN, -EPERM,                            \
	  select_one(eg_case_recv(bad_theirs.chan, NULL)))                     \
	X(eg_select, foreign_event, FOREIGN, -EPERM,                           \
	  select_one(eg_case_event(&bad_theirs.event)))                        \
	X(eg_select, foreign_fiber, FOREIGN, -EPERM,                           \
	  select_one(eg_case_fiber(bad_theirs.fiber, NULL)))                   \
	X(eg_select, no_object, FIBER, -EINVAL, select_one(eg_case_sem(NULL))) \
	X(eg_wait_set_begin, no_set, FIBER, -EINVAL,                           \
	  eg_wait_set_begin(NULL, &never, 1))                                  \
	X(eg_wait_set_begin, no_cases, FIBER, -EINVAL,                         \
	  eg_wait_set_begin(&unbegun, NULL, 1))                                \
	X(eg_wait_set_begin, unknown, FIBER, -EINVAL,                          \
	  eg_wait_set_begin(&unbegun, &unknown, 1))                            \
	X(eg_wait_set_begin, no_fiber, OUTSIDE | HUB, -EPERM,                  \
	  eg_wait_set_begin(&unbegun, never_anew(), 1))                        \
	X(eg_wait_set_next, no_set, FIBER, -EINVAL,                            \
	  eg_wait_set_next(NULL, EG_NOW))                                      \
	X(eg_wait_set_next, unbegun, FIBER, -EINVAL,                           \
	  eg_wait_set_next(&unbegun, EG_NOW))                                  \
	X(eg_wait_set_next, elsewhere, FIBER, -EPERM,                          \
	  in_another_fiber(next_there))                                        \
	X(eg_wait_set_end, no_set, FIBER, -EINVAL, eg_wait_set_end(NULL))      \
	X(eg_wait_set_end, unbegun, FIBER, -EINVAL, eg_wait_set_end(&unbegun)) \
	X(eg_wait_set_end, elsewhere, FIBER, -EPERM,                           \
	  in_another_fiber(end_there))                                         \
	X(eg_wait_many, no_cases, FIBER, -EINVAL,                              \
	  eg_wait_many(NULL, 1, 0, EG_NOW))                                    \
	X(eg_wait_many, unknown, FIBER, -EINVAL,                               \
	  eg_wait_many(&unknown, 1, 0, EG_NOW))                                \
	X(eg_wait_many, no_fiber, NO_FIBER, -EPERM,                            \
	  eg_wait_many(never_anew(), 1, 0, EG_FOREVER))

BAD_TABLE(bad_select, "select.h", ROWS)
