/* SPDX-License-Identifier: MIT */
/*
 * What fibers of one hub wait on: event, result, semaphore, locks, condition,
 * barrier. Caller's storage; waiters are served first come, first served, and a
 * unit is handed to the waiter itself, so that nobody overtakes and nothing is
 * lost when one gives up.
 */
#ifndef EVERGREEN_SYNC_H
#define EVERGREEN_SYNC_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A flag to wait for. All zero is an event that is not set. */
typedef struct eg_event {
	void *_opaque[3];
} eg_event;

/**
 * eg_event_init - make an event that is not set
 * @event: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @event is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_event_init(eg_event *event);

/**
 * eg_event_set - set an event and wake everybody who waits for it
 * @event: an event; one already set is left alone
 *
 * Does not switch. Who waits now wakes, whatever happens to the event before
 * it runs (semantics EV-02).
 *
 * Return: the number of fibers woken, or
 *   -EINVAL  @event is NULL
 *   -EPERM   no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_event_set(eg_event *event);

/**
 * eg_event_clear - take back eg_event_set(3)
 * @event: an event
 *
 * Return: 0, or
 *   -EINVAL  @event is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_event_clear(eg_event *event);

/**
 * eg_event_is_set - look at an event
 * @event: an event
 *
 * Return: true or false; false for NULL.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API bool eg_event_is_set(const eg_event *event);

/**
 * eg_event_wait - wait until an event is set
 * @event: an event
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: look
 *
 * May switch, unless the event is set. With EG_NOW it may also be called in the
 * hub: in a timer's callback, a posted task, a watcher.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not set by @deadline
 *   -EDEADLK    nothing was left that could set it (main fiber only)
 *   -EINVAL     @event is NULL
 *   -EPERM      in the hub and not EG_NOW; no hub runs on this thread; or the
 *               waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_event_set(3)
 */
EG_API int eg_event_wait(eg_event *event, int64_t deadline);

/** A value or an error, sent once. All zero is one not sent yet. */
typedef struct eg_result {
	void *_opaque[4];
} eg_result;

/**
 * eg_result_init - make a result that is not sent yet
 * @result: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @result is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_result_init(eg_result *result);

/**
 * eg_result_set - send a value
 * @result: a result that is not sent yet
 * @value: what eg_result_get(3) gives, to any number of fibers
 *
 * Does not switch. Who waits now gets this value, in the order of waiting,
 * whatever happens to the result before it runs (semantics EV-06, EV-09).
 *
 * Return: the number of fibers woken, or
 *   -EALREADY  it was sent before; nothing was changed
 *   -EINVAL    @result is NULL
 *   -EPERM     no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_result_fail(3)
 */
EG_API int eg_result_set(eg_result *result, void *value);

/**
 * eg_result_fail - send an error
 * @result: a result that is not sent yet
 * @error: a negative errno, which eg_result_get(3) returns
 * @payload: what eg_result_payload(3) gives; evergreen does not look at it
 *
 * Does not switch.
 *
 * Return: the number of fibers woken, or
 *   -EALREADY  it was sent before; nothing was changed
 *   -EINVAL    @result is NULL, or @error is no negative errno
 *   -EPERM     no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_result_set(3)
 */
EG_API int eg_result_fail(eg_result *result, int error, void *payload);

/**
 * eg_result_get - wait for what is sent
 * @result: a result; stays as it is, for others to get
 * @ret_value: receives the value; may be NULL
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless it was sent. An error that was sent may be one of those
 * below: then eg_result_is_set(3) tells whose it is. With EG_NOW it may also be
 * called in the hub, as eg_sem_post_wait(3).
 *
 * Return: 0, the error that was sent, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not sent by @deadline
 *   -EDEADLK    nothing was left that could send it (main fiber only)
 *   -EINVAL     @result is NULL
 *   -EPERM      in the hub and not EG_NOW; no hub runs on this thread; or the
 *               waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_result_set(3)
 */
EG_API int eg_result_get(eg_result *result, void **ret_value, int64_t deadline);

