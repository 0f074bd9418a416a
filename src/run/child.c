/* SPDX-License-Identifier: MIT */
/*
 * Waiting for child processes: through a pidfd where one child is meant,
 * through a helper where the kernel must choose, or a tracer waits.
 */
#include "run/descriptor.h"
#include "run/offload.h"
#include "run/schedule.h"

#include <errno.h>
#include <sys/wait.h>

static bool is_tracer; /* stops of traced children are no end: no pidfd tells */

/* Parks until process @pid has ended. 0, -EINTR; else there is no pidfd. */
static int wait_for_end(struct eg_run_thread *t, int pid)
{
	int fd = (int)eg__syscall2(SYS_pidfd_open, pid, 0);
	struct eg_fd *e;
	int r = -ENOSYS;

	if (fd < 0)
		return fd;
	e = eg__run_fd(fd);
	if (e)
		r = eg__run_fd_wait(t, fd, e, EG_DIR_IN, e->edge[EG_DIR_IN],
				    EG_FOREVER);
	eg__run_fd_forget(fd);
	eg__sys_close(fd);
	return r;
}

static bool is_plain(int64_t pid, int64_t options)
{
	return pid > 0 && !is_tracer &&
	       !(options & (WUNTRACED | WCONTINUED | __WNOTHREAD));
}

static int64_t wait_for(const struct eg_run_call *c, const struct eg_run_call *now,
			int64_t pid, int64_t options,
			bool (*has_found)(const struct eg_run_call *, int64_t))
{
	struct eg_run_thread *t = eg__run_self();
	int64_t r;
	int waited;

	if (options & WNOHANG)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	for (;;) {
		r = eg__run_kernel(now);
		if (has_found(now, r))
			return r;
		if (!is_plain(pid, options))
			return eg__run_offload(c, true);
		waited = wait_for_end(t, (int)pid);
		if (waited == -EINTR)
			return EG_RUN_RESTART;
		if (waited < 0)
			return eg__run_offload(c, true);
	}
}

static bool wait4_has_found(const struct eg_run_call *c, int64_t r)
{
	(void)c;
	return r != 0;
}

static int64_t call_wait4(struct eg_run_call *c)
{
	struct eg_run_call now = *c;

	now.a[2] |= WNOHANG;
	return wait_for(c, &now, (int)c->a[0], c->a[2], wait4_has_found);
}

/* waitid() says by the pid in what it wrote whether there was any. */
static bool waitid_has_found(const struct eg_run_call *c, int64_t r)
{
	const siginfo_t *info = (const siginfo_t *)c->a[2];

	return r < 0 || info->si_pid != 0;
}

static int64_t call_waitid(struct eg_run_call *c)
{
	struct eg_run_call now = *c;
	siginfo_t info = { 0 };
	int64_t pid = c->a[0] == P_PID ? c->a[1] : -1;
	int64_t r;

	if (c->a[3] & WNOHANG)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	/* First without taking it, so that @info says who it was. */
	now.a[2] = (int64_t)&info;
	now.a[3] |= WNOHANG | WNOWAIT;
	now.a[4] = 0;
	r = wait_for(c, &now, c->a[3] & WEXITED ? pid : -1,
		     c->a[3] & ~(int64_t)(WEXITED | WNOWAIT), waitid_has_found);
	if (r < 0 || info.si_pid == 0)
		return r; /* or it was answered by a helper, in full */
	now = *c;
	now.a[3] |= WNOHANG;
	return eg__run_kernel(&now);
}

static int64_t call_ptrace(struct eg_run_call *c)
{
	is_tracer = true;
	return eg__run_kernel(c);
}

const struct eg_run_row eg__run_child_rows[] = {
	{ SYS_wait4, call_wait4 },
	{ SYS_waitid, call_waitid },
	{ SYS_ptrace, call_ptrace },
	{ -1, NULL },
};
