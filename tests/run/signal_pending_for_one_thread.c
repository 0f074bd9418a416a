/* SPDX-License-Identifier: MIT */
/*
 * What is pending for the first thread alone is none of another's; what is
 * pending for the process is everybody's.
 */
#include "claim.h"

#include <signal.h>

static void *is_another(void *arg)
{
	sigset_t set;

	sigpending(&set);
	CHECK(!sigismember(&set, SIGUSR1));
	CHECK(!sigismember(&set, SIGRTMIN));
	CHECK(sigismember(&set, SIGUSR2));
	return arg;
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	OK(raise(SIGUSR1));
	OK(raise(SIGRTMIN));
	OK(kill(getpid(), SIGUSR2));
	join(start(is_another, NULL));
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
	CHECK(sigismember(&set, SIGUSR2));
	CHECK(sigismember(&set, SIGRTMIN));
	return ok();
}
