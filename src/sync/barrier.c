/* SPDX-License-Identifier: MIT */
/*
 * The barrier: the last of so many wakes the others and goes on. It counts who
 * stands in line, so that nothing is left to reset.
 */
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

struct barrier {
	struct eg_wait_queue queue;
	int count;   /* 0: not initialised */
	int waiting; /* in line: fewer than count */
};

_Static_assert(sizeof(struct barrier) <= sizeof(eg_barrier),
	       "eg_barrier too small");

static inline struct barrier *barrier_of(eg_barrier *barrier)
{
	return (struct barrier *)(void *)barrier;
}

static void leave(struct eg_waiter *w)
{
	struct barrier *b = w->object;

	b->waiting--;
}

static const struct eg_wait_kind barrier_wait = {
	.what = "barrier",
	.unlink = leave,
};

int eg_barrier_init(eg_barrier *barrier, int count)
{
	if (!barrier || count <= 0)
		return -EINVAL;
	*barrier_of(barrier) = (struct barrier){ .count = count };
	return 0;
}

int eg_barrier_wait(eg_barrier *barrier, int64_t deadline)
{
	struct barrier *b = barrier_of(barrier);
	struct eg_fiber *self = eg__current();
	struct eg_waiter *w;

	if (eg_unlikely(!b || !b->count))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_barrier_wait");
	if (eg__queue_is_anothers(&b->queue, self))
		return -EPERM;
	if (b->waiting + 1 < b->count) {
		b->waiting++;
		return eg__queue_wait(&b->queue, self, &barrier_wait, b,
				      deadline);
	}
	b->waiting = 0;
	while ((w = eg__queue_first(&b->queue)))
		eg__unpark(w, 0);
	return 1;
}
