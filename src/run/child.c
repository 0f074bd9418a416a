/* SPDX-License-Identifier: MIT */
/*
 * Waiting for child processes: on a helper thread, unless one is ready. A
 * pidfd would do for the end of one child, but tells nothing of the stops of a
 * traced one, and whether a child lets itself be traced its parent cannot know.
 */
#include "run/offload.h"

#include <errno.h>
#include <sys/wait.h>

/* @options: the argument's index. @info: waitid's, whose pid is 0 if there was
 * nothing; NULL for wait4, which says so by its result. */
static int64_t wait_for(const struct eg_run_call *c, int options,
			siginfo_t *info)
{
	struct eg_run_call now = *c;
	int64_t r;

	if (c->a[options] & WNOHANG)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	now.a[options] |= WNOHANG;
	if (!info) {
		r = eg__run_kernel(&now);
		return r ? r : eg__run_offload(c, true);
	}
	/* Without taking it: what the program gets comes from its own call. */
	now.a[options] |= WNOWAIT;
	now.a[2] = (int64_t)info;
	now.a[4] = 0;
	r = eg__run_kernel(&now);
	if (r < 0)
		return r;
	return info->si_pid ? eg__run_kernel(c) : eg__run_offload(c, true);
}

static int64_t call_wait4(struct eg_run_call *c)
{
	return wait_for(c, 2, NULL);
}

static int64_t call_waitid(struct eg_run_call *c)
{
	siginfo_t info = { 0 };

	return wait_for(c, 3, &info);
}

const struct eg_run_row eg__run_child_rows[] = {
	{ SYS_wait4, call_wait4 },
	{ SYS_waitid, call_waitid },
	{ -1, NULL },
};
