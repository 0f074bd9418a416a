/* SPDX-License-Identifier: MIT */
/*
 * Sending signals: to threads of this process by ids that the kernel does not
 * know, to all others through the kernel. And the module's table of calls.
 */
#include "run/signal_state.h"

#include "run/user_memory.h"

#include <errno.h>

/* The kernel's own business: they stop or end the process. */
#define KERNEL_ONLY EG_RUN_UNBLOCKABLE

static bool is_own_tid(int tid)
{
	return tid >= EG_RUN_TID_FIRST;
}

static struct eg_run_thread *find(int tid)
{
	return tid > 0 ? eg__run_thread_find(tid) : NULL;
}

/*
 * What nobody lets in yet, and will be known as @t's when it comes, waits in
 * the kernel: there a signalfd finds it, too.
 */
static bool is_kept_by_kernel(const struct eg_run_thread *t,
			      const siginfo_t *info)
{
	uint64_t bit = EG_RUN_BIT(info->si_signo);

	return (eg__run_is_alone() ||
		(t == eg__run.main_thread && info->si_code == SI_TKILL)) &&
	       eg__run_worker()->kernel_mask & eg__run_mask_closed() & bit &&
	       !(t->pending & bit);
}

static int give_to_kernel(const siginfo_t *info)
{
	return (int)eg__syscall4(SYS_rt_tgsigqueueinfo, eg__run.process_id,
				 eg__run_worker()->os_thread, info->si_signo,
				 info);
}

static int64_t send_to(struct eg_run_thread *t, const siginfo_t *info)
{
	int signal = info->si_signo;
	bool is_blocked;
	int r;

	if (signal < 0 || signal > EG_RUN_SIGNALS)
		return -EINVAL;
	if (signal == 0)
		return 0;
	if (KERNEL_ONLY & EG_RUN_BIT(signal))
		return eg__sys_tgkill(eg__run.process_id,
				      eg__run_worker()->os_thread, signal);
	is_blocked = t->mask & EG_RUN_BIT(signal);
	/* Whoever runs, the process ends: nobody need be woken for it. */
	if (!is_blocked && !eg__run_action_has_handler(signal) &&
	    !eg__run_action_is_ignored(signal)) {
		eg__run_action_default(signal, NULL);
		return 0;
	}
	r = is_blocked && is_kept_by_kernel(t, info)
		    ? give_to_kernel(info)
		    : eg__run_signal_give(t, info);
	/* kill() and the like need no memory: the signal came all the same. */
	return info->si_code == SI_TKILL ? 0 : r;
}

static int64_t tkill(int tid, int signal, const struct eg_run_call *c)
{
	struct eg_run_thread *t = find(tid);
	siginfo_t info = {
		.si_signo = signal,
		.si_code = SI_TKILL,
	};

	if (!t)
		return is_own_tid(tid) ? -ESRCH : eg__run_kernel(c);
	info.si_pid = eg__run.process_id;
	info.si_uid = (uid_t)eg__syscall0(SYS_getuid);
	return send_to(t, &info);
}

int64_t eg__run_call_tkill(struct eg_run_call *c)
{
	return tkill((int)c->a[0], (int)c->a[1], c);
}

int64_t eg__run_call_tgkill(struct eg_run_call *c)
{
	int group = (int)c->a[0];
	int tid = (int)c->a[1];

	if (group <= 0 || tid <= 0)
		return -EINVAL;
	if (group != eg__run.process_id)
		return is_own_tid(tid) ? -ESRCH : eg__run_kernel(c);
	return tkill(tid, (int)c->a[2], c);
}

/* Any thread's id stands for its process. */
int64_t eg__run_call_kill(struct eg_run_call *c)
{
	struct eg_run_call q = *c;

	if (is_own_tid((int)c->a[0])) {
		if (!find((int)c->a[0]))
			return -ESRCH;
		q.a[0] = eg__run.process_id;
	}
	return eg__run_kernel(&q);
}

int64_t eg__run_call_tgsigqueueinfo(struct eg_run_call *c)
{
	int group = (int)c->a[0];
	int tid = (int)c->a[1];
	struct eg_run_thread *t = find(tid);
	siginfo_t info;

	if (group <= 0 || tid <= 0)
		return -EINVAL;
	if (!t || group != eg__run.process_id)
		return is_own_tid(tid) ? -ESRCH : eg__run_kernel(c);
	if (eg__run_copy_in(&info, (void *)c->a[3], sizeof(info)) < 0)
		return -EFAULT;
	info.si_signo = (int)c->a[2];
	return send_to(t, &info);
}

const struct eg_run_row eg__run_signal_rows[] = {
	{ SYS_rt_sigaction, eg__run_call_sigaction },
	{ SYS_rt_sigprocmask, eg__run_call_sigprocmask },
	{ SYS_rt_sigpending, eg__run_call_sigpending },
	{ SYS_rt_sigtimedwait, eg__run_call_sigtimedwait },
	{ SYS_rt_sigsuspend, eg__run_call_sigsuspend },
	{ SYS_pause, eg__run_call_pause },
	{ SYS_sigaltstack, eg__run_call_sigaltstack },
	{ SYS_kill, eg__run_call_kill },
	{ SYS_tkill, eg__run_call_tkill },
	{ SYS_tgkill, eg__run_call_tgkill },
	{ SYS_rt_tgsigqueueinfo, eg__run_call_tgsigqueueinfo },
	{ SYS_timer_create, eg__run_call_timer_create },
	{ SYS_timer_delete, eg__run_call_timer_delete },
	{ -1, NULL },
};
