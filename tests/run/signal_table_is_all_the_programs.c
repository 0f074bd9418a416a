/* SPDX-License-Identifier: MIT */
/*
 * Every signal is the program's: all can be blocked, ignored, reset, handled,
 * asked about, while threads spin, block and are switched as ever.
 */
#include "claim.h"

#include <signal.h>

static atomic_int flag, handled;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static void *spins_masked(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	CHECK_EQ(pthread_sigmask(SIG_SETMASK, &all, NULL), 0);
	while (!atomic_load(&flag))
		;
	return arg;
}

static void *sets_the_flag(void *arg)
{
	usleep(20000);
	atomic_store(&flag, 1);
	return arg;
}

static void all_work(void)
{
	pthread_t t[2];

	atomic_store(&flag, 0);
	t[0] = start(spins_masked, NULL);
	t[1] = start(sets_the_flag, NULL);
	join(t[0]);
	join(t[1]);
}

static void for_all(void (*disposition)(int))
{
	struct sigaction action = { .sa_handler = disposition }, got;

	for (int i = 1; i <= 64; i++) {
		if (i == SIGKILL || i == SIGSTOP || i == 32 || i == 33)
			continue; /* the last two are libc's */
		OK(sigaction(i, &action, NULL));
		OK(sigaction(i, NULL, &got));
		CHECK(got.sa_handler == disposition);
	}
}

int main(void)
{
	sigset_t all, got;

	for (int i = 1; i <= 64; i++) {
		struct sigaction got_action = { 0 };

		if (i == 32 || i == 33)
			continue;
		OK(sigaction(i, NULL, &got_action));
		CHECK(got_action.sa_handler == SIG_DFL);
	}
	for_all(SIG_IGN);
	all_work();
	for_all(SIG_DFL);
	all_work();
	for_all(handler);
	all_work();
	for (int i = 1; i <= 64; i++)
		if (i != SIGKILL && i != SIGSTOP && i != 32 && i != 33)
			raise(i);
	CHECK_EQ(handled, 60);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigprocmask(SIG_SETMASK, NULL, &got);
	for (int i = 1; i <= 64; i++)
		if (i != SIGKILL && i != SIGSTOP && i != 32 && i != 33)
			CHECK_EQ(sigismember(&got, i), 1);
	all_work();
	CHECK_EQ(handled, 60);
	return ok();
}
