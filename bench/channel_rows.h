/* SPDX-License-Identifier: MIT */
/*
 * The rows about values from task to task, the same text for every C library:
 * through a channel, or a queue. An includer first defines these, and owns all
 * that is particular to it:
 *
 *	typedef ... task;
 *	static task task_spawn(void *(*run)(void *), void *arg);
 *	static void task_join(task t);
 *	typedef ... channel;		of longs
 *	static channel *channel_new(long capacity);
 *	static void channel_free(channel *c);
 *	static void channel_send(channel *c, long value);
 *	static long channel_recv(channel *c);
 */
#ifndef BENCH_CHANNEL_ROWS_H
#define BENCH_CHANNEL_ROWS_H

#include <stdlib.h>

#include "bench.h"

enum { QUEUE_CAPACITY = 64 };

static struct {
	channel *channel;
	long messages;
} flow;

static void *sender(void *arg)
{
	for (long i = 0; i < flow.messages; i++)
		channel_send(flow.channel, i);
	return arg;
}

static void *receiver(void *arg)
{
	for (long i = 0; i < flow.messages; i++) {
		if (channel_recv(flow.channel) != i)
			abort();
	}
	return arg;
}

static inline double run_chan(long capacity, long ops)
{
	int64_t start;
	task to, from;

	flow.channel = channel_new(capacity);
	flow.messages = ops;
	start = bench_now();
	to = task_spawn(receiver, NULL);
	from = task_spawn(sender, NULL);
	task_join(from);
	task_join(to);
	channel_free(flow.channel);
	return (double)(bench_now() - start) / (double)ops;
}

/* There and back in one task: nobody ever waits. */
static inline double run_queue(long size, long ops)
{
	channel *c = channel_new(QUEUE_CAPACITY);
	int64_t start = bench_now();

	(void)size;
	for (long i = 0; i < ops; i++) {
		channel_send(c, i);
		if (channel_recv(c) != i)
			abort();
	}
	start = bench_now() - start;
	channel_free(c);
	return (double)start / (double)ops;
}

/* Room for one: the two take turns. */
static inline double run_queue_handover(long size, long ops)
{
	(void)size;
	return run_chan(1, ops);
}

#endif
