/* SPDX-License-Identifier: MIT */
/* status: SIGABRT */
/*
 * abort() in one of several threads kills the process by SIGABRT, after the
 * handler, if there is one, has returned.
 */
#include "claim.h"

#include <signal.h>
#include <sys/resource.h>

static void handler(int signal)
{
	(void)signal;
	OK(write(1, "handled\nok\n", 11));
}

static void *sleeps(void *arg)
{
	sleep(100);
	return arg;
}

static void *aborts(void *arg)
{
	settle();
	abort();
	return arg;
}

int main(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	signal(SIGABRT, handler);
	start(sleeps, NULL);
	join(start(aborts, NULL));
	return 1;
}
