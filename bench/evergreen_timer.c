/* SPDX-License-Identifier: MIT */
/*
 * The timer rows on evergreen's timers with a callback. Deadlines are made
 * from a time read once a turn, as the other event loops do inside.
 */
#include <errno.h>
#include <evergreen/evergreen.h>

#include "bench.h"

static eg_timer *timers; /* owned by the process */
static long timer_count;
static int64_t turn_time;

static void on_timer(eg_timer *t, void *arg)
{
	(void)t;
	(void)arg;
}

static void timers_open(long count)
{
	timers = bench_alloc((size_t)count, sizeof(*timers));
	timer_count = count;
	for (long i = 0; i < count; i++)
		eg_timer_init(&timers[i], on_timer, NULL);
}

static void timer_start(long i, uint32_t delay_ms)
{
	eg_timer_start(&timers[i], turn_time + delay_ms * EG_MSEC);
}

static void timer_stop(long i)
{
	eg_timer_stop(&timers[i]);
}

static void clock_update(void)
{
	turn_time = eg_now();
}

#include "timer_rows.h"

struct arguments {
	int argc;
	char **argv;
};

static int main_fiber(void *arg)
{
	struct arguments *a = arg;
	int status = bench_main(a->argc, a->argv, "evergreen", timer_rows,
				BENCH_ARRAY_LEN(timer_rows));

	for (long i = 0; i < timer_count; i++)
		timer_stop(i); /* none may outlive the hub */
	return status;
}

int main(int argc, char **argv)
{
	struct arguments a = { argc, argv };
	int r, status;

	r = eg_run(main_fiber, &a, NULL, &status);
	if (r < 0) {
		errno = -r;
		bench_die("eg_run");
	}
	return status;
}
