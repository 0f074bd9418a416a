/* SPDX-License-Identifier: MIT */
/*
 * What the program wants done about each signal, and the action that the kernel
 * is given in its place. Runs no handler.
 */
#include "run/signal_state.h"

#include "run/registers.h"
#include "run/user_memory.h"

#include <errno.h>

#define KERNEL_SA_RESTORER 0x04000000ul
#define KERNEL_SA_EXPOSE_TAGBITS 0x800ul

/* The flags that the kernel knows: the others it forgets. */
#define KNOWN_FLAGS                                                 \
	((unsigned long)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | \
			 SA_ONSTACK | SA_RESTART | SA_NODEFER) |    \
	 (unsigned long)SA_RESETHAND | KERNEL_SA_RESTORER |         \
	 KERNEL_SA_EXPOSE_TAGBITS)

/* What the kernel itself acts upon. */
#define MIRRORED_FLAGS ((unsigned long)(SA_NOCLDSTOP | SA_NOCLDWAIT))

#define IGNORED_BY_DEFAULT                                                \
	(EG_RUN_BIT(SIGCHLD) | EG_RUN_BIT(SIGCONT) | EG_RUN_BIT(SIGURG) | \
	 EG_RUN_BIT(SIGWINCH))
#define STOPS_BY_DEFAULT                                                   \
	(EG_RUN_BIT(SIGSTOP) | EG_RUN_BIT(SIGTSTP) | EG_RUN_BIT(SIGTTIN) | \
	 EG_RUN_BIT(SIGTTOU))

struct eg_run_signals eg__run_signals;

static int get_action(int signal, struct eg_kernel_sigaction *ret)
{
	return (int)eg__syscall4(SYS_rt_sigaction, signal, NULL, ret,
				 EG_RUN_SIGSET_BYTES);
}

static int set_action(int signal, const struct eg_kernel_sigaction *a)
{
	return (int)eg__syscall4(SYS_rt_sigaction, signal, a, NULL,
				 EG_RUN_SIGSET_BYTES);
}

bool eg__run_action_has_handler(int signal)
{
	const void *h = eg__run_signal_action(signal)->handler;

	return h != (void *)SIG_DFL && h != (void *)SIG_IGN;
}

bool eg__run_action_is_ignored(int signal)
{
	const void *h = eg__run_signal_action(signal)->handler;

	return h == (void *)SIG_IGN ||
	       (h == (void *)SIG_DFL &&
		IGNORED_BY_DEFAULT & EG_RUN_BIT(signal));
}

static bool is_caught(int signal)
{
	const struct eg_kernel_sigaction *a = eg__run_signal_action(signal);

	uint64_t always = EG_RUN_NEVER_HELD | eg__run_signals.forced;

	if (a->handler == (void *)SIG_DFL)
		always |= EG_RUN_BY_FAILURE;
	/* Ignored, it reaps children: then no signal comes anyway. */
	else if (signal == SIGCHLD && a->handler == (void *)SIG_IGN)
		return false;
	return eg__run_action_has_handler(signal) ||
	       always & EG_RUN_BIT(signal);
}

static int install(int signal)
{
	const struct eg_kernel_sigaction *a = eg__run_signal_action(signal);
	struct eg_kernel_sigaction k = {
		.handler = a->handler,
		.flags = a->flags & MIRRORED_FLAGS,
	};

	if (is_caught(signal)) {
		k.handler = signal == SIGSYS ? (void *)eg__run_on_sigsys
					     : (void *)eg__run_on_signal;
		k.flags |= (unsigned long)(SA_SIGINFO | SA_ONSTACK) |
			   KERNEL_SA_RESTORER;
		/* Where no handler of the program runs, no call fails. */
		if (signal == SIGSYS || !eg__run_action_has_handler(signal))
			k.flags |= (unsigned long)SA_RESTART;
		else
			k.flags |= a->flags & (unsigned long)SA_RESTART;
		/* A handler looks at the program's memory: those stay open. */
		if (EG_RUN_NEVER_HELD & EG_RUN_BIT(signal))
			k.flags |= (unsigned long)SA_NODEFER;
		k.restorer = eg__run_sigreturn;
		k.mask = ~(EG_RUN_BIT(SIGSEGV) | EG_RUN_BIT(SIGBUS));
	}
	return set_action(signal, &k);
}

