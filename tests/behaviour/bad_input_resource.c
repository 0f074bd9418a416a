/* SPDX-License-Identifier: MIT */
/*
 * Calls of resource.h that make no sense.
 */
#include "bad_input.h"

static eg_resource_pool *made;
static void *resource;
static eg_resource_info info = { .size = sizeof(info) };
static eg_resource_info no_info;

/* The defaults, but for one field. */
static const eg_resource_options *options(size_t which)
{
	static const eg_resource_options defaults = EG_RESOURCE_OPTIONS_INIT;
	static eg_resource_options o;

	o = defaults;
	o.size -= which == offsetof(eg_resource_options, size);
	if (which == offsetof(eg_resource_options, order))
		o.order = 2;
	if (which == offsetof(eg_resource_options, max_idle))
		o.max_idle = -1;
	if (which == offsetof(eg_resource_options, max_age))
		o.max_age = -1;
	if (which == offsetof(eg_resource_options, min_idle))
		o.min_idle = o.max_size + 1;
	if (which == offsetof(eg_resource_options, reserved))
		o.reserved = 1;
	return &o;
}

/* Some are to be kept, and none may be. */
static const eg_resource_options *kept_for_no_time(bool is_age)
{
	static eg_resource_options o;

	o = *options(SIZE_MAX);
	o.min_idle = 1;
	if (is_age)
		o.max_age = 0;
	else
		o.max_idle = 0;
	return &o;
}

