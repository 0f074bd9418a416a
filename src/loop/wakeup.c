/* SPDX-License-Identifier: MIT */
/*
 * Wakes a backend from any thread, by an eventfd.
 */
#include "loop/wakeup.h"

#include "base/check.h"
#include "base/sys.h"

#include <sys/eventfd.h>

int eg__wakeup_open(void)
{
	return eg__sys_eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void eg__wakeup_signal(int fd)
{
	static const uint64_t one = 1;
	long r;

	/* Not a fault point: it fails only when the count is at 2^64 - 2, and
	 * then the descriptor is readable anyway. */
	r = eg__raw_syscall(SYS_write, fd, (long)&one, sizeof(one), 0, 0, 0);
	EG_DEBUG_CHECK(r == sizeof(one) || r == -EAGAIN);
	(void)r;
}

void eg__wakeup_clear(int fd)
{
	uint64_t count;

	eg__raw_syscall(SYS_read, fd, (long)&count, sizeof(count), 0, 0, 0);
}
