/* SPDX-License-Identifier: MIT */
/*
 * A process ends while one of its threads holds a shared robust mutex: whoever
 * waits for it in another process gets it and is told.
 */
#include "robust_owner.h"

static void leaves(void)
{
	start(takes_and_waits, NULL);
	await(&s->held);
	_exit(7);
}

static void has_left(pid_t child)
{
	CHECK_EQ(WEXITSTATUS(status_of(child)), 7);
}

int main(void)
{
	return outlives(leaves, has_left);
}
