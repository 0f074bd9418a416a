/* SPDX-License-Identifier: MIT */
/*
 * The parts of a mutex that a wait for a condition needs as well, inline: what
 * is done when nobody waits. In the layer, but for eg__run_mutex_is_ours().
 */
#ifndef EG_RUN_FAST_MUTEX_H
#define EG_RUN_FAST_MUTEX_H

#include "run/fast_parts.h"

#include <errno.h>

/* pthread_mutex_t.__data.__kind: the type, and a bit that means nothing here */
enum { EG_RUN_MUTEX_TYPE = 3, EG_RUN_MUTEX_NO_ELISION = 512 };

/* __data.__lock */
enum { EG_RUN_MUTEX_FREE, EG_RUN_MUTEX_HELD, EG_RUN_MUTEX_CONTENDED };

static inline bool eg__run_mutex_is_ours(const pthread_mutex_t *m)
{
	return eg_likely(!(m->__data.__kind &
			   ~(EG_RUN_MUTEX_TYPE | EG_RUN_MUTEX_NO_ELISION))) &&
	       eg__run_fast_is_on();
}

static inline int eg__run_mutex_type(const pthread_mutex_t *m)
{
	return m->__data.__kind & EG_RUN_MUTEX_TYPE;
}

static inline void eg__run_mutex_own(const struct eg_run_thread *t,
				     pthread_mutex_t *m)
{
	m->__data.__owner = t->tid;
	if (eg__run_mutex_type(m) == PTHREAD_MUTEX_RECURSIVE)
		m->__data.__count = 1;
}

/* Takes it if it is free. */
static inline bool eg__run_mutex_take(struct eg_run_thread *t,
				      pthread_mutex_t *m)
{
	if (eg_unlikely(!eg__run_fast_swap(&m->__data.__lock, EG_RUN_MUTEX_FREE,
					   EG_RUN_MUTEX_HELD)))
		return false;
	eg__run_mutex_own(t, m);
	return true;
}

/* Who may, and how often it has to: 0, EPERM, -1 if it remains locked. */
int eg__run_mutex_check_unlock(const struct eg_run_thread *t,
			       pthread_mutex_t *m);

/* 0 or EPERM. Does not touch __nusers, which counts those, too, who wait for a
 * condition with it. */
static inline int eg__run_mutex_release(const struct eg_run_thread *t,
					pthread_mutex_t *m)
{
	int r;

	if (eg_unlikely(eg__run_mutex_type(m))) {
		r = eg__run_mutex_check_unlock(t, m);
		if (r)
			return r;
	}
	m->__data.__owner = 0;
	if (eg_unlikely(eg__run_fast_exchange(&m->__data.__lock,
					      EG_RUN_MUTEX_FREE) !=
			EG_RUN_MUTEX_HELD))
		eg__run_futex_wake((uint32_t *)&m->__data.__lock, 1, ~0u);
	return 0;
}

/* After a wait, for as long as it takes. May switch. */
void eg__run_mutex_retake_slowly(struct eg_run_thread *t, pthread_mutex_t *m);

static inline void eg__run_mutex_retake(struct eg_run_thread *t,
					pthread_mutex_t *m)
{
	if (eg_unlikely(!eg__run_mutex_take(t, m)))
		eg__run_mutex_retake_slowly(t, m);
}

#endif
