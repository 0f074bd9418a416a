/* SPDX-License-Identifier: MIT */
/*
 * Channels: values from fiber to fiber, first in, first out. A capacity of 0
 * is a rendezvous: sending ends when somebody has taken the value.
 */
#ifndef EVERGREEN_CHAN_H
#define EVERGREEN_CHAN_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_chan eg_chan;

/**
 * eg_chan_new - make a channel
 * @ret_chan: set to the channel, with one reference
 * @value_bytes: the size of a value, 0 to 1 MiB
 * @capacity: values it holds without a receiver; 0: rendezvous
 *
 * Belongs to the hub of this thread.
 *
 * Return: 0, or
 *   -EINVAL  @ret_chan is NULL, or a size is out of range (value_bytes *
 *            capacity beyond 1 GiB)
 *   -ENOMEM  no memory
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_chan_unref(3)
 */
EG_API int eg_chan_new(eg_chan **ret_chan, size_t value_bytes,
		       size_t capacity);

/**
 * eg_chan_ref - take another reference to a channel
 * @chan: a channel, or NULL
 *
 * Return: @chan.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API eg_chan *eg_chan_ref(eg_chan *chan);

/**
 * eg_chan_unref - give back a reference to a channel
 * @chan: a channel, or NULL
 *
 * The last one frees it and drops the values still inside; nobody may be
 * waiting on it then.
 *
 * Return: NULL, always.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API eg_chan *eg_chan_unref(eg_chan *chan);

/**
 * eg_chan_send - send a value
 * @chan: a channel
 * @value: value_bytes of it are copied; may be NULL only if that is 0
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is room or a receiver waits. With EG_NOW it may also
 * be called in the hub: in a timer's callback, a posted task, a watcher.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was sent
 *   -ETIMEDOUT  no room, or no receiver, by @deadline; nothing was sent
 *   -EPIPE      the channel is closed; nothing was sent
 *   -EDEADLK    nothing was left that could receive it (main fiber only)
 *   -EINVAL     @chan or @value is NULL
 *   -EPERM      not on the channel's hub, or in the hub and not EG_NOW
 * Thread safety: the hub's thread. Since: 0.1. See: eg_chan_recv(3)
 */
EG_API int eg_chan_send(eg_chan *chan, const void *value, int64_t deadline);

/**
 * eg_chan_recv - receive a value
 * @chan: a channel
 * @ret_value: where value_bytes are copied; NULL drops them
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless a value or a sender waits. With EG_NOW it may also be
 * called in the hub, as eg_chan_send(3).
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled; nothing was received
 *   -ETIMEDOUT  nothing by @deadline
 *   -EPIPE      the channel is closed and empty
 *   -EDEADLK    nothing was left that could send (main fiber only)
 *   -EINVAL     @chan is NULL
 *   -EPERM      not on the channel's hub, or in the hub and not EG_NOW
 * Thread safety: the hub's thread. Since: 0.1. See: eg_chan_send(3)
 */
EG_API int eg_chan_recv(eg_chan *chan, void *ret_value, int64_t deadline);

/**
 * eg_chan_close - end a channel
 * @chan: a channel; one already closed is left alone
 *
 * Does not switch. Waiting senders and receivers get -EPIPE; values inside can
 * still be received.
 *
 * Return: 0, or
 *   -EINVAL  @chan is NULL
 *   -EPERM   not on the channel's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_chan_close(eg_chan *chan);

/**
 * eg_chan_len - count the values inside a channel
 * @chan: a channel
 *
 * Return: the count, or
 *   -EINVAL  @chan is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API ssize_t eg_chan_len(const eg_chan *chan);

#ifdef __cplusplus
}
#endif
#endif
