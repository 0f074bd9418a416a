/* SPDX-License-Identifier: MIT */
/*
 * The run queue: a ring of ready fibers, first in, first out. A ring and not a
 * list, because it tells which fibers come soon without touching them, so that
 * they can be fetched into the cache meanwhile (decision 0007).
 */
#ifndef EG_CORE_RUN_QUEUE_H
#define EG_CORE_RUN_QUEUE_H

#include "base/check.h"
#include "core/fiber.h"

enum {
	/* How many switches ahead of its turn a fiber's structure, and then
	 * the stack that it resumes on, are fetched. */
	EG_PREFETCH_FIBER = 6,
	EG_PREFETCH_STACK = 3,
	EG_PREFETCH_STACK_BYTES = 6 * 64,
	EG_RUN_QUEUE_MIN = 512, /* slots: one page */
};

/* Counters run on and wrap, also when it grows: a place in line keeps its
 * number. The difference is the length. */
struct eg_run_queue {
	struct eg_fiber **slots; /* owned; mask + 1 of them, a power of two */
	uint32_t mask;
	uint32_t first;
	uint32_t end;
};

/* Makes room for @fibers in all: spawning asks, so that waking cannot fail. */
int eg__run_queue_reserve(struct eg_run_queue *q, uint64_t fibers);
void eg__run_queue_done(struct eg_run_queue *q);

static inline bool eg__run_queue_is_empty(const struct eg_run_queue *q)
{
	return q->first == q->end;
}

static inline void eg__run_queue_push(struct eg_run_queue *q,
				      struct eg_fiber *f)
{
	EG_DEBUG_CHECK(q->end - q->first <= q->mask);
	q->slots[q->end++ & q->mask] = f;
}

/* Takes the first; the queue must not be empty. */
static inline struct eg_fiber *eg__run_queue_pop(struct eg_run_queue *q)
{
	uint32_t first = q->first++;
	uint32_t left = q->end - q->first;
	const struct eg_fiber *soon;

	/* Short queues are in the cache as it is. (Not by prefetching NULL: a
	 * page walk that finds nothing costs more than a miss.) */
	if (left >= EG_PREFETCH_FIBER) {
		soon = q->slots[(first + EG_PREFETCH_STACK) & q->mask];
		/* The registers, and the frames that it returns through. */
		for (size_t at = 0; at < EG_PREFETCH_STACK_BYTES; at += 64)
			__builtin_prefetch((const char *)soon->ctx.sp + at);
		__builtin_prefetch(
			q->slots[(first + EG_PREFETCH_FIBER) & q->mask]);
	}
	return q->slots[first & q->mask];
}

#endif
