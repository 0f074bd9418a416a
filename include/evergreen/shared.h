/* SPDX-License-Identifier: MIT */
/*
 * Event, semaphore, queue and channel between threads: fibers of any hub, and
 * threads that run none. Those of one hub alone are in sync.h, queue.h and
 * chan.h, and cost less.
 *
 * A fiber that waits parks; a thread without a hub waits as a whole. Both stand
 * in one line, first come, first served, and what they wait for is handed to
 * the first. While a fiber waits, its hub does not report a deadlock: any
 * thread may still wake it. In a hub's own callbacks (a timer, a posted task, a
 * watcher), what would wait is refused unless its deadline is EG_NOW.
 */
#ifndef EVERGREEN_SHARED_H
#define EVERGREEN_SHARED_H

#include <evergreen/queue.h>
#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A flag to wait for. All zero is an event that is not set. It may go away when
 * a wait has succeeded, if no call of it is under way or will follow but the
 * one that has set it.
 */
typedef struct eg_shared_event {
	void *_opaque[4];
} eg_shared_event;

/**
 * eg_shared_event_init - make an event that is not set
 * @event: the caller's storage
 *
 * Return: 0, or
 *   -EINVAL  @event is NULL
 * Thread safety: any thread, before others know @event. Since: 0.1.
 */
EG_API int eg_shared_event_init(eg_shared_event *event);

/**
 * eg_shared_event_set - set an event and wake everybody who waits for it
 * @event: an event; one already set stays set
 *
 * Does not switch. Who waits now wakes, whatever happens to the event before
 * it runs. What was written before is seen by everybody who finds it set.
 *
 * Return: the number of fibers and threads woken, or
 *   -EINVAL  @event is NULL
 * Thread safety: any thread. Since: 0.1. See: eg_shared_event_wait(3)
 */
EG_API int eg_shared_event_set(eg_shared_event *event);

/**
 * eg_shared_event_clear - take back eg_shared_event_set(3)
 * @event: an event
 *
 * Return: 0, or
 *   -EINVAL  @event is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_shared_event_clear(eg_shared_event *event);

/**
 * eg_shared_event_is_set - look at an event
 * @event: an event
 *
 * Return: true or false; false for NULL.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API bool eg_shared_event_is_set(const eg_shared_event *event);

/**
 * eg_shared_event_wait - wait until an event is set
 * @event: an event
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: look
 *
 * May switch, unless the event is set. A thread without a hub is blocked.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not set by @deadline
 *   -EINVAL     @event is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_event_set(3)
 */
EG_API int eg_shared_event_wait(eg_shared_event *event, int64_t deadline);

/**
 * A counting semaphore. All zero is one with no unit. It may go away when the
 * units of all posts were taken and no other call is under way or will follow.
 */
typedef struct eg_shared_sem {
	void *_opaque[4];
} eg_shared_sem;

/**
 * eg_shared_sem_init - make a semaphore
 * @sem: the caller's storage
 * @units: what it starts with
 *
 * Return: 0, or
 *   -EINVAL  @sem is NULL, or @units is negative
 * Thread safety: any thread, before others know @sem. Since: 0.1.
 */
EG_API int eg_shared_sem_init(eg_shared_sem *sem, int units);

/**
 * eg_shared_sem_init_bounded - make a semaphore that holds so many units
 * @sem: the caller's storage
 * @units: what it starts with
 * @max: the most it holds
 *
 * Return: 0, or
 *   -EINVAL  @sem is NULL, @max is not positive, or @units is not in 0 to @max
 * Thread safety: any thread, before others know @sem. Since: 0.1.
 */
EG_API int eg_shared_sem_init_bounded(eg_shared_sem *sem, int units, int max);

/**
 * eg_shared_sem_post - give a unit
 * @sem: a semaphore
 *
 * Does not switch. The unit goes to the first waiter, if there is one.
 *
 * Return: 0, or
 *   -EINVAL     @sem is NULL
 *   -EOVERFLOW  it holds as many as it may: INT_MAX, or its bound
 * Thread safety: any thread. Since: 0.1. See: eg_shared_sem_post_wait(3)
 */
EG_API int eg_shared_sem_post(eg_shared_sem *sem);

