/* SPDX-License-Identifier: MIT */
/*
 * A database connection for each fiber, opened at its first use and closed with
 * the fiber; and one that a fiber opens by hand and forgets: it is caught.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>
#include <stdlib.h>

struct db {
	eg_owned owned;
	int number;
};

static eg_local own_db;
static int opened, closed;

static void db_close(void *handle)
{
	struct db *db = handle;

	eg_disown(&db->owned);
	free(db);
	closed++;
}

static struct db *db_open(void)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		return NULL;
	if (eg_own(&db->owned, "database connection", db_close, db) < 0) {
		free(db);
		return NULL;
	}
	db->number = ++opened;
	return db;
}

/* The fiber's own: its end closes it. */
static struct db *db_of_fiber(void)
{
	struct db *db = eg_local_get(&own_db);

	if (db)
		return db;
	db = db_open();
	if (db && eg_local_set(&own_db, db) < 0) {
		db_close(db);
		db = NULL;
	}
	return db;
}

static void *serve(void *arg)
{
	int request = *(int *)arg;
	struct db *db = db_of_fiber(), *second = db_open();
	eg_timeout limit;

	if (!db || !second)
		return NULL;
	printf("request %d: connections %d and %d\n", request, db->number,
	       second->number);
	eg_timeout_begin(&limit, eg_after(10 * EG_MSEC));
	/* The answer to the second request takes too long. */
	if (request == 2 && eg_sleep(EG_SEC) < 0) {
		printf("request %d: timed out\n", request);
		return NULL; /* and this is the mistake */
	}
	eg_timeout_end(&limit);
	db_close(second);
	return NULL;
}

static void report(const eg_leak *leak, void *arg)
{
	const struct db *db = leak->handle;

	(void)arg;
	printf("%s: leaks %s %d\n", leak->name, leak->what, db->number);
}

static int run(void *arg)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	eg_group requests = { 0 };
	int numbers[] = { 1, 2, 3 };
	char name[EG_NAME_MAX];

	(void)arg;
	eg_set_leak_handler(report, NULL); /* else it is a line in the log */
	options.name = name;
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "request %d", numbers[i]);
		eg_group_spawn(&requests, serve, &numbers[i], &options);
	}
	eg_group_wait(&requests, EG_FOREVER);
	printf("%d opened, %d closed\n", opened, closed);
	return 0;
}

int main(void)
{
	eg_local_init(&own_db, db_close, 0);
	return eg_run(run, NULL, NULL, NULL) < 0;
}
