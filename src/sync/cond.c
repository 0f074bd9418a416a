/* SPDX-License-Identifier: MIT */
/*
 * The condition. A waiter whose wait for the signal is over, however it ended,
 * is moved into the line of its mutex and resumes as the owner: it has nothing
 * to take on arrival, and nobody runs only to find the mutex held.
 */
#include "sync/mutex.h"

struct cond {
	struct eg_wait_queue queue;
};

_Static_assert(sizeof(struct cond) <= sizeof(eg_cond), "eg_cond too small");

static inline struct cond *cond_of(eg_cond *cond)
{
	return (struct cond *)(void *)cond;
}

/*
 * The wait for the mutex can neither be cancelled nor time out. A deadlock ends
 * it, without the mutex: whoever has that will not give it back.
 */
static void abort_relock(struct eg_waiter *w, int reason)
{
	if (reason == -EDEADLK)
		eg__unpark(w, reason);
}

static const struct eg_wait_kind relock_wait = {
	.what = "mutex (condition)",
	.abort = abort_relock,
};

static void stop_timer(struct eg_fiber *f)
{
	if (!f->wait.slow)
		return;
	f->wait.slow = 0;
	eg__timer_stop(&f->hub->loop.timers, &f->timer);
}

/* The wait for the signal is over with @result: now the mutex. */
static void relock(struct eg_waiter *w, int result)
{
	struct eg_fiber *f = eg__fiber_of(w);
	struct eg__mutex *m = w->value;

	if (!m->owner) {
		m->owner = f;
		eg__unpark(w, result);
		return;
	}
	eg_list_remove(&w->link);
	stop_timer(f);
	w->kind = &relock_wait;
	w->object = m;
	w->value = (void *)(intptr_t)result;
	eg__queue_push(&m->queue, w);
}

/* Its waiters' value is their mutex. */
static const struct eg_wait_kind cond_wait = {
	.what = "condition",
	.abort = relock,
};

int eg_cond_init(eg_cond *cond)
{
	if (!cond)
		return -EINVAL;
	*cond_of(cond) = (struct cond){ 0 };
	return 0;
}

EG_MAY_SWITCH static inline int wait_for_signal(struct cond *c,
						struct eg__mutex *m,
						struct eg_fiber *self,
						int64_t deadline)
{
	struct eg_waiter *w;
	int r;

	if (eg__queue_is_anothers(&c->queue, self))
		return -EPERM;
	r = eg__park_check(self, deadline);
	if (eg_unlikely(r))
		return r;
	w = eg__waiter(self, &cond_wait, c);
	w->value = m;
	eg__queue_push(&c->queue, w);
	eg__mutex_hand_over(m);
	return eg__park(self, deadline);
}

int eg_cond_wait(eg_cond *cond, eg_mutex *mutex, int64_t deadline)
{
	struct eg__mutex *m = eg__mutex_of(mutex);
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!cond || !m))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_cond_wait");
	if (eg_unlikely(m->owner != self))
		return -EPERM;
	return wait_for_signal(cond_of(cond), m, self, deadline);
}

/*
 * Comes back here after the wait, unlike the others: the waiter has no room for
 * the number of locks, and while this fiber waits it is nobody else's business.
 */
int eg_cond_wait_rmutex(eg_cond *cond, eg_rmutex *rmutex, int64_t deadline)
{
	struct eg__rmutex *rm = eg__rmutex_of(rmutex);
	struct eg_fiber *self = eg__current();
	size_t more;
	int r;

	if (eg_unlikely(!cond || !rm))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_cond_wait_rmutex");
	if (eg_unlikely(rm->mutex.owner != self))
		return -EPERM;
	more = rm->more;
	rm->more = 0;
	r = wait_for_signal(cond_of(cond), &rm->mutex, self, deadline);
	/* Not after a deadlock over the mutex itself. */
	if (eg_likely(rm->mutex.owner == self))
		rm->more = more;
	return r;
}

int eg_cond_signal(eg_cond *cond)
{
	struct cond *c = cond_of(cond);
	struct eg_waiter *w;

	if (eg_unlikely(!c))
		return -EINVAL;
	if (eg_unlikely(!eg__hub() || eg__queue_is_foreign(&c->queue)))
		return -EPERM;
	w = eg__queue_first(&c->queue);
	if (!w)
		return 0;
	relock(w, 0);
	return 1;
}

int eg_cond_broadcast(eg_cond *cond)
{
	struct cond *c = cond_of(cond);
	struct eg_waiter *w;
	int woken = 0;

	if (!c)
		return -EINVAL;
	if (!eg__hub() || eg__queue_is_foreign(&c->queue))
		return -EPERM;
	for (; (w = eg__queue_first(&c->queue)); woken++)
		relock(w, 0);
	return woken;
}
