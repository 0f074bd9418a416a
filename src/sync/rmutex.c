/* SPDX-License-Identifier: MIT */
/*
 * The recursive mutex: a mutex, and how often more its owner has taken it. Who
 * is handed it has it once (semantics LK-08).
 */
#include "sync/mutex.h"

static const struct eg_wait_kind rmutex_wait = { .what = "recursive mutex" };

int eg_rmutex_init(eg_rmutex *rmutex)
{
	if (!rmutex)
		return -EINVAL;
	*eg__rmutex_of(rmutex) = (struct eg__rmutex){ .more = 0 };
	return 0;
}

int eg_rmutex_lock(eg_rmutex *rmutex, int64_t deadline)
{
	struct eg__rmutex *r = eg__rmutex_of(rmutex);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!r))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_rmutex_lock");
	if (eg_likely(!r->mutex.owner)) {
		r->mutex.owner = self;
		return 0;
	}
	if (r->mutex.owner == self) {
		r->more++;
		return 0;
	}
	if (eg_unlikely(r->mutex.owner->hub != self->hub))
		return -EPERM;
	return eg__queue_wait_with(&r->mutex.queue, self, &rmutex_wait, r, NULL,
				   deadline);
}

int eg_rmutex_unlock(eg_rmutex *rmutex)
{
	struct eg__rmutex *r = eg__rmutex_of(rmutex);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!r))
		return -EINVAL;
	if (eg_unlikely(!self || r->mutex.owner != self))
		return -EPERM;
	if (r->more) {
		r->more--;
		return 0;
	}
	if (eg_unlikely(!eg__queue_is_untouched(&r->mutex.queue)))
		return eg__mutex_leave(&r->mutex);
	r->mutex.owner = NULL;
	return 0;
}
