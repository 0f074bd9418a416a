/* SPDX-License-Identifier: MIT */
/* status: SIGSEGV */
/*
 * A thread that overruns its stack hits the guard page and takes the process
 * with it, by SIGSEGV, after what was written before.
 */
#include "claim.h"

#include <sys/resource.h>

static unsigned sink(unsigned depth);
static unsigned (*volatile deeper)(unsigned) = sink;

static unsigned sink(unsigned depth)
{
	volatile unsigned char frame[1000];

	frame[depth % sizeof(frame)] = 1;
	return deeper(depth + 1) + frame[3];
}

static void *overflows(void *arg)
{
	sink(0);
	return arg;
}

int main(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	ok();
	fflush(stdout);
	join(start(overflows, NULL));
	puts("there was no guard page");
	return 1;
}
