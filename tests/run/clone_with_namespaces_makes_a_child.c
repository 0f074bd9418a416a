/* SPDX-License-Identifier: MIT */
/*
 * A child in namespaces of its own is a child like others: its threads run, and
 * it is waited for. Where the kernel does not allow them, EPERM.
 */
#include "claim.h"

#include <linux/sched.h>
#include <signal.h>

static void *body(void *arg)
{
	usleep(1000);
	return arg;
}

static _Noreturn void be_child(void)
{
	pthread_t t[4];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	_exit(0);
}

static void in(unsigned long namespaces)
{
	long child = syscall(SYS_clone, SIGCHLD | namespaces, NULL, NULL, NULL,
			     0);

	if (child == 0)
		be_child();
	if (child > 0)
		child_ends_well((pid_t)child);
	else
		CHECK_EQ(errno, EPERM);
}

int main(void)
{
	in(CLONE_NEWUTS);
	in(CLONE_NEWPID);
	in(CLONE_NEWIPC | CLONE_NEWNS);
	return ok();
}
