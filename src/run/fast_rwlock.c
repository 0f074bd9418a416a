/* SPDX-License-Identifier: MIT */
/*
 * Read-write locks, in libc's object but by a simpler rule than its own, which
 * is made for several cores: all of a program's calls come here, so nobody else
 * reads what is written. Handed over, so that neither side starves the other.
 * Process-shared ones stay libc's.
 */
#include "run/fast_parts.h"

#include "run/futex_calls.h"

#include <errno.h>

/* Fields of pthread_rwlock_t.__data, which initialisers make 0:
 * __readers: who holds it to read; __cur_writer: the tid of who writes;
 * __writers: who waits to write. __wrphase_futex and __writers_futex are where
 * readers and writers wait; their values are not used. */
enum { READERS_MAX = INT32_MAX };

enum side { READ, WRITE };

static inline bool is_ours(const pthread_rwlock_t *l)
{
	return eg__run_fast_may_wait() && eg_likely(!l->__data.__shared);
}

static inline uint32_t *line_of(pthread_rwlock_t *l, enum side side)
{
	return side == READ ? &l->__data.__wrphase_futex
			    : &l->__data.__writers_futex;
}

/* Whether a reader lets those who wait to write go first. */
static inline bool prefers_writers(const pthread_rwlock_t *l)
{
	return l->__data.__flags ==
		       PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP &&
	       l->__data.__writers;
}

/* 0; EBUSY if it would have to wait; EAGAIN. */
static inline int try_lock(struct eg_run_thread *t, pthread_rwlock_t *l,
			   enum side side)
{
	if (l->__data.__cur_writer)
		return EBUSY;
	if (side == WRITE) {
		if (l->__data.__readers)
			return EBUSY;
		l->__data.__cur_writer = t->tid;
		return 0;
	}
	if (prefers_writers(l))
		return EBUSY;
	if (l->__data.__readers == READERS_MAX)
		return EAGAIN;
	l->__data.__readers++;
	return 0;
}

/* To the writer who has waited longest, or to all readers. False: to nobody. */
static bool hand_to_writer(pthread_rwlock_t *l)
{
	struct eg_run_futex_wait *w =
		eg__run_futex_next(line_of(l, WRITE), NULL);

	if (!w)
		return false;
	l->__data.__cur_writer = w->thread->tid;
	eg__run_futex_fire(w);
	return true;
}

static bool hand_to_readers(pthread_rwlock_t *l)
{
	int n = eg__run_futex_wake(line_of(l, READ), READERS_MAX, ~0u);

	l->__data.__readers += (unsigned)n;
	return n > 0;
}

/* Nobody holds @l: who is next? */
static void hand_over(pthread_rwlock_t *l)
{
	if (prefers_writers(l)) {
		if (!hand_to_writer(l))
			hand_to_readers(l);
	} else if (!hand_to_readers(l)) {
		hand_to_writer(l);
	}
}

/* Waits until somebody hands it over. */
static EG_NOINLINE int wait_for(struct eg_run_thread *t, pthread_rwlock_t *l,
				enum side side, int64_t deadline)
{
	int r;

	if (l->__data.__cur_writer == t->tid)
		return EDEADLK;
	l->__data.__writers += side == WRITE;
	r = eg__run_fast_wait(t, line_of(l, side), deadline, false);
	l->__data.__writers -= side == WRITE;
	/* Readers may have waited for the one that has just given up. */
	if (r < 0 && side == WRITE && !l->__data.__cur_writer &&
	    !prefers_writers(l))
		hand_to_readers(l);
	return -r;
}

static int lock(pthread_rwlock_t *l, enum side side, int64_t deadline)
{
	struct eg_run_thread *t;
	int r;

	eg__run_enter();
	t = eg__run_self();
	while ((r = try_lock(t, l, side)) == EBUSY) {
		r = wait_for(t, l, side, deadline);
		if (r != EINTR)
			break;
		eg__run_fast_interrupted();
	}
	eg__run_leave();
	return r;
}

static int lock_until(pthread_rwlock_t *l, enum side side, clockid_t clock,
		      const struct timespec *time)
{
	int64_t deadline;
	int r = eg__run_fast_deadline(clock, time, &deadline);

	return r ? r : lock(l, side, deadline);
}

static int try_only(pthread_rwlock_t *l, enum side side)
{
	int r;

	eg__run_enter();
	r = try_lock(eg__run_self(), l, side);
	eg__run_leave();
	return r;
}

EG_RUN_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *lock_)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_rdlock(lock_);
	return lock(lock_, READ, EG_FOREVER);
}

EG_RUN_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *lock_)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_wrlock(lock_);
	return lock(lock_, WRITE, EG_FOREVER);
}

EG_RUN_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock_)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_tryrdlock(lock_);
	return try_only(lock_, READ);
}

EG_RUN_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *lock_)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_trywrlock(lock_);
	return try_only(lock_, WRITE);
}

EG_RUN_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock_,
					     const struct timespec *time)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_timedrdlock(lock_, time);
	return lock_until(lock_, READ, CLOCK_REALTIME, time);
}

EG_RUN_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock_,
					     const struct timespec *time)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_timedwrlock(lock_, time);
	return lock_until(lock_, WRITE, CLOCK_REALTIME, time);
}

EG_RUN_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock_,
					     clockid_t clock,
					     const struct timespec *time)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_clockrdlock(lock_, clock, time);
	return lock_until(lock_, READ, clock, time);
}

EG_RUN_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock_,
					     clockid_t clock,
					     const struct timespec *time)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_clockwrlock(lock_, clock, time);
	return lock_until(lock_, WRITE, clock, time);
}

EG_RUN_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock_)
{
	if (!is_ours(lock_))
		return eg__run_real.rwlock_unlock(lock_);
	eg__run_enter();
	if (lock_->__data.__cur_writer) {
		lock_->__data.__cur_writer = 0;
		hand_over(lock_);
	} else if (--lock_->__data.__readers == 0) {
		hand_over(lock_);
	}
	eg__run_leave();
	return 0;
}
