/* SPDX-License-Identifier: MIT */
/*
 * Owners of mutexes, and conditions: LK-08, LK-10, LK-13. What all locks have
 * in common is in locks.c; read-write locks are in rwlocks.c.
 */
#include "conform_kit.h"

#include <string.h>

static int lock_mutex(void *m, int64_t deadline)
{
	return eg_mutex_lock(m, deadline);
}

static int unlock_mutex(void *m, int64_t deadline)
{
	(void)deadline;
	return eg_mutex_unlock(m);
}

static int unlock_rmutex(void *m, int64_t deadline)
{
	(void)deadline;
	return eg_rmutex_unlock(m);
}

static int unlock_rwlock(void *l, int64_t deadline)
{
	(void)deadline;
	return eg_rwlock_unlock(l);
}

/* Before and after it was held once. */
static void unlocking_what_is_free(long kind)
{
	union {
		eg_mutex mutex;
		eg_rmutex rmutex;
		eg_rwlock rwlock;
	} l;
	static act_fn *const unlock[] = { unlock_mutex, unlock_rmutex,
					  unlock_rwlock };

	memset(&l, 0, sizeof(l));
	egt_eq(unlock[kind](&l, EG_NOW), -EPERM);
	egt_eq(kind == 0   ? eg_mutex_lock(&l.mutex, EG_NOW)
	       : kind == 1 ? eg_rmutex_lock(&l.rmutex, EG_NOW)
			   : eg_rwlock_wrlock(&l.rwlock, EG_NOW),
	       0);
	egt_eq(unlock[kind](&l, EG_NOW), 0);
	egt_eq(unlock[kind](&l, EG_NOW), -EPERM);
}

/* Whoever holds it goes on holding it. */
static void unlocking_anothers(long kind)
{
	eg_mutex mutex = { 0 };
	eg_rmutex rmutex = { 0 };
	eg_rwlock rwlock = { 0 };
	void *const lock[] = { &mutex, &rmutex, &rwlock };
	static act_fn *const unlock[] = { unlock_mutex, unlock_rmutex,
					  unlock_rwlock };
	struct act a = { .trace = NULL };

	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	egt_eq(eg_rwlock_wrlock(&rwlock, EG_NOW), 0);
	act_begin(&a, unlock[kind], lock[kind]);
	egt_eq(act_end(&a), -EPERM);
	for (int i = 0; i < 3; i++)
		egt_eq(unlock[i](lock[i], EG_NOW), 0);
}

static void locking_ones_own(long deadline)
{
	eg_mutex mutex = { 0 };

	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_mutex_lock(&mutex, deadline), -EDEADLK);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	egt_eq(eg_mutex_unlock(&mutex), -EPERM);
}

static int try_rmutex(void *m, int64_t deadline)
{
	int r = eg_rmutex_lock(m, deadline);

	if (r == 0)
		egt_eq(eg_rmutex_unlock(m), 0);
	return r;
}

static void free_after_as_many_unlocks(long depth)
{
	eg_rmutex rmutex = { 0 };
	struct act a = { .trace = NULL };

	for (long i = 0; i < depth; i++)
		egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	for (long i = 0; i < depth; i++) {
		act_begin_until(&a, try_rmutex, &rmutex, EG_NOW);
		egt_eq(act_end(&a), -ETIMEDOUT);
		egt_eq(eg_rmutex_unlock(&rmutex), 0);
	}
	act_begin_until(&a, try_rmutex, &rmutex, EG_NOW);
	egt_eq(act_end(&a), 0);
	egt_eq(eg_rmutex_unlock(&rmutex), -EPERM);
}

/* Handed over in the last unlock of @depth, to hold it once. */
static void next_one_holds_it_once(long depth)
{
	eg_rmutex rmutex = { 0 };
	struct act a = { .trace = NULL };

	for (long i = 0; i < depth; i++)
		egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	act_begin(&a, try_rmutex, &rmutex);
	for (long i = 0; i < depth; i++) {
		egt_eq(a.result, ACT_WAITS);
		egt_eq(eg_rmutex_unlock(&rmutex), 0);
	}
	egt_eq(act_end(&a), 0);
	egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
}

static int lock_and_end(void *m, int64_t deadline)
{
	return lock_mutex(m, deadline);
}

/* Its owner is gone: nobody else may give it back, and nobody waits forever. */
static void owner_that_ended_is_still_the_owner(long deadline)
{
	eg_mutex mutex = { 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, lock_and_end, &mutex);
	egt_eq(act_end(&a), 0);
	egt_eq(eg_mutex_unlock(&mutex), -EPERM);
	egt_eq(eg_mutex_lock(&mutex, eg_after(deadline)), -ETIMEDOUT);
}

/* A condition with either kind of mutex, held @depth times. */
struct monitor {
	eg_cond cond;
	eg_mutex mutex;
	eg_rmutex rmutex;
	long depth; /* 0: the mutex, else the recursive one */
};

static void monitor_lock(struct monitor *m)
{
	if (!m->depth)
		egt_eq(eg_mutex_lock(&m->mutex, EG_FOREVER), 0);
	for (long i = 0; i < m->depth; i++)
		egt_eq(eg_rmutex_lock(&m->rmutex, EG_FOREVER), 0);
}

/* Held as often as before the wait, and no more often. */
static void monitor_unlock(struct monitor *m)
{
	if (!m->depth) {
		egt_eq(eg_mutex_unlock(&m->mutex), 0);
		return;
	}
	for (long i = 0; i < m->depth; i++)
		egt_eq(eg_rmutex_unlock(&m->rmutex), 0);
	egt_eq(eg_rmutex_unlock(&m->rmutex), -EPERM);
}

