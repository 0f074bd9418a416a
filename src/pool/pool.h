/* SPDX-License-Identifier: MIT */
/*
 * The pool, for what runs in it: its places and its fibers. Knows nothing of
 * maps and piles, but that they keep it in use.
 */
#ifndef EG_POOL_POOL_H
#define EG_POOL_POOL_H

#include "sync/wait_queue.h"

#include <evergreen/pool.h>

/*
 * A place is taken before a fiber is spawned, and given back when it has ended.
 * Somebody is in line only while all are taken, and is handed the first that is
 * given back. A fiber that was not started yet may be in line too, by its own
 * waiter: being handed a place starts it.
 */
struct eg_pool {
	struct eg_hub *hub; /* borrowed */
	int size;
	int taken;
	int users;	/* who may touch this later: who waits, imaps, piles */
	int cancellers; /* who waits until there are no fibers: no new ones */
	size_t fibers;	/* members, and those in line that were not started */
	struct eg_list members; /* of eg_fiber.group_link: all of them */
	struct eg_wait_queue line;
	struct eg_wait_queue joiners;
};

/* The fiber @f runs in @pool. */
static inline bool eg__pool_has(const eg_pool *pool, const struct eg_fiber *f)
{
	return f->flags & EG_FIBER_IN_GROUP && f->group == pool;
}

/* Takes a place if there is one. */
static inline bool eg__pool_try(eg_pool *pool)
{
	if (pool->taken >= pool->size)
		return false;
	pool->taken++;
	return true;
}

/* Takes one, waiting for it. May switch. */
EG_MAY_SWITCH int eg__pool_take(eg_pool *pool, struct eg_fiber *self,
				int64_t deadline);
/* Gives one back. */
void eg__pool_give(eg_pool *pool);

/* How a fiber of the pool is spawned. */
struct eg__member {
	eg_fiber_fn *fn;
	void *arg;
	/* Calls eg__pool_leave(), at last. NULL: nothing else to be done. */
	struct eg_fiber_end *end;
	const void *caller; /* for reports */
	bool is_in_line;    /* it has no place yet, and is started with it */
	bool *has_place;    /* set when it has; only if it is_in_line */
};

/* Spawns @m in a place that was taken. @ret_fiber is borrowed, until its end;
 * may be NULL. If it fails, the place stays taken. */
int eg__pool_spawn(eg_pool *pool, const struct eg__member *m,
		   struct eg_fiber **ret_fiber);
/* At the end of @f: it is no member any more, and gives its place back. */
void eg__pool_leave(eg_pool *pool, struct eg_fiber *f, bool has_place);

/* Has @fn called by @self, which is a fiber of the pool: 0, or what it failed
 * with. May switch. */
EG_MAY_SWITCH int eg__pool_call_here(struct eg_fiber *self, eg_fiber_fn *fn,
				     void *arg, void **ret_value);

/* Parks, and neither cancelling nor a timeout ends that. May switch. */
EG_MAY_SWITCH int eg__pool_park_shielded(struct eg_fiber *self);

/* Fires the waiter that a pointer leads to, if there is one. Its kind's
 * unlink() clears the pointer, however the wait ends. */
static inline void eg__pool_wake(struct eg_waiter *w, int result)
{
	if (!w)
		return;
	eg__waiter_unlink(w);
	eg__unpark(w, result);
}

#endif
