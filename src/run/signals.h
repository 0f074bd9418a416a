/* SPDX-License-Identifier: MIT */
/*
 * Signals as the program sees them: actions, masks, what is pending, and how a
 * handler of the program comes to run on the right thread and stack.
 */
#ifndef EG_RUN_SIGNALS_H
#define EG_RUN_SIGNALS_H

#include "run/layer.h"

#include <ucontext.h>

static inline uint64_t eg__run_signal_bit(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* Bit s - 1: directed at the process, and not delivered yet. */
extern uint64_t eg__run_signals_pending;

/* For whoever goes on after a switch: there may be a signal to attend to. */
static inline bool eg__run_signals_are_pending(const struct eg_run_thread *t)
{
	return t->pending | eg__run_signals_pending;
}

/* Takes the actions and the mask as the process has them; installs the layer's
 * own handlers for SIGSYS, SIGSEGV and SIGBUS; the signal stack. */
int eg__run_signals_init(struct eg_run_thread *main_thread);
void eg__run_signals_after_fork(struct eg_run_thread *self);

/* A thread begins (it inherits @parent's mask) and ends. */
void eg__run_signals_begin(struct eg_run_thread *t,
			   const struct eg_run_thread *parent);
void eg__run_signals_end(struct eg_run_thread *t);

/* Whether a signal could be delivered to @t now: for park, which then does not
 * begin. */
bool eg__run_signals_deliverable(const struct eg_run_thread *t);

/*
 * Runs the handlers that are due for the running thread. True if a call that
 * they interrupted is to be begun again: all had SA_RESTART, or none ran.
 */
bool eg__run_signals_deliver(struct eg_run_thread *t);

/* Sets @t's mask as sigprocmask does, and the kernel's accordingly. */
void eg__run_signals_set_mask(struct eg_run_thread *t, uint64_t mask);

/* For a wait with a mask of its own (ppoll, ...): sets it until a handler has
 * run, or eg__run_signals_end_mask(). @user: sigset, may be NULL. -EFAULT,
 * -EINVAL. */
int eg__run_signals_begin_mask(struct eg_run_thread *t, const void *user,
			       size_t bytes);
void eg__run_signals_end_mask(struct eg_run_thread *t, int64_t result);

/* Before and after an execve: the kernel's mask is the thread's for it. */
void eg__run_signals_before_exec(struct eg_run_thread *t);
void eg__run_signals_exec_failed(struct eg_run_thread *t);

/* Threads that the tick stopped between [@from, @to): they go on as far behind
 * @new_base. For code that has been moved. */
void eg__run_preempted_fix_ip(uint64_t from, uint64_t to, uint64_t new_base);

/* Gives all of it back to the kernel, for good: actions, mask, alternate stack,
 * and what is pending. */
void eg__run_signals_hand_over(struct eg_run_thread *t);

/* Whoever was interrupted on the last steps back from a trap: makes them for
 * it, so that the address is the program's, which patching takes care of. */
void eg__run_trap_finish(ucontext_t *uc);

/* trap.c and tick.c: the other users of SIGSYS. */
void eg__run_trap(siginfo_t *info, ucontext_t *uc);
void eg__run_tick(ucontext_t *uc);

#endif
