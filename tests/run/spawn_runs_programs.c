/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn() from many threads: file actions, signal masks, environment,
 * and the error of a program that is not there.
 */
#include "claim.h"

#include <signal.h>
#include <spawn.h>

static char shell[] = "sh", option[] = "-c";
static char script[] = "read x; echo $x $COLOUR; kill -USR1 $$; exit 5";
static char *const arguments[] = { shell, option, script, NULL };
static char colour[] = "COLOUR=green";
static char *const surroundings[] = { colour, NULL };

static void *spawns(void *arg)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t set;
	int in[2], out[2];
	char line[32] = "";
	pid_t child;

	OK(pipe2(in, O_CLOEXEC));
	OK(pipe2(out, O_CLOEXEC));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigmask(&attr, &set); /* or it would die */
	posix_spawnattr_setsigdefault(&attr, &set);
	CHECK_EQ(posix_spawn(&child, "/bin/sh", &actions, &attr, arguments,
			     surroundings),
		 0);
	OK(close(in[0]));
	OK(close(out[1]));
	settle();
	OK(write(in[1], "is\n", 3));
	CHECK_EQ(read(out[0], line, sizeof(line)), 9);
	CHECK(strcmp(line, "is green\n") == 0);
	CHECK_EQ(status_of(child), 5 << 8);
	OK(close(in[1]));
	OK(close(out[0]));
	posix_spawn_file_actions_destroy(&actions);
	CHECK_EQ(posix_spawn(&child, "/no/such", NULL, NULL, arguments, NULL),
		 ENOENT);
	CHECK_EQ(posix_spawnp(&child, "true", NULL, NULL, arguments,
			      surroundings),
		 0);
	CHECK_EQ(status_of(child), 0);
	return arg;
}

int main(void)
{
	pthread_t t[8];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(spawns, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_ERROR(wait(NULL), ECHILD);
	return ok();
}