void eg__run_action_install(int signal)
{
	install(signal);
}

void eg__run_actions_install(uint64_t bits)
{
	for (; bits; bits &= bits - 1)
		eg__run_action_install(__builtin_ctzll(bits) + 1);
}

int eg__run_actions_init(void)
{
	for (int s = 1; s <= EG_RUN_SIGNALS; s++)
		get_action(s, eg__run_signal_action(s));
	eg__run_actions_install(EG_RUN_NEVER_HELD | EG_RUN_BY_FAILURE);
	/* Without this one dispatch would kill. */
	return install(SIGSYS);
}

/* What is ignored stays so, though the kernel may not know of it. */
void eg__run_actions_before_exec(void)
{
	const struct eg_kernel_sigaction ign = { .handler = (void *)SIG_IGN };
	uint64_t bits = EG_RUN_NEVER_HELD | eg__run_signals.forced;

	for (int s = 1; s <= EG_RUN_SIGNALS; s++)
		if (bits & EG_RUN_BIT(s) &&
		    eg__run_signal_action(s)->handler == (void *)SIG_IGN)
			set_action(s, &ign);
}

static void unblock(int signal)
{
	uint64_t bit = EG_RUN_BIT(signal);

	eg__syscall4(SYS_rt_sigprocmask, SIG_UNBLOCK, &bit, NULL,
		     EG_RUN_SIGSET_BYTES);
}

static void raise_in_kernel(int signal)
{
	eg__sys_tgkill(eg__run.process_id, eg__run_worker()->os_thread, signal);
}

static void use_default(int signal)
{
	const struct eg_kernel_sigaction dfl = { .handler = NULL };

	set_action(signal, &dfl);
}

/* Returns when the process is continued. */
static void stop(int signal)
{
	uint64_t mask;

	eg__syscall4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask,
		     EG_RUN_SIGSET_BYTES);
	use_default(signal);
	raise_in_kernel(signal);
	unblock(signal);
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
		     EG_RUN_SIGSET_BYTES);
	eg__run_action_install(signal);
}

void eg__run_action_default(int signal, ucontext_t *uc)
{
	uint64_t bit = EG_RUN_BIT(signal);

	if (IGNORED_BY_DEFAULT & bit)
		return;
	if (STOPS_BY_DEFAULT & bit) {
		stop(signal);
		return;
	}
	use_default(signal);
	raise_in_kernel(signal);
	eg__run_signals.held &= ~bit;
	if (uc)
		*eg__run_uc_mask(uc) &= ~bit;
	else
		unblock(signal);
}

static void change(int signal, const struct eg_kernel_sigaction *to)
{
	struct eg_kernel_sigaction *a = eg__run_signal_action(signal);

	*a = *to;
	a->flags &= KNOWN_FLAGS;
	a->mask &= ~EG_RUN_UNBLOCKABLE;
	if (eg__run_action_is_ignored(signal))
		eg__run_signal_flush(signal);
	eg__run_action_install(signal);
}

int64_t eg__run_call_sigaction(struct eg_run_call *c)
{
	int signal = (int)c->a[0];
	const void *user_new = (void *)c->a[1];
	void *user_old = (void *)c->a[2];
	struct eg_kernel_sigaction new, old;

	if (c->a[3] != EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	if (user_new && eg__run_copy_in(&new, user_new, sizeof(new)) < 0)
		return -EFAULT;
	if (signal < 1 || signal > EG_RUN_SIGNALS ||
	    (user_new && EG_RUN_UNBLOCKABLE & EG_RUN_BIT(signal)))
		return -EINVAL;
	old = *eg__run_signal_action(signal);
	if (user_new)
		change(signal, &new);
	if (user_old && eg__run_copy_out(user_old, &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

void eg__run_signals_hand_over(struct eg_run_thread *t)
{
	eg__run_signals_before_exec(t);
	for (int s = 1; s <= EG_RUN_SIGNALS; s++)
		set_action(s, eg__run_signal_action(s));
	eg__syscall2(SYS_sigaltstack, &t->alt_stack, NULL);
}
