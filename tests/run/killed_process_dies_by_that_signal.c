/* SPDX-License-Identifier: MIT */
/* status: SIGTERM */
/*
 * A process with many waiting threads that is killed dies by that signal, and
 * what it had written out is there; a child's parent sees it so.
 */
#include "claim.h"

#include <signal.h>

static void *waits(void *arg)
{
	sleep(1000);
	return arg;
}

static void *kills(void *arg)
{
	settle();
	kill(getpid(), SIGTERM);
	return waits(arg);
}

int main(void)
{
	const int deadly[] = { SIGKILL, SIGTERM, SIGHUP,      SIGINT,
			       SIGUSR2, SIGALRM, SIGRTMIN + 3 };
	int end[2];
	char byte;

	for (size_t i = 0; i < ARRAY_LEN(deadly); i++) {
		pid_t child;

		OK(pipe(end));
		child = OK(fork());
		if (!child) {
			for (int j = 0; j < 20; j++)
				start(waits, NULL);
			OK(write(end[1], "x", 1));
			for (;;)
				pause();
		}
		CHECK_EQ(read(end[0], &byte, 1), 1);
		OK(kill(child, deadly[i]));
		CHECK_EQ(status_of(child), deadly[i]);
		OK(close(end[0]));
		OK(close(end[1]));
	}
	for (int i = 0; i < 20; i++)
		start(waits, NULL);
	ok();
	fflush(stdout);
	printf("this stays in the buffer");
	start(kills, NULL);
	for (;;)
		pause();
}
