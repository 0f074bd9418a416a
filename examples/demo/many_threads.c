/* SPDX-License-Identifier: MIT */
/*
 * Makes many POSIX threads that all wait on one condition variable, wakes them
 * and joins them; no evergreen in it. Says how many there were, how long that
 * took and what memory they held; knows no limit but the system's.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	STACK_BYTES = 16 * 1024,
	LINE_SECONDS = 2, /* between two lines about how far it is */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t all_wait;
	pthread_cond_t go_on;
	long waiting;
	long made; /* -1: not known yet */
	int is_over;
} crowd = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.all_wait = PTHREAD_COND_INITIALIZER,
	.go_on = PTHREAD_COND_INITIALIZER,
	.made = -1,
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *wait_for_end(void *arg)
{
	pthread_mutex_lock(&crowd.lock);
	if (++crowd.waiting == crowd.made)
		pthread_cond_signal(&crowd.all_wait);
	while (!crowd.is_over)
		pthread_cond_wait(&crowd.go_on, &crowd.lock);
	crowd.waiting--;
	pthread_mutex_unlock(&crowd.lock);
	return arg;
}

/* The number of kB that /proc gives for @key. */
static long status_kib(const char *key)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long found = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, strlen(key)))
			found = strtol(line + strlen(key), NULL, 10);
	}
	if (f)
		fclose(f);
	return found;
}

/* Returns how many there are, which is less if one could not be made. */
static long make(pthread_t *threads, long wanted)
{
	double start = now(), last_line = start;
	pthread_attr_t attr;
	long made = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (made < wanted) {
		errno = pthread_create(&threads[made], &attr, wait_for_end,
				       NULL);
		if (errno)
			break;
		made++;
		if (made % 1000 == 0 && now() - last_line > LINE_SECONDS) {
			last_line = now();
			fprintf(stderr, "    %ld threads after %.0f s\n", made,
				last_line - start);
		}
	}
	pthread_attr_destroy(&attr);
	return made;
}

static void await_all(long made)
{
	pthread_mutex_lock(&crowd.lock);
	crowd.made = made;
	while (crowd.waiting < made)
		pthread_cond_wait(&crowd.all_wait, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);
}

static void end_all(const pthread_t *threads, long made)
{
	pthread_mutex_lock(&crowd.lock);
	crowd.is_over = 1;
	pthread_cond_broadcast(&crowd.go_on);
	pthread_mutex_unlock(&crowd.lock);
	for (long i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	long wanted = argc == 2 ? atol(argv[1]) : 0;
	long made, rss, page_tables, rss_before, page_tables_before;
	pthread_t *threads;
	const char *why;
	double start;

	if (wanted < 1) {
		fprintf(stderr, "usage: many_threads COUNT\n");
		return 2;
	}
	threads = calloc((size_t)wanted, sizeof(*threads));
	if (!threads) {
		perror("many_threads");
		return 1;
	}
	rss_before = status_kib("VmRSS:");
	page_tables_before = status_kib("VmPTE:");
	start = now();
	made = make(threads, wanted);
	why = made < wanted ? strerror(errno) : "";
	await_all(made);
	rss = status_kib("VmRSS:") - rss_before;
	page_tables = status_kib("VmPTE:") - page_tables_before;
	end_all(threads, made);
	printf("made %ld seconds %.2f rss_kib %ld pte_kib %ld left %ld %s\n",
	       made, now() - start, rss, page_tables, crowd.waiting, why);
	free(threads);
	return made < wanted || crowd.waiting;
}
