/* SPDX-License-Identifier: MIT */
/*
 * SA_NODEFER, SA_RESETHAND, sa_mask and nested handlers; and sigaction() gives
 * back what was set.
 */
#include "claim.h"

#include <signal.h>

static volatile sig_atomic_t depth, deepest, runs;

static void nests(int signal)
{
	runs++;
	if (++depth > deepest)
		deepest = depth;
	if (runs < 5)
		raise(signal);
	depth--;
}

static void sends_other(int signal)
{
	CHECK_EQ(signal, SIGUSR1);
	raise(SIGUSR2); /* in sa_mask or not */
	CHECK_EQ(depth, 0);
	raise(SIGRTMIN);
	CHECK_EQ(runs, 1);
}

static void counts(int signal)
{
	(void)signal;
	runs++;
}

static void set(int signal, void (*handler)(int), unsigned flags, int also)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = (int)flags };

	if (also)
		sigaddset(&action.sa_mask, also);
	OK(sigaction(signal, &action, NULL));
}

static void *body(void *arg)
{
	struct sigaction action;
	sigset_t blocked;

	depth = deepest = runs = 0;
	set(SIGUSR1, nests, 0, 0);
	raise(SIGUSR1);
	CHECK_EQ(runs, 5);
	CHECK_EQ(deepest, 1);
	depth = deepest = runs = 0;
	set(SIGUSR1, nests, SA_NODEFER, 0);
	raise(SIGUSR1);
	CHECK_EQ(runs, 5);
	CHECK_EQ(deepest, 5);

	depth = deepest = runs = 0;
	set(SIGUSR1, sends_other, 0, SIGUSR2);
	set(SIGUSR2, counts, 0, 0);
	set(SIGRTMIN, counts, 0, 0);
	raise(SIGUSR1);
	CHECK_EQ(runs, 2);

	set(SIGUSR1, counts, SA_RESETHAND | SA_SIGINFO, SIGUSR2);
	OK(sigaction(SIGUSR1, NULL, &action));
	CHECK(action.sa_handler == counts);
	CHECK(action.sa_flags & (int)SA_RESETHAND);
	CHECK(action.sa_flags & SA_SIGINFO);
	CHECK(sigismember(&action.sa_mask, SIGUSR2));
	raise(SIGUSR1);
	OK(sigaction(SIGUSR1, NULL, &action));
	CHECK(action.sa_handler == SIG_DFL);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	CHECK(!sigismember(&blocked, SIGUSR1));
	CHECK_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERROR(sigaction(65, &action, NULL), EINVAL);
	return arg;
}

int main(void)
{
	body(NULL);
	for (int i = 0; i < 5; i++)
		join(start(body, NULL));
	return ok();
}
