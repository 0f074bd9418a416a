/* SPDX-License-Identifier: MIT */
/* run: --no-follow */
/*
 * The programs that a program starts are on fibers too, however they are
 * started, but for --no-follow, which this one tells by itself.
 */
#include "claim.h"

#include <spawn.h>

#define THREADS 5

static pthread_barrier_t here, done;
static char path[256], flag[] = "child";

static void *stands(void *arg)
{
	pthread_barrier_wait(&here);
	pthread_barrier_wait(&done);
	return arg;
}

static int child(void)
{
	pthread_t t[THREADS];
	int seen;

	pthread_barrier_init(&here, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		t[i] = start(stands, NULL);
	pthread_barrier_wait(&here);
	seen = os_threads();
	pthread_barrier_wait(&done);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return seen;
}

static bool follows(void)
{
	const char *options = getenv("CLAIM_OPTIONS");

	return on_fibers() && !(options && strstr(options, "--no-follow"));
}

int main(int argc, char **argv)
{
	extern char **environ;
	char *const arguments[] = { path, flag, NULL }, *nothing[] = { NULL };
	char command[300];
	int want;
	pid_t pid;

	(void)argv;
	if (argc > 1)
		return child();
	want = follows() ? 1 : THREADS + 1;
	OK(readlink("/proc/self/exe", path, sizeof(path) - 1));
	CHECK_EQ(posix_spawn(&pid, path, NULL, NULL, arguments, environ), 0);
	CHECK_EQ(WEXITSTATUS(status_of(pid)), want);
	CHECK_EQ(posix_spawn(&pid, path, NULL, NULL, arguments, nothing), 0);
	CHECK_EQ(WEXITSTATUS(status_of(pid)), want);
	pid = OK(fork());
	if (!pid) {
		execv(path, arguments);
		_exit(100);
	}
	CHECK_EQ(WEXITSTATUS(status_of(pid)), want);
	snprintf(command, sizeof(command), "%s child", path);
	CHECK_EQ(WEXITSTATUS(system(command)), want);
	return ok();
}
