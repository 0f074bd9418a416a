/* SPDX-License-Identifier: MIT */
/*
 * A signal to the process group reaches each process of it once, the sender
 * too, whatever its threads wait for.
 */
#include "claim.h"

#include <signal.h>

static atomic_int handled;
static int ready[2];

static void handler(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled, 1);
}

static void *waits(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void member(int status)
{
	for (int i = 0; i < 5; i++)
		start(waits, NULL);
	OK(write(ready[1], "x", 1));
	while (!atomic_load(&handled))
		usleep(1000);
	settle();
	CHECK_EQ(handled, 1);
	_exit(status);
}

static void leader(void)
{
	pid_t child[3];
	char byte;

	OK(setpgid(0, 0));
	for (int i = 0; i < 3; i++) {
		child[i] = OK(fork());
		if (!child[i])
			member(i);
	}
	for (int i = 0; i < 3; i++)
		CHECK_EQ(read(ready[0], &byte, 1), 1);
	OK(kill(0, SIGUSR1));
	CHECK_EQ(handled, 1);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(status_of(child[i]), i << 8);
	OK(killpg(getpgrp(), SIGUSR1));
	CHECK_EQ(handled, 2);
	_exit(0);
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	pid_t child;

	OK(pipe(ready));
	sigaction(SIGUSR1, &action, NULL);
	child = OK(fork());
	if (!child)
		leader();
	child_ends_well(child);
	CHECK_EQ(handled, 0);
	return ok();
}
