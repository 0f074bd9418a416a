/* SPDX-License-Identifier: MIT */
/*
 * The handlers that the kernel calls, and the way from there to the program's.
 * What came while the layer was at work is delivered by a signal that the layer
 * sends itself, the kick: so every frame is made from one of the kernel's.
 */
#include "run/signal_state.h"

#include "base/log.h"
#include "base/mem.h"
#include "run/guard.h"
#include "run/registers.h"
#include "run/user_memory.h"

#include <errno.h>

enum {
	CODE_USER_DISPATCH = 2, /* SYS_USER_DISPATCH */
	CODE_KICK = -7001,	/* no code of the kernel or a C library */
};

static const char kick_mark; /* its address marks the kick as ours */

/* Delivering */

/* @signal cannot be delivered as the program wants it: the stack is bad. */
static void push_failed(struct eg_run_thread *t, ucontext_t *uc, int signal)
{
	struct eg_kernel_sigaction *a = eg__run_signal_action(SIGSEGV);
	siginfo_t info = { .si_signo = SIGSEGV, .si_code = SI_KERNEL };
	struct eg_kernel_sigaction copy = *a;

	if (signal == SIGSEGV || t->mask & EG_RUN_BIT(SIGSEGV) ||
	    !eg__run_action_has_handler(SIGSEGV) ||
	    eg__run_frame_push(t, uc, &info, &copy) < 0) {
		eg__run_action_default(SIGSEGV, uc);
		return;
	}
	eg__run_mask_change(t, t->mask | copy.mask | EG_RUN_BIT(SIGSEGV));
}

static void run_handler(struct eg_run_thread *t, ucontext_t *uc,
			const siginfo_t *info)
{
	int signal = info->si_signo;
	struct eg_kernel_sigaction a = *eg__run_signal_action(signal);
	uint64_t mask = t->mask | a.mask;

	if (!(a.flags & (unsigned long)SA_NODEFER))
		mask |= EG_RUN_BIT(signal);
	if (a.flags & (unsigned long)SA_RESETHAND) {
		eg__run_signal_action(signal)->handler = NULL;
		eg__run_action_install(signal);
	}
	if (!(a.flags & (unsigned long)SA_RESTART))
		t->signals_restart = false;
	if (eg__run_frame_push(t, uc, info, &a) < 0) {
		push_failed(t, uc, signal);
		return;
	}
	t->has_saved_mask = false; /* the frame has it */
	eg__run_mask_change(t, mask);
}

/* Pushes the frames of all handlers that are due. */
static void deliver_into(struct eg_run_thread *t, ucontext_t *uc)
{
	siginfo_t info;
	uint64_t due;
	int signal;

	while ((due = eg__run_signals_due(t)) != 0) {
		signal = eg__run_signal_take(t, due, &info);
		if (eg__run_action_has_handler(signal))
			run_handler(t, uc, &info);
		else if (!eg__run_action_is_ignored(signal))
			eg__run_action_default(signal, uc);
	}
	/* No handler has run: the wait with a mask of its own is over. */
	if (t->has_saved_mask) {
		t->has_saved_mask = false;
		eg__run_mask_change(t, t->saved_mask);
		if (eg__run_signals_due(t))
			eg__run_worker()->attention = 1;
	}
}

void eg__run_signals_leave_into(struct eg_run_thread *t, ucontext_t *uc)
{
	eg__run_signals_dispatch();
	deliver_into(t, uc);
	eg__run_mask_apply(uc);
	eg__run_set_in_layer(0);
}

/* Faults */

static bool is_fault(int signal, const siginfo_t *info)
{
	switch (signal) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
		return info->si_code > 0;
	}
	return false;
}

