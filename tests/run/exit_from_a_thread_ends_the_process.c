/* SPDX-License-Identifier: MIT */
/* status: 9 */
/*
 * A thread calls exit() or the raw system call while main waits for it: the
 * whole process ends with that status.
 */
#include "claim.h"

static void *raw_exit(void *arg)
{
	syscall(SYS_exit_group, 300);
	return arg;
}

static void *exits(void *arg)
{
	ok();
	exit(9);
	return arg;
}

int main(void)
{
	pid_t child = OK(fork());

	if (!child) {
		join(start(raw_exit, NULL));
		return 1;
	}
	CHECK_EQ(status_of(child), (300 & 0xff) << 8);
	join(start(exits, NULL));
	return 1;
}