/**
 * eg_result_payload - look at what came with a value or an error
 * @result: a result
 *
 * Return: the value, or the payload of the error; NULL if nothing was sent.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API void *eg_result_payload(const eg_result *result);

/**
 * eg_result_is_set - tell whether a value or an error was sent
 * @result: a result
 *
 * Return: true or false; false for NULL.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API bool eg_result_is_set(const eg_result *result);

/**
 * eg_result_reset - make a result fit to be sent again
 * @result: a result that was sent
 *
 * Who was woken by what was sent keeps it.
 *
 * Return: 0, or
 *   -EALREADY  nothing was sent since it was made or reset (semantics EV-09)
 *   -EINVAL    @result is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_result_reset(eg_result *result);

/** A counting semaphore. All zero is one with no unit. */
typedef struct eg_sem {
	void *_opaque[3];
} eg_sem;

/**
 * eg_sem_init - make a semaphore
 * @sem: the caller's storage
 * @units: what it starts with
 *
 * Return: 0, or
 *   -EINVAL  @sem is NULL, or @units is negative
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_sem_init(eg_sem *sem, int units);

/**
 * eg_sem_init_bounded - make a semaphore that holds so many units and no more
 * @sem: the caller's storage
 * @units: what it starts with
 * @max: the most it holds
 *
 * Return: 0, or
 *   -EINVAL  @sem is NULL, @max is not positive, or @units is not in 0 to @max
 * Thread safety: any thread. Since: 0.1. See: eg_sem_post_wait(3)
 */
EG_API int eg_sem_init_bounded(eg_sem *sem, int units, int max);

/**
 * eg_sem_post - give a unit
 * @sem: a semaphore
 *
 * Does not switch. The unit goes to the first waiter, if there is one.
 *
 * Return: 0, or
 *   -EINVAL     @sem is NULL
 *   -EOVERFLOW  it holds as many as it may: INT_MAX, or the bound that
 *               eg_sem_init_bounded(3) gave it (semantics LK-06)
 *   -EPERM      no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_sem_post_wait(3)
 */
EG_API int eg_sem_post(eg_sem *sem);

/**
 * eg_sem_post_wait - give a unit, as soon as there is room for it
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room (semantics LK-12). With EG_NOW it may also
 * be called in the hub: in a timer's callback, a posted task, a watcher.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was given
 *   -ETIMEDOUT  no room by @deadline; no unit was given
 *   -EDEADLK    nothing was left that could take one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      in the hub and not EG_NOW; no hub runs on this thread; or the
 *               waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_sem_post(3)
 */
EG_API int eg_sem_post_wait(eg_sem *sem, int64_t deadline);

/**
 * eg_sem_wait - take a unit
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a unit is free. With EG_NOW it may also be called in the
 * hub, as eg_sem_post_wait(3).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was taken
 *   -ETIMEDOUT  none by @deadline
 *   -EDEADLK    nothing was left that could give one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      in the hub and not EG_NOW; no hub runs on this thread; or the
 *               waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_sem_post(3)
 */
EG_API int eg_sem_wait(eg_sem *sem, int64_t deadline);

/**
 * eg_sem_peek - wait until a unit is free, and take none
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a unit is free. Waits in line with those who take: a unit
 * for one before it is not free. What it has seen, another may have taken when
 * it runs (semantics LK-04). With EG_NOW it may also be called in the hub.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  none by @deadline
 *   -EDEADLK    nothing was left that could give one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      in the hub and not EG_NOW; no hub runs on this thread; or the
 *               waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_sem_units(3)
 */
EG_API int eg_sem_peek(eg_sem *sem, int64_t deadline);

/**
 * eg_sem_units - count the free units
 * @sem: a semaphore
 *
 * Return: the count, or
 *   -EINVAL  @sem is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_sem_units(const eg_sem *sem);

/** A mutex, owned by a fiber. All zero is one that is free. */
typedef struct eg_mutex {
	void *_opaque[3];
} eg_mutex;

/**
 * eg_mutex_init - make a mutex that is free
 * @mutex: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @mutex is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_mutex_init(eg_mutex *mutex);

/**
 * eg_mutex_lock - take a mutex
 * @mutex: a mutex
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless the mutex is free.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; the mutex is not taken
 *   -ETIMEDOUT  not free by @deadline
 *   -EDEADLK    the calling fiber holds it, or nothing was left that could
 *               free it (main fiber only)
 *   -EINVAL     @mutex is NULL
 *   -EPERM      not called from a fiber, or the owner is another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_mutex_unlock(3)
 */
