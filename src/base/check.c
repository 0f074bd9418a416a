/* SPDX-License-Identifier: MIT */
/*
 * What a failed check does: one line to the log, then SIGABRT.
 */
#include "base/check.h"

#include "base/log.h"
#include "base/sys.h"

_Noreturn void eg__abort(void)
{
	const struct eg_kernel_sigaction dfl = { .handler = NULL };
	const uint64_t abort_bit = UINT64_C(1) << (SIGABRT - 1);
	int pid = eg__sys_getpid();

	eg__sys_tgkill(pid, eg__sys_gettid(), SIGABRT);
	/* Ignored, blocked or handled: make it final. */
	eg__raw_syscall(SYS_rt_sigaction, SIGABRT, (long)&dfl, 0, 8, 0, 0);
	eg__raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&abort_bit, 0, 8,
			0, 0);
	eg__sys_tgkill(pid, eg__sys_gettid(), SIGABRT);
	for (;;)
		eg__raw_syscall(SYS_exit_group, 134, 0, 0, 0, 0, 0);
}

_Noreturn void eg__check_failed(const char *what, const char *file, int line)
{
	eg__log(EG_LOG_FATAL, "check failed: %s (%s:%d)", what, file, line);
	eg__abort();
}
