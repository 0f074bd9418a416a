/* SPDX-License-Identifier: MIT */
/*
 * Transfers of many pieces that go on where the last try ended: the rest of an
 * iovec array, which lies in the program's memory. Owns no memory.
 */
#ifndef EG_RUN_TRANSFER_H
#define EG_RUN_TRANSFER_H

#include "run/descriptor.h"

enum { EG_RUN_WINDOW = 8 }; /* iovecs taken at a time */

/* A program's iovec array. */
struct eg_run_vector {
	const struct iovec *user;
	size_t count;
};

/* The sum of the lengths, or -EFAULT, -EINVAL. */
int64_t eg__run_vector_bytes(const struct eg_run_vector *v);

/* What of @v lies behind the first @done bytes, its beginning: how many entries
 * of @window, 0 at the end, or -EFAULT. @ret_bytes: in the window. */
int eg__run_vector_window(const struct eg_run_vector *v, size_t done,
			  struct iovec window[EG_RUN_WINDOW],
			  size_t *ret_bytes);

/*
 * After a part was written and the peer has reported an end: whether there is
 * an error that the program's next call must find, so that this one may not
 * take it away.
 */
static inline bool eg__run_io_has_failed(const struct eg_run_io *io)
{
	return io->entry->has_hung_up &&
	       eg__run_fd_poll(io->fd, 0) & (POLLERR | POLLHUP);
}

#endif
