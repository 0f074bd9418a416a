/* SPDX-License-Identifier: MIT */
/*
 * A program and a thread begin without an alternate signal stack, whatever
 * there was before exec and whatever the creator has.
 */
#include "claim.h"

#include <signal.h>

static char memory[64 * 1024];

static void *begins_without(void *arg)
{
	stack_t s;

	OK(sigaltstack(NULL, &s));
	CHECK_EQ(s.ss_flags, SS_DISABLE);
	CHECK_EQ(s.ss_size, 0);
	return arg;
}

int main(int argc, char **argv)
{
	stack_t s = { .ss_sp = memory, .ss_size = sizeof(memory) };

	begins_without(NULL);
	OK(sigaltstack(&s, NULL));
	join(start(begins_without, NULL));
	if (argc > 1)
		return ok();
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}
