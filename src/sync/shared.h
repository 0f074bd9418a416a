/* SPDX-License-Identifier: MIT */
/*
 * What the objects shared by threads are made of: a lock, a line of waiters of
 * two kinds, and how each is woken. What is handed over, and when the line is
 * served, is the object's.
 *
 * A waiter is a fiber of any hub, or a thread that runs none. It stands in line
 * by a record on its own stack. Who serves it takes the record out under the
 * lock, leaves value and result, and wakes it without the lock. Who gives up
 * takes its own record out under the lock; if that was taken already, it was
 * served: then it waits for the wake-up, which is on its way, and returns what
 * it was given. So one side wins, nothing is lost, and no record is touched
 * after its owner has gone on.
 *
 * A fiber may also wait for several, by a record in each line (select/). Who
 * serves one of them has to win the fiber first, under the lock too; a record
 * of one that is won already leaves the line unserved.
 */
#ifndef EG_SYNC_SHARED_H
#define EG_SYNC_SHARED_H

#include "core/park.h"

/* First in every such object. */
struct eg__shared {
	uint32_t lock; /* atomic: enum eg__shared_lock_state */
};

enum eg__shared_lock_state {
	EG_SHARED_FREE,
	EG_SHARED_HELD,
	EG_SHARED_CONTENDED, /* held, and somebody sleeps for it */
};

struct eg__shared_kind {
	struct eg_wait_kind wait; /* its abort is eg__shared_abort() */
	/* Under the lock: one has given up and left the line. Or NULL. */
	void (*left)(struct eg__shared *s);
};

/* One that waits. Under the lock until it is taken, then the taker's. */
struct eg__shared_waiter {
	struct eg_list link; /* in the line; taken: among those to be woken */
	struct eg__shared *object;
	const struct eg__shared_kind *kind;
	struct eg_hub *hub;	 /* borrowed, a fiber's; NULL: a thread */
	struct eg_waiter *fiber; /* its fiber's, if it waits for this alone */
	uint32_t *winner; /* of several, of which one is served; or NULL */
	void *value;	  /* where a value is taken from, or put */
	int result;
	bool is_taken;
	uint32_t word; /* a thread's futex, atomic */
	eg_task task;  /* a fiber's: posted to its hub */
};

/* How to stand in line for a call otherwise than by it, for who waits for
 * several. All of it is under the object's lock. */
struct eg__shared_place {
	/* Whether the call would have to wait. If so it stays like that until
	 * the lock is given back. */
	bool (*must_wait)(struct eg__shared *s);
	void (*line_up)(struct eg__shared *s, struct eg__shared_waiter *w);
	/* In place of line_up(): it does not wait after all. Or NULL. */
	void (*left)(struct eg__shared *s);
};

extern const struct eg__shared_place eg__shared_event_place;
extern const struct eg__shared_place eg__shared_sem_place;
extern const struct eg__shared_place eg__shared_sem_peek_place;
extern const struct eg__shared_place eg__shared_values_put_place;
extern const struct eg__shared_place eg__shared_values_get_place;

void eg__shared_lock_slowly(struct eg__shared *s);
void eg__shared_unlock_slowly(struct eg__shared *s);

/* Held for a few instructions, or so many for each who is woken, and for
 * nothing that could wait. */
static inline void eg__shared_lock(struct eg__shared *s)
{
	uint32_t state = EG_SHARED_FREE;

	if (eg_unlikely(!__atomic_compare_exchange_n(
		    &s->lock, &state, EG_SHARED_HELD, false, __ATOMIC_ACQUIRE,
		    __ATOMIC_RELAXED)))
		eg__shared_lock_slowly(s);
}

static inline void eg__shared_unlock(struct eg__shared *s)
{
	if (eg_unlikely(__atomic_exchange_n(&s->lock, EG_SHARED_FREE,
					    __ATOMIC_RELEASE) ==
			EG_SHARED_CONTENDED))
		eg__shared_unlock_slowly(s);
}

/* The first in @line, which may be all zero: never used. Under the lock. It may
 * have been won elsewhere; eg__shared_take() will say. */
static inline struct eg__shared_waiter *
eg__shared_first(const struct eg_list *line)
{
	if (!line->next || eg_list_is_empty(line))
		return NULL;
	return eg_list_entry(line->next, struct eg__shared_waiter, link);
}

/* Takes @w out of its line. True: its owner waits until it is woken. False: the
 * owner was served elsewhere. */
static inline bool eg__shared_take(struct eg__shared_waiter *w, int result)
{
	eg_list_remove(&w->link);
	if (eg_unlikely(w->winner) && !eg__win(w->winner, EG_WON_BY_THREADS))
		return false;
	w->result = result;
	w->is_taken = true;
	return true;
}

/* Takes the first of @line who can be served; NULL: nobody. */
static inline struct eg__shared_waiter *
eg__shared_take_first(struct eg_list *line, int result)
{
	struct eg__shared_waiter *w;

	while ((w = eg__shared_first(line)))
		if (eg__shared_take(w, result))
			break;
	return w;
}

/* Puts @w at the end of @line, which may be all zero. Under the lock. */
static inline void eg__shared_push(struct eg_list *line,
				   struct eg__shared_waiter *w)
{
	if (!line->next)
		eg_list_init(line);
	eg_list_push_back(line, &w->link);
}

/* Takes all of @line, to the end of @taken. Returns how many. */
int eg__shared_take_all(struct eg_list *line, struct eg_list *taken,
			int result);

/* Wakes a waiter that was taken, without the lock. It is gone then. */
void eg__shared_wake(struct eg__shared_waiter *w);
void eg__shared_wake_all(struct eg_list *taken);

/* In a hub, but in no fiber of it, a call may only try. */
static inline bool eg__shared_may_block(int64_t deadline)
{
	struct eg_worker *w = eg__worker();

	return eg_likely(!w || w->current) || deadline == EG_NOW;
}

/* Whether a wait may begin, for who may block: 0, -ECANCELED or -ETIMEDOUT. */
static inline int eg__shared_check(int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (self)
		return eg__park_check(self, deadline);
	return deadline <= EG_NOW ? -ETIMEDOUT : 0;
}

/*
 * Waits at the end of @line. May switch. The lock is held, and is not on
 * return; eg__shared_check() has allowed it. Returns the result it was taken
 * with, -ECANCELED or -ETIMEDOUT.
 */
EG_MAY_SWITCH int eg__shared_wait(struct eg__shared *s, struct eg_list *line,
				  const struct eg__shared_kind *kind,
				  void *value, int64_t deadline);

void eg__shared_abort(struct eg_waiter *w, int reason);

/* Gives up. False: it was served, and the wake-up is on its way. */
bool eg__shared_leave(struct eg__shared_waiter *w);

#endif
