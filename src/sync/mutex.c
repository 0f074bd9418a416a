/* SPDX-License-Identifier: MIT */
/*
 * The mutex, owned by a fiber and handed over first come, first served.
 */
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

/* While somebody waits, there is an owner. */
struct mutex {
	struct eg_wait_queue queue;
	struct eg_fiber *owner; /* borrowed; NULL: free */
};

_Static_assert(sizeof(struct mutex) <= sizeof(eg_mutex), "eg_mutex too small");

static const struct eg_wait_kind mutex_wait = { .what = "mutex" };

static inline struct mutex *mutex_of(eg_mutex *mutex)
{
	return (struct mutex *)(void *)mutex;
}

int eg_mutex_init(eg_mutex *mutex)
{
	if (!mutex)
		return -EINVAL;
	*mutex_of(mutex) = (struct mutex){ 0 };
	return 0;
}

int eg_mutex_lock(eg_mutex *mutex, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct mutex *m = mutex_of(mutex);

	if (eg_unlikely(!m))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_mutex_lock");
	if (!m->owner) {
		m->owner = self;
		return 0;
	}
	if (eg_unlikely(m->owner == self))
		return -EDEADLK;
	if (eg_unlikely(m->owner->hub != self->hub))
		return -EPERM;
	return eg__queue_wait(&m->queue, self, &mutex_wait, m, deadline);
}

int eg_mutex_unlock(eg_mutex *mutex)
{
	struct eg_fiber *self = eg__current();
	struct mutex *m = mutex_of(mutex);
	struct eg_waiter *w;

	if (eg_unlikely(!m))
		return -EINVAL;
	if (eg_unlikely(!self || m->owner != self))
		return -EPERM;
	w = eg__queue_first(&m->queue);
	m->owner = w ? eg__fiber_of(w) : NULL;
	if (w)
		eg__unpark(w, 0);
	return 0;
}
