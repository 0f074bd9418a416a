/* SPDX-License-Identifier: MIT */
/*
 * The counting semaphore. A posted unit goes to the first waiter directly: it
 * is never free for somebody who comes later (semantics LK-05, LK-11).
 */
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

#include <limits.h>

/* While somebody waits, units is 0. */
struct sem {
	struct eg_wait_queue queue;
	int units;
};

_Static_assert(sizeof(struct sem) <= sizeof(eg_sem), "eg_sem too small");

static const struct eg_wait_kind sem_wait = { .what = "semaphore" };

static inline struct sem *sem_of(const eg_sem *sem)
{
	return (struct sem *)(uintptr_t)sem;
}

int eg_sem_init(eg_sem *sem, int units)
{
	if (!sem || units < 0)
		return -EINVAL;
	*sem_of(sem) = (struct sem){ .units = units };
	return 0;
}

int eg_sem_post(eg_sem *sem)
{
	struct sem *s = sem_of(sem);
	struct eg_waiter *w;

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!eg__hub() || eg__queue_is_foreign(&s->queue)))
		return -EPERM;
	w = eg__queue_first(&s->queue);
	if (w) {
		eg__unpark(w, 0);
		return 0;
	}
	if (eg_unlikely(s->units == INT_MAX))
		return -EOVERFLOW;
	s->units++;
	return 0;
}

int eg_sem_wait(eg_sem *sem, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_sem_wait");
	if (s->units > 0) {
		s->units--;
		return 0;
	}
	return eg__queue_wait(&s->queue, self, &sem_wait, s, deadline);
}

int eg_sem_units(const eg_sem *sem)
{
	return sem ? sem_of(sem)->units : -EINVAL;
}
