/* SPDX-License-Identifier: MIT */
/*
 * SIGCHLD: the handler is told which child and how, it can wait there; ignored
 * it lets children vanish, and wait() only returns when all have.
 */
#include "claim.h"

#include <signal.h>

#define CHILDREN 10

static atomic_int reaped, status_sum;
static volatile siginfo_t last;

static void reaps(int signal, siginfo_t *info, void *context)
{
	int saved = errno, status;

	(void)signal;
	(void)context;
	last.si_pid = info->si_pid;
	last.si_code = info->si_code;
	last.si_status = info->si_status;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		status_sum += WEXITSTATUS(status);
		reaped++;
	}
	errno = saved;
}

static void *parks(void *arg)
{
	pause();
	return arg;
}

static pid_t child_exits(int status)
{
	pid_t child = OK(fork());

	if (!child) {
		settle();
		_exit(status);
	}
	return child;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = reaps,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t child;

	for (int i = 0; i < 5; i++)
		start(parks, NULL);
	sigaction(SIGCHLD, &action, NULL);
	child = child_exits(7);
	while (reaped < 1)
		usleep(1000);
	CHECK_EQ(last.si_pid, child);
	CHECK_EQ(last.si_code, CLD_EXITED);
	CHECK_EQ(last.si_status, 7);
	reaped = status_sum = 0;
	for (int i = 0; i < CHILDREN; i++)
		child_exits(i);
	while (reaped < CHILDREN)
		usleep(1000);
	CHECK_EQ(status_sum, 45);

	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < CHILDREN; i++)
		child_exits(1);
	CHECK_ERROR(wait(NULL), ECHILD);
	return ok();
}
