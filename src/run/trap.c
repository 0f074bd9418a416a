/* SPDX-License-Identifier: MIT */
/*
 * A system call that trapped: patches its site, and sends the interrupted
 * context to where a patched site would have jumped. Answers nothing itself,
 * so that every call arrives by one way, and none waits in a signal handler.
 */
#include "run/patch.h"
#include "run/registers.h"
#include "run/signals.h"
#include "run/user_memory.h"

#include <sys/ucontext.h>

enum { SYSCALL_BYTES = 2 };

/* What eg__run_entry would find if a stub had called it. */
static int push_return(uint64_t sp, uint64_t resume)
{
	uint64_t words[2] = { resume, (uint64_t)eg__run_trap_back };

	return eg__run_copy_out((void *)(sp - EG_RUN_RED_ZONE - sizeof(words)),
				words, sizeof(words));
}

void eg__run_trap(siginfo_t *info, ucontext_t *uc)
{
	greg_t *regs = uc->uc_mcontext.gregs;
	uint64_t resume = (uint64_t)regs[REG_RIP];
	uint64_t sp = (uint64_t)regs[REG_RSP];
	uint64_t stub = eg__run_patch(resume - SYSCALL_BYTES,
				      info->si_syscall);

	eg__run.stats.trapped++;
	if (stub) {
		regs[REG_RIP] = (greg_t)stub;
		return;
	}
	if (push_return(sp, resume) < 0)
		eg__run_die("a system call on a stack that is not there: %p",
			    (void *)sp);
	regs[REG_RSP] = (greg_t)(sp - EG_RUN_RED_ZONE - 16);
	regs[REG_RIP] = (greg_t)(uintptr_t)eg__run_entry_trap;
}
