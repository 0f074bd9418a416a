/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 8: two fibers that wait for each other, and what is said.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static eg_mutex left, right;

static void *left_first(void *arg)
{
	(void)arg;
	eg_mutex_lock(&left, EG_FOREVER);
	eg_yield();
	if (eg_mutex_lock(&right, EG_FOREVER) == 0)
		eg_mutex_unlock(&right);
	eg_mutex_unlock(&left);
	return NULL;
}

static void *right_first(void *arg)
{
	(void)arg;
	eg_mutex_lock(&right, EG_FOREVER);
	eg_yield();
	if (eg_mutex_lock(&left, EG_FOREVER) == 0)
		eg_mutex_unlock(&left);
	eg_mutex_unlock(&right);
	return NULL;
}

static int run(void *arg)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	eg_group philosophers = { 0 };
	int r;

	(void)arg;
	options.name = "left first";
	eg_group_spawn(&philosophers, left_first, NULL, &options);
	options.name = "right first";
	eg_group_spawn(&philosophers, right_first, NULL, &options);
	r = eg_group_wait(&philosophers, EG_FOREVER);
	printf("wait: %s\n", eg_strerror(r));
	r = eg_group_done(&philosophers); /* cancelled, both unwind */
	printf("done: %s\n", eg_strerror(r));
	return 0;
}

int main(void)
{
	return eg_run(run, NULL, NULL, NULL) < 0;
}
