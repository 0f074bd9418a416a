/* SPDX-License-Identifier: MIT */
/*
 * Turns a bare SIGSEGV in a guard page into a sentence with the fiber's name.
 * Installed only where the program has no handler of its own; the process then
 * dies by SIGSEGV as before, core dump included.
 */
#include "base/check.h"
#include "base/log.h"
#include "base/sys.h"
#include "core/hub.h"

#include <signal.h>

enum { ALT_STACK_BYTES = 64 * 1024 };

#if defined(__x86_64__)
#define KERNEL_SA_RESTORER 0x04000000ul
/* The exact bytes that unwinders recognise as a signal frame's return. */
void eg__sigreturn(void);
__asm__(".text\n"
	".hidden eg__sigreturn\n"
	".globl eg__sigreturn\n"
	".type eg__sigreturn, @function\n"
	"nop\n" /* unwinders look up the address before this one */
	"eg__sigreturn:\n"
	"movq $15, %rax\n"
	"syscall\n"
	".size eg__sigreturn, . - eg__sigreturn\n");
#else
#define KERNEL_SA_RESTORER 0ul /* the kernel returns through the vDSO */
#define eg__sigreturn NULL
#endif

/* Hubs that watch; the first installs the handler, the last takes it away. */
static uint32_t watchers;
static uint32_t lock;
static bool is_installed;

static int set_action(const struct eg_kernel_sigaction *act,
		      struct eg_kernel_sigaction *old)
{
	return (int)eg__syscall4(SYS_rt_sigaction, SIGSEGV, act, old, 8);
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
	const struct eg_kernel_sigaction dfl = { .handler = NULL };
	struct eg_fiber *f = eg__current();

	(void)signal;
	(void)context;
	if (f && !(f->flags & EG_FIBER_IS_MAIN) &&
	    eg__stack_is_overflow(&f->stack, info->si_addr))
		eg__log(EG_LOG_FATAL,
			"fiber %lu '%s' overflowed its stack of %lu bytes; spawn it with a larger stack_bytes",
			f->id, f->name, eg__stack_bytes(&f->stack));
	/* The faulting instruction runs again and is now fatal. */
	set_action(&dfl, NULL);
}

static void take_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		eg__cpu_relax();
}

static void drop_lock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

/* A stack overflow leaves no stack to run a handler on. */
static void ensure_alt_stack(struct eg_hub *hub)
{
	stack_t old = { 0 };
	stack_t mine = { .ss_size = ALT_STACK_BYTES };

	if (eg__syscall2(SYS_sigaltstack, NULL, &old) < 0 ||
	    !(old.ss_flags & SS_DISABLE))
		return;
	mine.ss_sp = eg__pages_get(ALT_STACK_BYTES);
	if (!mine.ss_sp)
		return;
	if (eg__syscall2(SYS_sigaltstack, &mine, NULL) < 0)
		eg__pages_put(mine.ss_sp, ALT_STACK_BYTES);
	else
		hub->alt_stack = mine.ss_sp;
}

void eg__overflow_watch_begin(struct eg_hub *hub)
{
	struct eg_kernel_sigaction old = { 0 };
	const struct eg_kernel_sigaction act = {
		.handler = (void *)on_segv,
		.flags = SA_SIGINFO | SA_ONSTACK | KERNEL_SA_RESTORER,
		.restorer = eg__sigreturn,
	};

	ensure_alt_stack(hub);
	take_lock();
	if (watchers++ == 0 && set_action(NULL, &old) == 0 &&
	    old.handler == (void *)SIG_DFL)
		is_installed = set_action(&act, NULL) == 0;
	drop_lock();
}

void eg__overflow_watch_end(struct eg_hub *hub)
{
	const struct eg_kernel_sigaction dfl = { .handler = NULL };
	const stack_t none = { .ss_flags = SS_DISABLE };
	struct eg_kernel_sigaction now = { 0 };

	take_lock();
	if (--watchers == 0 && is_installed) {
		/* Unless the program has put its own there meanwhile. */
		if (set_action(NULL, &now) == 0 &&
		    now.handler == (void *)on_segv)
			set_action(&dfl, NULL);
		is_installed = false;
	}
	drop_lock();
	if (hub->alt_stack) {
		eg__raw_syscall(SYS_sigaltstack, (long)&none, 0, 0, 0, 0, 0);
		eg__pages_put(hub->alt_stack, ALT_STACK_BYTES);
		hub->alt_stack = NULL;
	}
}
