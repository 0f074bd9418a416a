/* SPDX-License-Identifier: MIT */
/*
 * fork without libc: SYS_fork, SYS_clone and SYS_clone3 for a process, with
 * the ids they are to write.
 */
#include "claim.h"

#include <linux/sched.h>
#include <signal.h>

static void *waits(void *arg)
{
	pause();
	return arg;
}

static long by_fork(void)
{
	return syscall(SYS_fork);
}

static long by_clone(void)
{
	int id = 0;
	long child = syscall(SYS_clone, SIGCHLD | CLONE_PARENT_SETTID, NULL,
			     &id, NULL, 0);

	if (child > 0)
		CHECK_EQ(id, child);
	return child;
}

static long by_clone3(void)
{
	int own_id = 0, pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_CHILD_SETTID | CLONE_PIDFD,
		.child_tid = (uintptr_t)&own_id,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long child = syscall(SYS_clone3, &args, sizeof(args));

	if (child)
		OK(close(pidfd));
	else
		CHECK_EQ(own_id, syscall(SYS_gettid));
	return child;
}

int main(void)
{
	static long (*const ways[])(void) = { by_fork, by_clone, by_clone3 };
	int end[2];
	char byte;

	start(waits, NULL);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		long child;

		OK(pipe(end));
		child = OK(ways[i]());
		if (!child) {
			OK(write(end[1], "x", 1));
			_exit(21);
		}
		OK(close(end[1]));
		CHECK_EQ(read(end[0], &byte, 1), 1);
		CHECK_EQ(read(end[0], &byte, 1), 0);
		CHECK_EQ(status_of((pid_t)child), 21 << 8);
		OK(close(end[0]));
	}
	return ok();
}
