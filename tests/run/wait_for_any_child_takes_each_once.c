/* SPDX-License-Identifier: MIT */
/*
 * Several threads wait for any child: each child is taken by exactly one of
 * them; WNOHANG does not wait; stops and continues are seen when asked for.
 */
#include "claim.h"

#include <signal.h>

#define CHILDREN 40

static atomic_int seen[CHILDREN];
static int hold[2];

static void *waits(void *arg)
{
	int status;

	while (wait(&status) != -1)
		atomic_fetch_add(&seen[WEXITSTATUS(status)], 1);
	CHECK_EQ(errno, ECHILD);
	return arg;
}

static pid_t child_that_reads(void)
{
	pid_t child = OK(fork());
	char byte;

	if (!child) {
		close(hold[1]);
		CHECK_EQ(read(hold[0], &byte, 1), 0);
		_exit(0);
	}
	return child;
}

static void stops_and_continues(void)
{
	pid_t child;
	int status;

	OK(pipe(hold));
	child = child_that_reads();
	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(child, &status, WNOHANG | WUNTRACED), 0);
	OK(kill(child, SIGSTOP));
	CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	OK(kill(child, SIGCONT));
	CHECK_EQ(waitpid(child, &status, WCONTINUED), child);
	CHECK(WIFCONTINUED(status));
	OK(close(hold[1]));
	child_ends_well(child);
}

int main(void)
{
	pthread_t t[4];

	stops_and_continues();
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = OK(fork());

		if (!child) {
			usleep((useconds_t)(i * 500));
			_exit(i);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(waits, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	for (int i = 0; i < CHILDREN; i++)
		CHECK_EQ(seen[i], 1);
	CHECK_ERROR(waitpid(-1, NULL, 1 << 20), EINVAL);
	return ok();
}
