/* SPDX-License-Identifier: MIT */
/*
 * A grandchild whose parent has ended goes on, with threads, and its pipe
 * still works: a daemon's way of starting.
 */
#include "claim.h"

static int to[2], from[2];

static void *answers(void *arg)
{
	char byte;

	CHECK_EQ(read(to[0], &byte, 1), 1);
	CHECK_EQ(byte, 'q');
	OK(write(from[1], "a", 1));
	return arg;
}

static void daemonise(void)
{
	OK(setsid());
	if (OK(fork()))
		_exit(0);
	for (int i = 0; i < 5; i++)
		join(start(answers, NULL));
	_exit(0);
}

int main(void)
{
	pid_t child;
	char byte;

	OK(pipe(to));
	OK(pipe(from));
	child = OK(fork());
	if (!child)
		daemonise();
	child_ends_well(child);
	OK(close(from[1]));
	for (int i = 0; i < 5; i++) {
		OK(write(to[1], "q", 1));
		CHECK_EQ(read(from[0], &byte, 1), 1);
	}
	CHECK_EQ(read(from[0], &byte, 1), 0);
	CHECK_ERROR(wait(NULL), ECHILD);
	return ok();
}
