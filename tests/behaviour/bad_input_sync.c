/* SPDX-License-Identifier: MIT */
/*
 * Calls of sync.h that make no sense.
 */
#include "bad_input.h"

static eg_event event;
static eg_sem sem;
static eg_mutex mutex;
static eg_result result, result_set;

#define ROWS(X)                                                                \
	X(eg_event_init, no_event, ANYWHERE, -EINVAL, eg_event_init(NULL))     \
	X(eg_event_set, no_event, ANYWHERE, -EINVAL, eg_event_set(NULL))       \
	X(eg_event_set, no_hub, OUTSIDE, -EPERM, eg_event_set(&event))         \
	X(eg_event_set, foreign, FOREIGN, -EPERM,                              \
	  eg_event_set(&bad_theirs.event))                                     \
	X(eg_event_clear, no_event, ANYWHERE, -EINVAL, eg_event_clear(NULL))   \
	X(eg_event_is_set, no_event, ANYWHERE, false, eg_event_is_set(NULL))   \
	X(eg_event_wait, no_event, ANYWHERE, -EINVAL,                          \
	  eg_event_wait(NULL, EG_FOREVER))                                     \
	X(eg_event_wait, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_event_wait(&event, EG_FOREVER))                                   \
	X(eg_event_wait, foreign, FOREIGN, -EPERM,                             \
	  eg_event_wait(&bad_theirs.event, EG_FOREVER))                        \
	X(eg_sem_init, no_sem, ANYWHERE, -EINVAL, eg_sem_init(NULL, 0))        \
	X(eg_sem_init, negative, ANYWHERE, -EINVAL, eg_sem_init(&sem, -1))     \
	X(eg_sem_init, most_negative, ANYWHERE, -EINVAL,                       \
	  eg_sem_init(&sem, INT_MIN))                                          \
	X(eg_sem_post, no_sem, ANYWHERE, -EINVAL, eg_sem_post(NULL))           \
	X(eg_sem_post, no_hub, OUTSIDE, -EPERM, eg_sem_post(&sem))             \
	X(eg_sem_post, foreign, FOREIGN, -EPERM, eg_sem_post(&bad_theirs.sem)) \
	X(eg_sem_wait, no_sem, ANYWHERE, -EINVAL,                              \
	  eg_sem_wait(NULL, EG_FOREVER))                                       \
	X(eg_sem_wait, no_fiber, NO_FIBER, -EPERM,                             \
	  eg_sem_wait(&sem, EG_FOREVER))                                       \
	X(eg_sem_wait, foreign, FOREIGN, -EPERM,                               \
	  eg_sem_wait(&bad_theirs.sem, EG_FOREVER))                            \
	X(eg_sem_units, no_sem, ANYWHERE, -EINVAL, eg_sem_units(NULL))         \
	X(eg_sem_init_bounded, no_sem, ANYWHERE, -EINVAL,                      \
	  eg_sem_init_bounded(NULL, 0, 1))                                     \
	X(eg_sem_init_bounded, negative, ANYWHERE, -EINVAL,                    \
	  eg_sem_init_bounded(&sem, -1, 1))                                    \
	X(eg_sem_init_bounded, no_room, ANYWHERE, -EINVAL,                     \
	  eg_sem_init_bounded(&sem, 0, 0))                                     \
	X(eg_sem_init_bounded, negative_room, ANYWHERE, -EINVAL,               \
	  eg_sem_init_bounded(&sem, 0, INT_MIN))                               \
	X(eg_sem_init_bounded, too_many, ANYWHERE, -EINVAL,                    \
	  eg_sem_init_bounded(&sem, 2, 1))                                     \
	X(eg_sem_post, full, FIBER | HUB, -EOVERFLOW,                          \
	  eg_sem_post(&bad_ours.full_sem))                                     \
	X(eg_sem_wait, posters_foreign, FOREIGN, -EPERM,                       \
	  eg_sem_wait(&bad_theirs.full_sem, EG_FOREVER))                       \
	X(eg_sem_post_wait, no_sem, ANYWHERE, -EINVAL,                         \
	  eg_sem_post_wait(NULL, EG_FOREVER))                                  \
	X(eg_sem_post_wait, no_fiber, NO_FIBER, -EPERM,                        \
	  eg_sem_post_wait(&sem, EG_FOREVER))                                  \
	X(eg_sem_post_wait, foreign, FOREIGN, -EPERM,                          \
	  eg_sem_post_wait(&bad_theirs.full_sem, EG_FOREVER))                  \
	X(eg_sem_post_wait, takers_foreign, FOREIGN, -EPERM,                   \
	  eg_sem_post_wait(&bad_theirs.sem, EG_FOREVER))                       \
	X(eg_sem_peek, no_sem, ANYWHERE, -EINVAL,                              \
	  eg_sem_peek(NULL, EG_FOREVER))                                       \
	X(eg_sem_peek, no_fiber, NO_FIBER, -EPERM,                             \
	  eg_sem_peek(&sem, EG_FOREVER))                                       \
	X(eg_sem_peek, foreign, FOREIGN, -EPERM,                               \
	  eg_sem_peek(&bad_theirs.sem, EG_FOREVER))                            \
	X(eg_result_init, no_result, ANYWHERE, -EINVAL, eg_result_init(NULL))  \
	X(eg_result_set, no_result, ANYWHERE, -EINVAL,                         \
	  eg_result_set(NULL, NULL))                                           \
	X(eg_result_set, no_hub, OUTSIDE, -EPERM,                              \
	  eg_result_set(&result, NULL))                                        \
	X(eg_result_set, foreign, FOREIGN, -EPERM,                             \
	  eg_result_set(&bad_theirs.result, NULL))                             \
	X(eg_result_set, again, FIBER | HUB, -EALREADY,                        \
	  (eg_result_set(&result_set, NULL), eg_result_set(&result_set, NULL)))\
	X(eg_result_fail, no_result, ANYWHERE, -EINVAL,                        \
	  eg_result_fail(NULL, -EIO, NULL))                                    \
	X(eg_result_fail, no_error, ANYWHERE, -EINVAL,                         \
	  eg_result_fail(&result, 0, NULL))                                    \
	X(eg_result_fail, positive, ANYWHERE, -EINVAL,                         \
	  eg_result_fail(&result, EIO, NULL))                                  \
	X(eg_result_fail, no_errno, ANYWHERE, -EINVAL,                         \
	  eg_result_fail(&result, -4096, NULL))                                \
	X(eg_result_fail, most_negative, ANYWHERE, -EINVAL,                    \
	  eg_result_fail(&result, INT_MIN, NULL))                              \
	X(eg_result_fail, no_hub, OUTSIDE, -EPERM,                             \
	  eg_result_fail(&result, -EIO, NULL))                                 \
	X(eg_result_fail, foreign, FOREIGN, -EPERM,                            \
	  eg_result_fail(&bad_theirs.result, -EIO, NULL))                      \
	X(eg_result_fail, again, FIBER | HUB, -EALREADY,                       \
	  (eg_result_set(&result_set, NULL),                                   \
	   eg_result_fail(&result_set, -EIO, NULL)))                           \
	X(eg_result_get, no_result, ANYWHERE, -EINVAL,                         \
	  eg_result_get(NULL, NULL, EG_FOREVER))                               \
	X(eg_result_get, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_result_get(&result, NULL, EG_FOREVER))                            \
	X(eg_result_get, foreign, FOREIGN, -EPERM,                             \
	  eg_result_get(&bad_theirs.result, NULL, EG_FOREVER))                 \
	X(eg_result_payload, no_result, ANYWHERE, 0,                           \
	  (intptr_t)eg_result_payload(NULL))                                   \
	X(eg_result_is_set, no_result, ANYWHERE, false,                        \
	  eg_result_is_set(NULL))                                              \
	X(eg_result_reset, no_result, ANYWHERE, -EINVAL,                       \
	  eg_result_reset(NULL))                                               \
	X(eg_result_reset, fresh, ANYWHERE, -EALREADY,                         \
	  eg_result_reset(&result))                                            \
	X(eg_mutex_init, no_mutex, ANYWHERE, -EINVAL, eg_mutex_init(NULL))     \
	X(eg_mutex_lock, no_mutex, ANYWHERE, -EINVAL,                          \
	  eg_mutex_lock(NULL, EG_FOREVER))                                     \
	X(eg_mutex_lock, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_mutex_lock(&mutex, EG_FOREVER))                                   \
	X(eg_mutex_lock, foreign, FOREIGN, -EPERM,                             \
	  eg_mutex_lock(&bad_theirs.mutex, EG_FOREVER))                        \
	X(eg_mutex_unlock, no_mutex, ANYWHERE, -EINVAL, eg_mutex_unlock(NULL)) \
	X(eg_mutex_unlock, free, ANYWHERE, -EPERM, eg_mutex_unlock(&mutex))    \
	X(eg_mutex_unlock, anothers, FIBER, -EPERM,                            \
	  eg_mutex_unlock(&bad_ours.mutex))                                    \
	X(eg_mutex_unlock, foreign, FOREIGN, -EPERM,                           \
	  eg_mutex_unlock(&bad_theirs.mutex))

BAD_TABLE(bad_sync, "sync.h", ROWS)
