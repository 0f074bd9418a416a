/* SPDX-License-Identifier: MIT */
/*
 * Queues: values from fiber to fiber, the oldest, the newest or the lowest
 * first; with or without a bound, and with a count of what is still worked on.
 */
#ifndef EVERGREEN_QUEUE_H
#define EVERGREEN_QUEUE_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_queue eg_queue;

/** Which value comes out next. */
enum eg_queue_kind {
	EG_QUEUE_FIFO,	   /* the oldest */
	EG_QUEUE_LIFO,	   /* the newest */
	EG_QUEUE_PRIORITY, /* the lowest; of equal ones the oldest */
};

/* The capacity that is never reached. */
#define EG_QUEUE_UNBOUNDED ((size_t)PTRDIFF_MAX)

/**
 * Compares two values: below 0, 0 or above 0, as @a comes out before @b, is
 * its equal, or comes out after it. Runs inside the calls that put and get, in
 * the hub too; may neither block nor use the queue.
 */
typedef int eg_queue_compare_fn(const void *a, const void *b, void *arg);

/** What kind of queue is made. Start from EG_QUEUE_OPTIONS_INIT. */
typedef struct eg_queue_options {
	size_t size;	 /* sizeof(eg_queue_options) */
	size_t capacity; /* EG_QUEUE_UNBOUNDED; 0: rendezvous */
	int kind;	 /* enum eg_queue_kind */
	uint32_t reserved;
	eg_queue_compare_fn *compare; /* of EG_QUEUE_PRIORITY alone */
	void *compare_arg;
} eg_queue_options;

#define EG_QUEUE_OPTIONS_INIT                                                \
	{                                                                    \
		sizeof(eg_queue_options), EG_QUEUE_UNBOUNDED, EG_QUEUE_FIFO, \
			0, NULL, NULL                                        \
	}

/**
 * eg_queue_new - make a queue
 * @ret_queue: set to the queue, with one reference
 * @value_bytes: the size of a value, 0 to 1 MiB
 * @options: kind and capacity; NULL: the oldest first, without a bound
 *
 * Belongs to the hub of this thread. With a bound it has the memory for all
 * of its values from the start. A rendezvous (capacity 0) holds nothing, so it
 * has nothing to order: who puts is served in order of arrival.
 *
 * Return: 0, or
 *   -EINVAL  @ret_queue is NULL, a size is out of range (value_bytes * capacity
 *            beyond 1 GiB), there is no such kind, or a compare function is
 *            missing, or given and not used
 *   -ENOMEM  no memory
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_unref(3)
 */
EG_API int eg_queue_new(eg_queue **ret_queue, size_t value_bytes,
			const eg_queue_options *options);

/**
 * eg_queue_ref - take another reference to a queue
 * @queue: a queue, or NULL
 *
 * Return: @queue.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API eg_queue *eg_queue_ref(eg_queue *queue);

/**
 * eg_queue_unref - give back a reference to a queue
 * @queue: a queue, or NULL
 *
 * The last one frees it and drops the values still inside; nobody may be
 * waiting on it then.
 *
 * Return: NULL, always.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API eg_queue *eg_queue_unref(eg_queue *queue);

/**
 * eg_queue_put - put a value in
 * @queue: a queue
 * @value: value_bytes of it are copied; may be NULL only if that is 0
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room or somebody waits to get it. The first in
 * line has the value from then on, whoever calls eg_queue_get(3) before it
 * runs. Fibers that only peek are shown it first.
 *
 * With EG_NOW it may also be called in the hub: in a timer's callback, a posted
 * task, a watcher.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was put
 *   -ETIMEDOUT  no room, or nobody to take it, by @deadline; nothing was put
 *   -ESHUTDOWN  the queue is shut down; nothing was put
 *   -ENOMEM     a queue without a bound cannot grow; nothing was put
 *   -EDEADLK    nothing was left that could get it (main fiber only)
 *   -EINVAL     @queue or @value is NULL
 *   -EPERM      not on the queue's hub, or in the hub and not EG_NOW
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_get(3)
 */
EG_API int eg_queue_put(eg_queue *queue, const void *value, int64_t deadline);

/**
 * eg_queue_get - take the next value out
 * @queue: a queue
 * @ret_value: where value_bytes are copied; NULL drops them
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a value or somebody waits to put one. The place
 * that becomes free is the first waiting fiber's: its value is in before this
 * returns. With EG_NOW it may also be called in the hub, as eg_queue_put(3).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was taken
 *   -ETIMEDOUT  nothing by @deadline
 *   -ESHUTDOWN  the queue is shut down and empty
 *   -EDEADLK    nothing was left that could put (main fiber only)
 *   -EINVAL     @queue is NULL
 *   -EPERM      not on the queue's hub, or in the hub and not EG_NOW
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_put(3)
 */
