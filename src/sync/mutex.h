/* SPDX-License-Identifier: MIT */
/*
 * The insides of both mutexes, for the condition, which puts its waiters into
 * their lines. Taking one is mutex.c's and rmutex.c's.
 */
#ifndef EG_SYNC_MUTEX_H
#define EG_SYNC_MUTEX_H

#include "sync/wait_queue.h"

#include <evergreen/sync.h>

/* While somebody waits, there is an owner. A waiter's value is the result of
 * the wait that ends with the ownership: NULL, or a condition's error. */
struct eg__mutex {
	struct eg_wait_queue queue;
	struct eg_fiber *owner; /* borrowed; NULL: free */
};

struct eg__rmutex {
	struct eg__mutex mutex;
	size_t more; /* locks of the owner after its first */
};

_Static_assert(sizeof(struct eg__mutex) <= sizeof(eg_mutex),
	       "eg_mutex too small");
_Static_assert(sizeof(struct eg__rmutex) <= sizeof(eg_rmutex),
	       "eg_rmutex too small");

static inline struct eg__mutex *eg__mutex_of(eg_mutex *mutex)
{
	return (struct eg__mutex *)(void *)mutex;
}

static inline struct eg__rmutex *eg__rmutex_of(eg_rmutex *rmutex)
{
	return (struct eg__rmutex *)(void *)rmutex;
}

/* The owner leaves @m to the first in line, if there is one. */
static inline void eg__mutex_hand_over(struct eg__mutex *m)
{
	struct eg_waiter *w = eg__queue_first(&m->queue);

	if (!w) {
		eg__queue_forget(&m->queue);
		m->owner = NULL;
		return;
	}
	m->owner = eg__fiber_of(w);
	eg__unpark(w, (int)(intptr_t)w->value);
}

/* The owner leaves @m when somebody may be in line. Returns 0. */
int eg__mutex_leave(struct eg__mutex *m);

#endif
