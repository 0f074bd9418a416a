/* SPDX-License-Identifier: MIT */
/*
 * Waiting for child processes: the kernel says through a ring when there is
 * something to report, and the program's own call then takes it. Not by a
 * pidfd, which tells nothing of the stops of a traced child; where there is no
 * such ring, on a helper thread.
 */
#include "run/child.h"

#include "run/offload.h"

#include <errno.h>
#include <sys/wait.h>

struct wait {
	int which; /* idtype_t */
	int id;
	int options; /* waitid's */
};

/* @now: the call with WNOHANG. True: @ret is its answer. */
typedef bool ask_fn(struct eg_run_call *now, int64_t *ret);

static int64_t wait_for(const struct eg_run_call *c, struct eg_run_call *now,
			const struct wait *w, ask_fn *ask)
{
	struct eg_run_thread *t = eg__run_self();
	int64_t r;
	int waited;

	while (!ask(now, &r)) {
		waited = eg__run_wait_for_child(t, w->which, w->id, w->options);
		if (waited == -EINTR)
			return EG_RUN_RESTART;
		if (waited < 0)
			return eg__run_offload(c, true);
	}
	return r;
}

static bool ask_wait4(struct eg_run_call *now, int64_t *ret)
{
	*ret = eg__run_kernel(now);
	return *ret != 0;
}

static int64_t call_wait4(struct eg_run_call *c)
{
	int pid = (int)c->a[0], options = (int)c->a[2];
	struct eg_run_call now = *c;
	struct wait w = {
		.which = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID,
		.id = pid > 0 ? pid : pid == -1 ? 0 : -pid,
		/* WUNTRACED is WSTOPPED by another name. */
		.options = options | WEXITED,
	};

	if (options & WNOHANG)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	now.a[2] |= WNOHANG;
	return wait_for(c, &now, &w, ask_wait4);
}

/* Says by the pid in what it writes whether there was any: so it is asked
 * first without taking it, and without the program's memory. */
static bool ask_waitid(struct eg_run_call *now, int64_t *ret)
{
	struct eg_run_call look = *now;
	siginfo_t info = { 0 };

	look.a[2] = (int64_t)&info;
	look.a[3] |= WNOWAIT;
	look.a[4] = 0;
	*ret = eg__run_kernel(&look);
	if (*ret < 0)
		return true;
	if (!info.si_pid)
		return false;
	*ret = eg__run_kernel(now);
	return true;
}

static int64_t call_waitid(struct eg_run_call *c)
{
	struct eg_run_call now = *c;
	struct wait w = { (int)c->a[0], (int)c->a[1], (int)c->a[3] };

	if (c->a[3] & WNOHANG)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	now.a[3] |= WNOHANG;
	return wait_for(c, &now, &w, ask_waitid);
}

const struct eg_run_row eg__run_child_rows[] = {
	{ SYS_wait4, call_wait4 },
	{ SYS_waitid, call_waitid },
	{ -1, NULL },
};
