/* SPDX-License-Identifier: MIT */
/*
 * Choosing a signal that the program does not use, when the first call is made
 * that may have to be ended. Sends none.
 */
#include "io/interrupt.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

static int chosen;	/* 0: none yet */
static sigset_t spared; /* all zero to begin with, which is an empty set */

static void do_nothing(int signal)
{
	(void)signal;
}

void eg__interrupt_spare(const sigset_t *mask)
{
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		if (sigismember(mask, s) == 1)
			sigaddset(&spared, s);
}

static bool has_handler(int signal, void (*handler)(int))
{
	struct sigaction a;

	return !sigaction(signal, NULL, &a) && !(a.sa_flags & SA_SIGINFO) &&
	       a.sa_handler == handler;
}

/* Whoever uses real-time signals begins with the first. Calls that are not to
 * be ended are restarted. The last one is left to valgrind. */
static int choose(bool spares)
{
	const struct sigaction a = { .sa_handler = do_nothing,
				     .sa_flags = SA_RESTART };

	for (int s = SIGRTMAX - 1; s >= SIGRTMIN; s--)
		if (!(spares && sigismember(&spared, s)) &&
		    has_handler(s, SIG_DFL) && !sigaction(s, &a, NULL))
			return s;
	return 0;
}

int eg__interrupt_signal(void)
{
	if (chosen && has_handler(chosen, do_nothing))
		return chosen;
	chosen = choose(true);
	/* Some programs block all, and wait for few. */
	if (!chosen)
		chosen = choose(false);
	return chosen ? chosen : -EAGAIN;
}
