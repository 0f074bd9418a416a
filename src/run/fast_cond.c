/* SPDX-License-Identifier: MIT */
/*
 * Condition variables: who waits stands in the futex table, so the object stays
 * as it was initialised. Process-shared ones, and those whose mutex is libc's
 * business, stay libc's: it counts those who wait in the object.
 */
#include "run/fast_mutex.h"

/* pthread_cond_t.__data.__wrefs */
enum {
	REFS_SHARED = 1,
	REFS_MONOTONIC = 2,
	REFS_WAITERS = ~7, /* of libc's functions */
};

static inline bool is_ours(const pthread_cond_t *c)
{
	return eg__run_fast_is_on() &&
	       eg_likely(!(c->__data.__wrefs & REFS_SHARED));
}

static inline bool may_wait(const pthread_cond_t *c, const pthread_mutex_t *m)
{
	return is_ours(c) && eg__run_mutex_is_ours(m) &&
	       eg_likely(!eg__run_is_pass_through());
}

/* Where its threads wait; libc's functions wait at other words of it. */
static inline uint32_t *line_of(pthread_cond_t *c)
{
	return (uint32_t *)(void *)c;
}

/*
 * A wait that nobody's signal has ended. After a handler it returns as if
 * woken, which POSIX allows: to enlist again would miss a signal that was sent
 * in between. Handlers run while the mutex is free, except for that of a
 * cancellation, which may end in the program's cleanup handlers.
 */
static EG_NOINLINE int end_early(struct eg_run_thread *t, pthread_mutex_t *m,
				 int r)
{
	if (r == -EINTR &&
	    !(t->pending & eg__run_signal_bit(EG_RUN_CANCEL_SIGNAL)))
		eg__run_fast_interrupted();
	eg__run_mutex_retake(t, m);
	eg__run_leave();
	if (r == -ETIMEDOUT)
		return ETIMEDOUT;
	eg__run_real.testcancel();
	return 0;
}

/* Nobody else runs between the unlocking and the park, so no signal is lost. */
static inline int wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline)
{
	struct eg_run_thread *t;
	int r;

	eg__run_real.testcancel();
	eg__run_enter();
	t = eg__run_self();
	r = eg__run_mutex_release(t, m);
	if (eg_unlikely(r > 0)) {
		eg__run_leave();
		return r;
	}
	r = eg__run_fast_wait(t, line_of(c), deadline, true);
	if (eg_unlikely(r))
		return end_early(t, m, r);
	eg__run_mutex_retake(t, m);
	eg__run_leave();
	return 0;
}

EG_RUN_EXPORT int pthread_cond_wait(pthread_cond_t *cond,
				    pthread_mutex_t *mutex)
{
	if (!may_wait(cond, mutex))
		return eg__run_real.cond_wait(cond, mutex);
	return wait(cond, mutex, EG_FOREVER);
}

EG_RUN_EXPORT int pthread_cond_timedwait(pthread_cond_t *cond,
					 pthread_mutex_t *mutex,
					 const struct timespec *time)
{
	int64_t deadline;
	int r;

	if (!may_wait(cond, mutex))
		return eg__run_real.cond_timedwait(cond, mutex, time);
	r = eg__run_fast_deadline(cond->__data.__wrefs & REFS_MONOTONIC
					  ? CLOCK_MONOTONIC
					  : CLOCK_REALTIME,
				  time, &deadline);
	return r ? r : wait(cond, mutex, deadline);
}

EG_RUN_EXPORT int pthread_cond_clockwait(pthread_cond_t *cond,
					 pthread_mutex_t *mutex,
					 clockid_t clock,
					 const struct timespec *time)
{
	int64_t deadline;
	int r;

	if (!may_wait(cond, mutex))
		return eg__run_real.cond_clockwait(cond, mutex, clock, time);
	r = eg__run_fast_deadline(clock, time, &deadline);
	return r ? r : wait(cond, mutex, deadline);
}

/* Wakes up to @n. Whether libc may know of some more: asked first, because
 * whoever is woken may free @c. */
static inline bool wake(pthread_cond_t *c, int n)
{
	bool is_mixed = c->__data.__wrefs & (unsigned)REFS_WAITERS;
	int woken;

	eg__run_enter();
	woken = eg__run_futex_wake(line_of(c), n, ~0u);
	eg__run_leave();
	return eg_unlikely(is_mixed) && woken < n;
}

EG_RUN_EXPORT int pthread_cond_signal(pthread_cond_t *cond)
{
	if (!is_ours(cond) || wake(cond, 1))
		return eg__run_real.cond_signal(cond);
	return 0;
}

EG_RUN_EXPORT int pthread_cond_broadcast(pthread_cond_t *cond)
{
	if (!is_ours(cond) || wake(cond, INT32_MAX))
		return eg__run_real.cond_broadcast(cond);
	return 0;
}
