/* SPDX-License-Identifier: MIT */
/*
 * An op's way into flight and out of it, the same for all backends: claiming
 * the descriptor's direction, counting, and calling done(). Does no I/O.
 */
#ifndef EG_LOOP_IN_FLIGHT_H
#define EG_LOOP_IN_FLIGHT_H

#include "loop/backend.h"

/*
 * Whether @op holds its direction of the descriptor alone. What has a place in
 * a file of its own does not: any number of those may be in flight.
 */
static inline bool eg__op_is_exclusive(const struct eg_op *op)
{
	switch (op->kind) {
	case EG_OP_OPEN:
		return false;
	case EG_OP_READ:
	case EG_OP_WRITE:
		return op->offset < 0;
	}
	return true;
}

/*
 * Takes @op into flight; @ret_entry is its descriptor's, NULL if it is not
 * exclusive. -EBUSY: the direction is taken. -EBADF: there is no entry.
 */
int eg__op_take(struct eg_backend *b, struct eg_op *op,
		struct eg_fd **ret_entry);

/* Undoes eg__op_take() where submit() fails. The edge counter of @op says from
 * here on which edges its result knows of. */
void eg__op_give_back(struct eg_backend *b, struct eg_op *op);

/* Ends @op, wherever it is linked, and calls done(). Anything can happen in
 * there: nothing borrowed is valid afterwards. */
void eg__op_complete(struct eg_backend *b, struct eg_op *op, int32_t result);

#endif
