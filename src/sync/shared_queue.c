/* SPDX-License-Identifier: MIT */
/*
 * The queue that threads share: the calls. What they do is shared_values.c's.
 */
#include "sync/shared_values.h"

#include <evergreen/shared.h>

static const struct eg__shared_values_kind queue_kind = {
	.put.wait = { .what = "shared queue (put)", .abort = eg__shared_abort },
	.get.wait = { .what = "shared queue (get)", .abort = eg__shared_abort },
	.closed = -ESHUTDOWN,
};

static inline struct eg__shared_values *values_of(const eg_shared_queue *queue)
{
	return (struct eg__shared_values *)(uintptr_t)queue;
}

int eg_shared_queue_new(eg_shared_queue **ret_queue, size_t value_bytes,
			size_t capacity)
{
	struct eg__shared_values *v;
	int r;

	if (!ret_queue)
		return -EINVAL;
	r = eg__shared_values_new(&v, &queue_kind, value_bytes, capacity);
	if (r == 0)
		*ret_queue = (eg_shared_queue *)(void *)v;
	return r;
}

eg_shared_queue *eg_shared_queue_ref(eg_shared_queue *queue)
{
	if (queue)
		eg__shared_values_ref(values_of(queue));
	return queue;
}

eg_shared_queue *eg_shared_queue_unref(eg_shared_queue *queue)
{
	if (queue)
		eg__shared_values_unref(values_of(queue));
	return NULL;
}

int eg_shared_queue_put(eg_shared_queue *queue, const void *value,
			int64_t deadline)
{
	if (eg_unlikely(!queue))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_queue_put");
	return eg__shared_values_put(values_of(queue), value, deadline);
}

int eg_shared_queue_get(eg_shared_queue *queue, void *ret_value,
			int64_t deadline)
{
	if (eg_unlikely(!queue))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_queue_get");
	return eg__shared_values_get(values_of(queue), ret_value, deadline);
}

ssize_t eg_shared_queue_len(const eg_shared_queue *queue)
{
	return queue ? (ssize_t)eg__shared_values_len(values_of(queue))
		     : -EINVAL;
}

int eg_shared_queue_shutdown(eg_shared_queue *queue, bool immediate)
{
	if (!queue)
		return -EINVAL;
	eg__shared_values_close(values_of(queue), immediate);
	return 0;
}
