/* SPDX-License-Identifier: MIT */
/*
 * An I/O call in progress: one fiber, one direction of one descriptor. Owns
 * the rules of sharing (who may call) and of closing (who is woken).
 */
#ifndef EG_IO_CALL_H
#define EG_IO_CALL_H

#include "core/park.h"
#include "loop/perform.h"

#include <errno.h>
#include <sys/types.h>

struct eg_call {
	struct eg_fiber *self;
	struct eg_fd *entry; /* borrowed: entries never move */
	int fd;
	enum eg_dir dir;
	uint32_t generation; /* differs from the entry's: it was closed */
	int64_t deadline;
};

/*
 * Begins a call: finds or makes the entry, and takes the direction. Can switch
 * only where the descriptor is set to queue. Each success needs a call_end().
 *
 * -EPERM: no fiber. -EBADF, -ENOMEM: no entry. -EBUSY: another fiber is there.
 */
EG_MAY_SWITCH int eg__call_begin(struct eg_call *c, int fd, enum eg_dir dir,
				 int64_t deadline, const char *name);

/* The next in line goes on. */
void eg__call_end(struct eg_call *c);

static inline bool eg__call_is_closed(const struct eg_call *c)
{
	return c->generation != c->entry->generation;
}

/*
 * Whether to try a system call before waiting: it may succeed, or there will be
 * no wait, because there is no time or the fiber is cancelled.
 */
static inline bool eg__call_must_try(const struct eg_call *c)
{
	return !eg__fd_is_drained(c->entry, c->dir) ||
	       eg__park_check(c->self, c->deadline) < 0;
}

/*
 * Submits @op and waits for its completion. May switch. The result, or
 * -ECANCELED, -ETIMEDOUT; -EBADF if the descriptor was closed meanwhile.
 */
EG_MAY_SWITCH int eg__call_await(struct eg_call *c, struct eg_op *op);

/*
 * Does @op: at once if it may succeed, else by waiting for it. May switch.
 */
EG_MAY_SWITCH ssize_t eg__call_do(struct eg_call *c, struct eg_op *op);

/* Writes all of @buf, or less if an error came after a part. May switch. */
EG_MAY_SWITCH ssize_t eg__write_all(struct eg_call *c, const char *buf,
				    size_t len);

/* As await, for an op on no descriptor's direction (files). May switch. */
EG_MAY_SWITCH int eg__op_await(struct eg_fiber *self, struct eg_op *op,
			       const struct eg_wait_kind *kind,
			       int64_t deadline);

/* The wait of an op is aborted by this; for kinds of one's own. */
void eg__op_abort(struct eg_waiter *w, int reason);

/*
 * What a system call told of a stream's state: it was tried when the edge
 * counter was @edge, asked for @len, and got @r.
 */
static inline void eg__note_result(struct eg_fd *e, enum eg_dir dir,
				   uint32_t edge, ssize_t r, size_t len)
{
	if (r == -EAGAIN ||
	    (r > 0 && (size_t)r < len && e->is_stream && !e->has_hung_up))
		e->drained[dir] = edge;
}

#endif
