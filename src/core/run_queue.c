/* SPDX-License-Identifier: MIT */
/*
 * The memory of the run queue.
 */
#include "core/run_queue.h"

#include "base/alloc.h"

#include <errno.h>

static size_t ring_bytes(const struct eg_run_queue *q)
{
	return ((size_t)q->mask + 1) * sizeof(struct eg_fiber *);
}

void eg__run_queue_done(struct eg_run_queue *q)
{
	if (q->slots)
		eg__pages_put(q->slots, ring_bytes(q));
	q->slots = NULL;
}

int eg__run_queue_reserve(struct eg_run_queue *q, uint64_t fibers)
{
	struct eg_run_queue grown = {
		.mask = EG_RUN_QUEUE_MIN - 1,
		.first = q->first,
		.end = q->end,
	};
	uint64_t places;

	if (fibers > UINT32_C(1) << 30)
		return -ENOMEM;
	/* The hub's own context stands in line, too, but never behind itself:
	 * see calls.c. */
	places = 2 * fibers + 1;
	if (q->slots && places <= q->mask + UINT64_C(1))
		return 0;
	while (grown.mask < places - 1)
		grown.mask = grown.mask * 2 + 1;
	grown.slots = eg__pages_get(ring_bytes(&grown));
	if (!grown.slots)
		return -ENOMEM;
	for (uint32_t i = q->first; i != q->end; i++)
		grown.slots[i & grown.mask] = q->slots[i & q->mask];
	eg__run_queue_done(q);
	*q = grown;
	return 0;
}
