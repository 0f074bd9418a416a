/* SPDX-License-Identifier: MIT */
/*
 * The rows about waking a loop, on libuv.
 */
#include <uv.h>

#include "bench.h"

struct side {
	uv_loop_t loop;
	uv_async_t async;
	void (*on_async)(struct side *side);
};

static void on_async(uv_async_t *async)
{
	struct side *side = async->data;

	side->on_async(side);
}

static void side_open(struct side *side)
{
	if (uv_loop_init(&side->loop))
		bench_die("uv_loop_init");
	uv_async_init(&side->loop, &side->async, on_async);
	side->async.data = side;
}

static void side_run(struct side *side)
{
	uv_run(&side->loop, UV_RUN_DEFAULT);
}

static void side_send(struct side *side)
{
	uv_async_send(&side->async);
}

static void side_stop(struct side *side)
{
	uv_stop(&side->loop);
}

static void (*signal_fn)(void);

static void on_signal(uv_signal_t *w, int signum)
{
	(void)w;
	(void)signum;
	signal_fn();
}

static void signals_open(int signum, void (*fn)(void))
{
	static uv_signal_t w;

	signal_fn = fn;
	uv_signal_init(uv_default_loop(), &w);
	uv_signal_start(&w, on_signal, signum);
}

static void signals_turn(void)
{
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

#include "loop_rows.h"

int main(int argc, char **argv)
{
	return bench_main(argc, argv, "libuv", loop_rows,
			  BENCH_ARRAY_LEN(loop_rows));
}
