/* SPDX-License-Identifier: MIT */
/*
 * The task rows on State Threads, with its default stack. It has no channel:
 * here one is a ring and two conditions, so an unbuffered one is missing.
 * It has no yield either: st_usleep(0) is the nearest it offers.
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
	};

	st_set_eventsys(ST_EVENTSYS_POLL);
	if (st_init() < 0)
		bench_die("st_init");
	return bench_main(argc, argv, "libst", rows, BENCH_ARRAY_LEN(rows));
}
