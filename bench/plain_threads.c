/* SPDX-License-Identifier: MIT */
/*
 * The rows about threads that hand over to each other: an ordinary program,
 * for `evergreen run` beside its plain self. Values are CPU time, not elapsed.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "bench.h"

static pthread_t start_thread(void *(*run)(void *), void *arg)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, run, arg);
	if (errno)
		bench_die("pthread_create");
	return t;
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t has_turn[2];
	int turn;
	long each;
} pair = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.has_turn = { PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER },
};

static void *hand_over(void *arg)
{
	int me = (int)(intptr_t)arg;

	pthread_mutex_lock(&pair.lock);
	for (long i = 0; i < pair.each; i++) {
		while (pair.turn != me)
			pthread_cond_wait(&pair.has_turn[me], &pair.lock);
		pair.turn = !me;
		pthread_cond_signal(&pair.has_turn[!me]);
	}
	pthread_mutex_unlock(&pair.lock);
	return NULL;
}

static double run_cond(long size, long ops)
{
	int64_t start = bench_cpu_ns();
	pthread_t threads[2];

	(void)size;
	pair.each = ops / 2 + 1;
	for (int i = 0; i < 2; i++)
		threads[i] = start_thread(hand_over, (void *)(intptr_t)i);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return (double)(bench_cpu_ns() - start) / (double)(2 * pair.each);
}

/* Yields take long enough that starting and ending of threads is nothing. */
static const long yields_min = 100;

static struct {
	pthread_barrier_t all_started;
	pthread_mutex_t lock;
	long each;
	long unfinished;
	int64_t start;
	int64_t end;
} yields = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *yielder(void *arg)
{
	pthread_barrier_wait(&yields.all_started);
	sched_yield(); /* the others come through the barrier */
	pthread_mutex_lock(&yields.lock);
	if (!yields.start)
		yields.start = bench_cpu_ns();
	pthread_mutex_unlock(&yields.lock);
	for (long i = 0; i < yields.each; i++)
		sched_yield();
	pthread_mutex_lock(&yields.lock);
	if (--yields.unfinished == 0)
		yields.end = bench_cpu_ns();
	pthread_mutex_unlock(&yields.lock);
	return arg;
}

static double run_yield(long count, long ops)
{
	pthread_t *all = bench_alloc((size_t)count, sizeof(*all));

	yields.each = ops / count + 1;
	if (yields.each < yields_min)
		yields.each = yields_min;
	yields.unfinished = count;
	yields.start = 0;
	pthread_barrier_init(&yields.all_started, NULL, (unsigned)count);
	for (long i = 0; i < count; i++)
		all[i] = start_thread(yielder, NULL);
	for (long i = 0; i < count; i++)
		pthread_join(all[i], NULL);
	pthread_barrier_destroy(&yields.all_started);
	free(all);
	return (double)(yields.end - yields.start) /
	       (double)(yields.each * count);
}

static void *wait_for_ever(void *arg)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&lock);
	for (;;)
		pthread_cond_wait(&never, &lock);
	return arg;
}

static double run_mutex(long size, long ops)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int has_other;
	int64_t start;

	(void)size;
	/* libc leaves atomic instructions out of a program with one thread */
	if (!has_other)
		pthread_detach(start_thread(wait_for_ever, NULL));
	has_other = 1;
	start = bench_cpu_ns();
	for (long i = 0; i < ops; i++) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return (double)(bench_cpu_ns() - start) / (double)ops;
}

static void *returner(void *arg)
{
	return arg;
}

static double run_create(long batch, long ops)
{
	pthread_t *all = bench_alloc((size_t)batch, sizeof(*all));
	long batches = ops / batch + 1;
	int64_t start = bench_cpu_ns();

	for (long b = 0; b < batches; b++) {
		for (long i = 0; i < batch; i++)
			all[i] = start_thread(returner, NULL);
		for (long i = 0; i < batch; i++)
			pthread_join(all[i], NULL);
	}
	free(all);
	return (double)(bench_cpu_ns() - start) / (double)(batches * batch);
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "run_cond", BENCH_NO_SIZE, run_cond, "ns", 0 },
		{ "run_yield", 2, run_yield, "ns", 0 },
		{ "run_yield", 1000, run_yield, "ns", 0 },
		{ "run_mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
		{ "run_create", 1, run_create, "ns", 0 },
		{ "run_create", 1000, run_create, "ns", 0 },
	};

	return bench_main(argc, argv, "plain", rows, BENCH_ARRAY_LEN(rows));
}