EG_API int eg_queue_get(eg_queue *queue, void *ret_value, int64_t deadline);

/**
 * eg_queue_peek - look at the next value, and leave it
 * @queue: a queue
 * @ret_value: where value_bytes are copied; NULL: only wait for one
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a value or somebody waits to put one. Frees no
 * place. Who waits stands in line with eg_queue_get(3): a value that goes to
 * somebody before it is not shown. With EG_NOW it may also be called in the
 * hub, as eg_queue_put(3).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  nothing by @deadline
 *   -ESHUTDOWN  the queue is shut down and empty
 *   -EDEADLK    nothing was left that could put (main fiber only)
 *   -EINVAL     @queue is NULL
 *   -EPERM      not on the queue's hub, or in the hub and not EG_NOW
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_get(3)
 */
EG_API int eg_queue_peek(eg_queue *queue, void *ret_value, int64_t deadline);

/**
 * eg_queue_len - count the values inside a queue
 * @queue: a queue
 *
 * Those that fibers wait to put are not inside.
 *
 * Return: the count, or
 *   -EINVAL  @queue is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API ssize_t eg_queue_len(const eg_queue *queue);

/**
 * eg_queue_capacity - tell how many values a queue may hold
 * @queue: a queue
 *
 * Return: the capacity, which may be EG_QUEUE_UNBOUNDED, or
 *   -EINVAL  @queue is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_resize(3)
 */
EG_API ssize_t eg_queue_capacity(const eg_queue *queue);

/**
 * eg_queue_resize - change how many values a queue may hold
 * @queue: a queue
 * @capacity: as in the options of eg_queue_new(3)
 *
 * Does not switch. New places go to those who wait to put, in their order.
 * Values beyond a smaller capacity stay, and their places are not given again.
 *
 * Return: 0, or
 *   -EINVAL  @queue is NULL, or @capacity is out of range
 *   -ENOMEM  no memory; nothing was changed
 *   -EPERM   not on the queue's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_queue_resize(eg_queue *queue, size_t capacity);

/**
 * eg_queue_getters - count the fibers that wait for a value
 * @queue: a queue
 *
 * Those in eg_queue_get(3) and eg_queue_peek(3). Takes time for each.
 *
 * Return: the count, or
 *   -EINVAL  @queue is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_putters(3)
 */
EG_API ssize_t eg_queue_getters(const eg_queue *queue);

/**
 * eg_queue_putters - count the fibers that wait for a place
 * @queue: a queue
 *
 * Takes time for each.
 *
 * Return: the count, or
 *   -EINVAL  @queue is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_getters(3)
 */
EG_API ssize_t eg_queue_putters(const eg_queue *queue);

/**
 * eg_queue_task_done - say that a value taken out has been dealt with
 * @queue: a queue
 *
 * Does not switch. Once for each value; when all that were ever put are done,
 * those in eg_queue_join(3) wake.
 *
 * Return: 0, or
 *   -EINVAL  @queue is NULL, or all values are done already
 *   -EPERM   not on the queue's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_unfinished(3)
 */
EG_API int eg_queue_task_done(eg_queue *queue);

/**
 * eg_queue_unfinished - count the values that are not done
 * @queue: a queue
 *
 * Each counts from eg_queue_put(3) to its eg_queue_task_done(3).
 *
 * Return: the count, or
 *   -EINVAL  @queue is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API ssize_t eg_queue_unfinished(const eg_queue *queue);

/**
 * eg_queue_join - wait until every value that was put is done
 * @queue: a queue
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless all are done. Who waits when they are wakes, even if more
 * is put before it runs. Shutting down does not end the wait; the values that
 * it drops are done.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not all by @deadline
 *   -EDEADLK    nothing was left that could do them (main fiber only)
 *   -EINVAL     @queue is NULL
 *   -EPERM      not called from a fiber of the queue's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_task_done(3)
 */
EG_API int eg_queue_join(eg_queue *queue, int64_t deadline);

/**
 * eg_queue_shutdown - end a queue
 * @queue: a queue; one already shut down may be ended at once
 * @immediate: also drop the values inside, as if they were done
 *
 * Does not switch. All who wait to put or get have -ESHUTDOWN, and nothing can
 * be put any more. Values inside can still be taken, unless they are dropped.
 *
 * Return: 0, or
 *   -EINVAL  @queue is NULL
 *   -EPERM   not on the queue's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_queue_join(3)
 */
EG_API int eg_queue_shutdown(eg_queue *queue, bool immediate);

#ifdef __cplusplus
}
#endif
#endif
