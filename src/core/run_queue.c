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
	struct eg_run_queue grown = { .mask = EG_RUN_QUEUE_MIN - 1 };

	fibers++; /* the hub's own context stands in line, too */
	if (q->slots && fibers <= q->mask + UINT64_C(1))
		return 0;
	if (fibers > UINT32_C(1) << 31)
		return -ENOMEM;
	while (grown.mask < fibers - 1)
		grown.mask = grown.mask * 2 + 1;
	grown.slots = eg__pages_get(ring_bytes(&grown));
	if (!grown.slots)
		return -ENOMEM;
	while (!eg__run_queue_is_empty(q))
		grown.slots[grown.end++] = q->slots[q->first++ & q->mask];
	eg__run_queue_done(q);
	*q = grown;
	return 0;
}
