/* SPDX-License-Identifier: MIT */
/*
 * A pool of 8 workers that drain a queue for ever, until they are cancelled. The
 * queue holds 16 jobs: who puts faster than they work waits meanwhile.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

enum { WORKERS = 8, JOBS = 100 };

struct pool {
	eg_queue *jobs;
	int done[WORKERS];
	int next; /* worker to be started */
};

static void *work(void *arg)
{
	struct pool *p = arg;
	int me = p->next++;
	long job;

	/* For ever: -ECANCELED ends it. */
	while (eg_queue_get(p->jobs, &job, EG_FOREVER) == 0) {
		eg_sleep((job % 3 + 1) * EG_MSEC); /* the work */
		p->done[me]++;
		eg_queue_task_done(p->jobs);
	}
	return NULL;
}

static int feed(struct pool *p)
{
	int r = 0;

	for (long job = 0; job < JOBS && r == 0; job++)
		r = eg_queue_put(p->jobs, &job, EG_FOREVER);
	if (r == 0)
		r = eg_queue_join(p->jobs, eg_after(10 * EG_SEC));
	return r;
}

static void report(const struct pool *p)
{
	int all = 0, busy = 0;

	for (int i = 0; i < WORKERS; i++) {
		all += p->done[i];
		busy += p->done[i] > 0;
	}
	printf("%d jobs done by %d workers\n", all, busy);
}

static int run(void *arg)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	struct pool p = { .jobs = NULL };
	eg_group workers = { 0 };
	int r;

	(void)arg;
	options.capacity = 16;
	r = eg_queue_new(&p.jobs, sizeof(long), &options);
	if (r < 0)
		return r;
	for (int i = 0; i < WORKERS && r == 0; i++)
		r = eg_group_spawn(&workers, work, &p, NULL);
	if (r == 0)
		r = feed(&p);
	eg_group_done(&workers); /* cancels them, and waits */
	eg_queue_unref(p.jobs);
	report(&p);
	return r;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
