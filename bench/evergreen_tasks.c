/* SPDX-License-Identifier: MIT */
/*
 * The task rows on evergreen's fibers and channels, with the default stack,
 * which is guarded.
 */
#include <errno.h>
#include <evergreen/evergreen.h>

#include "bench.h"

typedef eg_fiber *task;

/* Exits if an evergreen call failed. */
static void must(int r, const char *what)
{
	if (r < 0) {
		errno = -r;
		bench_die(what);
	}
}

static task task_spawn(void *(*run)(void *), void *arg)
{
	task t;

	must(eg_spawn(&t, run, arg), "eg_spawn");
	return t;
}

static void task_detach(void *(*run)(void *), void *arg)
{
	must(eg_spawn(NULL, run, arg), "eg_spawn");
}

static void task_join(task t)
{
	must(eg_join(t, NULL, EG_FOREVER), "eg_join");
}

static void task_yield(void)
{
	eg_yield();
}

static void task_sleep_ms(int ms)
{
	must(eg_sleep(ms * EG_MSEC), "eg_sleep");
}

static void task_park(void)
{
	static eg_event never;

	eg_event_wait(&never, EG_FOREVER); /* cancelled when main returns */
}

typedef eg_chan channel;

static channel *channel_new(long capacity)
{
	channel *c;

	must(eg_chan_new(&c, sizeof(long), (size_t)capacity), "eg_chan_new");
	return c;
}

static void channel_free(channel *c)
{
	eg_chan_unref(c);
}

static void channel_send(channel *c, long value)
{
	must(eg_chan_send(c, &value, EG_FOREVER), "eg_chan_send");
}

static long channel_recv(channel *c)
{
	long value;

	must(eg_chan_recv(c, &value, EG_FOREVER), "eg_chan_recv");
	return value;
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