/* The faulting instruction runs again, without a handler. */
static void die_by_fault(int signal, ucontext_t *uc)
{
	const struct eg_kernel_sigaction dfl = { .handler = NULL };

	if (signal == SIGTRAP) { /* it does not: its address is behind it */
		eg__run_action_default(signal, uc);
		return;
	}
	eg__syscall4(SYS_rt_sigaction, signal, &dfl, NULL, EG_RUN_SIGSET_BYTES);
	*eg__run_uc_mask(uc) &= ~EG_RUN_BIT(signal);
}

static void on_fault(int signal, const siginfo_t *info, ucontext_t *uc)
{
	uint64_t ip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
	uint64_t way_out = eg__run_fault_exit(ip);
	struct eg_run_thread *t;

	if (way_out) {
		uc->uc_mcontext.gregs[REG_RIP] = (greg_t)way_out;
		return;
	}
	if (eg__run_is_in_layer()) {
		eg__log(EG_LOG_FATAL,
			"signal %d in the layer, at %p (address %p)", signal,
			(void *)ip, info->si_addr);
		die_by_fault(signal, uc);
		return;
	}
	t = eg__run_self();
	if (!eg__run_action_has_handler(signal) ||
	    t->mask & EG_RUN_BIT(signal)) {
		die_by_fault(signal, uc);
		return;
	}
	eg__run_set_in_layer(1);
	run_handler(t, uc, info);
	eg__run_mask_apply(uc);
	eg__run_set_in_layer(0);
}

/* The kernel's handlers */

static void on_any(siginfo_t *info, ucontext_t *uc)
{
	if (eg__run_is_in_layer()) {
		eg__run_note(info, uc);
		return;
	}
	eg__run_set_in_layer(1);
	eg__run_trap_finish(uc);
	eg__run_signal_arrived(info, eg__run_self());
	eg__run_signals_leave_into(eg__run_self(), uc);
}

void eg__run_on_signal(int signal, siginfo_t *info, void *context)
{
	/* In a child that is about to execute a program. */
	if (eg__run_is_pass_through()) {
		if (is_fault(signal, info))
			die_by_fault(signal, context);
		return;
	}
	if (is_fault(signal, info))
		on_fault(signal, info, context);
	else
		on_any(info, context);
}

static void on_return(ucontext_t *uc)
{
	struct eg_run_thread *t = eg__run_self();
	bool may_push;

	if (eg__run_frame_return(t, uc, &may_push) < 0) {
		push_failed(t, uc, 0);
		eg__run_mask_apply(uc);
		eg__run_set_in_layer(0);
		return;
	}
	if (may_push) {
		eg__run_signals_leave_into(t, uc);
		return;
	}
	if (eg__run_signals_deliverable(t))
		eg__run_worker()->attention = 1;
	eg__run_mask_apply(uc);
	eg__run_set_in_layer(0);
}

static void on_dispatch(siginfo_t *info, ucontext_t *uc)
{
	uint8_t was_in_layer = eg__run_is_in_layer();

	eg__run_set_in_layer(1);
	if (info->si_syscall == SYS_rt_sigreturn && !was_in_layer) {
		on_return(uc);
		return;
	}
	eg__run_trap(info, uc);
	eg__run_set_in_layer(was_in_layer);
}

/*
 * A helper thread, whose call is to end (offload.c). Where it is about to make
 * the call, for the first time or because the kernel would begin it again, the
 * call is skipped; before that, the helper looks at `attention`.
 */
static void end_call(ucontext_t *uc)
{
	greg_t *regs = uc->uc_mcontext.gregs;
	const uint8_t *ip = (const uint8_t *)(uintptr_t)regs[REG_RIP];

	if (eg__worker())
		return; /* the child of a vfork */
	eg__run_worker()->attention = 1;
	if (ip[0] != 0x0f || ip[1] != 0x05)
		return;
	regs[REG_RIP] += 2;
	regs[REG_RAX] = -EINTR;
}

