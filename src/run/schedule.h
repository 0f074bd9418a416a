/* SPDX-License-Identifier: MIT */
/*
 * Parking a thread of the program: the core's park, and what the kernel would
 * have preserved across it. The one place where a switch of `run` is made.
 */
#ifndef EG_RUN_SCHEDULE_H
#define EG_RUN_SCHEDULE_H

#include "core/park.h"
#include "run/layer.h"

/*
 * Parks the running thread until its waiter, which eg__waiter(&t->fiber, ...)
 * made, is fired by eg__run_wake(), or @deadline passes: 0 (or what the waker
 * says), -ETIMEDOUT, and if @is_interruptible -EINTR, for a signal that can be
 * delivered now (at once, if it is pending already). May switch.
 */
int eg__run_park(struct eg_run_thread *t, int64_t deadline,
		 bool is_interruptible);

/* Gives way to all others that are ready, and looks at the kernel now and
 * then. May switch. */
void eg__run_yield(struct eg_run_thread *t);

/* The same for whoever was not asked: the tick. Always looks at the kernel. */
void eg__run_preempt(struct eg_run_thread *t);

/* Makes @t, which is parked, ready; its park returns @result. */
static inline void eg__run_wake(struct eg_run_thread *t, int result)
{
	eg__unpark(&t->fiber.wait, result);
}

/* Ends the wait of @t early, if it is parked and can be interrupted. */
void eg__run_interrupt(struct eg_run_thread *t);

/* The last switch away from the running thread: then @then(@arg) runs on a
 * stack that is not the thread's. */
_Noreturn void eg__run_leave_for_good(struct eg_run_thread *t,
				      void (*then)(void *), void *arg);

/* @ns from now as an absolute deadline of the core's clock; saturates. */
int64_t eg__run_after(int64_t ns);

/*
 * Deadlines from what the program passes. A NULL @ts: EG_FOREVER. -EINVAL,
 * -EFAULT for one that the kernel would refuse. The program's memory is read
 * safely. @clock: CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI.
 */
int eg__run_deadline_relative(const struct timespec *ts, int64_t *ret);
int eg__run_deadline_absolute(int clock, const struct timespec *ts,
			      int64_t *ret);

#endif
