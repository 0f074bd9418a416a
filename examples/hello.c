/* SPDX-License-Identifier: MIT */
/*
 * Two fibers: each sleeps and speaks, and neither holds up the other. No more
 * than what it takes to begin.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static void *speak(void *arg)
{
	int *tenths = arg;

	for (int i = 1; i <= 3; i++) {
		eg_sleep(*tenths * 100 * EG_MSEC);
		printf("%d * %d00 ms\n", i, *tenths);
	}
	return NULL;
}

static int hello(void *arg)
{
	eg_group fibers = { 0 };
	int fast = 2, slow = 3;

	(void)arg;
	eg_group_spawn(&fibers, speak, &fast, NULL);
	eg_group_spawn(&fibers, speak, &slow, NULL);
	return eg_group_wait(&fibers, EG_FOREVER);
}

int main(void)
{
	return eg_run(hello, NULL, NULL, NULL) < 0;
}
