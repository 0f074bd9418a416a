/* SPDX-License-Identifier: MIT */
/*
 * exec by a thread while others wait and run: the new program has the same
 * process id, the mask of that thread, what was ignored and what is pending,
 * no handlers, open descriptors without close-on-exec, and threads of its own.
 */
#include "claim.h"

#include <signal.h>

static char path[256], id[16], kept[16], gone[16];

static void handler(int signal)
{
	(void)signal;
}

static void *waits(void *arg)
{
	pause();
	return arg;
}

static void *executes(void *arg)
{
	char *const arguments[] = { path, id, kept, gone, NULL };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	OK(kill(getpid(), SIGUSR1));
	execv(path, arguments);
	FAIL("exec came back");
	return arg;
}

static void *nothing(void *arg)
{
	sched_yield();
	return arg;
}

static int after_exec(char **argv)
{
	struct sigaction action;
	sigset_t set;
	pthread_t t;

	CHECK_EQ(getpid(), atoi(argv[1]));
	CHECK_EQ(gettid(), getpid());
	OK(fcntl(atoi(argv[2]), F_GETFD));
	CHECK_ERROR(fcntl(atoi(argv[3]), F_GETFD), EBADF);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1) && sigismember(&set, SIGRTMIN + 1));
	CHECK(!sigismember(&set, SIGUSR2));
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
	sigaction(SIGUSR1, NULL, &action);
	CHECK(action.sa_handler == SIG_DFL);
	sigaction(SIGUSR2, NULL, &action);
	CHECK(action.sa_handler == SIG_IGN);
	t = start(waits, NULL);
	if (on_fibers())
		CHECK_EQ(os_threads(), 1);
	join(start(nothing, &t));
	return ok();
}

int main(int argc, char **argv)
{
	sigset_t blocked_by_all;
	int end[2];

	if (argc > 1)
		return after_exec(argv);
	OK(readlink("/proc/self/exe", path, sizeof(path) - 1));
	OK(pipe(end));
	OK(fcntl(end[1], F_SETFD, FD_CLOEXEC));
	snprintf(id, sizeof(id), "%d", getpid());
	snprintf(kept, sizeof(kept), "%d", end[0]);
	snprintf(gone, sizeof(gone), "%d", end[1]);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&blocked_by_all);
	sigaddset(&blocked_by_all, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked_by_all, NULL);
	for (int i = 0; i < 10; i++)
		start(waits, NULL);
	join(start(executes, NULL));
	return 1;
}
