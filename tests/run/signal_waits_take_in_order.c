/* SPDX-License-Identifier: MIT */
/*
 * sigwait() and its relatives take blocked signals: the lowest first, queued
 * real-time ones in order with their values, others only once; the timed one
 * gives up in time.
 */
#include "claim.h"

#include <signal.h>

static sigset_t set;

static void *waits(void *arg)
{
	siginfo_t info;
	sigset_t usr2;
	int signal;

	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	CHECK_EQ(sigwait(&usr2, &signal), 0);
	CHECK_EQ(signal, SIGUSR2);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN + 4);
	CHECK_EQ(info.si_value.sival_int, 99);
	return arg;
}

static void queue(int signal, int value)
{
	OK(sigqueue(getpid(), signal, (union sigval){ .sival_int = value }));
}

static void takes(int signal, int value)
{
	siginfo_t info;

	CHECK_EQ(sigwaitinfo(&set, &info), signal);
	CHECK_EQ(info.si_signo, signal);
	CHECK_EQ(info.si_code, SI_QUEUE);
	CHECK_EQ(info.si_value.sival_int, value);
}

int main(void)
{
	struct timespec t = timespec_of(20 * MSEC), zero = { 0, 0 };
	int64_t begin = now(CLOCK_MONOTONIC);
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	for (int i = 0; i < 5; i++)
		sigaddset(&set, SIGRTMIN + i);
	pthread_sigmask(SIG_BLOCK, &set, NULL);

	CHECK_ERROR(sigtimedwait(&set, NULL, &zero), EAGAIN);
	CHECK_ERROR(sigtimedwait(&set, NULL, &t), EAGAIN);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
	t.tv_nsec = 1000000000;
	CHECK_ERROR(sigtimedwait(&set, NULL, &t), EINVAL);

	for (int i = 0; i < 10; i++) {
		queue(SIGRTMIN + 1, 100 + i);
		queue(SIGRTMIN, 200 + i);
		queue(SIGUSR1, 300 + i);
	}
	takes(SIGUSR1, 300);
	for (int i = 0; i < 10; i++)
		takes(SIGRTMIN, 200 + i);
	for (int i = 0; i < 10; i++)
		takes(SIGRTMIN + 1, 100 + i);
	CHECK_ERROR(sigtimedwait(&set, NULL, &zero), EAGAIN);

	for (int i = 0; i < 10; i++) {
		thread = start(waits, NULL);
		if (i % 2)
			settle();
		OK(kill(getpid(), SIGUSR2));
		if (i % 3)
			settle();
		CHECK_EQ(pthread_sigqueue(thread, SIGRTMIN + 4,
					  (union sigval){ .sival_int = 99 }),
			 0);
		join(thread);
	}
	return ok();
}
