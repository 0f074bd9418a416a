/* SPDX-License-Identifier: MIT */
/*
 * Blocked signals are pending until let in; sigsuspend() lets them in for its
 * time, runs the handlers, and puts the mask back.
 */
#include "claim.h"

#include <signal.h>

static __thread volatile sig_atomic_t handled;
static atomic_int suspended;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static void *suspends(void *arg)
{
	sigset_t usr1, none, set;

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	for (int i = 0; i < 10; i++) {
		handled = 0;
		raise(SIGUSR1);
		raise(SIGUSR1);
		CHECK_EQ(handled, 0);
		sigpending(&set);
		CHECK(sigismember(&set, SIGUSR1));
		CHECK(!sigismember(&set, SIGUSR2));
		CHECK_ERROR(sigsuspend(&none), EINTR);
		CHECK_EQ(handled, 1);
		sigpending(&set);
		CHECK(!sigismember(&set, SIGUSR1));
		pthread_sigmask(SIG_BLOCK, NULL, &set);
		CHECK(sigismember(&set, SIGUSR1));
	}
	handled = 0;
	atomic_fetch_add(&suspended, 1);
	CHECK_ERROR(sigsuspend(&none), EINTR); /* sent by main */
	CHECK_EQ(handled, 1);
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t t[10];

	sigaction(SIGUSR1, &action, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(suspends, NULL);
	while (atomic_load(&suspended) < (int)ARRAY_LEN(t))
		sched_yield();
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CHECK_EQ(pthread_kill(t[i], SIGUSR1), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