#define BAD_OPTION(field) options(offsetof(eg_resource_options, field))

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_resource_pool_new, nowhere, ANYWHERE, -EINVAL,                    \
	  eg_resource_pool_new(NULL, NULL))                                    \
	X(eg_resource_pool_new, bad_size, ANYWHERE, -EINVAL,                   \
	  eg_resource_pool_new(&made, BAD_OPTION(size)))                       \
	X(eg_resource_pool_new, no_order, ANYWHERE, -EINVAL,                   \
	  eg_resource_pool_new(&made, BAD_OPTION(order)))                      \
	X(eg_resource_pool_new, negative_idle, ANYWHERE, -EINVAL,              \
	  eg_resource_pool_new(&made, BAD_OPTION(max_idle)))                   \
	X(eg_resource_pool_new, negative_age, ANYWHERE, -EINVAL,               \
	  eg_resource_pool_new(&made, BAD_OPTION(max_age)))                    \
	X(eg_resource_pool_new, more_free_than_all, ANYWHERE, -EINVAL,         \
	  eg_resource_pool_new(&made, BAD_OPTION(min_idle)))                   \
	X(eg_resource_pool_new, reserved, ANYWHERE, -EINVAL,                   \
	  eg_resource_pool_new(&made, BAD_OPTION(reserved)))                   \
	X(eg_resource_pool_new, kept_for_no_time, ANYWHERE, -EINVAL,           \
	  eg_resource_pool_new(&made, kept_for_no_time(false)))                \
	X(eg_resource_pool_new, kept_at_no_age, ANYWHERE, -EINVAL,             \
	  eg_resource_pool_new(&made, kept_for_no_time(true)))                 \
	X(eg_resource_pool_new, no_hub, OUTSIDE, -EPERM,                       \
	  eg_resource_pool_new(&made, NULL))                                   \
	X(eg_resource_get, no_pool, ANYWHERE, -EINVAL,                         \
	  eg_resource_get(NULL, &resource, 0, EG_FOREVER))                     \
	X(eg_resource_get, nowhere, FIBER | HUB, -EINVAL,                      \
	  eg_resource_get(bad_ours.resources, NULL, 0, EG_FOREVER))            \
	X(eg_resource_get, no_such_flag, FIBER | HUB, -EINVAL,                 \
	  eg_resource_get(bad_ours.resources, &resource, 2, EG_FOREVER))       \
	X(eg_resource_get, no_fiber, HUB | LOGGED, -EPERM,                     \
	  eg_resource_get(bad_ours.resources, &resource, 0, EG_FOREVER))       \
	X(eg_resource_get, no_fiber_to_try, HUB | LOGGED, -EPERM,              \
	  eg_resource_get(bad_ours.resources, &resource, 0, EG_NOW))           \
	X(eg_resource_get, foreign, FOREIGN, -EPERM,                           \
	  eg_resource_get(bad_theirs.resources, &resource, 0, EG_NOW))         \
	X(eg_resource_put, no_pool, ANYWHERE, -EINVAL,                         \
	  eg_resource_put(NULL, &info))                                        \
	X(eg_resource_put, not_lent, FIBER, -EINVAL,                           \
	  eg_resource_put(bad_ours.resources, &info))                          \
	X(eg_resource_put, no_fiber, HUB | LOGGED, -EPERM,                     \
	  eg_resource_put(bad_ours.resources, bad_ours.resource))              \
	X(eg_resource_put, foreign, FOREIGN, -EPERM,                           \
	  eg_resource_put(bad_theirs.resources, bad_theirs.resource))          \
	X(eg_resource_discard, no_pool, ANYWHERE, -EINVAL,                     \
	  eg_resource_discard(NULL, &info))                                    \
	X(eg_resource_discard, not_lent, FIBER, -EINVAL,                       \
	  eg_resource_discard(bad_ours.resources, &info))                      \
	X(eg_resource_discard, no_fiber, HUB | LOGGED, -EPERM,                 \
	  eg_resource_discard(bad_ours.resources, bad_ours.resource))          \
	X(eg_resource_discard, foreign, FOREIGN, -EPERM,                       \
	  eg_resource_discard(bad_theirs.resources, bad_theirs.resource))      \
	X(eg_resource_pool_fill, no_pool, ANYWHERE, -EINVAL,                   \
	  eg_resource_pool_fill(NULL, EG_FOREVER))                             \
	X(eg_resource_pool_fill, no_fiber, HUB | LOGGED, -EPERM,               \
	  eg_resource_pool_fill(bad_ours.resources, EG_FOREVER))               \
	X(eg_resource_pool_fill, foreign, FOREIGN, -EPERM,                     \
	  eg_resource_pool_fill(bad_theirs.resources, EG_NOW))                 \
	X(eg_resource_pool_resize, no_pool, ANYWHERE, -EINVAL,                 \
	  eg_resource_pool_resize(NULL, 1))                                    \
	X(eg_resource_pool_resize, no_fiber, HUB | LOGGED, -EPERM,             \
	  eg_resource_pool_resize(bad_ours.resources, 0))                      \
	X(eg_resource_pool_resize, foreign, FOREIGN, -EPERM,                   \
	  eg_resource_pool_resize(bad_theirs.resources, 2))                    \
	X(eg_resource_pool_get_info, no_pool, ANYWHERE, -EINVAL,               \
	  eg_resource_pool_get_info(NULL, &info))                              \
	X(eg_resource_pool_get_info, nowhere, FIBER | HUB, -EINVAL,            \
	  eg_resource_pool_get_info(bad_ours.resources, NULL))                 \
	X(eg_resource_pool_get_info, no_size, FIBER | HUB, -EINVAL,            \
	  eg_resource_pool_get_info(bad_ours.resources, &no_info))             \
	X(eg_resource_pool_close, no_pool, ANYWHERE, -EINVAL,                  \
	  eg_resource_pool_close(NULL))                                        \
	X(eg_resource_pool_close, no_fiber, HUB | LOGGED, -EPERM,              \
	  eg_resource_pool_close(bad_ours.resources))                          \
	X(eg_resource_pool_close, foreign, FOREIGN, -EPERM,                    \
	  eg_resource_pool_close(bad_theirs.resources))                        \
	X(eg_resource_pool_free, no_pool, ANYWHERE, 0,                         \
	  eg_resource_pool_free(NULL, EG_FOREVER))                             \
	X(eg_resource_pool_free, no_fiber, HUB | LOGGED, -EPERM,               \
	  eg_resource_pool_free(bad_ours.resources, EG_FOREVER))               \
	X(eg_resource_pool_free, foreign, FOREIGN, -EPERM,                     \
	  eg_resource_pool_free(bad_theirs.resources, EG_NOW))
/* clang-format on */

BAD_TABLE(bad_resource, "resource.h", ROWS)
