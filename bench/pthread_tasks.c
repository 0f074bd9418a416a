/* SPDX-License-Identifier: MIT */
/*
 * The task rows on plain OS threads. A channel is a ring under a mutex with
 * two conditions, an event a flag under one with one.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

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

static void *waits_forever(void *arg)
{
	pause();
	return arg;
}

/* While there is one thread only, libc leaves out what a lock is for. */
static void be_two(void)
{
	static task other;

	if (!other)
		other = task_spawn(waits_forever, NULL);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t rmutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static struct {
	pthread_mutex_t lock;
	pthread_cond_t is_set_now;
	int is_set;
} event = { .lock = PTHREAD_MUTEX_INITIALIZER,
	    .is_set_now = PTHREAD_COND_INITIALIZER };

static void mutex_pair(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static double run_mutex(long size, long ops)
{
	(void)size;
	be_two();
	return bench_each(mutex_pair, ops);
}

static void rmutex_pair(void)
{
	pthread_mutex_lock(&rmutex);
	pthread_mutex_unlock(&rmutex);
}

static double run_rmutex(long size, long ops)
{
	(void)size;
	be_two();
	return bench_each(rmutex_pair, ops);
}

static void rwlock_pair(void)
{
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
}

static double run_rwlock(long size, long ops)
{
	(void)size;
	be_two();
	return bench_each(rwlock_pair, ops);
}

static void event_turn(void)
{
	pthread_mutex_lock(&event.lock);
	event.is_set = 1;
	pthread_cond_broadcast(&event.is_set_now);
	pthread_mutex_unlock(&event.lock);

	pthread_mutex_lock(&event.lock);
	while (!event.is_set)
		pthread_cond_wait(&event.is_set_now, &event.lock);
	pthread_mutex_unlock(&event.lock);

	pthread_mutex_lock(&event.lock);
	event.is_set = 0;
	pthread_mutex_unlock(&event.lock);
}

static double run_event(long size, long ops)
{
	(void)size;
	be_two();
	return bench_each(event_turn, ops);
}

static void sem_pair(void)
{
	sem_post(&sem);
	sem_wait(&sem);
}

static double run_sem(long size, long ops)
{
	(void)size;
	be_two();
	return bench_each(sem_pair, ops);
}

#include "channel_rows.h"
#include "task_rows.h"

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "yield", 2, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 1, run_chan, "ns", 0 },
		{ "chan", 64, run_chan, "ns", 0 },
		{ "mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
		{ "rmutex", BENCH_NO_SIZE, run_rmutex, "ns", 0 },
		{ "rwlock", BENCH_NO_SIZE, run_rwlock, "ns", 0 },
		{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
		{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
		{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
		{ "queue_handover", BENCH_NO_SIZE, run_queue_handover, "ns",
		  0 },
	};

	return bench_main(argc, argv, "pthread", rows, BENCH_ARRAY_LEN(rows));
}
