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

enum {
	SYSCALL_BYTES = 2,
	/* Traps of a site before it is patched. A trap costs 1.3 us, patching
	 * 10: most sites of a short-lived process are used once or twice. */
	TRAPS_BEFORE = 4,
	SITES = 64, /* that are counted at a time */
};

static struct counter {
	uint64_t site;
	uint32_t traps;
} counters[SITES];

static bool is_worth_it(uint64_t site)
{
	struct counter *c = &counters[(site * 0x9e3779b97f4a7c15u) >> 58];

	if (c->site != site)
		*c = (struct counter){ .site = site };
	return ++c->traps >= TRAPS_BEFORE;
}

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
	uint64_t site = resume - SYSCALL_BYTES;
	uint64_t stub = is_worth_it(site)
				? eg__run_patch(site, info->si_syscall)
				: 0;

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

void eg__run_trap_finish(ucontext_t *uc)
{
	greg_t *regs = uc->uc_mcontext.gregs;
	uint64_t ip = (uint64_t)regs[REG_RIP];

	if (eg_likely(ip < (uint64_t)eg__run_trap_jump ||
		      ip > (uint64_t)eg__run_trap_jump_last))
		return;
	if (ip < (uint64_t)eg__run_trap_jump_last)
		regs[REG_RSP] += EG_RUN_RED_ZONE;
	regs[REG_RIP] = regs[REG_RCX];
}

/* For entry_x86_64.S. */
uint64_t eg__run_trap_attend(uint64_t resume);

uint64_t eg__run_trap_attend(uint64_t resume)
{
	eg__run_attend();
	return resume;
}
