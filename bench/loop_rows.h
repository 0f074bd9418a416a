/* SPDX-License-Identifier: MIT */
/*
 * The rows about waking a loop of callbacks, the same text for every library.
 * An includer first defines these, and owns all that is particular to it:
 *
 *	struct side { ...; void (*on_async)(struct side *side); };
 *	static void side_open(struct side *side);	a loop with an async
 *	static void side_run(struct side *side);	until side_stop()
 *	static void side_send(struct side *side);	from another thread
 *	static void side_stop(struct side *side);	in its callback
 *	static void signals_open(int signum, void (*fn)(void));
 *	static void signals_turn(void);		one turn that does not sleep
 */
#ifndef BENCH_LOOP_ROWS_H
#define BENCH_LOOP_ROWS_H

#include <pthread.h>
#include <signal.h>

#include "bench.h"

enum { SIGNALS_PER_TURN = 64 };

static struct side here, there;
static long trips_left;
static int is_over;

static void send_back(struct side *side)
{
	if (is_over)
		side_stop(side);
	else
		side_send(&here);
}

static void send_again(struct side *side)
{
	if (trips_left--) {
		side_send(&there);
		return;
	}
	is_over = 1;
	side_send(&there);
	side_stop(side);
}

static void *run_there(void *unused)
{
	side_run(&there);
	return unused;
}

/* Two threads, a loop each, that wake each other in turn. */
static double run_async(long size, long ops)
{
	static int is_open;
	pthread_t thread;
	int64_t start;

	(void)size;
	if (!is_open) {
		is_open = 1;
		here.on_async = send_again;
		there.on_async = send_back;
		side_open(&here);
		side_open(&there);
	}
	trips_left = ops;
	is_over = 0;
	if (pthread_create(&thread, NULL, run_there, NULL))
		bench_die("pthread_create");
	start = bench_now();
	side_send(&here);
	side_run(&here);
	start = bench_now() - start;
	pthread_join(thread, NULL);
	return (double)start / (double)ops;
}

static long signal_turns;

static void count_signal(void)
{
	signal_turns++;
}

/* A storm: many signals to the process between two turns. */
static double run_signal(long size, long ops)
{
	static int is_open;
	int64_t start;

	(void)size;
	if (!is_open) {
		is_open = 1;
		signals_open(SIGUSR1, count_signal);
	}
	signal_turns = 0;
	start = bench_now();
	for (long i = 0; i < ops; i++) {
		raise(SIGUSR1);
		if (i % SIGNALS_PER_TURN == SIGNALS_PER_TURN - 1)
			signals_turn();
	}
	signals_turn();
	start = bench_now() - start;
	if (signal_turns < ops / SIGNALS_PER_TURN)
		bench_die("signals were lost");
	return (double)start / (double)ops;
}

static const struct bench_row loop_rows[] = {
	{ "async", BENCH_NO_SIZE, run_async, "ns", 0 },
	{ "signal", BENCH_NO_SIZE, run_signal, "ns", 0 },
};

#endif
