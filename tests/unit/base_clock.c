/* SPDX-License-Identifier: MIT */
/*
 * The clock: the kernel's monotonic time, never backwards, and read without a
 * system call wherever libc can do so.
 */
#include "base/clock.h"

#include "egt.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { READINGS = 100000 };

static int64_t libc_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

EG_TEST_PLAIN(clock_lies_between_two_readings_of_libc)
{
	for (int i = 0; i < READINGS / 100; i++) {
		int64_t before = libc_now();
		int64_t now = eg__clock_now();

		egt_le(before, now);
		egt_le(now, libc_now());
	}
}

EG_TEST_PLAIN(clock_never_runs_backwards)
{
	int64_t start = eg__clock_now();
	int64_t last = start;

	for (int i = 0; i < READINGS; i++) {
		int64_t now = eg__clock_now();

		egt_le(last, now);
		last = now;
	}
	egt_lt(start, last);
}

EG_TEST_PLAIN(clock_leaves_no_descriptor_open)
{
	int fds = egt_fd_count();

	eg__clock_now();
	egt_eq(egt_fd_count(), fds);
}

/* From now on the system call fails in this process; not the vDSO's code. */
static int forbid_clock_gettime(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = ARRAY_LEN(code),
		.filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

EG_TEST_PLAIN(clock_needs_no_system_call_where_libc_needs_none)
{
	int64_t before = eg__clock_now();
	struct timespec now;

	if (forbid_clock_gettime() < 0)
		egt_skip("no seccomp filters here");
	egt_eq(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), -1);
	egt_eq(errno, EPERM);
	if (clock_gettime(CLOCK_MONOTONIC, &now))
		egt_skip("libc reads this machine's clock by system call");
	egt_lt(before, eg__clock_now());
}
