/* SPDX-License-Identifier: MIT */
/*
 * The task rows on plain OS threads. A channel is a ring under a mutex with
 * two conditions.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "bench.h"

typedef pthread_t task;

static task task_spawn(void *(*run)(void *), void *arg)
{
	task t;

	errno = pthread_create(&t, NULL, run, arg);
	if (errno)
		bench_die("pthread_create");
	return t;
}

static void task_join(task t)
{
	pthread_join(t, NULL);
}

static void task_yield(void)
{
	sched_yield();
}

typedef struct {
	pthread_mutex_t lock;
	pthread_cond_t is_not_full;
	pthread_cond_t is_not_empty;
	long capacity;
	long head; /* messages received so far */
	long tail; /* messages sent so far */
	long ring[];
} channel;

static channel *channel_new(long capacity)
{
	channel *c = bench_alloc(1, sizeof(*c) + (size_t)capacity *
							 sizeof(c->ring[0]));

	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->is_not_full, NULL);
	pthread_cond_init(&c->is_not_empty, NULL);
	c->capacity = capacity;
	return c;
}

static void channel_free(channel *c)
{
	free(c);
}

static void channel_send(channel *c, long value)
{
	pthread_mutex_lock(&c->lock);
	while (c->tail - c->head == c->capacity)
		pthread_cond_wait(&c->is_not_full, &c->lock);
	c->ring[c->tail++ % c->capacity] = value;
	pthread_cond_signal(&c->is_not_empty);
	pthread_mutex_unlock(&c->lock);
}

static long channel_recv(channel *c)
{
	long value;

	pthread_mutex_lock(&c->lock);
	while (c->tail == c->head)
		pthread_cond_wait(&c->is_not_empty, &c->lock);
	value = c->ring[c->head++ % c->capacity];
	pthread_cond_signal(&c->is_not_full);
	pthread_mutex_unlock(&c->lock);
	return value;
}

#include "task_rows.h"

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "yield", 2, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 1, run_chan, "ns", 0 },
		{ "chan", 64, run_chan, "ns", 0 },
	};

	return bench_main(argc, argv, "pthread", rows, BENCH_ARRAY_LEN(rows));
}