EG_API int eg_mutex_lock(eg_mutex *mutex, int64_t deadline);

/**
 * eg_mutex_unlock - give a mutex back
 * @mutex: a mutex that the calling fiber holds
 *
 * Does not switch. The first waiter owns it from now on.
 *
 * Return: 0, or
 *   -EINVAL  @mutex is NULL
 *   -EPERM   the calling fiber does not hold it
 * Thread safety: the hub's thread. Since: 0.1. See: eg_mutex_lock(3)
 */
EG_API int eg_mutex_unlock(eg_mutex *mutex);

/**
 * A mutex that its owner may take again. All zero is one that is free. It is
 * free again after as many eg_rmutex_unlock(3) as eg_rmutex_lock(3).
 */
typedef struct eg_rmutex {
	void *_opaque[4];
} eg_rmutex;

/**
 * eg_rmutex_init - make a recursive mutex that is free
 * @rmutex: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @rmutex is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_rmutex_init(eg_rmutex *rmutex);

/**
 * eg_rmutex_lock - take a recursive mutex, or take it once more
 * @rmutex: a recursive mutex
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless it is free or the calling fiber's (semantics LK-08).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; the mutex is not taken
 *   -ETIMEDOUT  not free by @deadline
 *   -EDEADLK    nothing was left that could free it (main fiber only)
 *   -EINVAL     @rmutex is NULL
 *   -EPERM      not called from a fiber, or the owner is another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_rmutex_unlock(3)
 */
EG_API int eg_rmutex_lock(eg_rmutex *rmutex, int64_t deadline);

/**
 * eg_rmutex_unlock - undo one eg_rmutex_lock(3)
 * @rmutex: a recursive mutex that the calling fiber holds
 *
 * Does not switch. With the last one, the first waiter owns it.
 *
 * Return: 0, or
 *   -EINVAL  @rmutex is NULL
 *   -EPERM   the calling fiber does not hold it
 * Thread safety: the hub's thread. Since: 0.1. See: eg_rmutex_lock(3)
 */
EG_API int eg_rmutex_unlock(eg_rmutex *rmutex);

/** A condition to wait for under a mutex. All zero is a valid one. */
typedef struct eg_cond {
	void *_opaque[3];
} eg_cond;

/**
 * eg_cond_init - make a condition
 * @cond: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @cond is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_cond_init(eg_cond *cond);

/**
 * eg_cond_wait - give a mutex back, wait for a signal, and take it again
 * @cond: a condition
 * @mutex: a mutex that the calling fiber holds
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. The mutex is held again on every return: only the wait for the
 * signal keeps the deadline and is cancelled, the one for the mutex goes on
 * until it is free. With a deadline that has passed, or in a fiber that was
 * cancelled, it is not given back at all.
 *
 * Never wakes without a signal. One that was given to this fiber is received,
 * and the call returns 0, even if the deadline passes or the fiber is
 * cancelled while it waits for the mutex; one that comes after that is the
 * next waiter's (semantics LK-10).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  no signal by @deadline
 *   -EDEADLK    nothing was left that could signal it (main fiber only); the
 *               mutex is held, unless nothing was left that could free it
 *   -EINVAL     @cond or @mutex is NULL
 *   -EPERM      not called from a fiber, the calling fiber does not hold
 *               @mutex, or the waiters are another hub's; nothing was done
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cond_signal(3)
 */
EG_API int eg_cond_wait(eg_cond *cond, eg_mutex *mutex, int64_t deadline);

/**
 * eg_cond_wait_rmutex - the same with a recursive mutex
 * @cond: a condition
 * @rmutex: a recursive mutex that the calling fiber holds
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. As eg_cond_wait(3): the mutex is given back however often it was
 * taken, and held again as often (semantics LK-10).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  no signal by @deadline
 *   -EDEADLK    nothing was left that could signal it (main fiber only); the
 *               mutex is held, unless nothing was left that could free it
 *   -EINVAL     @cond or @rmutex is NULL
 *   -EPERM      not called from a fiber, the calling fiber does not hold
 *               @rmutex, or the waiters are another hub's; nothing was done
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cond_wait(3)
 */
EG_API int eg_cond_wait_rmutex(eg_cond *cond, eg_rmutex *rmutex,
			       int64_t deadline);

