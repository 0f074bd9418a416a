/* SPDX-License-Identifier: MIT */
/* refused: clone */
/*
 * Threads or processes in other namespaces are beyond the layer: it stops the
 * program and says so. In a plain run the kernel may or may not allow it.
 */
#include "claim.h"

#include <linux/sched.h>
#include <signal.h>

int main(void)
{
	long child =
		syscall(SYS_clone, SIGCHLD | CLONE_NEWUTS, NULL, NULL, NULL, 0);

	if (child == 0)
		_exit(0);
	if (child > 0)
		child_ends_well((pid_t)child);
	else
		CHECK_EQ(errno, EPERM);
	return ok();
}
