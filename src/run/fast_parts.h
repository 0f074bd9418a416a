/* SPDX-License-Identifier: MIT */
/*
 * What the files of the fast paths share: libc's own functions, the few words
 * of its objects that are read and written here, and waiting.
 *
 * A fast path runs in the layer, between eg__run_enter() and eg__run_leave():
 * the tick and signals are put off meanwhile, so on one worker its loads and
 * stores are atomic towards all threads of the program without a LOCK prefix,
 * which is most of what libc's functions cost. Where several workers share the
 * threads (EG_MANY_WORKERS), the prefixes are there.
 */
#ifndef EG_RUN_FAST_PARTS_H
#define EG_RUN_FAST_PARTS_H

#include "run/futex.h"
#include "run/signals.h"

#include <pthread.h>
#include <semaphore.h>

/* The names that the program finds here instead of in libc. */
#define EG_RUN_EXPORT __attribute__((visibility("default")))

/* What libc's pthread_cancel() sends: SIGCANCEL. */
enum { EG_RUN_CANCEL_SIGNAL = 32 };

/* libc's functions: for objects that are not ours, and when the layer is off. */
struct eg_run_real {
	void (*testcancel)(void);
	int (*cancel)(pthread_t);
	int (*setname_np)(pthread_t, const char *);
	int (*getname_np)(pthread_t, char *, size_t);
	pid_t (*_Fork)(void);
	void (*_exit)(int);
	int (*execve)(const char *, char *const *, char *const *);
	int (*setcancelstate)(int, int *);

	int (*mutex_lock)(pthread_mutex_t *);
	int (*mutex_trylock)(pthread_mutex_t *);
	int (*mutex_unlock)(pthread_mutex_t *);
	int (*mutex_timedlock)(pthread_mutex_t *, const struct timespec *);
	int (*mutex_clocklock)(pthread_mutex_t *, clockid_t,
			       const struct timespec *);

	int (*cond_wait)(pthread_cond_t *, pthread_mutex_t *);
	int (*cond_timedwait)(pthread_cond_t *, pthread_mutex_t *,
			      const struct timespec *);
	int (*cond_clockwait)(pthread_cond_t *, pthread_mutex_t *, clockid_t,
			      const struct timespec *);
	int (*cond_signal)(pthread_cond_t *);
	int (*cond_broadcast)(pthread_cond_t *);

	int (*rwlock_rdlock)(pthread_rwlock_t *);
	int (*rwlock_tryrdlock)(pthread_rwlock_t *);
	int (*rwlock_timedrdlock)(pthread_rwlock_t *, const struct timespec *);
	int (*rwlock_clockrdlock)(pthread_rwlock_t *, clockid_t,
				  const struct timespec *);
	int (*rwlock_wrlock)(pthread_rwlock_t *);
	int (*rwlock_trywrlock)(pthread_rwlock_t *);
	int (*rwlock_timedwrlock)(pthread_rwlock_t *, const struct timespec *);
	int (*rwlock_clockwrlock)(pthread_rwlock_t *, clockid_t,
				  const struct timespec *);
	int (*rwlock_unlock)(pthread_rwlock_t *);

	int (*sem_wait)(sem_t *);
	int (*sem_trywait)(sem_t *);
	int (*sem_timedwait)(sem_t *, const struct timespec *);
	int (*sem_clockwait)(sem_t *, clockid_t, const struct timespec *);
	int (*sem_post)(sem_t *);

	int (*sched_yield)(void);
	int (*nanosleep)(const struct timespec *, struct timespec *);
	int (*clock_nanosleep)(clockid_t, int, const struct timespec *,
			       struct timespec *);
	int (*usleep)(useconds_t);
	unsigned (*sleep)(unsigned);

	ssize_t (*read)(int, void *, size_t);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *,
			    socklen_t *);
	ssize_t (*sendto)(int, const void *, size_t, int,
			  const struct sockaddr *, socklen_t);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
	int (*accept)(int, struct sockaddr *, socklen_t *);
	int (*accept4)(int, struct sockaddr *, socklen_t *, int);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*epoll_wait)(int, struct epoll_event *, int, int);
};

extern struct eg_run_real eg__run_real;

/* Whether the fast paths answer, and not libc: what cannot wait; */
static inline bool eg__run_fast_is_on(void)
{
	return eg_likely(eg__run.is_on);
}

/* and what can: not in a child that has no threads but shares their memory. */
static inline bool eg__run_fast_may_wait(void)
{
	return eg__run_fast_is_on() && eg_likely(!eg__run_is_pass_through());
}

/* *@word = @to if it is @from; whether it was. */
static inline bool eg__run_fast_swap(int *word, int from, int to)
{
	if (EG_MANY_WORKERS)
		return __atomic_compare_exchange_n(word, &from, to, false,
						   __ATOMIC_ACQ_REL,
						   __ATOMIC_RELAXED);
	if (*word != from)
		return false;
	*word = to;
	return true;
}

/* *@word = @to; what it was. */
static inline int eg__run_fast_exchange(int *word, int to)
{
	int was;

	if (EG_MANY_WORKERS)
		return __atomic_exchange_n(word, to, __ATOMIC_ACQ_REL);
	was = *word;
	*word = to;
	return was;
}

/*
 * Waits at @address, in the layer: 0, -ETIMEDOUT, -EINTR, and -ECANCELED if it
 * is a cancellation point. May switch.
 */
static inline int eg__run_fast_wait(struct eg_run_thread *t, uint32_t *address,
				    int64_t deadline, bool is_cancel_point)
{
	t->is_cancel_point = is_cancel_point;
	return eg__run_futex_wait(t, address, ~0u, deadline);
}

/* Lets what interrupted a wait run, and comes back. May not come back. */
static inline void eg__run_fast_interrupted(void)
{
	eg__run_leave();
	eg__run_enter();
}

/* @time of @clock as a deadline, by libc's rules: EINVAL, else 0. */
int eg__run_fast_deadline(clockid_t clock, const struct timespec *time,
			  int64_t *ret);

/* fast_cancel.c: with eg__run_real filled in. */
void eg__run_fast_cancel_init(void);
/* The thread that libc calls @thread; NULL if it cannot be told. In the layer. */
struct eg_run_thread *eg__run_fast_find(pthread_t thread);

/* fast_io.c: @nr as a cancellation point, outside the layer. A value or a
 * negative errno. May switch. */
int64_t eg__run_fast_call(int64_t nr, int64_t a, int64_t b, int64_t c,
			  int64_t d, int64_t e, int64_t f);
/* -1 and errno, as libc's functions say it. */
int64_t eg__run_fast_result(int64_t r);

#endif