/**
 * eg_cond_signal - wake the first who waits for a condition
 * @cond: a condition
 *
 * Does not switch. The waiter stands in line for its mutex from now on. The
 * caller need not hold that. Without waiters, nothing is kept for later ones.
 *
 * Return: the number of fibers woken, 0 or 1, or
 *   -EINVAL  @cond is NULL
 *   -EPERM   no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cond_broadcast(3)
 */
EG_API int eg_cond_signal(eg_cond *cond);

/**
 * eg_cond_broadcast - wake all who wait for a condition
 * @cond: a condition
 *
 * Does not switch. They get their mutex one after the other, in the order in
 * which they waited.
 *
 * Return: the number of fibers woken, or
 *   -EINVAL  @cond is NULL
 *   -EPERM   no hub runs on this thread, or waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cond_signal(3)
 */
EG_API int eg_cond_broadcast(eg_cond *cond);

/**
 * A lock that readers share and a writer has alone, first come, first served:
 * readers that stand in line together go in together, and a reader does not
 * overtake a writer. All zero is one that is free.
 */
typedef struct eg_rwlock {
	void *_opaque[5];
} eg_rwlock;

/**
 * eg_rwlock_init - make a read-write lock that is free
 * @rwlock: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @rwlock is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_rwlock_init(eg_rwlock *rwlock);

/**
 * eg_rwlock_rdlock - take a lock for reading
 * @rwlock: a read-write lock
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless no writer holds it and nobody stands in line. It is not
 * known who reads: a reader that locks again waits for a writer in line, which
 * waits for that reader.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; the lock is not taken
 *   -ETIMEDOUT  no turn by @deadline
 *   -EDEADLK    the calling fiber holds it for writing, or nothing was left
 *               that could free it (main fiber only)
 *   -EINVAL     @rwlock is NULL
 *   -EPERM      not called from a fiber, or the lock is held on another hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_rwlock_unlock(3)
 */
EG_API int eg_rwlock_rdlock(eg_rwlock *rwlock, int64_t deadline);

/**
 * eg_rwlock_wrlock - take a lock for writing
 * @rwlock: a read-write lock
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless it is free. A reader that calls it waits for itself.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; the lock is not taken
 *   -ETIMEDOUT  no turn by @deadline
 *   -EDEADLK    the calling fiber holds it for writing, or nothing was left
 *               that could free it (main fiber only)
 *   -EINVAL     @rwlock is NULL
 *   -EPERM      not called from a fiber, or the lock is held on another hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_rwlock_unlock(3)
 */
EG_API int eg_rwlock_wrlock(eg_rwlock *rwlock, int64_t deadline);

/**
 * eg_rwlock_unlock - give a lock back
 * @rwlock: a read-write lock that the calling fiber holds
 *
 * Does not switch. With the last reader, or the writer, the first in line hold
 * it.
 *
 * Return: 0, or
 *   -EINVAL  @rwlock is NULL
 *   -EPERM   it is free, another fiber holds it for writing, or it is held on
 *            another hub; whether the caller is one of the readers is not
 *            known
 * Thread safety: the hub's thread. Since: 0.1. See: eg_rwlock_rdlock(3)
 */
EG_API int eg_rwlock_unlock(eg_rwlock *rwlock);

/** A point where so many fibers wait for each other; made by init. */
typedef struct eg_barrier {
	void *_opaque[3];
} eg_barrier;

/**
 * eg_barrier_init - make a barrier
 * @barrier: the caller's storage
 * @count: how many fibers open it
 *
 * Return: 0, or
 *   -EINVAL  @barrier is NULL, or @count is not positive
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_barrier_init(eg_barrier *barrier, int count);

/**
 * eg_barrier_wait - wait until so many have come
 * @barrier: a barrier
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch, unless the caller is the last one. It opens for those who wait
 * then, and is closed again at once, for the next so many. Who gives up has
 * not come.
 *
 * Return: 1 in the fiber that opened it, 0 in the others, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not opened by @deadline
 *   -EDEADLK    nothing was left that could open it (main fiber only)
 *   -EINVAL     @barrier is NULL, or was not initialised
 *   -EPERM      not called from a fiber, or the waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_barrier_wait(eg_barrier *barrier, int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
