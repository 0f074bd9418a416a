/* SPDX-License-Identifier: MIT */
/*
 * Workers that are spawned, linked and waited for together: in the order in
 * which they end, with their values and their errors.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>

enum { WORKERS = 4 };

/* The later ones are faster; the third fails. */
static void *work(void *arg)
{
	long me = (long)arg;

	eg_sleep((WORKERS - me) * 10 * EG_MSEC);
	if (me == 2)
		return eg_fail(-ENOENT, arg);
	return (void *)(me * me);
}

static void on_failure(eg_fiber *fiber, void *arg)
{
	void *payload = NULL;
	int error = eg_fiber_error(fiber, &payload);

	(void)arg;
	printf("link: worker %ld failed: %s\n", (long)payload,
	       eg_strerror(error));
}

static void report(eg_fiber *fiber)
{
	void *value;
	int r = eg_get(fiber, &value, EG_NOW);

	if (r == 0)
		printf("ended with %ld\n", (long)value);
	else
		printf("ended with error %d\n", r);
}

static int run(void *arg)
{
	eg_fiber *workers[WORKERS], *ended[WORKERS];
	eg_link links[WORKERS];
	ssize_t n;

	(void)arg;
	for (long i = 0; i < WORKERS; i++) {
		int r = eg_spawn(&workers[i], work, (void *)i);

		if (r < 0)
			return r; /* the others are cancelled at the end */
		eg_fiber_link(workers[i], &links[i], on_failure, NULL,
			      EG_LINK_ERROR);
	}
	n = eg_join_all(workers, WORKERS, 0, ended, EG_FOREVER, 0);
	for (ssize_t i = 0; i < n; i++)
		report(ended[i]);
	for (int i = 0; i < WORKERS; i++)
		eg_unref(workers[i]);
	return n < 0 ? (int)n : 0;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
