/* SPDX-License-Identifier: MIT */
/*
 * Calls of sync.h that make no sense.
 */
#include "bad_input.h"

static eg_event event;
static eg_sem sem;
static eg_mutex mutex;
static eg_rmutex rmutex;
static eg_cond cond;
static eg_rwlock rwlock;
static eg_barrier barrier;
static eg_result result, result_set;

static int wait_for_one(void)
{
	eg_barrier one;

	egt_eq(eg_barrier_init(&one, 1), 0);
	return eg_barrier_wait(&one, EG_FOREVER);
}

static int wait_for_theirs(void)
{
	int r;

	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	r = eg_cond_wait(&bad_theirs.cond, &mutex, EG_FOREVER);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	return r;
}

/* Refused, it leaves the mutex as often locked as it was. */
static int wait_for_theirs_with_rmutex(void)
{
	int r;

	egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	r = eg_cond_wait_rmutex(&bad_theirs.cond, &rmutex, EG_FOREVER);
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
	return r;
}

static int lock_own(int (*lock)(eg_rwlock *rwlock, int64_t deadline))
{
	int r;

	egt_eq(eg_rwlock_wrlock(&rwlock, EG_NOW), 0);
	r = lock(&rwlock, EG_FOREVER);
	egt_eq(eg_rwlock_unlock(&rwlock), 0);
	return r;
}

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
	  eg_mutex_unlock(&bad_theirs.mutex))                                  \
	X(eg_rmutex_init, no_rmutex, ANYWHERE, -EINVAL,                        \
	  eg_rmutex_init(NULL))                                                \
	X(eg_rmutex_lock, no_rmutex, ANYWHERE, -EINVAL,                        \
	  eg_rmutex_lock(NULL, EG_FOREVER))                                    \
	X(eg_rmutex_lock, no_fiber, NO_FIBER, -EPERM,                          \
	  eg_rmutex_lock(&rmutex, EG_FOREVER))                                 \
	X(eg_rmutex_lock, foreign, FOREIGN, -EPERM,                            \
	  eg_rmutex_lock(&bad_theirs.rmutex, EG_FOREVER))                      \
	X(eg_rmutex_unlock, no_rmutex, ANYWHERE, -EINVAL,                      \
	  eg_rmutex_unlock(NULL))                                              \
	X(eg_rmutex_unlock, free, ANYWHERE, -EPERM,                            \
	  eg_rmutex_unlock(&rmutex))                                           \
	X(eg_rmutex_unlock, anothers, FIBER, -EPERM,                           \
	  eg_rmutex_unlock(&bad_ours.rmutex))                                  \
	X(eg_rmutex_unlock, foreign, FOREIGN, -EPERM,                          \
	  eg_rmutex_unlock(&bad_theirs.rmutex))                                \
	X(eg_cond_init, no_cond, ANYWHERE, -EINVAL,                            \
	  eg_cond_init(NULL))                                                  \
	X(eg_cond_wait, no_cond, ANYWHERE, -EINVAL,                            \
	  eg_cond_wait(NULL, &mutex, EG_FOREVER))                              \
	X(eg_cond_wait, no_mutex, ANYWHERE, -EINVAL,                           \
	  eg_cond_wait(&cond, NULL, EG_FOREVER))                               \
	X(eg_cond_wait, no_fiber, NO_FIBER, -EPERM,                            \
	  eg_cond_wait(&cond, &mutex, EG_FOREVER))                             \
	X(eg_cond_wait, free, FIBER, -EPERM,                                   \
	  eg_cond_wait(&cond, &mutex, EG_FOREVER))                             \
	X(eg_cond_wait, anothers, FIBER, -EPERM,                               \
	  eg_cond_wait(&cond, &bad_ours.mutex, EG_FOREVER))                    \
	X(eg_cond_wait, foreign_mutex, FOREIGN, -EPERM,                        \
	  eg_cond_wait(&cond, &bad_theirs.mutex, EG_FOREVER))                  \
	X(eg_cond_wait_rmutex, no_cond, ANYWHERE, -EINVAL,                     \
	  eg_cond_wait_rmutex(NULL, &rmutex, EG_FOREVER))                      \
	X(eg_cond_wait_rmutex, no_rmutex, ANYWHERE, -EINVAL,                   \
	  eg_cond_wait_rmutex(&cond, NULL, EG_FOREVER))                        \
	X(eg_cond_wait_rmutex, no_fiber, NO_FIBER, -EPERM,                     \
	  eg_cond_wait_rmutex(&cond, &rmutex, EG_FOREVER))                     \
	X(eg_cond_wait_rmutex, free, FIBER, -EPERM,                            \
	  eg_cond_wait_rmutex(&cond, &rmutex, EG_FOREVER))                     \
	X(eg_cond_wait_rmutex, anothers, FIBER, -EPERM,                        \
	  eg_cond_wait_rmutex(&cond, &bad_ours.rmutex, EG_FOREVER))            \
	X(eg_cond_wait_rmutex, foreign_mutex, FOREIGN, -EPERM,                 \
	  eg_cond_wait_rmutex(&cond, &bad_theirs.rmutex, EG_FOREVER))          \
	X(eg_cond_wait, foreign, FOREIGN, -EPERM,                              \
	  wait_for_theirs())                                                   \
	X(eg_cond_wait_rmutex, foreign, FOREIGN, -EPERM,                       \
	  wait_for_theirs_with_rmutex())                                       \
	X(eg_cond_signal, no_cond, ANYWHERE, -EINVAL,                          \
	  eg_cond_signal(NULL))                                                \
	X(eg_cond_signal, no_hub, OUTSIDE, -EPERM,                             \
	  eg_cond_signal(&cond))                                               \
	X(eg_cond_signal, foreign, FOREIGN, -EPERM,                            \
	  eg_cond_signal(&bad_theirs.cond))                                    \
	X(eg_cond_broadcast, no_cond, ANYWHERE, -EINVAL,                       \
	  eg_cond_broadcast(NULL))                                             \
	X(eg_cond_broadcast, no_hub, OUTSIDE, -EPERM,                          \
	  eg_cond_broadcast(&cond))                                            \
	X(eg_cond_broadcast, foreign, FOREIGN, -EPERM,                         \
	  eg_cond_broadcast(&bad_theirs.cond))                                 \
	X(eg_rwlock_init, no_rwlock, ANYWHERE, -EINVAL,                        \
	  eg_rwlock_init(NULL))                                                \
	X(eg_rwlock_rdlock, no_rwlock, ANYWHERE, -EINVAL,                      \
	  eg_rwlock_rdlock(NULL, EG_FOREVER))                                  \
	X(eg_rwlock_rdlock, no_fiber, NO_FIBER, -EPERM,                        \
	  eg_rwlock_rdlock(&rwlock, EG_FOREVER))                               \
	X(eg_rwlock_rdlock, foreign_read, FOREIGN, -EPERM,                     \
	  eg_rwlock_rdlock(&bad_theirs.read, EG_FOREVER))                      \
	X(eg_rwlock_rdlock, foreign_written, FOREIGN, -EPERM,                  \
	  eg_rwlock_rdlock(&bad_theirs.written, EG_FOREVER))                   \
	X(eg_rwlock_rdlock, own, FIBER, -EDEADLK,                              \
	  lock_own(eg_rwlock_rdlock))                                          \
	X(eg_rwlock_wrlock, no_rwlock, ANYWHERE, -EINVAL,                      \
	  eg_rwlock_wrlock(NULL, EG_FOREVER))                                  \
	X(eg_rwlock_wrlock, no_fiber, NO_FIBER, -EPERM,                        \
	  eg_rwlock_wrlock(&rwlock, EG_FOREVER))                               \
	X(eg_rwlock_wrlock, foreign_read, FOREIGN, -EPERM,                     \
	  eg_rwlock_wrlock(&bad_theirs.read, EG_FOREVER))                      \
	X(eg_rwlock_wrlock, foreign_written, FOREIGN, -EPERM,                  \
	  eg_rwlock_wrlock(&bad_theirs.written, EG_FOREVER))                   \
	X(eg_rwlock_wrlock, own, FIBER, -EDEADLK,                              \
	  lock_own(eg_rwlock_wrlock))                                          \
	X(eg_rwlock_unlock, no_rwlock, ANYWHERE, -EINVAL,                      \
	  eg_rwlock_unlock(NULL))                                              \
	X(eg_rwlock_unlock, free, ANYWHERE, -EPERM,                            \
	  eg_rwlock_unlock(&rwlock))                                           \
	X(eg_rwlock_unlock, no_fiber, HUB, -EPERM,                             \
	  eg_rwlock_unlock(&bad_ours.read))                                    \
	X(eg_rwlock_unlock, anothers, FIBER, -EPERM,                           \
	  eg_rwlock_unlock(&bad_ours.written))                                 \
	X(eg_rwlock_unlock, foreign_read, FOREIGN, -EPERM,                     \
	  eg_rwlock_unlock(&bad_theirs.read))                                  \
	X(eg_rwlock_unlock, foreign_written, FOREIGN, -EPERM,                  \
	  eg_rwlock_unlock(&bad_theirs.written))                               \
	X(eg_barrier_init, no_barrier, ANYWHERE, -EINVAL,                      \
	  eg_barrier_init(NULL, 1))                                            \
	X(eg_barrier_init, nobody, ANYWHERE, -EINVAL,                          \
	  eg_barrier_init(&barrier, 0))                                        \
	X(eg_barrier_init, negative, ANYWHERE, -EINVAL,                        \
	  eg_barrier_init(&barrier, INT_MIN))                                  \
	X(eg_barrier_wait, no_barrier, ANYWHERE, -EINVAL,                      \
	  eg_barrier_wait(NULL, EG_FOREVER))                                   \
	X(eg_barrier_wait, all_zero, ANYWHERE, -EINVAL,                        \
	  eg_barrier_wait(&barrier, EG_FOREVER))                               \
	X(eg_barrier_wait, no_fiber, NO_FIBER, -EPERM,                         \
	  wait_for_one())                       \
	X(eg_barrier_wait, foreign, FOREIGN, -EPERM,                           \
	  eg_barrier_wait(&bad_theirs.barrier, EG_FOREVER))

BAD_TABLE(bad_sync, "sync.h", ROWS)