/**
 * eg_shared_sem_wait - take a unit
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a unit is free. A thread without a hub is blocked. Who was
 * handed a unit keeps it: cancelled or too late after that, it returns 0.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was taken
 *   -ETIMEDOUT  none by @deadline
 *   -EINVAL     @sem is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_sem_post(3)
 */
EG_API int eg_shared_sem_wait(eg_shared_sem *sem, int64_t deadline);

/**
 * eg_shared_sem_post_wait - give a unit, as soon as there is room for it
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room. A thread without a hub is blocked. A unit
 * that was let in is given: cancelled or too late after that, the call returns
 * 0 (semantics LK-12).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; no unit was given
 *   -ETIMEDOUT  no room by @deadline; no unit was given
 *   -EINVAL     @sem is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_sem_post(3)
 */
EG_API int eg_shared_sem_post_wait(eg_shared_sem *sem, int64_t deadline);

/**
 * eg_shared_sem_peek - wait until a unit is free, and take none
 * @sem: a semaphore
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: look
 *
 * May switch, unless a unit is free. A thread without a hub is blocked. Waits
 * in line with those who take: a unit for one before it is not free. What it
 * has seen, another may have taken when it runs (semantics LK-04).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  none by @deadline
 *   -EINVAL     @sem is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_sem_units(3)
 */
EG_API int eg_shared_sem_peek(eg_shared_sem *sem, int64_t deadline);

/**
 * eg_shared_sem_units - count the free units
 * @sem: a semaphore
 *
 * Return: the count, which may have changed already, or
 *   -EINVAL  @sem is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_shared_sem_units(const eg_shared_sem *sem);

/** Values from thread to thread, the oldest first. */
typedef struct eg_shared_queue eg_shared_queue;

/**
 * eg_shared_queue_new - make a queue
 * @ret_queue: set to the queue, with one reference
 * @value_bytes: the size of a value, 0 to 1 MiB
 * @capacity: values it holds; 0: a put ends when a get has taken the value;
 *            EG_QUEUE_UNBOUNDED: no end of them
 *
 * With a bound it has the memory for all of its values from the start. Values
 * are copied under the queue's lock: of what is large, pass a pointer.
 *
 * Return: 0, or
 *   -EINVAL  @ret_queue is NULL, or a size is out of range (value_bytes *
 *            capacity beyond 1 GiB)
 *   -ENOMEM  no memory
 * Thread safety: any thread. Since: 0.1. See: eg_shared_queue_unref(3)
 */
EG_API int eg_shared_queue_new(eg_shared_queue **ret_queue, size_t value_bytes,
			       size_t capacity);

/**
 * eg_shared_queue_ref - take another reference to a queue
 * @queue: a queue, or NULL
 *
 * Who calls the queue has a reference that lasts until the call returns.
 *
 * Return: @queue.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_shared_queue *eg_shared_queue_ref(eg_shared_queue *queue);

/**
 * eg_shared_queue_unref - give back a reference to a queue
 * @queue: a queue, or NULL
 *
 * The last one frees it and drops the values still inside.
 *
 * Return: NULL, always.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_shared_queue *eg_shared_queue_unref(eg_shared_queue *queue);

/**
 * eg_shared_queue_put - put a value in
 * @queue: a queue
 * @value: value_bytes of it are copied; may be NULL only if that is 0
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room or somebody waits to get it. A thread
 * without a hub is blocked.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was put
 *   -ETIMEDOUT  no room, or nobody to take it, by @deadline; nothing was put
 *   -ESHUTDOWN  the queue is shut down; nothing was put
 *   -ENOMEM     a queue without a bound cannot grow; nothing was put
 *   -EINVAL     @queue or @value is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_queue_get(3)
 */
EG_API int eg_shared_queue_put(eg_shared_queue *queue, const void *value,
			       int64_t deadline);

/**
 * eg_shared_queue_get - take the oldest value out
 * @queue: a queue
 * @ret_value: where value_bytes are copied; NULL drops them
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a value or somebody waits to put one. A thread
 * without a hub is blocked. Who was handed a value keeps it: cancelled or too
 * late after that, it returns 0.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was taken
 *   -ETIMEDOUT  nothing by @deadline
 *   -ESHUTDOWN  the queue is shut down and empty
 *   -EINVAL     @queue is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_queue_put(3)
 */
