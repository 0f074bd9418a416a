/* SPDX-License-Identifier: MIT */
/*
 * What the signal files share: the program's actions, what is pending, who
 * waits. Of no interest to the rest of the layer, which has signals.h.
 *
 * All of it belongs to whoever is in the layer, or to a handler of the kernel
 * that came outside of it. A handler that interrupts the layer only leaves a
 * note: struct eg_run_notes.
 */
#ifndef EG_RUN_SIGNAL_STATE_H
#define EG_RUN_SIGNAL_STATE_H

#include "base/list.h"
#include "run/signals.h"

enum {
	EG_RUN_SIGNALS = 64,
	EG_RUN_SIGNAL_RT_MIN = 32, /* the kernel's: from here on they queue */
	EG_RUN_SIGSET_BYTES = 8,   /* the kernel's sigset_t */
	/* A signal is held back once it is noted: of each there are hardly ever
	 * two. */
	EG_RUN_NOTES = 256,
	EG_RUN_SIGNAL_STACK_BYTES = 64 * 1024,
};

#define EG_RUN_BIT(signal) (UINT64_C(1) << ((signal) - 1))

#define EG_RUN_SS_AUTODISARM INT32_MIN /* SS_AUTODISARM, which is unsigned */

/* What nobody can block. */
#define EG_RUN_UNBLOCKABLE (EG_RUN_BIT(SIGKILL) | EG_RUN_BIT(SIGSTOP))
/* What the kernel never holds back, whatever the program says: dispatch, and
 * the faults of a bad pointer that the layer looks through. */
#define EG_RUN_NEVER_HELD \
	(EG_RUN_BIT(SIGSYS) | EG_RUN_BIT(SIGSEGV) | EG_RUN_BIT(SIGBUS))

/* What the kernel sends to the thread whose call has failed: it is caught
 * always, because of all threads that one may block it. */
#define EG_RUN_BY_FAILURE (EG_RUN_BIT(SIGPIPE) | EG_RUN_BIT(SIGXFSZ))

/* A thread in sigtimedwait(). Lives on its stack. */
struct eg_run_signal_wait {
	struct eg_list link; /* in eg__run_signals.waits, until it got one */
	struct eg_run_thread *thread;
	uint64_t set;
	int32_t signal; /* what it got, or 0 */
	siginfo_t info;
};

struct eg_run_signals {
	struct eg_kernel_sigaction actions[EG_RUN_SIGNALS]; /* the program's */
	/* Caught by the layer though the program does not: to find the one
	 * thread that it is for. The union of what waits and timers ask. */
	uint64_t forced;
	uint64_t waited; /* the union of the waits' sets */
	uint64_t timers_use;
	/* Noted, pending for the process: the kernel holds back the rest. */
	uint64_t held;
	struct eg_list pending; /* owned: for the process, in order */
	struct eg_list waits;	/* struct eg_run_signal_wait, oldest first */
	struct eg_slab infos;	/* struct eg_run_signal_info */
};

extern struct eg_run_signals eg__run_signals;

static inline struct eg_kernel_sigaction *eg__run_signal_action(int signal)
{
	return &eg__run_signals.actions[signal - 1];
}

/* Actions: signal_actions.c */

int eg__run_actions_init(void);
/* Gives the kernel the action for @signal that suits the program's. */
void eg__run_action_install(int signal);
/* The same for all of @bits, after eg__run_signals.forced has changed. */
void eg__run_actions_install(uint64_t bits);
void eg__run_actions_before_exec(void);
bool eg__run_action_has_handler(int signal);
/* Nothing happens when it comes: ignored, or ignored by default. */
bool eg__run_action_is_ignored(int signal);
/*
 * Does what the default is for @signal. From a handler with @uc: a fatal one
 * comes when that context goes on, so that it is what a core dump shows.
 */
void eg__run_action_default(int signal, ucontext_t *uc);

/* Masks: signal_masks.c */

static inline uint64_t *eg__run_uc_mask(ucontext_t *uc)
{
	return (uint64_t *)(void *)&uc->uc_sigmask;
}