void eg__run_on_sigsys(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	if (info->si_code == CODE_USER_DISPATCH) {
		on_dispatch(info, uc);
	} else if (eg__run_is_pass_through()) {
		end_call(uc);
	} else if (info->si_code == CODE_KICK &&
		   info->si_value.sival_ptr == &kick_mark) {
		if (eg__run_is_in_layer())
			return;
		eg__run_set_in_layer(1);
		eg__run_signals_leave_into(eg__run_self(), uc);
	} else if (eg__run_tick_is(info)) {
		if (eg__run_is_in_layer())
			eg__run_tick_in_layer(uc);
		else
			eg__run_tick(uc);
	} else if (!eg__run_guard_fired(info, uc)) {
		on_any(info, uc);
	}
}

/* From the layer */

/* Outside the layer: comes back when the handlers have run, if they return. */
static void kick(void)
{
	siginfo_t info = {
		.si_signo = SIGSYS,
		.si_code = CODE_KICK,
	};

	info.si_value.sival_ptr = (void *)(uintptr_t)&kick_mark;
	eg__syscall4(SYS_rt_tgsigqueueinfo, eg__run.process_id,
		     eg__run_worker()->os_thread, SIGSYS, &info);
}

void eg__run_attend(void)
{
	struct eg_run_thread *t = eg__run_self();
	uint8_t entry = t->entry;
	bool is_due;

	do {
		eg__run_enter();
		eg__run_worker()->attention = 0;
		eg__run_signals_dispatch();
		eg__run_mask_apply(NULL);
		is_due = eg__run_signals_due(t) || t->has_saved_mask;
		eg__run_set_in_layer(0);
		if (is_due)
			kick();
	} while (is_due || eg__run_needs_attention());
	t->entry = entry;
}

bool eg__run_signals_deliver(struct eg_run_thread *t)
{
	bool outer = t->signals_restart;
	bool may_restart;

	t->signals_restart = true;
	eg__run_attend();
	eg__run_enter();
	may_restart = t->signals_restart;
	t->signals_restart = outer;
	return may_restart;
}

/* Beginnings */

/* The program has none yet: a process begins without. Not so what the kernel
 * says of it, which keeps EG_RUN_SS_AUTODISARM when a program is executed. */
static int make_signal_stack(struct eg_run_worker *w)
{
	stack_t s = {
		.ss_flags = EG_RUN_SS_AUTODISARM,
		.ss_size = EG_RUN_SIGNAL_STACK_BYTES,
	};

	w->signal_stack = eg__pages_get(EG_RUN_SIGNAL_STACK_BYTES);
	w->notes = eg__run_notes_make();
	if (!w->signal_stack || !w->notes)
		return -ENOMEM;
	s.ss_sp = w->signal_stack;
	return (int)eg__syscall2(SYS_sigaltstack, &s, NULL);
}

int eg__run_signals_init(struct eg_run_thread *t)
{
	struct eg_run_worker *w = eg__run_worker();
	int r = make_signal_stack(w);

	if (r < 0)
		return r;
	eg_list_init(&eg__run_signals.pending);
	eg_list_init(&eg__run_signals.waits);
	eg__slab_init(&eg__run_signals.infos,
		      sizeof(struct eg_run_signal_info));
	eg__run_timers_after_fork();
	eg__run_preempted_after_fork();
	eg__syscall4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &t->mask,
		     EG_RUN_SIGSET_BYTES);
	w->kernel_mask = t->mask;
	eg__run_masks_reset(t);
	r = eg__run_actions_init();
	eg__run_mask_apply(NULL);
	return r;
}

void eg__run_signals_after_fork(struct eg_run_thread *self)
{
	uint64_t forced = eg__run_signals.forced;

	eg__run_pending_after_fork(self);
	eg__run_timers_after_fork();
	eg__run_preempted_after_fork();
	eg__run_signals.forced = 0;
	eg__run_signals.waited = 0;
	eg__run_signals.timers_use = 0;
	eg__run_actions_install(forced);
	eg__run_masks_reset(self);
	eg__run_mask_apply(NULL);
}
