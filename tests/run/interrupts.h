/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait, each in another system call, and signals sent to them
 * until they notice; what the wait then did is the program's to say.
 */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include "claim.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

static atomic_int signals_handled;

static inline void count_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&signals_handled, 1);
}

static inline void handle_sigusr1(int flags)
{
	struct sigaction action = { .sa_handler = count_signal,
				    .sa_flags = flags };

	OK(sigaction(SIGUSR1, &action, NULL));
}

/* Sends SIGUSR1 to @thread until @flag is true. */
static inline void interrupt_until(pthread_t thread, atomic_int *flag)
{
	while (!atomic_load(flag)) {
		CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
		settle();
	}
}

#endif
