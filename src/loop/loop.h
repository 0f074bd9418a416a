/* SPDX-License-Identifier: MIT */
/*
 * The loop of one hub: a backend, the descriptors' table, the turn's clock and
 * the timers. Knows no fiber: what completes or fires calls a function.
 */
#ifndef EG_LOOP_LOOP_H
#define EG_LOOP_LOOP_H

#include "base/timers.h"
#include "loop/backend.h"

struct eg_loop {
	struct eg_backend *backend; /* owned */
	int64_t now;		    /* ns; read once per turn */
	struct eg_fd_table fds;
	struct eg__timers timers;
};

/*
 * Opens the backend called @name; NULL: the first that the kernel grants.
 * -ENOSYS: there is none of that name, or the kernel lacks it.
 */
int eg__loop_open(struct eg_loop *l, const char *name);
/* No op may be in flight. Timers still armed never fire. Accepts a loop that
 * failed to open. */
void eg__loop_close(struct eg_loop *l);

/*
 * One look at the kernel: sleeps until @deadline (or the earliest timer) at
 * most, completes ops, reads the clock, fires the timers that are due.
 * Completions come first: input that is ready wins over a timeout due in the
 * same turn (semantics TM-03).
 */
int eg__loop_turn(struct eg_loop *l, int64_t deadline);

static inline int eg__loop_submit(struct eg_loop *l, struct eg_op *op)
{
	return l->backend->ops->submit(l->backend, op);
}

static inline void eg__loop_cancel(struct eg_loop *l, struct eg_op *op)
{
	l->backend->ops->cancel(l->backend, op);
}

/* The clock, read afresh. Any thread. */
static inline int64_t eg__loop_now(struct eg_loop *l)
{
	return l->backend->ops->now(l->backend);
}

#endif
