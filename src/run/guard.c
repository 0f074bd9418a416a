/* SPDX-License-Identifier: MIT */
/*
 * A timer that runs while guarded calls are made, once for all of a burst: to
 * set it for each would cost as much as asking first whether the call blocks.
 */
#include "run/guard.h"

#include "run/offload.h"
#include "run/signals.h"

#include <errno.h>

enum {
	GUARD_NS = 2000000,
	SYSCALL_BYTES = 2,
	GUARD_VALUE = 0x67756172, /* what tells its signal from others */
};

static int make_timer(struct eg_run_worker *w)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGSYS,
		.sigev_value.sival_int = GUARD_VALUE,
	};
	long r;

	event._sigev_un._tid = w->os_thread;
	r = eg__syscall3(SYS_timer_create, CLOCK_MONOTONIC, &event,
			 &w->guard_timer);
	if (r == 0)
		w->guard_owner = eg__run.process_id;
	return (int)r;
}

/* A fork child has none of its parent's timers. */
static bool has_timer(const struct eg_run_worker *w)
{
	return w->guard_owner && w->guard_owner == eg__run.process_id;
}

static bool arm(struct eg_run_worker *w)
{
	static const struct itimerspec once = { .it_value.tv_nsec = GUARD_NS };

	if (!has_timer(w) && make_timer(w) < 0)
		return false;
	w->guard_is_armed = eg__syscall4(SYS_timer_settime, w->guard_timer, 0,
					 &once, NULL) == 0;
	return w->guard_is_armed;
}

int64_t eg__run_guarded(const struct eg_run_call *c)
{
	struct eg_run_worker *w = eg__run_worker();
	int64_t r = 0;
	bool is_armed;

	/* Said first: a timer that ends right now is then set again. */
	w->guard_is_used = true;
	w->guard_is_active = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	is_armed = (w->guard_is_armed && has_timer(w)) || arm(w);
	if (eg_likely(is_armed))
		r = eg__run_guard_call(c);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	w->guard_is_active = false;
	/* Without a timer it could be the one that blocks everybody. */
	return eg_likely(is_armed) ? r : -EINTR;
}

int64_t eg__run_guarded_or_offload(const struct eg_run_call *c)
{
	int64_t r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	r = eg__run_guarded(c);
	if (eg_likely(r != -EINTR))
		return r;
	if (eg__run_needs_attention() &&
	    eg__run_signals_deliverable(eg__run_self()))
		return EG_RUN_RESTART;
	return eg__run_offload(c, true);
}

bool eg__run_guard_fired(const siginfo_t *info, ucontext_t *uc)
{
	struct eg_run_worker *w = eg__run_worker();
	greg_t *regs = uc->uc_mcontext.gregs;

	if (info->si_code != SI_TIMER ||
	    info->si_value.sival_int != GUARD_VALUE)
		return false;
	w->guard_is_armed = false;
	/* About to be made, or to be made again by the kernel. */
	if (regs[REG_RIP] == (greg_t)(uintptr_t)eg__run_guard_instruction) {
		regs[REG_RAX] = -EINTR;
		regs[REG_RIP] += SYSCALL_BYTES;
	}
	/* The next call of the same burst relies on it. */
	if (w->guard_is_used || w->guard_is_active) {
		w->guard_is_used = false;
		arm(w);
	}
	return true;
}