/* Sets the counts, without a word to the kernel. */
void eg__run_mask_change(struct eg_run_thread *t, uint64_t mask);
/* Brings the kernel's mask up to date; in a handler, @uc's. */
void eg__run_mask_apply(ucontext_t *uc);
/* The signals that no thread lets in. */
uint64_t eg__run_mask_closed(void);
/* @only is the only thread; @t lets nothing in any more. */
void eg__run_masks_reset(struct eg_run_thread *only);
void eg__run_masks_forget(struct eg_run_thread *t);

/* Pending: signal_pending.c */

struct eg_run_notes *eg__run_notes_make(void);
/* The signals that are held because they are noted. */
uint64_t eg__run_notes_held(void);
/* In a handler that interrupted the layer. */
void eg__run_note(const siginfo_t *info, ucontext_t *uc);
/* A signal from the kernel, to whom it concerns. @running: the thread whose
 * code or call it interrupted, or NULL. */
void eg__run_signal_arrived(const siginfo_t *info,
			    struct eg_run_thread *running);
/* 0; -EAGAIN: no memory for @info, but @t has the signal. */
int eg__run_signal_give(struct eg_run_thread *t, const siginfo_t *info);
/* Takes notes in, and makes sure that somebody sees to every signal that can
 * be delivered. Does not apply the mask. */
void eg__run_signals_dispatch(void);
/* The first of @set that @t can have, directed at it or at the process; its
 * number, or 0. */
int eg__run_signal_take(struct eg_run_thread *t, uint64_t set,
			siginfo_t *ret_info);
/* What may be delivered to @t, its mask considered. */
uint64_t eg__run_signals_due(const struct eg_run_thread *t);
/* It is ignored from now on. */
void eg__run_signal_flush(int signal);
void eg__run_pending_after_fork(struct eg_run_thread *self);

/* Frames: signal_frame.c */

/* Makes @uc go on in @action's handler, whose end brings it back. -EFAULT. */
int eg__run_frame_push(struct eg_run_thread *t, ucontext_t *uc,
		       const siginfo_t *info,
		       const struct eg_kernel_sigaction *action);
/* The program's rt_sigreturn trapped at @uc: goes back to what its frame says.
 * ! @ret_may_push: its vector state is where a frame pushed now would lie.
 * -EFAULT. */
int eg__run_frame_return(struct eg_run_thread *t, ucontext_t *uc,
			 bool *ret_may_push);

/* Handlers: signal_handler.c */

void eg__run_on_signal(int signal, siginfo_t *info, void *context);
void eg__run_on_sigsys(int signal, siginfo_t *info, void *context);
/* Out of the layer, from a handler that came outside of it, into what it
 * interrupted: @uc, which may go on in handlers of the program first. */
void eg__run_signals_leave_into(struct eg_run_thread *t, ucontext_t *uc);

/* Calls: signal_send.c, signal_wait.c, signal_timers.c, signal_masks.c */

eg_run_call_fn eg__run_call_sigaction, eg__run_call_sigprocmask,
	eg__run_call_sigpending, eg__run_call_sigtimedwait,
	eg__run_call_sigsuspend, eg__run_call_pause, eg__run_call_sigaltstack,
	eg__run_call_kill, eg__run_call_tkill, eg__run_call_tgkill,
	eg__run_call_tgsigqueueinfo, eg__run_call_timer_create,
	eg__run_call_timer_delete;

/* What the layer catches has changed: tells the kernel. */
void eg__run_signals_watch(void);

/* Timers that signal one thread. */
void eg__run_timers_after_fork(void);
void eg__run_timers_forget(struct eg_run_thread *t);
/* Whether the kernel's timer @id is one; @ret_thread NULL: it has ended. */
bool eg__run_timer_find(int id, struct eg_run_thread **ret_thread);

/* tick.c */
void eg__run_tick_in_layer(const ucontext_t *uc);
bool eg__run_tick_is(const siginfo_t *info);
void eg__run_preempted_after_fork(void);

#endif
