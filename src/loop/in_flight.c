/* SPDX-License-Identifier: MIT */
/*
 * The bookkeeping of ops in flight.
 */
#include "loop/in_flight.h"

#include "base/check.h"
#include "loop/poller.h"

#include <errno.h>

int eg__op_take(struct eg_backend *b, struct eg_op *op,
		struct eg_fd **ret_entry)
{
	struct eg_fd *e = NULL;

	EG_CHECK(op->state == EG_OP_IDLE);
	if (eg__op_is_exclusive(op)) {
		e = eg__fd_find(&b->loop->fds, op->fd);
		if (eg_unlikely(!e))
			return -EBADF;
		if (eg_unlikely(e->pending[op->dir]))
			return -EBUSY;
		e->pending[op->dir] = op;
	}
	EG_DEBUG_CHECK(!eg_list_is_linked(&op->link));
	op->state = EG_OP_IN_FLIGHT;
	op->is_cancelling = false;
	b->in_flight++;
	*ret_entry = e;
	return 0;
}

void eg__op_give_back(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *e;

	if (eg_list_is_linked(&op->link))
		eg_list_remove(&op->link);
	if (eg__op_is_exclusive(op)) {
		e = eg__fd_find(&b->loop->fds, op->fd);
		/* Another's, if the number has changed hands meanwhile. */
		if (eg_likely(e && e->pending[op->dir] == op)) {
			e->pending[op->dir] = NULL;
			op->edge = e->edge[op->dir];
		}
	}
	op->state = EG_OP_IDLE;
	EG_DEBUG_CHECK(b->in_flight > 0);
	b->in_flight--;
}

void eg__op_complete(struct eg_backend *b, struct eg_op *op, int32_t result)
{
	eg__op_give_back(b, op);
	op->result = result;
	op->done(op);
}