EG_API int eg_shared_queue_get(eg_shared_queue *queue, void *ret_value,
			       int64_t deadline);

/**
 * eg_shared_queue_len - count the values inside a queue
 * @queue: a queue
 *
 * Return: the count, which may have changed already, or
 *   -EINVAL  @queue is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API ssize_t eg_shared_queue_len(const eg_shared_queue *queue);

/**
 * eg_shared_queue_shutdown - end a queue
 * @queue: a queue; one already shut down may be ended at once
 * @immediate: also drop the values inside
 *
 * Does not switch. All who wait have -ESHUTDOWN, and nothing can be put any
 * more. Values inside can still be taken, unless they are dropped.
 *
 * Return: 0, or
 *   -EINVAL  @queue is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_shared_queue_shutdown(eg_shared_queue *queue, bool immediate);

/** Values from thread to thread, in order; of a capacity of 0: a rendezvous. */
typedef struct eg_shared_chan eg_shared_chan;

/**
 * eg_shared_chan_new - make a channel
 * @ret_chan: set to the channel, with one reference
 * @value_bytes: the size of a value, 0 to 1 MiB
 * @capacity: values it holds without a receiver; 0: rendezvous
 *
 * Values are copied under the channel's lock: of what is large, pass a pointer.
 *
 * Return: 0, or
 *   -EINVAL  @ret_chan is NULL, or a size is out of range (value_bytes *
 *            capacity beyond 1 GiB)
 *   -ENOMEM  no memory
 * Thread safety: any thread. Since: 0.1. See: eg_shared_chan_unref(3)
 */
EG_API int eg_shared_chan_new(eg_shared_chan **ret_chan, size_t value_bytes,
			      size_t capacity);

/**
 * eg_shared_chan_ref - take another reference to a channel
 * @chan: a channel, or NULL
 *
 * Who calls the channel has a reference that lasts until the call returns.
 *
 * Return: @chan.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_shared_chan *eg_shared_chan_ref(eg_shared_chan *chan);

/**
 * eg_shared_chan_unref - give back a reference to a channel
 * @chan: a channel, or NULL
 *
 * The last one frees it and drops the values still inside.
 *
 * Return: NULL, always.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_shared_chan *eg_shared_chan_unref(eg_shared_chan *chan);

/**
 * eg_shared_chan_send - send a value
 * @chan: a channel
 * @value: value_bytes of it are copied; may be NULL only if that is 0
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room or a receiver waits. A thread without a hub
 * is blocked. When a value was taken it is sent: cancelled or too late after
 * that, the sender returns 0.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was sent
 *   -ETIMEDOUT  no room, or no receiver, by @deadline; nothing was sent
 *   -EPIPE      the channel is closed; nothing was sent
 *   -EINVAL     @chan or @value is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_chan_recv(3)
 */
EG_API int eg_shared_chan_send(eg_shared_chan *chan, const void *value,
			       int64_t deadline);

/**
 * eg_shared_chan_recv - receive a value
 * @chan: a channel
 * @ret_value: where value_bytes are copied; NULL drops them
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a value or a sender waits. A thread without a hub is
 * blocked. Who was handed a value keeps it: cancelled or too late after that,
 * it returns 0.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was received
 *   -ETIMEDOUT  nothing by @deadline
 *   -EPIPE      the channel is closed and empty
 *   -EINVAL     @chan is NULL
 *   -EPERM      called in a hub's callback, and not with EG_NOW
 * Thread safety: any thread. Since: 0.1. See: eg_shared_chan_send(3)
 */
EG_API int eg_shared_chan_recv(eg_shared_chan *chan, void *ret_value,
			       int64_t deadline);

/**
 * eg_shared_chan_close - end a channel
 * @chan: a channel; one already closed is left alone
 *
 * Does not switch. Waiting senders and receivers get -EPIPE; values inside can
 * still be received.
 *
 * Return: 0, or
 *   -EINVAL  @chan is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_shared_chan_close(eg_shared_chan *chan);

/**
 * eg_shared_chan_len - count the values inside a channel
 * @chan: a channel
 *
 * Return: the count, which may have changed already, or
 *   -EINVAL  @chan is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API ssize_t eg_shared_chan_len(const eg_shared_chan *chan);

#ifdef __cplusplus
}
#endif
#endif
