/* SPDX-License-Identifier: MIT */
/*
 * Opening files on io_uring: what may wait for the other end of a FIFO is left
 * to workers of the kernel, of which there must be enough.
 */
#include "base/sys.h"
#include "loop/uring.h"

static bool may_wait(const struct eg_op *op)
{
	return (op->flags & O_ACCMODE) != O_RDWR &&
	       !(op->flags & (O_NONBLOCK | O_PATH | O_DIRECTORY));
}

/*
 * The kernel has four workers a processor for what is bounded, such as this,
 * and one in a FIFO is lost to the others: so there are as many more. Other
 * rings of this thread share them, and may have asked for more.
 */
static void provide_workers(struct eg_uring *u)
{
	uint32_t max[2] = { 0, 0 }; /* bounded, not; 0: tell */

	if (u->opens <= u->workers ||
	    eg__sys_io_uring_register(
		    u->ring.fd, IORING_REGISTER_IOWQ_MAX_WORKERS, max, 2) < 0)
		return;
	max[0] += u->opens;
	max[1] = 0;
	if (eg__sys_io_uring_register(
		    u->ring.fd, IORING_REGISTER_IOWQ_MAX_WORKERS, max, 2) >= 0)
		u->workers += u->opens;
}

void eg__uring_fill_open(struct eg_uring *u, struct io_uring_sqe *sqe,
			 const struct eg_op *op)
{
	sqe->opcode = IORING_OP_OPENAT;
	sqe->addr = (uint64_t)op->buf;
	sqe->len = op->len;
	sqe->open_flags = op->flags;
	if (!may_wait(op))
		return;
	/* At first the kernel would try without waiting: a FIFO is open then
	 * without a writer, and is refused without a reader. */
	sqe->flags = IOSQE_ASYNC;
	u->opens++;
	provide_workers(u);
}

void eg__uring_open_completed(struct eg_uring *u, const struct eg_op *op)
{
	if (may_wait(op))
		u->opens--;
}
