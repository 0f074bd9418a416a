/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 4: ending a fiber from outside, which unwinds itself.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static void clean_up(void *arg)
{
	printf("cleanup: %s\n", (const char *)arg);
}

static void *work(void *arg)
{
	static char first[] = "first pushed, last run";
	static char last[] = "last pushed, first run";
	eg_timeout shield;

	(void)arg;
	eg_cleanup_push(clean_up, first);
	eg_cleanup_push(clean_up, last);
	printf("sleep: %s\n", eg_strerror(eg_sleep(60 * EG_SEC)));
	printf("again: %s\n", eg_strerror(eg_sleep(60 * EG_SEC)));
	eg_shield_begin(&shield);
	printf("shielded: %s\n", eg_strerror(eg_sleep(10 * EG_MSEC)));
	eg_shield_end(&shield);
	return NULL;
}

static int run(void *arg)
{
	eg_fiber *started, *unstarted;
	void *result = NULL;

	(void)arg;
	if (eg_spawn(&started, work, NULL) < 0)
		return 1;
	eg_yield(); /* it runs, until it sleeps */
	if (eg_spawn(&unstarted, work, NULL) == 0) {
		eg_cancel(unstarted);
		eg_join(unstarted, &result, EG_FOREVER);
		printf("never ran: %s\n", result == EG_CANCELED ? "yes" : "no");
	}
	eg_cancel(started);
	return eg_join(started, NULL, EG_FOREVER);
}

int main(void)
{
	return eg_run(run, NULL, NULL, NULL) < 0;
}
