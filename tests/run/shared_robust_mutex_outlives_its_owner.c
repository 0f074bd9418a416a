/* SPDX-License-Identifier: MIT */
/* differs: the kernel knows no robust list of a fiber, and SIGKILL leaves no time */
/*
 * A process that holds a shared robust mutex is killed: whoever waits for it
 * in another process gets it and is told.
 */
#include "robust_owner.h"

static void stays(void)
{
	join(start(takes_and_waits, NULL));
}

static void is_killed(pid_t child)
{
	settle();
	OK(kill(child, SIGKILL));
	CHECK_EQ(status_of(child), SIGKILL);
}

int main(void)
{
	return outlives(stays, is_killed);
}
