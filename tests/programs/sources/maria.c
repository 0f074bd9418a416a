/* SPDX-License-Identifier: MIT */
/*
 * maria SOCKET N - N threads with a connection each, whose queries overlap:
 * all together take much less time than one after the other.
 */
#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUERY_MS = 500, MOST = 1000 };

static const char *path;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Whether the row was right. */
static long is_answered(MYSQL *c, long i)
{
	char text[100], want[20];
	MYSQL_RES *result;
	MYSQL_ROW row;
	long good;

	snprintf(text, sizeof(text), "select %ld * 2, sleep(%g)", i,
		 QUERY_MS / 1e3);
	snprintf(want, sizeof(want), "%ld", i * 2);
	if (!mysql_real_connect(c, NULL, "root", NULL, NULL, 0, path, 0) ||
	    mysql_query(c, text) != 0)
		return 0;
	result = mysql_store_result(c);
	row = result ? mysql_fetch_row(result) : NULL;
	good = row && strcmp(row[0], want) == 0;
	mysql_free_result(result);
	return good;
}

static void *query(void *arg)
{
	MYSQL *c = mysql_init(NULL);
	long good = is_answered(c, (long)arg);

	if (!good)
		fprintf(stderr, "%ld: %s\n", (long)arg, mysql_error(c));
	mysql_close(c);
	mysql_thread_end();
	return (void *)good;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 1;
	double begin = now();
	pthread_t t[MOST];
	long good = 0;
	void *r;

	path = argv[1];
	mysql_library_init(0, NULL, NULL);
	for (long i = 0; i < n; i++)
		pthread_create(&t[i], NULL, query, (void *)i);
	for (int i = 0; i < n; i++) {
		pthread_join(t[i], &r);
		good += (long)r;
	}
	printf("%ld of %d right, %s\n", good, n,
	       now() - begin < n * QUERY_MS / 1e3 / 5 ? "overlapping"
						      : "one by one");
	mysql_library_end();
	return 0;
}
