/* SPDX-License-Identifier: MIT */
/*
 * Handing a process back to the kernel: dispatch off, the signals' actions and
 * masks, the alternate stack, what is kept per thread. Patched sites stay, and
 * lead to the kernel.
 */
#include "run/seccomp.h"

#include "base/log.h"
#include "run/signals.h"

#include <linux/prctl.h>

static void hand_over(struct eg_run_thread *t)
{
	struct eg_run_worker *w = eg__run_worker();

	eg__run.is_on = false;
	eg__syscall5(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
		     PR_SYS_DISPATCH_OFF, 0, 0, 0);
	if (w->tick_timer >= 0)
		eg__syscall1(SYS_timer_delete, w->tick_timer);
	w->tick_timer = -1;
	eg__run_signals_hand_over(t);
	if (t->clear_tid)
		eg__syscall1(SYS_set_tid_address, t->clear_tid);
	if (t->robust_list)
		eg__syscall2(SYS_set_robust_list, t->robust_list,
			     t->robust_bytes);
	w->pass_through = 1;
}

void eg__run_seccomp_begins(void)
{
	if (!eg__run_is_alone())
		return;
	if (eg__run.options.verbose)
		eg__log(EG_LOG_WARNING,
			"process %d filters its system calls, and goes on without evergreen",
			eg__run.process_id);
	hand_over(eg__run_self());
}
