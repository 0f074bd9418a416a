/* SPDX-License-Identifier: MIT */
/*
 * A fiber waits for the answer of an OS thread, for a deadline and for an event
 * that says to give up, whichever comes first.
 */
#include <evergreen/evergreen.h>

#include <pthread.h>
#include <stdio.h>

static eg_shared_queue *answers;
static eg_shared_event give_up;

/* Without a hub: it may compute, or block as long as it likes. */
static void *work(void *arg)
{
	long answer = 6 * 7;

	eg_shared_queue_put(answers, &answer, EG_FOREVER);
	return arg;
}

static int run(void *arg)
{
	int64_t patience[] = { EG_FOREVER, eg_after(10 * EG_MSEC), EG_FOREVER };
	long answer = 0;
	int r = 0;

	(void)arg;
	for (int i = 0; i < 3 && r >= 0; i++) {
		eg_case cases[] = {
			eg_case_shared_get(answers, &answer),
			eg_case_time(patience[i]),
			eg_case_shared_event(&give_up),
		};
		static const char *const what[] = { "the answer", "too late",
						    "given up" };

		r = eg_select(cases, 3, EG_FOREVER, 0);
		if (r >= 0)
			printf("%s, %ld\n", what[r], answer);
		answer = 0;
		if (r == 1) /* any thread may do this */
			eg_shared_event_set(&give_up);
	}
	return r < 0 ? r : 0;
}

int main(void)
{
	pthread_t thread;
	int status = -1;

	if (eg_shared_queue_new(&answers, sizeof(long), 1) < 0 ||
	    pthread_create(&thread, NULL, work, NULL))
		return 1;
	eg_run(run, NULL, NULL, &status);
	pthread_join(thread, NULL);
	eg_shared_queue_unref(answers);
	return status < 0;
}
