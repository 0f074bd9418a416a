/* SPDX-License-Identifier: MIT */
/*
 * vfork() and exec, and vfork() and _exit(), with other threads about.
 */
#include "claim.h"

#include <signal.h>

static void *waits(void *arg)
{
	pause();
	return arg;
}

static void *runs(void *arg)
{
	static char name[] = "sh", option[] = "-c", script[] = "exit 33";
	char *const arguments[] = { name, option, script, NULL };

	for (int i = 0; i < 5; i++) {
		pid_t child = OK(vfork());

		if (!child) {
			execv("/bin/sh", arguments);
			_exit(127);
		}
		CHECK_EQ(status_of(child), 33 << 8);
		child = OK(vfork());
		if (!child) {
			execv("/does/not/exist", arguments);
			_exit(errno == ENOENT ? 44 : 45);
		}
		CHECK_EQ(status_of(child), 44 << 8);
	}
	return arg;
}

int main(void)
{
	pthread_t t[4];

	for (int i = 0; i < 10; i++)
		start(waits, NULL);
	runs(NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(runs, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
