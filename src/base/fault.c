/* SPDX-License-Identifier: MIT */
/*
 * Decides which fault point fails, and with which error. Built into the test
 * library only. One counter for the process, helper threads included.
 */
#include "base/fault.h"

#ifdef EG_FAULTS

#include <errno.h>
#include <linux/close_range.h>
#include <sys/syscall.h>

struct eg_faults eg__faults = { .only_nr = EG_FAULT_ANY };

/* Calls whose failure leaves nothing to do, or that cannot fail as we call
 * them: failing them would test the injection and not the library. */
static int is_exempt(long nr)
{
	switch (nr) {
	case SYS_close:
	case SYS_munmap:
	case SYS_exit_group:
	case SYS_tgkill:
	case SYS_getpid:
	case SYS_gettid:
	case SYS_clock_gettime:
	case SYS_rt_sigreturn:
		return 1;
	}
	return 0;
}

static long usual_error(long nr)
{
	switch (nr) {
	case EG_FAULT_ALLOC:
	case SYS_mmap:
	case SYS_mprotect:
	case SYS_madvise:
		return -ENOMEM;
	case SYS_epoll_create1:
	case SYS_eventfd2:
	case SYS_openat:
	case SYS_socket:
	case SYS_accept4:
	case SYS_pipe2:
		return -EMFILE;
	case SYS_io_uring_setup:
	case SYS_io_uring_register:
		return -ENOMEM;
	case SYS_io_uring_enter:
	case SYS_epoll_pwait2:
		return -EINTR;
	case SYS_epoll_ctl:
		return -ENOSPC;
	}
	return -EIO;
}

static int is_due(void)
{
	struct eg_faults *f = &eg__faults;

	if (__atomic_load_n(&f->countdown, __ATOMIC_RELAXED) <= 0 ||
	    __atomic_sub_fetch(&f->countdown, 1, __ATOMIC_RELAXED) != 0)
		return 0;
	if (__atomic_load_n(&f->more, __ATOMIC_RELAXED) > 0) {
		__atomic_fetch_sub(&f->more, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&f->countdown, 1, __ATOMIC_RELAXED);
	}
	return 1;
}

long eg__fault(long nr)
{
	if (is_exempt(nr))
		return 0;
	if (eg__faults.only_nr != EG_FAULT_ANY && eg__faults.only_nr != nr)
		return 0;
	__atomic_fetch_add(&eg__faults.points, 1, __ATOMIC_RELAXED);
	if (!is_due())
		return 0;
	__atomic_fetch_add(&eg__faults.fired, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&eg__faults.last_nr, nr, __ATOMIC_RELAXED);
	return eg__faults.error ? eg__faults.error : usual_error(nr);
}

#endif
