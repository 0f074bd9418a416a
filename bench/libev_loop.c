/* SPDX-License-Identifier: MIT */
/*
 * The rows about waking a loop, on libev; and on what is under its names.
 */
#include <ev.h>

#include "bench.h"

struct side {
	struct ev_loop *loop;
	ev_async async;
	void (*on_async)(struct side *side);
};

static void on_async(struct ev_loop *loop, ev_async *w, int events)
{
	struct side *side = (struct side *)w->data;

	(void)loop;
	(void)events;
	side->on_async(side);
}

static void side_open(struct side *side)
{
	side->loop = ev_loop_new(EVFLAG_AUTO);
	if (!side->loop)
		bench_die("ev_loop_new");
	ev_async_init(&side->async, on_async);
	side->async.data = side;
	ev_async_start(side->loop, &side->async);
}

static void side_run(struct side *side)
{
	ev_run(side->loop, 0);
}

static void side_send(struct side *side)
{
	ev_async_send(side->loop, &side->async);
}

static void side_stop(struct side *side)
{
	ev_break(side->loop, EVBREAK_ALL);
}

static void (*signal_fn)(void);

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	signal_fn();
}

static void signals_open(int signum, void (*fn)(void))
{
	static ev_signal w;

	signal_fn = fn;
	ev_signal_init(&w, on_signal, signum);
	ev_signal_start(ev_default_loop(0), &w);
}

static void signals_turn(void)
{
	ev_run(ev_default_loop(0), EVRUN_NOWAIT);
}

#include "loop_rows.h"

int main(int argc, char **argv)
{
	return bench_main(argc, argv, "libev", loop_rows,
			  BENCH_ARRAY_LEN(loop_rows));
}
