/* SPDX-License-Identifier: MIT */
/*
 * Mutexes, on libc's own layout: what a mutex says is always what libc's
 * functions would have left there, because libc goes on using them from within.
 * Robust, PI, priority-protected, process-shared and elided ones stay libc's.
 */
#include "run/fast_mutex.h"

/* The owner's own attempt. -1: it is to wait like everybody else. */
static int lock_again(pthread_mutex_t *m)
{
	switch (eg__run_mutex_type(m)) {
	case PTHREAD_MUTEX_RECURSIVE:
		if (m->__data.__count == UINT32_MAX)
			return EAGAIN;
		m->__data.__count++;
		return 0;
	case PTHREAD_MUTEX_ERRORCHECK:
		return EDEADLK;
	default:
		return -1;
	}
}

/* Takes it after waiting: others may wait as well, so it stays contended. 0,
 * -ETIMEDOUT, -EINTR. */
static EG_NOINLINE int wait_for(struct eg_run_thread *t, pthread_mutex_t *m,
				int64_t deadline, bool is_interruptible)
{
	int r;

	while (eg__run_fast_exchange(&m->__data.__lock,
				     EG_RUN_MUTEX_CONTENDED) !=
	       EG_RUN_MUTEX_FREE) {
		eg__run_futex_enlist(t, (uint32_t *)&m->__data.__lock, ~0u);
		t->is_cancel_point = false;
		r = eg__run_park(t, deadline, is_interruptible);
		if (r < 0)
			return r;
	}
	return 0;
}

/* @deadline is computed only if it is needed, as libc does. */
static EG_NOINLINE int lock_slowly(struct eg_run_thread *t, pthread_mutex_t *m,
				   clockid_t clock, const struct timespec *time)
{
	int64_t deadline = EG_FOREVER;
	int r;

	if (m->__data.__owner == t->tid) {
		r = lock_again(m);
		if (r >= 0)
			return r;
	}
	if (time) {
		r = eg__run_fast_deadline(clock, time, &deadline);
		if (r)
			return r;
	}
	while ((r = wait_for(t, m, deadline, true)) == -EINTR)
		eg__run_fast_interrupted();
	if (r < 0)
		return -r;
	eg__run_mutex_own(t, m);
	m->__data.__nusers++;
	return 0;
}

static inline bool may_wait(const pthread_mutex_t *m)
{
	return eg__run_mutex_is_ours(m) &&
	       eg_likely(!eg__run_is_pass_through());
}

static inline int lock(pthread_mutex_t *m, clockid_t clock,
		       const struct timespec *time)
{
	struct eg_run_thread *t;
	int r = 0;

	eg__run_enter();
	t = eg__run_self();
	if (eg_likely(eg__run_mutex_take(t, m)))
		m->__data.__nusers++;
	else
		r = lock_slowly(t, m, clock, time);
	eg__run_leave();
	return r;
}

EG_RUN_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!may_wait(mutex))
		return eg__run_real.mutex_lock(mutex);
	return lock(mutex, CLOCK_REALTIME, NULL);
}

EG_RUN_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex,
					  const struct timespec *time)
{
	if (!may_wait(mutex))
		return eg__run_real.mutex_timedlock(mutex, time);
	return lock(mutex, CLOCK_REALTIME, time);
}

EG_RUN_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex,
					  clockid_t clock,
					  const struct timespec *time)
{
	if (!may_wait(mutex) ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return eg__run_real.mutex_clocklock(mutex, clock, time);
	return lock(mutex, clock, time);
}

EG_RUN_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	struct eg_run_thread *t;
	int r = EBUSY;

	if (!eg__run_mutex_is_ours(mutex))
		return eg__run_real.mutex_trylock(mutex);
	eg__run_enter();
	t = eg__run_self();
	if (eg__run_mutex_take(t, mutex)) {
		mutex->__data.__nusers++;
		r = 0;
	} else if (eg__run_mutex_type(mutex) == PTHREAD_MUTEX_RECURSIVE &&
		   mutex->__data.__owner == t->tid) {
		r = lock_again(mutex);
	}
	eg__run_leave();
	return r;
}

int eg__run_mutex_check_unlock(const struct eg_run_thread *t,
			       pthread_mutex_t *m)
{
	switch (eg__run_mutex_type(m)) {
	case PTHREAD_MUTEX_RECURSIVE:
		if (m->__data.__owner != t->tid)
			return EPERM;
		return --m->__data.__count ? -1 : 0;
	case PTHREAD_MUTEX_ERRORCHECK:
		return m->__data.__owner == t->tid &&
				       m->__data.__lock != EG_RUN_MUTEX_FREE
			       ? 0
			       : EPERM;
	default:
		return 0;
	}
}

EG_RUN_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int r;

	if (!eg__run_mutex_is_ours(mutex))
		return eg__run_real.mutex_unlock(mutex);
	eg__run_enter();
	mutex->__data.__nusers--;
	r = eg__run_mutex_release(eg__run_self(), mutex);
	if (eg_unlikely(r))
		mutex->__data.__nusers++;
	eg__run_leave();
	return r > 0 ? r : 0;
}

void eg__run_mutex_retake_slowly(struct eg_run_thread *t, pthread_mutex_t *m)
{
	/* Cleanup handlers that a cancellation runs expect it locked. */
	const uint64_t cancel = eg__run_signal_bit(EG_RUN_CANCEL_SIGNAL);

	if (m->__data.__owner == t->tid) {
		lock_again(m); /* was locked more than once */
		return;
	}
	while (wait_for(t, m, EG_FOREVER, !(t->pending & cancel)) < 0)
		eg__run_fast_interrupted();
	eg__run_mutex_own(t, m);
}
