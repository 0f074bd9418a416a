/* SPDX-License-Identifier: MIT */
/*
 * Every switch of `run`: what the ABI of a system call or a function preserves
 * is kept per thread here, and nowhere else. Owns no queue.
 */
#include "run/schedule.h"

#include "base/clock.h"
#include "core/switch.h"
#include "run/cpu_time.h"
#include "run/registers.h"
#include "run/signals.h"
#include "run/user_memory.h"
#include "run/xstate.h"

#include <errno.h>

/* Who calls a function of libc keeps to the ABI: the address of its
 * thread-local storage lies there itself, and loading is cheaper than asking. */
static inline uint64_t fs_base_of(const struct eg_run_thread *t)
{
	return t->entry == EG_RUN_ENTRY_CALL ? eg__run_fs_base() :
					       eg__run_tls_address();
}

/* What every switch away begins with, and every resumption ends with. */
static inline void switch_begins(struct eg_run_thread *t, uint64_t fs_base)
{
	t->fs_base = fs_base;
	if (eg_unlikely(eg__run_cpu_time_is_on))
		eg__run_cpu_time_stop(t);
}

static inline void switch_ends(struct eg_run_thread *t)
{
	eg__run_set_fs_base(t->fs_base);
	if (eg_unlikely(eg__run_cpu_time_is_on))
		eg__run_cpu_time_start();
	if (eg_unlikely(eg__run_signals_are_pending(t)))
		eg__run_worker()->attention = 1;
}

static int park_raw(void *fiber, int64_t deadline)
{
	return eg__park(fiber, deadline);
}

static int yield_raw(void *fiber, int64_t unused)
{
	(void)fiber;
	(void)unused;
	return eg_yield();
}

static inline int switch_away(struct eg_run_thread *t,
			      int (*fn)(void *, int64_t), int64_t deadline,
			      uint64_t fs_base)
{
	uint64_t components;
	int r;

	switch_begins(t, fs_base);
	if (t->entry == EG_RUN_ENTRY_CALL) {
		components = eg__run_components_in_use() |
			     EG_RUN_XSTATE_ALWAYS;
		r = eg__run_saving(fn, &t->fiber, deadline, components,
				   eg__run_xstate_bytes(components));
		t->entry = EG_RUN_ENTRY_CALL;
	} else {
		eg__run_fpu_save(t);
		r = fn(&t->fiber, deadline);
		eg__run_fpu_restore(t);
	}
	switch_ends(t);
	return r;
}

int eg__run_park(struct eg_run_thread *t, int64_t deadline,
		 bool is_interruptible)
{
	int r;

	if (is_interruptible && eg_unlikely(eg__run_needs_attention()) &&
	    eg__run_signals_deliverable(t)) {
		if (t->fiber.wait.kind->unlink)
			t->fiber.wait.kind->unlink(&t->fiber.wait);
		if (eg_list_is_linked(&t->fiber.wait.link))
			eg_list_remove(&t->fiber.wait.link);
		return -EINTR;
	}
	t->is_interruptible = is_interruptible;
	r = switch_away(t, park_raw, deadline, fs_base_of(t));
	t->is_interruptible = false;
	return r;
}

void eg__run_yield(struct eg_run_thread *t)
{
	if (eg__ready_is_empty(t->fiber.hub) && eg__worker()->budget > 0) {
		eg__worker()->budget--;
		return;
	}
	switch_away(t, yield_raw, 0, fs_base_of(t));
}

void eg__run_preempt(struct eg_run_thread *t)
{
	/* By way of the hub's own context, which looks at the kernel. */
	eg__worker()->budget = 0;
	switch_away(t, yield_raw, 0, eg__run_fs_base());
}

void eg__run_interrupt(struct eg_run_thread *t)
{
	if (t->fiber.state == EG_FIBER_PARKED && t->is_interruptible)
		eg__abort_wait(&t->fiber.wait, -EINTR);
}

void eg__run_leave_for_good(struct eg_run_thread *t, void (*then)(void *),
			    void *arg)
{
	struct eg_worker *w = eg__worker();
	struct eg_fiber *next;

	if (eg_unlikely(eg__run_cpu_time_is_on))
		eg__run_cpu_time_stop(t);
	t->fiber.state = EG_FIBER_DEAD;
	w->hub->fibers_alive--;
	next = eg__next(w);
	eg__ctx_exit(&t->fiber.ctx, &next->ctx, next->resume_value, then, arg);
}

/* Deadlines */

enum { NS_PER_SEC = 1000000000 };

int64_t eg__run_after(int64_t ns)
{
	int64_t at;

	if (__builtin_add_overflow(eg__clock_now(), ns, &at))
		return INT64_MAX - 1;
	return at;
}

static int read_timespec(const struct timespec *user, struct timespec *ret)
{
	if (eg__run_copy_in(ret, user, sizeof(*ret)) < 0)
		return -EFAULT;
	if (ret->tv_sec < 0 || ret->tv_nsec < 0 || ret->tv_nsec >= NS_PER_SEC)
		return -EINVAL;
	return 0;
}

static int64_t to_ns(const struct timespec *ts)
{
	if (ts->tv_sec >= INT64_MAX / NS_PER_SEC)
		return INT64_MAX - 1;
	return ts->tv_sec * NS_PER_SEC + ts->tv_nsec;
}

int eg__run_deadline_relative(const struct timespec *ts, int64_t *ret)
{
	struct timespec copy;
	int r;

	if (!ts) {
		*ret = EG_FOREVER;
		return 0;
	}
	r = read_timespec(ts, &copy);
	if (r < 0)
		return r;
	*ret = eg__run_after(to_ns(&copy));
	return 0;
}

int eg__run_deadline_absolute(int clock, const struct timespec *ts,
			      int64_t *ret)
{
	struct timespec copy, now;
	int r;

	if (!ts) {
		*ret = EG_FOREVER;
		return 0;
	}
	r = read_timespec(ts, &copy);
	if (r < 0)
		return r;
	if (clock == CLOCK_MONOTONIC) {
		*ret = to_ns(&copy);
		return 0;
	}
	r = eg__sys_clock_gettime(clock, &now);
	if (r < 0)
		return r;
	*ret = eg__run_after(to_ns(&copy) - to_ns(&now));
	return 0;
}
