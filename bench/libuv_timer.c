/* SPDX-License-Identifier: MIT */
/*
 * The timer rows on libuv.
 */
#include <uv.h>

#include "bench.h"

static uv_loop_t *loop;
static uv_timer_t *timers; /* owned by the process */

static void on_timer(uv_timer_t *t)
{
	uv_timer_stop(t);
}

static void timers_open(long count)
{
	timers = bench_alloc((size_t)count, sizeof(*timers));
	for (long i = 0; i < count; i++)
		uv_timer_init(loop, &timers[i]);
}

static void timer_start(long i, uint32_t delay_ms)
{
	uv_timer_start(&timers[i], on_timer, delay_ms, 0);
}

static void timer_stop(long i)
{
	uv_timer_stop(&timers[i]);
}

static void clock_update(void)
{
	uv_update_time(loop);
}

#include "timer_rows.h"

int main(int argc, char **argv)
{
	loop = uv_default_loop();
	return bench_main(argc, argv, "libuv", timer_rows,
			  BENCH_ARRAY_LEN(timer_rows));
}
