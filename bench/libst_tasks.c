/* SPDX-License-Identifier: MIT */
/*
 * The task rows on State Threads, with its default stack. It has no channel:
 * here one is a ring and two conditions, so an unbuffered one is missing; an
 * event is a flag and a condition, a semaphore a number and one, both checked
 * by nobody. It has no yield either: st_usleep(0) is the nearest it offers.
 */
#include <st.h>
#include <stdlib.h>

#include "bench.h"

typedef st_thread_t task;

static task task_new(void *(*run)(void *), void *arg, int is_joinable)
{
	task t = st_thread_create(run, arg, is_joinable, 0);

	if (!t)
		bench_die("st_thread_create");
	return t;
}

static task task_spawn(void *(*run)(void *), void *arg)
{
	return task_new(run, arg, 1);
}

static void task_detach(void *(*run)(void *), void *arg)
{
	task_new(run, arg, 0);
}

static void task_join(task t)
{
	st_thread_join(t, NULL);
}

static void task_yield(void)
{
	st_usleep(0);
}

static void task_sleep_ms(int ms)
{
	st_usleep((st_utime_t)ms * 1000);
}

static void task_park(void)
{
	static st_cond_t never;

	if (!never)
		never = st_cond_new();
	st_cond_wait(never);
}

typedef struct {
	st_cond_t is_not_full;
	st_cond_t is_not_empty;
	long capacity;
	long head; /* messages received so far */
	long tail; /* messages sent so far */
	long ring[];
} channel;

static channel *channel_new(long capacity)
{
	channel *c = bench_alloc(1, sizeof(*c) + (size_t)capacity *
							 sizeof(c->ring[0]));

	c->is_not_full = st_cond_new();
	c->is_not_empty = st_cond_new();
	c->capacity = capacity;
	return c;
}

static void channel_free(channel *c)
{
	st_cond_destroy(c->is_not_full);
	st_cond_destroy(c->is_not_empty);
	free(c);
}

static void channel_send(channel *c, long value)
{
	while (c->tail - c->head == c->capacity)
		st_cond_wait(c->is_not_full);
	c->ring[c->tail++ % c->capacity] = value;
	st_cond_signal(c->is_not_empty);
}

static long channel_recv(channel *c)
{
	long value;

	while (c->tail == c->head)
		st_cond_wait(c->is_not_empty);
	value = c->ring[c->head++ % c->capacity];
	st_cond_signal(c->is_not_full);
	return value;
}

static st_mutex_t mutex;

static inline void mutex_pair(void)
{
	st_mutex_lock(mutex);
	st_mutex_unlock(mutex);
}

static double run_mutex(long size, long ops)
{
	(void)size;
	return bench_each(mutex_pair, ops);
}

/* Of an event, whether it is set; of a semaphore, how many units are free. */
static struct state {
	st_cond_t changed;
	long count;
} * state;

static inline void event_turn(void)
{
	state->count = 1;
	st_cond_broadcast(state->changed);
	while (!state->count)
		st_cond_wait(state->changed);
	state->count = 0;
}

static double run_event(long size, long ops)
{
	(void)size;
	return bench_each(event_turn, ops);
}

static inline void sem_pair(void)
{
	state->count++;
	st_cond_signal(state->changed);
	while (!state->count)
		st_cond_wait(state->changed);
	state->count--;
}

static double run_sem(long size, long ops)
{
	(void)size;
	return bench_each(sem_pair, ops);
}

static void make_objects(void)
{
	mutex = st_mutex_new();
	state = bench_alloc(1, sizeof(*state));
	state->changed = st_cond_new();
	state->count = 0;
}

#include "channel_rows.h"
#include "park_rows.h"
#include "task_rows.h"

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "yield", 2, run_yield, "ns", 0 },
		{ "yield", 1000, run_yield, "ns", 0 },
		{ "yield", 10000, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 1, run_chan, "ns", 0 },
		{ "chan", 64, run_chan, "ns", 0 },
		{ "mem", 100000, run_mem, "bytes", 1 },
		{ "mem", 1000000, run_mem, "bytes", 1 },
		{ "sleepers", 1000000, run_sleepers, "s", 1 },
		{ "mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
		{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
		{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
		{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
		{ "queue_handover", BENCH_NO_SIZE, run_queue_handover, "ns",
		  0 },
	};

	st_set_eventsys(ST_EVENTSYS_POLL);
	if (st_init() < 0)
		bench_die("st_init");
	make_objects();
	return bench_main(argc, argv, "libst", rows, BENCH_ARRAY_LEN(rows));
}
