/* SPDX-License-Identifier: MIT */
/*
 * The mutex, owned by a fiber and handed over first come, first served.
 */
#include "sync/mutex.h"

static const struct eg_wait_kind mutex_wait = { .what = "mutex" };

int eg_mutex_init(eg_mutex *mutex)
{
	if (!mutex)
		return -EINVAL;
	*eg__mutex_of(mutex) = (struct eg__mutex){ 0 };
	return 0;
}

int eg_mutex_lock(eg_mutex *mutex, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct eg__mutex *m = eg__mutex_of(mutex);

	if (eg_unlikely(!m))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_mutex_lock");
	if (eg_likely(!m->owner)) {
		m->owner = self;
		return 0;
	}
	if (eg_unlikely(m->owner == self))
		return -EDEADLK;
	if (eg_unlikely(m->owner->hub != self->hub))
		return -EPERM;
	return eg__queue_wait_with(&m->queue, self, &mutex_wait, m, NULL,
				   deadline);
}

EG_NOINLINE int eg__mutex_leave(struct eg__mutex *m)
{
	eg__mutex_hand_over(m);
	return 0;
}

int eg_mutex_unlock(eg_mutex *mutex)
{
	struct eg_fiber *self = eg__current();
	struct eg__mutex *m = eg__mutex_of(mutex);

	if (eg_unlikely(!m))
		return -EINVAL;
	if (eg_unlikely(!self || m->owner != self))
		return -EPERM;
	if (eg_unlikely(!eg__queue_is_untouched(&m->queue)))
		return eg__mutex_leave(m);
	m->owner = NULL;
	return 0;
}
