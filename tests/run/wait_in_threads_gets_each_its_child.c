/* SPDX-License-Identifier: MIT */
/*
 * Threads wait for children by every call at once: each gets the child it
 * asked for, with its status and what it used, and only once.
 */
#include "claim.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

static void by_waitpid(pid_t child, int status)
{
	int got;

	CHECK_EQ(waitpid(child, &got, 0), child);
	CHECK_EQ(got, status << 8);
}

static void by_wait4(pid_t child, int status)
{
	struct rusage usage = { .ru_maxrss = -1 };
	int got;

	CHECK_EQ(wait4(child, &got, 0, &usage), child);
	CHECK_EQ(got, status << 8);
	CHECK(usage.ru_maxrss > 0);
}

static void by_waitid(pid_t child, int status)
{
	siginfo_t info = { 0 };

	CHECK_EQ(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(info.si_status, status);
	CHECK_EQ(waitid(P_PID, (id_t)child, &info, WEXITED), 0);
	CHECK_EQ(info.si_pid, child);
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, status);
}

static void by_pidfd(pid_t child, int status)
{
	int fd = (int)OK(syscall(SYS_pidfd_open, child, 0));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	siginfo_t info = { 0 };

	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0);
	CHECK_EQ(info.si_status, status);
	OK(close(fd));
}

static void *runs_a_child(void *arg)
{
	static void (*const ways[])(pid_t, int) = { by_waitpid, by_wait4,
						    by_waitid, by_pidfd };
	int self = (int)(intptr_t)arg;
	pid_t child = OK(fork());

	if (!child) {
		usleep((useconds_t)((40 - self) * 1000));
		_exit(self + 1);
	}
	ways[self % 4](child, self + 1);
	CHECK_ERROR(waitpid(child, NULL, 0), ECHILD);
	return NULL;
}

int main(void)
{
	pthread_t t[40];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(runs_a_child, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_ERROR(waitpid(-1, NULL, WNOHANG), ECHILD);
	return ok();
}
