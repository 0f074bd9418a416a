/* SPDX-License-Identifier: MIT */
/*
 * Calls of local.h that make no sense.
 */
#include "bad_input.h"

static eg_local scratch, zeros;
static eg_owned record;
static void *nowhere;

static int copy_as_it_is(void **ret_copy, void *value)
{
	*ret_copy = value;
	return 0;
}

static void close_nothing(void *handle)
{
	(void)handle;
}

/* One that nobody sets a value for. */
static const eg_local *a_key(void)
{
	static eg_local key;
	static bool is_made;

	if (!is_made)
		egt_eq(eg_local_init(&key, NULL, 0), 0);
	is_made = true;
	return &key;
}

static int free_twice(void)
{
	egt_eq(eg_local_init(&scratch, NULL, 0), 0);
	egt_eq(eg_local_free(&scratch), 0);
	return eg_local_free(&scratch);
}

static int set_of_freed(void)
{
	egt_eq(free_twice(), -EINVAL);
	return eg_local_set(&scratch, &scratch);
}

static int own_twice(void)
{
	int r;

	egt_eq(eg_own(&record, "nothing", close_nothing, NULL), 0);
	r = eg_own(&record, "nothing", close_nothing, NULL);
	egt_eq(eg_disown(&record), 0);
	return r;
}

static int own_fd_twice(void)
{
	int r;

	egt_eq(eg_own_fd(&record, bad_ours.fd), 0);
	r = eg_own_fd(&record, bad_ours.fd);
	egt_eq(eg_disown(&record), 0);
	return r;
}

static int transfer_to(eg_fiber *fiber)
{
	int r;

	egt_eq(eg_own(&record, "nothing", close_nothing, NULL), 0);
	r = eg_own_transfer(&record, fiber);
	egt_eq(eg_disown(&record), 0);
	return r;
}

static void *end_at_once(void *arg)
{
	return arg;
}

static int transfer_to_dead(void)
{
	eg_fiber *f;
	int r;

	egt_eq(eg_spawn(&f, end_at_once, NULL), 0);
	egt_eq(eg_yield(), 0);
	r = transfer_to(f);
	eg_unref(f);
	return r;
}

static int back_to_log(void)
{
	return eg_set_leak_handler(NULL, NULL);
}

#define ROWS(X)                                                                \
	X(eg_local_init, no_key, ANYWHERE, -EINVAL,                            \
	  eg_local_init(NULL, NULL, 0))                                        \
	X(eg_local_init, no_such_flag, ANYWHERE, -EINVAL,                      \
	  eg_local_init(&scratch, NULL, 2))                                    \
	X(eg_local_init_copy, no_key, ANYWHERE, -EINVAL,                       \
	  eg_local_init_copy(NULL, NULL, copy_as_it_is))                       \
	X(eg_local_init_copy, no_function, ANYWHERE, -EINVAL,                  \
	  eg_local_init_copy(&scratch, NULL, NULL))                            \
	X(eg_local_free, no_key, ANYWHERE, -EINVAL, eg_local_free(NULL))       \
	X(eg_local_free, zeros, ANYWHERE, -EINVAL, eg_local_free(&zeros))      \
	X(eg_local_free, twice, ANYWHERE, -EINVAL, free_twice())               \
	X(eg_local_get, no_key, ANYWHERE, true, !eg_local_get(NULL))           \
	X(eg_local_get, zeros, ANYWHERE, true, !eg_local_get(&zeros))          \
	X(eg_local_get, no_hub, OUTSIDE, true, !eg_local_get(a_key()))         \
	X(eg_local_set, no_key, ANYWHERE, -EINVAL,                             \
	  eg_local_set(NULL, &scratch))                                        \
	X(eg_local_set, zeros, ANYWHERE, -EINVAL,                              \
	  eg_local_set(&zeros, &scratch))                                      \
	X(eg_local_set, freed, ANYWHERE, -EINVAL, set_of_freed())              \
	X(eg_local_set, no_hub, OUTSIDE, -EPERM,                               \
	  eg_local_set(a_key(), &scratch))                                     \
	X(eg_local_set, no_hub_nothing, OUTSIDE, -EPERM,                       \
	  eg_local_set(a_key(), NULL))                                         \
	X(eg_local_take, no_key, ANYWHERE, -EINVAL,                            \
	  eg_local_take(NULL, &nowhere))                                       \
	X(eg_local_take, zeros, ANYWHERE, -EINVAL,                             \
	  eg_local_take(&zeros, &nowhere))                                     \
	X(eg_local_take, no_result, ANYWHERE, -EINVAL,                         \
	  eg_local_take(a_key(), NULL))                                        \
	X(eg_local_take, no_value, FIBER | HUB, -ENOENT,                       \
	  eg_local_take(a_key(), &nowhere))                                    \
	X(eg_local_take, no_hub, OUTSIDE, -EPERM,                              \
	  eg_local_take(a_key(), &nowhere))                                    \
	X(eg_own, no_record, ANYWHERE, -EINVAL,                                \
	  eg_own(NULL, "nothing", close_nothing, NULL))                        \
	X(eg_own, no_name, ANYWHERE, -EINVAL,                                  \
	  eg_own(&record, NULL, close_nothing, NULL))                          \
	X(eg_own, no_function, ANYWHERE, -EINVAL,                              \
	  eg_own(&record, "nothing", NULL, NULL))                              \
	X(eg_own, no_hub, OUTSIDE, -EPERM,                                     \
	  eg_own(&record, "nothing", close_nothing, NULL))                     \
	X(eg_own, twice, FIBER | HUB, -EALREADY, own_twice())                  \
	X(eg_own_fd, no_record, ANYWHERE, -EINVAL,                             \
	  eg_own_fd(NULL, bad_ours.fd))                                        \
	X(eg_own_fd, no_hub, OUTSIDE, -EPERM, eg_own_fd(&record, bad_ours.fd)) \
	X(eg_own_fd, negative, FIBER | HUB, -EBADF, eg_own_fd(&record, -1))    \
	X(eg_own_fd, not_open, FIBER | HUB, -EBADF, eg_own_fd(&record, 999))   \
	X(eg_own_fd, too_large, FIBER | HUB, -EBADF,                           \
	  eg_own_fd(&record, INT_MAX))                                         \
	X(eg_own_fd, twice, FIBER | HUB, -EALREADY, own_fd_twice())            \
	X(eg_disown, no_record, ANYWHERE, -EINVAL, eg_disown(NULL))            \
	X(eg_disown, not_owned, ANYWHERE, -ENOENT, eg_disown(&record))         \
	X(eg_own_transfer, no_record, FIBER | HUB, -EINVAL,                    \
	  eg_own_transfer(NULL, bad_ours.fiber))                               \
	X(eg_own_transfer, no_fiber, FIBER | HUB, -EINVAL, transfer_to(NULL))  \
	X(eg_own_transfer, not_owned, FIBER | HUB, -ENOENT,                    \
	  eg_own_transfer(&record, bad_ours.fiber))                            \
	X(eg_own_transfer, foreign, FOREIGN, -EPERM,                           \
	  transfer_to(bad_theirs.fiber))                                       \
	X(eg_own_transfer, dead, FIBER, -ESRCH, transfer_to_dead())            \
	X(eg_set_leak_handler, no_hub, OUTSIDE, -EPERM, back_to_log())         \
	X(eg_set_leak_handler, no_function, FIBER | HUB, 0, back_to_log())

BAD_TABLE(bad_local, "local.h", ROWS)
