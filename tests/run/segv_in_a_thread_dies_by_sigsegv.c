/* SPDX-License-Identifier: MIT */
/* status: SIGSEGV */
/*
 * A fault in one thread kills the process by that signal: a bad address, a
 * bad instruction, a division by zero.
 */
#include "claim.h"

#include <signal.h>
#include <sys/resource.h>

static void *faults(void *arg)
{
	int volatile zero = 0, seven = 7;
	int *volatile nowhere = (int *)16;

	switch ((intptr_t)arg) {
	case SIGSEGV:
		*nowhere = 1;
		break;
	case SIGILL:
		__asm__ volatile("ud2");
		break;
	case SIGFPE:
		zero = seven / zero;
		break;
	case SIGTRAP:
		__asm__ volatile("int3");
	}
	return NULL;
}

static void *waits(void *arg)
{
	pause();
	return arg;
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGILL, SIGFPE, SIGTRAP };

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		pid_t child = OK(fork());

		if (!child) {
			start(waits, NULL);
			join(start(faults, (void *)(intptr_t)signals[i]));
			_exit(0);
		}
		CHECK_EQ(status_of(child), signals[i]);
	}
	start(waits, NULL);
	ok();
	fflush(stdout);
	join(start(faults, (void *)(intptr_t)SIGSEGV));
	return 1;
}
