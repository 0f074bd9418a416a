/* SPDX-License-Identifier: MIT */
/*
 * Calls of queue.h that make no sense.
 */
#include "bad_input.h"

static eg_queue *made;
static int value;

static int compare(const void *a, const void *b, void *arg)
{
	(void)a;
	(void)b;
	(void)arg;
	return 0;
}

static const eg_queue_options no_size;
static const eg_queue_options no_kind = { sizeof(eg_queue_options), 1, 9, 0,
					  NULL, NULL };
static const eg_queue_options no_compare = {
	sizeof(eg_queue_options), 1, EG_QUEUE_PRIORITY, 0, NULL, NULL
};
static const eg_queue_options idle_compare = {
	sizeof(eg_queue_options), 1, EG_QUEUE_FIFO, 0, compare, NULL
};
static const eg_queue_options too_many = {
	sizeof(eg_queue_options), 1 << 30, EG_QUEUE_FIFO, 0, NULL, NULL
};

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_queue_new, nowhere, ANYWHERE, -EINVAL, eg_queue_new(NULL, 1, NULL)) \
	X(eg_queue_new, huge_value, ANYWHERE, -EINVAL,                         \
	  eg_queue_new(&made, SIZE_MAX, NULL))                                 \
	X(eg_queue_new, bad_options, ANYWHERE, -EINVAL,                        \
	  eg_queue_new(&made, 1, &no_size))                                    \
	X(eg_queue_new, bad_kind, ANYWHERE, -EINVAL,                           \
	  eg_queue_new(&made, 1, &no_kind))                                    \
	X(eg_queue_new, nothing_compares, ANYWHERE, -EINVAL,                   \
	  eg_queue_new(&made, 1, &no_compare))                                 \
	X(eg_queue_new, nothing_to_compare, ANYWHERE, -EINVAL,                 \
	  eg_queue_new(&made, 1, &idle_compare))                               \
	X(eg_queue_new, huge_bound, ANYWHERE, -EINVAL,                         \
	  eg_queue_new(&made, 2, &too_many))                                   \
	X(eg_queue_new, no_hub, OUTSIDE, -EPERM, eg_queue_new(&made, 1, NULL)) \
	X(eg_queue_ref, no_queue, ANYWHERE, true, eg_queue_ref(NULL) == NULL)  \
	X(eg_queue_unref, no_queue, ANYWHERE, true,                            \
	  eg_queue_unref(NULL) == NULL)                                        \
	X(eg_queue_put, no_queue, ANYWHERE, -EINVAL,                           \
	  eg_queue_put(NULL, &value, EG_FOREVER))                              \
	X(eg_queue_put, no_value, FIBER, -EINVAL,                              \
	  eg_queue_put(bad_ours.queue, NULL, EG_FOREVER))                      \
	X(eg_queue_put, no_value_to_try, HUB, -EINVAL,                         \
	  eg_queue_put(bad_ours.queue, NULL, EG_NOW))                          \
	X(eg_queue_put, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_queue_put(bad_ours.queue, &value, EG_FOREVER))                    \
	X(eg_queue_put, foreign, FOREIGN, -EPERM,                              \
	  eg_queue_put(bad_theirs.queue, &value, EG_FOREVER))                  \
	X(eg_queue_put, foreign_to_try, FOREIGN, -EPERM,                       \
	  eg_queue_put(bad_theirs.queue, &value, EG_NOW))                      \
	X(eg_queue_get, no_queue, ANYWHERE, -EINVAL,                           \
	  eg_queue_get(NULL, &value, EG_FOREVER))                              \
	X(eg_queue_get, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_queue_get(bad_ours.queue, &value, EG_FOREVER))                    \
	X(eg_queue_get, foreign, FOREIGN, -EPERM,                              \
	  eg_queue_get(bad_theirs.queue, &value, EG_NOW))                      \
	X(eg_queue_peek, no_queue, ANYWHERE, -EINVAL,                          \
	  eg_queue_peek(NULL, &value, EG_FOREVER))                             \
	X(eg_queue_peek, no_fiber, HUB | LOGGED, -EPERM,                       \
	  eg_queue_peek(bad_ours.queue, &value, EG_FOREVER))                   \
	X(eg_queue_peek, foreign, FOREIGN, -EPERM,                             \
	  eg_queue_peek(bad_theirs.queue, &value, EG_NOW))                     \
	X(eg_queue_len, no_queue, ANYWHERE, -EINVAL, eg_queue_len(NULL))       \
	X(eg_queue_capacity, no_queue, ANYWHERE, -EINVAL,                      \
	  eg_queue_capacity(NULL))                                             \
	X(eg_queue_resize, no_queue, ANYWHERE, -EINVAL,                        \
	  eg_queue_resize(NULL, 1))                                            \
	X(eg_queue_resize, too_many, FIBER | HUB, -EINVAL,                     \
	  eg_queue_resize(bad_ours.queue, EG_QUEUE_UNBOUNDED - 1))             \
	X(eg_queue_resize, foreign, FOREIGN, -EPERM,                           \
	  eg_queue_resize(bad_theirs.queue, 2))                                \
	X(eg_queue_getters, no_queue, ANYWHERE, -EINVAL,                       \
	  eg_queue_getters(NULL))                                              \
	X(eg_queue_putters, no_queue, ANYWHERE, -EINVAL,                       \
	  eg_queue_putters(NULL))                                              \
	X(eg_queue_task_done, no_queue, ANYWHERE, -EINVAL,                     \
	  eg_queue_task_done(NULL))                                            \
	X(eg_queue_task_done, nothing_put, FIBER | HUB, -EINVAL,               \
	  eg_queue_task_done(bad_ours.queue))                                  \
	X(eg_queue_task_done, foreign, FOREIGN, -EPERM,                        \
	  eg_queue_task_done(bad_theirs.queue))                                \
	X(eg_queue_unfinished, no_queue, ANYWHERE, -EINVAL,                    \
	  eg_queue_unfinished(NULL))                                           \
	X(eg_queue_join, no_queue, ANYWHERE, -EINVAL,                          \
	  eg_queue_join(NULL, EG_FOREVER))                                     \
	X(eg_queue_join, no_fiber, HUB | LOGGED, -EPERM,                       \
	  eg_queue_join(bad_ours.queue, EG_FOREVER))                           \
	X(eg_queue_join, foreign, FOREIGN, -EPERM,                             \
	  eg_queue_join(bad_theirs.queue, EG_NOW))                             \
	X(eg_queue_shutdown, no_queue, ANYWHERE, -EINVAL,                      \
	  eg_queue_shutdown(NULL, true))                                       \
	X(eg_queue_shutdown, foreign, FOREIGN, -EPERM,                         \
	  eg_queue_shutdown(bad_theirs.queue, true))
/* clang-format on */

BAD_TABLE(bad_queue, "queue.h", ROWS)
