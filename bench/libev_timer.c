/* SPDX-License-Identifier: MIT */
/*
 * The timer rows on libev. A timer is moved by ev_timer_again(), which libev
 * recommends for timeouts that are seldom reached.
 */
#include <ev.h>

#include "bench.h"

static struct ev_loop *loop;
static ev_timer *timers; /* owned by the process */

static void on_timer(struct ev_loop *l, ev_timer *w, int events)
{
	(void)events;
	ev_timer_stop(l, w);
}

static void timers_open(long count)
{
	timers = bench_alloc((size_t)count, sizeof(*timers));
	for (long i = 0; i < count; i++)
		ev_init(&timers[i], on_timer);
}

static void timer_start(long i, uint32_t delay_ms)
{
	timers[i].repeat = delay_ms * 1e-3;
	ev_timer_again(loop, &timers[i]);
}

static void timer_stop(long i)
{
	ev_timer_stop(loop, &timers[i]);
}

static void clock_update(void)
{
	ev_now_update(loop);
}

#include "timer_rows.h"

int main(int argc, char **argv)
{
	loop = ev_default_loop(0);
	return bench_main(argc, argv, "libev", timer_rows,
			  BENCH_ARRAY_LEN(timer_rows));
}
