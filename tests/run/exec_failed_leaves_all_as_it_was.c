/* SPDX-License-Identifier: MIT */
/*
 * exec of what cannot be executed says why, and all threads go on.
 */
#include "claim.h"

#include <sys/stat.h>

static int end[2];

static void *echoes(void *arg)
{
	char byte;

	for (int i = 0; i < 10; i++)
		CHECK_EQ(read(end[0], &byte, 1), 1);
	return arg;
}

static void *fails(void *arg)
{
	static char name[] = "x";
	char *const arguments[] = { name, NULL };
	char text[] = "/tmp/claim-XXXXXX";
	char *volatile nowhere = (char *)8;
	int fd = OK(mkstemp(text));

	CHECK_ERROR(execv("/does/not/exist", arguments), ENOENT);
	CHECK_ERROR(execv("/tmp", arguments), EACCES);
	CHECK_ERROR(execv(text, arguments), EACCES);
	OK(write(fd, "nonsense", 8));
	OK(fchmod(fd, 0700));
	OK(close(fd));
	CHECK_ERROR(execv(text, arguments), ENOEXEC);
	CHECK_ERROR(execv(nowhere, arguments), EFAULT);
	OK(unlink(text));
	return arg;
}

int main(void)
{
	pthread_t t;

	OK(pipe(end));
	t = start(echoes, NULL);
	for (int i = 0; i < 5; i++) {
		fails(NULL);
		join(start(fails, NULL));
		OK(write(end[1], "xx", 2));
	}
	join(t);
	return ok();
}
