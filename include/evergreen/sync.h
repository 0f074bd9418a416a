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
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch, unless the event is set.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not set by @deadline
 *   -EDEADLK    nothing was left that could set it (main fiber only)
 *   -EINVAL     @event is NULL
 *   -EPERM      not called from a fiber, or the waiters are another hub's
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
 * below: then eg_result_is_set(3) tells whose it is.
 *
 * Return: 0, the error that was sent, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not sent by @deadline
 *   -EDEADLK    nothing was left that could send it (main fiber only)
 *   -EINVAL     @result is NULL
 *   -EPERM      not called from a fiber, or the waiters are another hub's
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
 * May switch, unless there is room (semantics LK-12).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was given
 *   -ETIMEDOUT  no room by @deadline; no unit was given
 *   -EDEADLK    nothing was left that could take one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      not called from a fiber, or the waiters are another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_sem_post(3)
 */
EG_API int eg_sem_post_wait(eg_sem *sem, int64_t deadline);

/**
 * eg_sem_wait - take a unit
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a unit is free.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was taken
 *   -ETIMEDOUT  none by @deadline
 *   -EDEADLK    nothing was left that could give one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      not called from a fiber, or the waiters are another hub's
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
 * it runs (semantics LK-04).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  none by @deadline
 *   -EDEADLK    nothing was left that could give one (main fiber only)
 *   -EINVAL     @sem is NULL
 *   -EPERM      not called from a fiber, or the waiters are another hub's
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

#ifdef __cplusplus
}
#endif
#endif
