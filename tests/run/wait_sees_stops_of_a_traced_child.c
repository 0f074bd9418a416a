/* SPDX-License-Identifier: MIT */
/*
 * A traced child that stops is seen by its tracer's wait, while other threads
 * of the tracer go on; its memory can be read; it goes on when told.
 */
#include "claim.h"

#include <signal.h>
#include <sys/ptrace.h>

static long secret = 0x1234567;
static atomic_int stop;

static void *turns(void *arg)
{
	while (!atomic_load(&stop))
		sched_yield();
	return arg;
}

/* Passes on what is not @wanted, as debuggers do, until that stops it. */
static void wait_for_stop(pid_t child, int wanted)
{
	int status;

	for (;;) {
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK(WIFSTOPPED(status));
		if (WSTOPSIG(status) == wanted)
			return;
		OK(ptrace(PTRACE_CONT, child, NULL, WSTOPSIG(status)));
	}
}

int main(void)
{
	pthread_t t = start(turns, NULL);
	pid_t child = OK(fork());
	int status;

	if (!child) {
		secret = 0x89abcde;
		OK(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		raise(SIGUSR1);
		_exit(secret == 42 ? 0 : 1);
	}
	wait_for_stop(child, SIGSTOP);
	CHECK_EQ(ptrace(PTRACE_PEEKDATA, child, &secret, NULL), 0x89abcde);
	OK(ptrace(PTRACE_POKEDATA, child, &secret, 42L));
	OK(ptrace(PTRACE_CONT, child, NULL, NULL));
	wait_for_stop(child, SIGUSR1);
	OK(ptrace(PTRACE_CONT, child, NULL, NULL));
	do {
		CHECK_EQ(waitpid(child, &status, 0), child);
		if (WIFSTOPPED(status))
			OK(ptrace(PTRACE_CONT, child, NULL, WSTOPSIG(status)));
	} while (WIFSTOPPED(status));
	CHECK_EQ(status, 0);
	atomic_store(&stop, 1);
	join(t);
	return ok();
}
