/* SPDX-License-Identifier: MIT */
/*
 * Waiting on the program's own epoll: an epoll descriptor can be polled itself,
 * so it is waited for as any other, and asked without waiting.
 */
#include "run/epoll_calls.h"

#include "run/descriptor.h"
#include "run/offload.h"
#include "run/signals.h"

enum { NS_PER_MS = 1000000 };

static int64_t wait_until(const struct eg_run_call *c, int64_t deadline)
{
	struct eg_run_call q = { SYS_epoll_pwait,
				 { c->a[0], c->a[1], c->a[2], 0, 0, 8 } };
	int fd = (int)c->a[0];
	struct eg_run_thread *t = eg__run_self();
	bool has_waited = false;
	struct eg_fd *e;
	uint32_t seen;
	int64_t r;

	e = eg__run_fd(fd);
	if (!e)
		return eg__run_fd_refuse(c, fd);
	for (;;) {
		seen = e->edge[EG_DIR_IN];
		r = eg__run_kernel(&q);
		if (r && r != -EINTR)
			break;
		r = eg__run_fd_wait(t, fd, e, EG_DIR_IN, seen, deadline);
		if (r < 0)
			break;
		has_waited = true;
	}
	if (has_waited && r >= 0)
		eg__run_fd_pass_on(e, EG_DIR_IN);
	if (r == -EAGAIN)
		return 0;
	if (r == -ENOMEM || r == -ENOSPC || r == -ELOOP)
		r = eg__run_offload(c, true);
	return r == EG_RUN_RESTART ? -EINTR : r; /* whatever SA_RESTART says */
}

int64_t eg__run_call_epoll_wait(struct eg_run_call *c)
{
	int timeout = (int)c->a[3];

	if (!timeout)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	return wait_until(
		c, timeout < 0 ? EG_FOREVER
			       : eg__run_after((int64_t)timeout * NS_PER_MS));
}

static int64_t wait_with_mask(const struct eg_run_call *c, int64_t deadline)
{
	struct eg_run_thread *t = eg__run_self();
	int64_t r;

	r = eg__run_signals_begin_mask(t, (const void *)c->a[4],
				       (size_t)c->a[5]);
	if (r < 0)
		return r;
	r = wait_until(c, deadline);
	eg__run_signals_end_mask(t, r);
	return r;
}

int64_t eg__run_call_epoll_pwait(struct eg_run_call *c)
{
	int timeout = (int)c->a[3];

	if (!c->a[4])
		return eg__run_call_epoll_wait(c);
	return wait_with_mask(
		c, timeout < 0 ? EG_FOREVER
			       : eg__run_after((int64_t)timeout * NS_PER_MS));
}

int64_t eg__run_call_epoll_pwait2(struct eg_run_call *c)
{
	int64_t deadline;
	int r;

	if (eg__run_is_alone() && !c->a[4])
		return eg__run_kernel_blocking(c);
	r = eg__run_deadline_relative((const struct timespec *)c->a[3],
				      &deadline);
	return r < 0 ? r : wait_with_mask(c, deadline);
}
