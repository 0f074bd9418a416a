/* SPDX-License-Identifier: MIT */
/*
 * Transfers from descriptor to descriptor within the kernel. What can be asked
 * not to wait is; a wait for two ends at once is a helper thread's.
 */
#include "run/copy_calls.h"

#include "run/descriptor.h"
#include "run/offload.h"

#include <fcntl.h>

/* Whether the call cannot wait for @fd. */
static bool is_direct(int fd)
{
	struct eg_fd *e = eg__run_fd(fd);

	return !e || e->kind == EG_FD_FILE || eg__run_fd_is_nonblocking(fd, e);
}

/* For pipes SPLICE_F_NONBLOCK is heard; for what is no pipe, its own mode. */
static bool heeds_flag(int fd)
{
	struct eg_fd *e = eg__run_fd(fd);

	return !e || e->type == EG_RUN_FD_PIPE || is_direct(fd);
}

/* The flags of the call are in a[@flags]. */
static int64_t try_first(const struct eg_run_call *c, int flags)
{
	struct eg_run_call q = *c;
	int64_t r;

	if (c->a[flags] & SPLICE_F_NONBLOCK)
		return eg__run_kernel(c);
	q.a[flags] |= SPLICE_F_NONBLOCK;
	r = eg__run_kernel(&q);
	return r == -EAGAIN ? eg__run_offload(c, true) : r;
}

int64_t eg__run_call_sendfile(struct eg_run_call *c)
{
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (is_direct((int)c->a[0]) && is_direct((int)c->a[1]) &&
	    eg__run.options.files == EG_RUN_FILES_BLOCK)
		return eg__run_kernel(c);
	return eg__run_offload(c, true);
}

int64_t eg__run_call_splice(struct eg_run_call *c)
{
	enum { FLAGS = 5 };

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (heeds_flag((int)c->a[0]) && heeds_flag((int)c->a[2]))
		return try_first(c, FLAGS);
	return eg__run_offload(c, true);
}

int64_t eg__run_call_tee(struct eg_run_call *c)
{
	enum { FLAGS = 3 };

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	return try_first(c, FLAGS);
}

int64_t eg__run_call_vmsplice(struct eg_run_call *c)
{
	enum { FLAGS = 3 };

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	return try_first(c, FLAGS);
}

int64_t eg__run_call_copy_file_range(struct eg_run_call *c)
{
	if (eg__run.options.files == EG_RUN_FILES_OFFLOAD)
		return eg__run_offload(c, false);
	return eg__run_kernel(c);
}
