/* SPDX-License-Identifier: MIT */
/*
 * Unnamed semaphores, on libc's own layout. Process-shared and named ones stay
 * libc's.
 */
#include "run/fast_parts.h"

#include <errno.h>

enum { VALUE_MAX = INT32_MAX }; /* SEM_VALUE_MAX */

/* libc's struct new_sem, which sem_t hides. */
struct semaphore {
	int32_t value;
	uint32_t waiters;
	int32_t is_shared;
};

static inline struct semaphore *semaphore_of(sem_t *sem)
{
	return (struct semaphore *)(void *)sem;
}

static inline bool is_ours(sem_t *sem)
{
	return eg__run_fast_is_on() && eg_likely(!semaphore_of(sem)->is_shared);
}

static inline bool take(struct semaphore *s)
{
	int value = s->value;

	return value > 0 && eg__run_fast_swap(&s->value, value, value - 1);
}

/* One wait: 0, -ETIMEDOUT, -EINTR if it is to end, EG_RUN_RESTART if not. */
static int wait_once(struct eg_run_thread *t, struct semaphore *s,
		     int64_t deadline)
{
	int r;

	s->waiters++;
	r = eg__run_fast_wait(t, (uint32_t *)&s->value, deadline, true);
	s->waiters--;
	if (eg_likely(r != -EINTR && r != -ECANCELED))
		return r;
	/* As the kernel restarts a futex wait: not with a time. */
	if (r == -ECANCELED ||
	    (eg__run_signals_deliver(t) && deadline == EG_FOREVER))
		r = EG_RUN_RESTART;
	eg__run_leave();
	eg__run_real.testcancel();
	eg__run_enter();
	return r;
}

static int wait(struct semaphore *s, int64_t deadline)
{
	struct eg_run_thread *t;
	int r = 0;

	eg__run_real.testcancel();
	eg__run_enter();
	t = eg__run_self();
	while (!take(s)) {
		r = wait_once(t, s, deadline);
		if (r == -ETIMEDOUT || r == -EINTR)
			break;
		r = 0;
	}
	eg__run_leave();
	return (int)eg__run_fast_result(r);
}

EG_RUN_EXPORT int sem_wait(sem_t *sem)
{
	if (!is_ours(sem) || eg__run_is_pass_through())
		return eg__run_real.sem_wait(sem);
	return wait(semaphore_of(sem), EG_FOREVER);
}

static int wait_until(sem_t *sem, clockid_t clock, const struct timespec *time)
{
	int64_t deadline;
	int r = eg__run_fast_deadline(clock, time, &deadline);

	if (r)
		return (int)eg__run_fast_result(-r);
	return wait(semaphore_of(sem), deadline);
}

EG_RUN_EXPORT int sem_clockwait(sem_t *sem, clockid_t clock,
				const struct timespec *time)
{
	if (!is_ours(sem) || eg__run_is_pass_through())
		return eg__run_real.sem_clockwait(sem, clock, time);
	return wait_until(sem, clock, time);
}

EG_RUN_EXPORT int sem_timedwait(sem_t *sem, const struct timespec *time)
{
	if (!is_ours(sem) || eg__run_is_pass_through())
		return eg__run_real.sem_timedwait(sem, time);
	return wait_until(sem, CLOCK_REALTIME, time);
}

EG_RUN_EXPORT int sem_trywait(sem_t *sem)
{
	bool taken;

	if (!is_ours(sem))
		return eg__run_real.sem_trywait(sem);
	eg__run_enter();
	taken = take(semaphore_of(sem));
	eg__run_leave();
	return (int)eg__run_fast_result(taken ? 0 : -EAGAIN);
}

EG_RUN_EXPORT int sem_post(sem_t *sem)
{
	struct semaphore *s = semaphore_of(sem);
	int value, r = 0;

	if (!is_ours(sem))
		return eg__run_real.sem_post(sem);
	eg__run_enter();
	do {
		value = s->value;
	} while (value != VALUE_MAX &&
		 !eg__run_fast_swap(&s->value, value, value + 1));
	if (value == VALUE_MAX)
		r = -EOVERFLOW;
	else if (s->waiters)
		eg__run_futex_wake((uint32_t *)&s->value, 1, ~0u);
	eg__run_leave();
	return (int)eg__run_fast_result(r);
}
