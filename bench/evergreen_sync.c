/* SPDX-License-Identifier: MIT */
/*
 * The rows about objects that nobody else wants at the moment, about queues and
 * about pools, on evergreen's fibers.
 */
#include <errno.h>
#include <evergreen/evergreen.h>

#include "bench.h"

enum { POOL_SIZE = 100 };

static eg_mutex mutex;
static eg_rmutex rmutex;
static eg_event event;
static eg_sem sem;
static eg_rwlock rwlock;

static inline void mutex_pair(void)
{
	eg_mutex_lock(&mutex, EG_FOREVER);
	eg_mutex_unlock(&mutex);
}

static double run_mutex(long size, long ops)
{
	(void)size;
	return bench_each(mutex_pair, ops);
}

static inline void rmutex_pair(void)
{
	eg_rmutex_lock(&rmutex, EG_FOREVER);
	eg_rmutex_unlock(&rmutex);
}

static double run_rmutex(long size, long ops)
{
	(void)size;
	return bench_each(rmutex_pair, ops);
}

static inline void event_turn(void)
{
	eg_event_set(&event);
	eg_event_wait(&event, EG_FOREVER);
	eg_event_clear(&event);
}

static double run_event(long size, long ops)
{
	(void)size;
	return bench_each(event_turn, ops);
}

static inline void sem_pair(void)
{
	eg_sem_post(&sem);
	eg_sem_wait(&sem, EG_FOREVER);
}

static double run_sem(long size, long ops)
{
	(void)size;
	return bench_each(sem_pair, ops);
}

static inline void rwlock_pair(void)
{
	eg_rwlock_rdlock(&rwlock, EG_FOREVER);
	eg_rwlock_unlock(&rwlock);
}

static double run_rwlock(long size, long ops)
{
	(void)size;
	return bench_each(rwlock_pair, ops);
}

/* Exits if an evergreen call failed. */
static void must(int r, const char *what)
{
	if (r < 0) {
		errno = -r;
		bench_die(what);
	}
}

typedef eg_fiber *task;

static task task_spawn(void *(*run)(void *), void *arg)
{
	task t;

	must(eg_spawn(&t, run, arg), "eg_spawn");
	return t;
}

static void task_join(task t)
{
	must(eg_join(t, NULL, EG_FOREVER), "eg_join");
}

typedef eg_queue channel;

static channel *channel_new(long capacity)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	channel *c;

	options.capacity = (size_t)capacity;
	must(eg_queue_new(&c, sizeof(long), &options), "eg_queue_new");
	return c;
}

static void channel_free(channel *c)
{
	eg_queue_unref(c);
}

static void channel_send(channel *c, long value)
{
	must(eg_queue_put(c, &value, EG_FOREVER), "eg_queue_put");
}

static long channel_recv(channel *c)
{
	long value;

	must(eg_queue_get(c, &value, EG_FOREVER), "eg_queue_get");
	return value;
}

#include "channel_rows.h"

static int successor(void *result, const void *item, void *arg)
{
	(void)arg;
	*(long *)result = *(const long *)item + 1;
	return 0;
}

static double run_pool_map(long size, long ops)
{
	long *values = bench_alloc((size_t)size, sizeof(*values));
	long *results = bench_alloc((size_t)size, sizeof(*results));
	eg_map map = EG_MAP_INIT;
	int64_t start;
	eg_pool *pool;

	(void)ops;
	for (long i = 0; i < size; i++)
		values[i] = i;
	map.fn = successor;
	map.items = values;
	map.results = results;
	map.item_bytes = map.result_bytes = sizeof(long);
	map.count = (size_t)size;
	start = bench_now();
	must(eg_pool_new(&pool, POOL_SIZE), "eg_pool_new");
	must(eg_pool_map(pool, &map, EG_FOREVER), "eg_pool_map");
	must(eg_pool_free(pool), "eg_pool_free");
	start = bench_now() - start;
	for (long i = 0; i < size; i++)
		if (results[i] != i + 1)
			abort();
	free(values);
	free(results);
	return (double)start / (double)size;
}

static void *nothing(void *arg)
{
	return arg;
}

static double run_pool_spawn(long size, long ops)
{
	int64_t start = bench_now();
	eg_pool *pool;

	(void)size;
	must(eg_pool_new(&pool, POOL_SIZE), "eg_pool_new");
	for (long i = 0; i < ops; i++)
		must(eg_pool_spawn(pool, nothing, NULL, EG_FOREVER),
		     "eg_pool_spawn");
	must(eg_pool_wait(pool, EG_FOREVER), "eg_pool_wait");
	must(eg_pool_free(pool), "eg_pool_free");
	return (double)(bench_now() - start) / (double)ops;
}

static const struct bench_row rows[] = {
	{ "mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
	{ "rmutex", BENCH_NO_SIZE, run_rmutex, "ns", 0 },
	{ "rwlock", BENCH_NO_SIZE, run_rwlock, "ns", 0 },
	{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
	{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
	{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
	{ "queue_handover", BENCH_NO_SIZE, run_queue_handover, "ns", 0 },
	{ "pool_map", 100000, run_pool_map, "ns", 1 },
	{ "pool_map", 1000000, run_pool_map, "ns", 1 },
	{ "pool_spawn", BENCH_NO_SIZE, run_pool_spawn, "ns", 0 },
};

struct arguments {
	int argc;
	char **argv;
};

static int main_fiber(void *arg)
{
	struct arguments *a = arg;

	return bench_main(a->argc, a->argv, "evergreen", rows,
			  BENCH_ARRAY_LEN(rows));
}

int main(int argc, char **argv)
{
	struct arguments a = { argc, argv };
	int status;

	must(eg_run(main_fiber, &a, NULL, &status), "eg_run");
	return status;
}
