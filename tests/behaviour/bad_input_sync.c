/* SPDX-License-Identifier: MIT */
/*
 * Calls of sync.h that make no sense.
 */
#include "bad_input.h"

static eg_event event;
static eg_sem sem;
static eg_mutex mutex;

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
