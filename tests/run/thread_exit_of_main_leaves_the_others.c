/* SPDX-License-Identifier: MIT */
/*
 * The main thread leaves by pthread_exit(): the others go on, and the process
 * ends well when the last of them has ended.
 */
#include "claim.h"

static int end[2];
static pthread_t main_thread;

static void says_ok(void)
{
	puts("ok");
}

static void *outlives(void *arg)
{
	char byte;

	join(main_thread);
	OK(write(end[1], "x", 1));
	CHECK_EQ(read(end[0], &byte, 1), 1);
	settle();
	return arg;
}

int main(void)
{
	OK(pipe(end));
	atexit(says_ok);
	main_thread = pthread_self();
	start(outlives, NULL);
	pthread_exit(NULL);
}
