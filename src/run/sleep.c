/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for time alone, and sched_yield.
 */
#include "base/clock.h"
#include "run/schedule.h"
#include "run/user_memory.h"

#include <errno.h>

enum { NS_PER_SEC = 1000000000 };

static const struct eg_wait_kind sleep_wait = { .what = "time" };

/* 0, or -EINTR with the rest of the time in @remain, if it is wanted. */
static int64_t sleep_until(int64_t deadline, struct timespec *remain)
{
	struct eg_run_thread *t = eg__run_self();
	struct timespec left;
	int64_t ns;
	int r;

	eg__waiter(&t->fiber, &sleep_wait, NULL);
	r = eg__run_park(t, deadline, true);
	if (r == -ETIMEDOUT)
		return 0;
	if (remain) {
		ns = deadline - eg__clock_now();
		ns = ns > 0 ? ns : 0;
		left = (struct timespec){ ns / NS_PER_SEC, ns % NS_PER_SEC };
		if (eg__run_copy_out(remain, &left, sizeof(left)) < 0)
			return -EFAULT;
	}
	return r == -ECANCELED ? -EINTR : r;
}

static int64_t call_nanosleep(struct eg_run_call *c)
{
	int64_t deadline;
	int r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (!c->a[0])
		return -EFAULT;
	r = eg__run_deadline_relative((struct timespec *)c->a[0], &deadline);
	return r < 0 ? r
		     : sleep_until(deadline, (struct timespec *)c->a[1]);
}

static bool is_known_clock(int64_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	       clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

static int64_t call_clock_nanosleep(struct eg_run_call *c)
{
	const struct timespec *ts = (const struct timespec *)c->a[2];
	bool is_absolute = c->a[1] & TIMER_ABSTIME;
	int64_t deadline;
	int r;

	/* CPU clocks go on only while somebody runs: the kernel's business. */
	if (eg__run_is_alone() || !is_known_clock(c->a[0]))
		return eg__run_kernel_blocking(c);
	if (!ts)
		return -EFAULT;
	if (is_absolute)
		r = eg__run_deadline_absolute((int)c->a[0], ts, &deadline);
	else
		r = eg__run_deadline_relative(ts, &deadline);
	if (r < 0)
		return r;
	return sleep_until(deadline,
			   is_absolute ? NULL : (struct timespec *)c->a[3]);
}

static int64_t call_sched_yield(struct eg_run_call *c)
{
	if (eg__run_is_alone())
		return eg__run_kernel(c);
	eg__run_yield(eg__run_self());
	return 0;
}

const struct eg_run_row eg__run_sleep_rows[] = {
	{ SYS_nanosleep, call_nanosleep },
	{ SYS_clock_nanosleep, call_clock_nanosleep },
	{ SYS_sched_yield, call_sched_yield },
	{ -1, NULL },
};
