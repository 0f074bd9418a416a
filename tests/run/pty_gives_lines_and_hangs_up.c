/* SPDX-License-Identifier: MIT */
/*
 * A pseudo terminal: its reader waits for a whole line, an interrupt character
 * signals the group in front, and the end of the master is a hangup.
 */
#include "claim.h"

#include <pty.h>
#include <signal.h>
#include <termios.h>

static int master, slave;

static void *types(void *arg)
{
	settle();
	OK(write(master, "hel", 3));
	settle();
	OK(write(master, "lo\nrest", 7));
	settle();
	OK(write(master, "\n\4", 2)); /* end of file */
	return arg;
}

static void session(void)
{
	char line[64];

	OK(read(0, line, sizeof(line)));
	CHECK(memcmp(line, "hi\n", 3) == 0);
	OK(write(1, "got it\n", 7));
	for (;;)
		pause(); /* SIGINT ends it */
}

int main(void)
{
	char line[64];
	struct termios raw;
	pthread_t t;
	pid_t child;
	int n = 0;

	OK(openpty(&master, &slave, NULL, NULL, NULL));
	OK(tcgetattr(slave, &raw));
	raw.c_lflag &= ~(tcflag_t)ECHO;
	OK(tcsetattr(slave, TCSANOW, &raw));
	t = start(types, NULL);
	CHECK_EQ(read(slave, line, sizeof(line)), 6);
	CHECK(memcmp(line, "hello\n", 6) == 0);
	CHECK_EQ(read(slave, line, 2), 2);
	CHECK_EQ(read(slave, line, sizeof(line)), 3);
	CHECK_EQ(read(slave, line, sizeof(line)), 0);
	join(t);
	OK(close(slave));

	child = OK(forkpty(&master, NULL, &raw, NULL));
	if (!child)
		session();
	OK(write(master, "hi\n", 3));
	while (n < 8)
		n += (int)OK(read(master, line + n, sizeof(line) - (size_t)n));
	CHECK(memcmp(line, "got it\r\n", 8) == 0);
	OK(write(master, "\3", 1));
	CHECK_EQ(status_of(child), SIGINT);
	CHECK_ERROR(read(master, line, sizeof(line)), EIO);
	return ok();
}
