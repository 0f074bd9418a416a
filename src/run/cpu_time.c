/* SPDX-License-Identifier: MIT */
/*
 * The OS thread's CPU clock, read at every switch: dear, so not before a thread
 * asks for its own time. What was used until then counts for the first thread.
 */
#include "run/cpu_time.h"

#include "base/sys.h"
#include "run/layer.h"

enum { NS_PER_SEC = 1000000000 };

bool eg__run_cpu_time_is_on;
static int64_t started; /* the clock when the running thread was resumed */

static int64_t os_thread_time(void)
{
	struct timespec ts = { 0 };

	eg__sys_clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

void eg__run_cpu_time_start(void)
{
	started = os_thread_time();
}

void eg__run_cpu_time_stop(struct eg_run_thread *t)
{
	int64_t now = os_thread_time();

	t->cpu_ns += (uint64_t)(now - started);
	started = now;
}

int64_t eg__run_cpu_time(struct eg_run_thread *t)
{
	struct eg_run_thread *first = eg__run.main_thread;

	if (!eg__run_cpu_time_is_on) {
		eg__run_cpu_time_is_on = true;
		eg__run_cpu_time_stop(first ? first : t);
	}
	if (t == eg__run_self())
		eg__run_cpu_time_stop(t);
	return (int64_t)t->cpu_ns;
}

/* The OS thread is new, and so is its clock. */
void eg__run_cpu_time_after_fork(struct eg_run_thread *self)
{
	if (!eg__run_cpu_time_is_on)
		return; /* and no page is copied for it */
	eg__run_cpu_time_is_on = false;
	started = 0;
	self->cpu_ns = 0;
}
