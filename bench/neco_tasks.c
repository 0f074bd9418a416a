/* SPDX-License-Identifier: MIT */
/*
 * The rows about tasks, channels and objects on neco. An event is a flag and a
 * condition, a semaphore a number and one; a wait that has nothing to wait for
 * reads them alone, the mutex that neco's condition wants is for the others.
 */
#include <neco.h>
#include <stdlib.h>

#include "bench.h"

/* Exits if a neco call failed. */
static void must(int r, const char *what)
{
	if (r != NECO_OK)
		bench_die(what);
}

typedef int64_t task;

struct start {
	void *(*run)(void *);
	void *arg;
};

static void enter(int argc, void *argv[])
{
	struct start start = *(struct start *)argv[0];

	(void)argc;
	start.run(start.arg);
}

static task task_spawn(void *(*run)(void *), void *arg)
{
	struct start start = { run, arg };

	/* the new one runs first, so @start is still there */
	must(neco_start(enter, 1, &start), "neco_start");
	return neco_lastid();
}

static void task_detach(void *(*run)(void *), void *arg)
{
	task_spawn(run, arg);
}

static void task_join(task t)
{
	must(neco_join(t), "neco_join");
}

static void task_yield(void)
{
	neco_yield();
}

static void task_sleep_ms(int ms)
{
	neco_sleep(ms * NECO_MILLISECOND);
}

static void task_park(void)
{
	neco_suspend();
}

typedef neco_chan channel;

static channel *channel_new(long capacity)
{
	channel *c;

	must(neco_chan_make(&c, sizeof(long), (size_t)capacity),
	     "neco_chan_make");
	return c;
}

static void channel_free(channel *c)
{
	neco_chan_release(c);
}

static void channel_send(channel *c, long value)
{
	must(neco_chan_send(c, &value), "neco_chan_send");
}

static long channel_recv(channel *c)
{
	long value;

	must(neco_chan_recv(c, &value), "neco_chan_recv");
	return value;
}

static neco_mutex mutex = NECO_MUTEX_INITIALIZER;

static inline void mutex_pair(void)
{
	neco_mutex_lock(&mutex);
	neco_mutex_unlock(&mutex);
}

static double run_mutex(long size, long ops)
{
	(void)size;
	return bench_each(mutex_pair, ops);
}

static inline void rwlock_pair(void)
{
	neco_mutex_rdlock(&mutex);
	neco_mutex_unlock(&mutex);
}

static double run_rwlock(long size, long ops)
{
	(void)size;
	return bench_each(rwlock_pair, ops);
}

/* Of an event, whether it is set; of a semaphore, how many units are free. */
static struct {
	neco_cond changed;
	neco_mutex mutex;
	long count;
} state;

static void wait_for_state(void)
{
	neco_mutex_lock(&state.mutex);
	while (!state.count)
		neco_cond_wait(&state.changed, &state.mutex);
	neco_mutex_unlock(&state.mutex);
}

static inline void event_turn(void)
{
	state.count = 1;
	neco_cond_broadcast(&state.changed);
	if (!state.count)
		wait_for_state();
	state.count = 0;
}

static double run_event(long size, long ops)
{
	(void)size;
	return bench_each(event_turn, ops);
}

static inline void sem_pair(void)
{
	state.count++;
	neco_cond_signal(&state.changed);
	if (!state.count)
		wait_for_state();
	state.count--;
}

static double run_sem(long size, long ops)
{
	(void)size;
	return bench_each(sem_pair, ops);
}

#include "channel_rows.h"
#include "park_rows.h"
#include "task_rows.h"

static const struct bench_row rows[] = {
	{ "yield", 2, run_yield, "ns", 0 },
	{ "yield", 1000, run_yield, "ns", 0 },
	{ "yield", 10000, run_yield, "ns", 0 },
	{ "spawn_join", 1, run_spawn_join, "ns", 0 },
	{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
	{ "chan", 0, run_chan, "ns", 0 },
	{ "chan", 1, run_chan, "ns", 0 },
	{ "chan", 64, run_chan, "ns", 0 },
	{ "mem", 100000, run_mem, "bytes", 1 },
	{ "mem", 1000000, run_mem, "bytes", 1 },
	{ "sleepers", 1000000, run_sleepers, "s", 1 },
	{ "mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
	{ "rwlock", BENCH_NO_SIZE, run_rwlock, "ns", 0 },
	{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
	{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
	{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
	{ "queue_handover", BENCH_NO_SIZE, run_queue_handover, "ns", 0 },
};

struct arguments {
	int argc;
	char **argv;
};

/* Ends the process: the tasks that are parked would never let neco return. */
static void *first_task(void *arg)
{
	struct arguments *a = arg;

	exit(bench_main(a->argc, a->argv, "neco", rows, BENCH_ARRAY_LEN(rows)));
}

int main(int argc, char **argv)
{
	struct arguments a = { argc, argv };

	task_spawn(first_task, &a);
	return 1;
}
