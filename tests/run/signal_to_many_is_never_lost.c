/* SPDX-License-Identifier: MIT */
/*
 * Signals sent to many threads at once, while they block, run and unblock:
 * each that was sent alone to a thread is handled by it.
 */
#include "claim.h"

#include <signal.h>

#define THREADS 20
#define ROUNDS 50

static atomic_int handled[THREADS], done;
static __thread int self;

static void handler(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled[self], 1);
}

static void *body(void *arg)
{
	struct timespec t = timespec_of(MSEC / 10);
	sigset_t set;

	self = (int)(intptr_t)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (!atomic_load(&done)) {
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		sched_yield();
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		if (self % 3 == 0)
			nanosleep(&t, NULL);
		else if (self % 3 == 1)
			sched_yield();
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t t[THREADS];
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_kill(t[i], SIGUSR1), 0);
		for (int i = 0; i < THREADS; i++)
			while (atomic_load(&handled[i]) < round)
				sched_yield();
	}
	atomic_store(&done, 1);
	for (int i = 0; i < THREADS; i++) {
		join(t[i]);
		CHECK_EQ(handled[i], ROUNDS);
	}
	return ok();
}
