/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 2: a fiber's result, and what an error looks like.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static void *square(void *arg)
{
	int *n = arg;

	*n *= *n;
	return n;
}

static int run(void *arg)
{
	int n = 12;
	void *result;
	eg_fiber *fiber;
	int r;

	(void)arg;
	r = eg_spawn(&fiber, square, &n);
	if (r < 0)
		return r;
	printf("spawned: n is %d\n", n);
	r = eg_join(fiber, &result, EG_FOREVER);
	if (r < 0)
		return r;
	printf("joined: n is %d\n", *(int *)result);
	return 0;
}

int main(void)
{
	int status;
	int r = eg_sleep(EG_SEC); /* not in a fiber: refused, not slept */

	printf("outside: %d, %s\n", r, eg_strerror(r));
	r = eg_run(run, NULL, NULL, &status);
	return r < 0 || status < 0;
}
