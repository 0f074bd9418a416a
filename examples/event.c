/* SPDX-License-Identifier: MIT */
/*
 * A value on its way from one fiber to others: who waits for it, who comes
 * late, and what becomes of an error.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>

static eg_result answer, trouble;
static char one[] = "one", another[] = "another", late[] = "the late one";

static void *ask(void *who)
{
	void *value;
	int r = eg_result_get(&answer, &value, EG_FOREVER);

	if (r == 0)
		printf("%s got %ld\n", (const char *)who, (long)value);
	r = eg_result_get(&trouble, NULL, EG_FOREVER);
	printf("%s was told: %s\n", (const char *)who, eg_strerror(r));
	return NULL;
}

static void *compute(void *arg)
{
	eg_sleep(10 * EG_MSEC);
	eg_result_set(&answer, (void *)42L);
	eg_sleep(10 * EG_MSEC);
	eg_result_fail(&trouble, -EIO, NULL);
	return arg;
}

static int run(void *arg)
{
	eg_group all = { 0 };
	int r;

	(void)arg;
	r = eg_group_spawn(&all, ask, one, NULL);
	if (r == 0)
		r = eg_group_spawn(&all, ask, another, NULL);
	if (r == 0)
		r = eg_group_spawn(&all, compute, NULL, NULL);
	if (r == 0)
		r = eg_group_wait(&all, EG_FOREVER);
	if (r == 0)
		ask(late);
	return r;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
