/* SPDX-License-Identifier: MIT */
/*
 * pq CONNECTION N - N threads with a connection each, whose queries overlap:
 * all together take much less time than one after the other.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUERY_MS = 500, MOST = 1000 };

static const char *connection;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How many rows were right. */
static void *query(void *arg)
{
	PGconn *c = PQconnectdb(connection);
	char text[100], want[20];
	PGresult *r;
	long good;

	snprintf(text, sizeof(text), "select %ld * 2, pg_sleep(%g)", (long)arg,
		 QUERY_MS / 1e3);
	snprintf(want, sizeof(want), "%ld", (long)arg * 2);
	r = PQexec(c, text);
	good = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), want) == 0;
	if (!good)
		fprintf(stderr, "%ld: %s\n", (long)arg, PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
	return (void *)good;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 1;
	double begin = now();
	pthread_t t[MOST];
	long good = 0;
	void *r;

	connection = argv[1];
	for (long i = 0; i < n; i++)
		pthread_create(&t[i], NULL, query, (void *)i);
	for (int i = 0; i < n; i++) {
		pthread_join(t[i], &r);
		good += (long)r;
	}
	printf("%ld of %d right, %s\n", good, n,
	       now() - begin < n * QUERY_MS / 1e3 / 5 ? "overlapping"
						      : "one by one");
	return 0;
}
