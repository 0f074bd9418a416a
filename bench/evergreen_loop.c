/* SPDX-License-Identifier: MIT */
/*
 * The rows about timers and about waking a loop, on evergreen's loop of
 * callbacks.
 */
#include <evergreen/evergreen.h>

#include "bench.h"

static eg_loop *loop;
static eg_watch_timer *timers; /* owned by the process */

static void on_timer(eg_loop *l, eg_watcher *w, int events)
{
	(void)l;
	(void)events;
	eg_watcher_stop(w);
}

static void timers_open(long count)
{
	timers = bench_alloc((size_t)count, sizeof(*timers));
	for (long i = 0; i < count; i++)
		eg_watch_timer_init(&timers[i], on_timer, 0, 0);
}

static void timer_start(long i, uint32_t delay_ms)
{
	timers[i].repeat = delay_ms * EG_MSEC;
	eg_watch_timer_again(loop, &timers[i]);
}

static void timer_stop(long i)
{
	eg_watcher_stop(&timers[i].watcher);
}

static void clock_update(void)
{
	eg_loop_update(loop);
}

#include "timer_rows.h"

struct side {
	eg_loop *loop;
	eg_watch_async async;
	void (*on_async)(struct side *side);
};

static void on_async(eg_loop *l, eg_watcher *w, int events)
{
	struct side *side = w->data;

	(void)l;
	(void)events;
	side->on_async(side);
}

static void side_open(struct side *side)
{
	if (eg_loop_new(&side->loop, NULL) < 0)
		bench_die("eg_loop_new");
	eg_watch_async_init(&side->async, on_async);
	side->async.watcher.data = side;
	eg_watcher_start(side->loop, &side->async.watcher);
}

static void side_run(struct side *side)
{
	eg_loop_run(side->loop, EG_RUN_DEFAULT);
}

static void side_send(struct side *side)
{
	eg_watch_async_send(&side->async);
}

static void side_stop(struct side *side)
{
	eg_loop_break(side->loop, EG_BREAK_ALL);
}

static void (*signal_fn)(void);

static void on_signal(eg_loop *l, eg_watcher *w, int events)
{
	(void)l;
	(void)w;
	(void)events;
	signal_fn();
}

static void signals_open(int signum, void (*fn)(void))
{
	static eg_watch_signal w;

	signal_fn = fn;
	eg_watch_signal_init(&w, on_signal, signum);
	if (eg_watcher_start(loop, &w.watcher) < 0)
		bench_die("eg_watcher_start");
}

static void signals_turn(void)
{
	eg_loop_run(loop, EG_RUN_NOWAIT);
}

#include "loop_rows.h"

int main(int argc, char **argv)
{
	struct bench_row
		rows[BENCH_ARRAY_LEN(timer_rows) + BENCH_ARRAY_LEN(loop_rows)];
	size_t n = 0;

	for (size_t i = 0; i < BENCH_ARRAY_LEN(timer_rows); i++)
		rows[n++] = timer_rows[i];
	for (size_t i = 0; i < BENCH_ARRAY_LEN(loop_rows); i++)
		rows[n++] = loop_rows[i];
	if (eg_loop_default(&loop, NULL) < 0)
		bench_die("eg_loop_default");
	return bench_main(argc, argv, "evergreen_loop", rows, n);
}
