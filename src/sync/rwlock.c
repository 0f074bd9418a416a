/* SPDX-License-Identifier: MIT */
/*
 * The read-write lock: one line for readers and writers. Who goes in is decided
 * by who leaves: the lock, or the head of the line. Knows the writer, and of
 * the readers only how many.
 */
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

/* While somebody waits, the lock is held, and the first in line has to wait. */
struct rwlock {
	struct eg_wait_queue queue;
	struct eg_fiber *writer; /* borrowed; NULL: none */
	struct eg_hub *hub;	 /* borrowed: whose fibers hold it, if any */
	size_t readers;
};

_Static_assert(sizeof(struct rwlock) <= sizeof(eg_rwlock),
	       "eg_rwlock too small");

static inline struct rwlock *rwlock_of(eg_rwlock *rwlock)
{
	return (struct rwlock *)(void *)rwlock;
}

static void unlink_and_admit(struct eg_waiter *w);

static const struct eg_wait_kind read_wait = {
	.what = "rwlock (read)",
	.unlink = unlink_and_admit,
};
static const struct eg_wait_kind write_wait = {
	.what = "rwlock (write)",
	.unlink = unlink_and_admit,
};

/* Lets in who may: a writer, or all readers up to the next writer. */
static void admit(struct rwlock *l)
{
	struct eg_waiter *w;

	while (!l->writer && (w = eg__queue_first(&l->queue))) {
		if (w->kind == &read_wait)
			l->readers++;
		else if (!l->readers)
			l->writer = eg__fiber_of(w);
		else
			return;
		eg__unpark(w, 0);
	}
	if (!l->writer)
		eg__queue_forget(&l->queue);
}

/* A writer that gives up may have held up the readers behind it. */
static void unlink_and_admit(struct eg_waiter *w)
{
	eg_list_remove(&w->link);
	admit(w->object);
}

int eg_rwlock_init(eg_rwlock *rwlock)
{
	if (!rwlock)
		return -EINVAL;
	*rwlock_of(rwlock) = (struct rwlock){ .readers = 0 };
	return 0;
}

/* Waits for a lock that is held. */
EG_MAY_SWITCH static int wait_in_line(struct rwlock *l, struct eg_fiber *self,
				      const struct eg_wait_kind *kind,
				      int64_t deadline)
{
	if (eg_unlikely(l->hub != self->hub))
		return -EPERM;
	if (eg_unlikely(l->writer == self))
		return -EDEADLK;
	return eg__queue_wait(&l->queue, self, kind, l, deadline);
}

int eg_rwlock_rdlock(eg_rwlock *rwlock, int64_t deadline)
{
	struct rwlock *l = rwlock_of(rwlock);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!l))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_rwlock_rdlock");
	if (eg_unlikely(l->writer || eg__queue_first(&l->queue)))
		return wait_in_line(l, self, &read_wait, deadline);
	if (eg_unlikely(l->readers && l->hub != self->hub))
		return -EPERM;
	l->hub = self->hub;
	l->readers++;
	return 0;
}

int eg_rwlock_wrlock(eg_rwlock *rwlock, int64_t deadline)
{
	struct rwlock *l = rwlock_of(rwlock);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!l))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_rwlock_wrlock");
	if (eg_unlikely(l->writer || l->readers))
		return wait_in_line(l, self, &write_wait, deadline);
	l->hub = self->hub;
	l->writer = self;
	return 0;
}

int eg_rwlock_unlock(eg_rwlock *rwlock)
{
	struct rwlock *l = rwlock_of(rwlock);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!l))
		return -EINVAL;
	if (eg_unlikely(!self))
		return -EPERM;
	if (l->writer == self)
		l->writer = NULL;
	else if (l->writer || !l->readers || l->hub != self->hub)
		return -EPERM;
	else if (--l->readers)
		return 0;
	if (!eg__queue_is_untouched(&l->queue))
		admit(l);
	return 0;
}
