/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 3: the deadline of a call, and one over several calls.
 */
#include <evergreen/evergreen.h>

#include <inttypes.h>
#include <stdio.h>

static void say(int64_t start, const char *what, int r)
{
	printf("%" PRId64 " ms: %s: %s\n", (eg_now() - start) / EG_MSEC, what,
	       eg_strerror(r));
}

static int run(void *arg)
{
	int64_t start = eg_now();
	eg_event never = { 0 };
	eg_timeout all;
	int r;

	(void)arg;
	r = eg_event_wait(&never, eg_after(50 * EG_MSEC));
	say(start, "one wait", r);

	eg_timeout_begin(&all, eg_after(250 * EG_MSEC));
	do {
		r = eg_sleep(100 * EG_MSEC);
		say(start, "a sleep of 100 ms", r);
	} while (r == 0);
	say(start, "the same call again", eg_sleep(100 * EG_MSEC));
	say(start, "the region", eg_timeout_end(&all));
	say(start, "a sleep after it", eg_sleep(100 * EG_MSEC));
	return 0;
}

int main(void)
{
	return eg_run(run, NULL, NULL, NULL) < 0;
}
