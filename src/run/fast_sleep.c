/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and giving way.
 */
#include "run/fast_parts.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

enum { NS_PER_US = 1000, US_PER_SEC = 1000000 };

EG_RUN_EXPORT int sched_yield(void)
{
	/* Alone, other processes are who else could run. */
	if (!eg__run_fast_may_wait() || eg__run_is_alone())
		return eg__run_real.sched_yield();
	eg__run_enter();
	eg__run_yield(eg__run_self());
	eg__run_leave();
	return 0;
}

EG_RUN_EXPORT int clock_nanosleep(clockid_t clock, int flags,
				  const struct timespec *time,
				  struct timespec *remain)
{
	/* libc's refuses one clock that the kernel does not. */
	if (!eg__run_fast_may_wait() || clock == CLOCK_THREAD_CPUTIME_ID)
		return eg__run_real.clock_nanosleep(clock, flags, time, remain);
	return (int)-eg__run_fast_call(SYS_clock_nanosleep, clock, flags,
				       (int64_t)time, (int64_t)remain, 0, 0);
}

EG_RUN_EXPORT int nanosleep(const struct timespec *time,
			    struct timespec *remain)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.nanosleep(time, remain);
	return (int)eg__run_fast_result(eg__run_fast_call(
		SYS_nanosleep, (int64_t)time, (int64_t)remain, 0, 0, 0, 0));
}

EG_RUN_EXPORT int usleep(useconds_t us)
{
	const struct timespec time = {
		.tv_sec = us / US_PER_SEC,
		.tv_nsec = us % US_PER_SEC * NS_PER_US,
	};

	if (!eg__run_fast_may_wait())
		return eg__run_real.usleep(us);
	return (int)eg__run_fast_result(eg__run_fast_call(
		SYS_nanosleep, (int64_t)&time, 0, 0, 0, 0, 0));
}

EG_RUN_EXPORT unsigned sleep(unsigned seconds)
{
	struct timespec time = { .tv_sec = seconds };

	if (!eg__run_fast_may_wait())
		return eg__run_real.sleep(seconds);
	if (eg__run_fast_call(SYS_nanosleep, (int64_t)&time, (int64_t)&time, 0,
			      0, 0, 0) == 0)
		return 0;
	return (unsigned)time.tv_sec;
}
