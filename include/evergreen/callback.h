/* SPDX-License-Identifier: MIT */
/*
 * Plain functions that the hub calls: in the order in which they were queued,
 * and in one line with the fibers that are ready. Nothing in them may block.
 */
#ifndef EVERGREEN_CALLBACK_H
#define EVERGREEN_CALLBACK_H

#include <evergreen/version.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void eg_callback_fn(void *arg);

/** Caller's storage; must not move or go away while queued. */
typedef struct eg_callback {
	void *_opaque[8];
} eg_callback;

/**
 * eg_callback_init - prepare a callback
 * @callback: the caller's storage; not one queued, see eg_callback_stop(3)
 * @fn: what the hub calls; may spawn, wake and queue, but not block
 * @arg: passed to @fn
 *
 * Return: 0, or
 *   -EINVAL  @callback or @fn is NULL
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_callback_init(eg_callback *callback, eg_callback_fn *fn,
			    void *arg);

/**
 * eg_callback_queue - have the hub call a function
 * @callback: a callback after eg_callback_init(3); one queued stays where it is
 *
 * Called once, after the fibers and callbacks that are ready now (semantics
 * HB-01). What a callback queues is called before the next look at the kernel,
 * which comes when all of them have taken 5 ms (HB-02). @callback is free
 * again, to be queued or to go away, when @fn is called (HB-03). Never
 * allocates. For a time, see eg_timer_start(3).
 *
 * What is queued when the last fiber has ended is still called, and then the
 * hub ends; what these callbacks queue is dropped, so that one that queues
 * itself for ever is no obstacle. A dropped callback is not pending, and free.
 *
 * Return: 0, or
 *   -EINVAL  @callback is NULL or was not initialised
 *   -EPERM   no hub runs on this thread, or it is queued on another
 * Thread safety: the hub's thread. Since: 0.1. See: eg_hub_post(3)
 */
EG_API int eg_callback_queue(eg_callback *callback);

/**
 * eg_callback_stop - take back eg_callback_queue(3)
 * @callback: a callback; one not queued is left alone
 *
 * Return: 0, or
 *   -EINVAL  @callback is NULL or was not initialised
 *   -EPERM   no hub runs on this thread, or it is queued on another
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_callback_stop(eg_callback *callback);

/**
 * eg_callback_is_pending - ask whether a callback is queued
 * @callback: a callback
 *
 * Return: true or false; false for NULL, and inside its own function.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API bool eg_callback_is_pending(const eg_callback *callback);

/**
 * eg_idle - wait until the hub has nothing else to do
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. Resumes after a look at the kernel that found nothing, with no
 * fiber ready and no callback queued (semantics HB-12).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  the hub was busy until @deadline
 *   -EPERM      not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_idle(int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