static int monitor_wait(void *arg, int64_t deadline)
{
	struct monitor *m = arg;
	int r;

	monitor_lock(m);
	if (m->depth)
		r = eg_cond_wait_rmutex(&m->cond, &m->rmutex, deadline);
	else
		r = eg_cond_wait(&m->cond, &m->mutex, deadline);
	monitor_unlock(m);
	return r;
}

static void wait_gives_the_mutex_back_and_takes_it(long depth)
{
	struct monitor m = { .depth = depth };
	struct act a = { .trace = NULL };

	act_begin(&a, monitor_wait, &m);
	monitor_lock(&m);
	egt_eq(eg_cond_signal(&m.cond), 1);
	settle();
	egt_eq(a.result, ACT_WAITS);
	monitor_unlock(&m);
	egt_eq(act_end(&a), 0);
}

static void signal_is_the_first_ones(long depth)
{
	struct monitor m = { .depth = depth };
	struct trace t = { .len = 0 };
	struct act a[3];

	act_begin_all(a, 3, monitor_wait, &m, &t);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_cond_signal(&m.cond), 1);
		egt_eq(act_end(&a[i]), 0);
		egt_in_order(&t, i + 1);
	}
	egt_eq(eg_cond_signal(&m.cond), 0);
}

static void broadcast_is_everybodys(long depth)
{
	struct monitor m = { .depth = depth };
	struct trace t = { .len = 0 };
	struct act a[5];

	act_begin_all(a, 5, monitor_wait, &m, &t);
	egt_eq(eg_cond_broadcast(&m.cond), 5);
	for (int i = 0; i < 5; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, 5);
	egt_eq(eg_cond_broadcast(&m.cond), 0);
}

static void no_signal_is_kept(long depth)
{
	struct monitor m = { .depth = depth };
	int64_t start = eg_now();

	egt_eq(eg_cond_signal(&m.cond), 0);
	egt_eq(eg_cond_broadcast(&m.cond), 0);
	egt_eq(monitor_wait(&m, start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
}

static void who_is_killed_holds_the_mutex(long depth)
{
	struct monitor m = { .depth = depth };
	struct act a[2];

	act_begin_all(a, 2, monitor_wait, &m, NULL);
	egt_eq(act_kill(&a[0], -EIO), -EIO);
	egt_eq(eg_cond_signal(&m.cond), 1);
	egt_eq(act_end(&a[1]), 0);
}

/* Signalled first, then cancelled while another holds the mutex. */
static void signal_received_stays_received(long depth)
{
	struct monitor m = { .depth = depth };
	struct act a = { .trace = NULL };

	act_begin(&a, monitor_wait, &m);
	monitor_lock(&m);
	egt_eq(eg_cond_signal(&m.cond), 1);
	egt_eq(eg_cancel(a.fiber), 0);
	settle();
	egt_eq(a.result, ACT_WAITS);
	monitor_unlock(&m);
	egt_eq(act_end(&a), 0);
}

static void wait_without_the_mutex(long depth)
{
	struct monitor m = { .depth = depth };

	egt_eq(depth ? eg_cond_wait_rmutex(&m.cond, &m.rmutex, EG_FOREVER)
		     : eg_cond_wait(&m.cond, &m.mutex, EG_FOREVER),
	       -EPERM);
	egt_eq(eg_cond_signal(&m.cond), 0);
}

#define EACH_DEPTH(row, says, check)                      \
	{ row, says, check, 0 }, { row, says, check, 1 }, \
	{                                                 \
		row, says, check, 3                       \
	}

static const struct conform mutex_cases[] = {
	{ "LK-13", "unlocking a free mutex is refused", unlocking_what_is_free,
	  0 },
	{ "LK-13", "unlocking a free recursive mutex is refused",
	  unlocking_what_is_free, 1 },
	{ "LK-13", "unlocking a free rwlock is refused", unlocking_what_is_free,
	  2 },
	{ "LK-08", "unlocking another's mutex is refused", unlocking_anothers,
	  0 },
	{ "LK-08", "unlocking another's recursive mutex is refused",
	  unlocking_anothers, 1 },
	{ "LK-08", "unlocking another's rwlock is refused", unlocking_anothers,
	  2 },
	{ "LK-08", "locking one's own is a deadlock", locking_ones_own,
	  EG_FOREVER },
	{ "LK-08", "trying one's own is a deadlock", locking_ones_own, EG_NOW },
	{ "LK-08", "free after as many unlocks", free_after_as_many_unlocks,
	  1 },
	{ "LK-08", "free after as many unlocks", free_after_as_many_unlocks,
	  2 },
	{ "LK-08", "free after as many unlocks", free_after_as_many_unlocks,
	  50 },
	{ "LK-08", "the next one holds it once", next_one_holds_it_once, 1 },
	{ "LK-08", "the next one holds it once", next_one_holds_it_once, 3 },
	{ "LK-08", "an owner that ended is still the owner",
	  owner_that_ended_is_still_the_owner, EG_MSEC },
	EACH_DEPTH("LK-10", "a wait gives the mutex back, and takes it again",
		   wait_gives_the_mutex_back_and_takes_it),
	EACH_DEPTH("LK-10", "a signal is the first one's",
		   signal_is_the_first_ones),
	EACH_DEPTH("LK-10", "a broadcast is everybody's, in order",
		   broadcast_is_everybodys),
	EACH_DEPTH("LK-10", "no signal is kept", no_signal_is_kept),
	EACH_DEPTH("LK-10", "who is killed holds the mutex, and has left",
		   who_is_killed_holds_the_mutex),
	EACH_DEPTH("LK-10", "a signal received stays received",
		   signal_received_stays_received),
	EACH_DEPTH("LK-10", "a wait without the mutex is refused",
		   wait_without_the_mutex),
};
CONFORMANCE(mutexes_have_owners, mutex_cases)
