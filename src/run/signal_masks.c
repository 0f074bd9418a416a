/* SPDX-License-Identifier: MIT */
/*
 * Each thread's mask, and the kernel's, which holds back what no thread lets
 * in. Decides nothing about signals that have come.
 */
#include "run/signal_state.h"

#include "run/user_memory.h"

#include <errno.h>

/*
 * How many threads let a signal in, for all signals at once: bit s - 1 of
 * plane p is bit p of that number. So a change of many signals costs as little
 * as one of a single one, and all numbers are compared with 0 by a few ORs.
 */
enum { PLANES = 22 };
_Static_assert(EG_RUN_THREADS_MAX < 1 << PLANES, "a count may overflow");

static uint64_t planes[PLANES];
static uint32_t planes_used;

static void count_up(uint64_t bits)
{
	uint64_t carry;

	for (uint32_t p = 0; bits; p++) {
		carry = planes[p] & bits;
		planes[p] ^= bits;
		bits = carry;
		if (p >= planes_used)
			planes_used = p + 1;
	}
}

static void count_down(uint64_t bits)
{
	uint64_t borrow;

	for (uint32_t p = 0; bits; p++) {
		borrow = ~planes[p] & bits;
		planes[p] ^= bits;
		bits = borrow;
	}
}

uint64_t eg__run_mask_closed(void)
{
	uint64_t open = 0;

	for (uint32_t p = 0; p < planes_used; p++)
		open |= planes[p];
	return ~open;
}

void eg__run_mask_change(struct eg_run_thread *t, uint64_t mask)
{
	uint64_t old = t->mask;

	mask &= ~EG_RUN_UNBLOCKABLE;
	t->mask = mask;
	count_up(old & ~mask);
	count_down(mask & ~old);
}

static uint64_t wanted_mask(void)
{
	const struct eg_run_signals *s = &eg__run_signals;

	return ((eg__run_mask_closed() & ~s->waited) | s->held |
		eg__run_notes_held()) &
	       ~EG_RUN_NEVER_HELD;
}

void eg__run_mask_apply(ucontext_t *uc)
{
	struct eg_run_worker *w = eg__run_worker();
	uint64_t mask = wanted_mask();

	if (uc) {
		*eg__run_uc_mask(uc) = mask;
		w->kernel_mask = mask;
		return;
	}
	/* A note taken meanwhile holds its signal: then this is stale. */
	while (w->kernel_mask != mask || eg__run_notes_held() & ~mask) {
		mask = wanted_mask();
		eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
			     EG_RUN_SIGSET_BYTES);
		w->kernel_mask = mask;
	}
}

void eg__run_signals_set_mask(struct eg_run_thread *t, uint64_t mask)
{
	uint64_t changed = (t->mask ^ mask) & ~EG_RUN_UNBLOCKABLE;

	if (!changed)
		return;
	eg__run_mask_change(t, mask);
	eg__run_mask_apply(NULL);
	/* It may be this thread's now, or no longer. */
	if ((t->pending | eg__run_signals_pending) & changed)
		eg__run_worker()->attention = 1;
}

void eg__run_signals_begin(struct eg_run_thread *t,
			   const struct eg_run_thread *parent)
{
	t->mask = parent->mask;
	count_up(~t->mask);
}

void eg__run_masks_reset(struct eg_run_thread *only)
{
	for (uint32_t p = 0; p < PLANES; p++)
		planes[p] = 0;
	planes_used = 0;
	count_up(~only->mask);
}

void eg__run_masks_forget(struct eg_run_thread *t)
{
	count_down(~t->mask);
	t->mask = ~UINT64_C(0);
	eg__run_mask_apply(NULL);
}

int eg__run_signals_begin_mask(struct eg_run_thread *t, const void *user,
			       size_t bytes)
{
	uint64_t mask;

	if (!user)
		return 0;
	if (bytes != EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	if (eg__run_copy_in(&mask, user, sizeof(mask)) < 0)
		return -EFAULT;
	t->saved_mask = t->mask;
	t->has_saved_mask = true;
	eg__run_signals_set_mask(t, mask);
	/* What it lets in has been noted: it counts as pending from now on. */
	eg__run_signals_dispatch();
	return 0;
}

void eg__run_signals_end_mask(struct eg_run_thread *t, int64_t result)
{
	if (!t->has_saved_mask)
		return;
	/* The handler runs with the mask of the wait, and brings this back. */
	if ((result == -EINTR || result == EG_RUN_RESTART) &&
	    eg__run_signals_deliverable(t)) {
		eg__run_worker()->attention = 1;
		return;
	}
	t->has_saved_mask = false;
	eg__run_signals_set_mask(t, t->saved_mask);
}

int64_t eg__run_call_sigprocmask(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	const void *user_new = (void *)c->a[1];
	void *user_old = (void *)c->a[2];
	uint64_t old = t->mask;
	uint64_t set;

	if (c->a[3] != EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	if (user_new) {
		if (eg__run_copy_in(&set, user_new, sizeof(set)) < 0)
			return -EFAULT;
		if (c->a[0] == SIG_BLOCK)
			set |= old;
		else if (c->a[0] == SIG_UNBLOCK)
			set = old & ~set;
		else if (c->a[0] != SIG_SETMASK)
			return -EINVAL;
		eg__run_signals_set_mask(t, set);
	}
	if (user_old && eg__run_copy_out(user_old, &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

/* An execve keeps the mask, and what is pending. */
void eg__run_signals_before_exec(struct eg_run_thread *t)
{
	struct eg_run_worker *w = eg__run_worker();
	siginfo_t info;
	int s;

	eg__run_actions_before_exec();
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &t->mask, NULL,
		     EG_RUN_SIGSET_BYTES);
	while ((s = eg__run_signal_take(t, t->mask, &info)) > 0)
		eg__syscall4(SYS_rt_tgsigqueueinfo, eg__run.process_id,
			     w->os_thread, s, &info);
}

void eg__run_signals_exec_failed(struct eg_run_thread *t)
{
	struct eg_run_worker *w = eg__run_worker();

	(void)t;
	eg__run_actions_install(EG_RUN_NEVER_HELD | eg__run_signals.forced);
	w->kernel_mask = ~eg__run_mask_closed(); /* so that it is set */
	eg__run_mask_apply(NULL);
}
