/* SPDX-License-Identifier: MIT */
/*
 * The channel that threads share: the calls. What they do is shared_values.c's.
 */
#include "sync/shared_values.h"

#include <evergreen/shared.h>

static const struct eg__shared_values_kind chan_kind = {
	.put.wait = { .what = "shared channel (send)",
		      .abort = eg__shared_abort },
	.get.wait = { .what = "shared channel (receive)",
		      .abort = eg__shared_abort },
	.closed = -EPIPE,
};

static inline struct eg__shared_values *values_of(const eg_shared_chan *chan)
{
	return (struct eg__shared_values *)(uintptr_t)chan;
}

int eg_shared_chan_new(eg_shared_chan **ret_chan, size_t value_bytes,
		       size_t capacity)
{
	struct eg__shared_values *v;
	int r;

	/* Without a bound it would be a queue. */
	if (!ret_chan || capacity == EG_QUEUE_UNBOUNDED)
		return -EINVAL;
	r = eg__shared_values_new(&v, &chan_kind, value_bytes, capacity);
	if (r == 0)
		*ret_chan = (eg_shared_chan *)(void *)v;
	return r;
}

eg_shared_chan *eg_shared_chan_ref(eg_shared_chan *chan)
{
	if (chan)
		eg__shared_values_ref(values_of(chan));
	return chan;
}

eg_shared_chan *eg_shared_chan_unref(eg_shared_chan *chan)
{
	if (chan)
		eg__shared_values_unref(values_of(chan));
	return NULL;
}

int eg_shared_chan_send(eg_shared_chan *chan, const void *value,
			int64_t deadline)
{
	if (eg_unlikely(!chan))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_chan_send");
	return eg__shared_values_put(values_of(chan), value, deadline);
}

int eg_shared_chan_recv(eg_shared_chan *chan, void *ret_value, int64_t deadline)
{
	if (eg_unlikely(!chan))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_chan_recv");
	return eg__shared_values_get(values_of(chan), ret_value, deadline);
}

int eg_shared_chan_close(eg_shared_chan *chan)
{
	if (!chan)
		return -EINVAL;
	eg__shared_values_close(values_of(chan), false);
	return 0;
}

ssize_t eg_shared_chan_len(const eg_shared_chan *chan)
{
	return chan ? (ssize_t)eg__shared_values_len(values_of(chan)) : -EINVAL;
}
