/* SPDX-License-Identifier: MIT */
/*
 * Select: a channel, a time and a fiber are waited for in one call, and what
 * comes first is done.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static char three[] = "three";

static void *count(void *chan)
{
	for (long i = 1; i <= 3; i++) {
		eg_sleep(i * 10 * EG_MSEC);
		if (eg_chan_send(chan, &i, EG_FOREVER) < 0)
			break;
	}
	return three;
}

static int watch(eg_chan *numbers, eg_fiber *counter)
{
	int64_t patience = 25 * EG_MSEC;
	void *said;
	long n;

	for (;;) {
		eg_case cases[] = {
			eg_case_recv(numbers, &n),
			eg_case_time(eg_after(patience)),
			eg_case_fiber(counter, &said),
		};
		int r = eg_select(cases, 3, EG_FOREVER, 0);

		if (r == 0)
			printf("received %ld\n", n);
		else if (r == 1)
			printf("nothing came for 25 ms\n");
		else if (r == 2)
			printf("the counter says %s\n", (char *)said);
		if (r < 0 || r == 2)
			return r < 0 ? r : 0;
	}
}

static int run(void *arg)
{
	eg_fiber *counter;
	eg_chan *numbers;
	int r = eg_chan_new(&numbers, sizeof(long), 0);

	(void)arg;
	if (r < 0)
		return r;
	r = eg_spawn(&counter, count, numbers);
	if (r == 0) {
		r = watch(numbers, counter);
		eg_join(counter, NULL, EG_FOREVER);
	}
	eg_chan_unref(numbers);
	return r;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
