/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for watchers and loops: rows for timeout_calls.h. Tests no
 * behaviour itself.
 */
#include "timeout_calls.h"

#include <fcntl.h>
#include <unistd.h>

static void set_up_watcher(struct call_rig *r)
{
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
	egt_eq(eg_loop_hub(&r->loop), 0);
	egt_eq(eg_watch_io_init(&r->io, NULL, r->fd[0], EG_READ), 0);
}

static void wake_watcher(struct call_rig *r)
{
	egt_eq(write(r->peer[0], "ab", 2), 2);
}

static int64_t call_watcher(struct call_rig *r, int64_t deadline)
{
	return eg_watcher_wait(r->loop, &r->io.watcher, NULL, deadline);
}

static void count_async(eg_loop *loop, eg_watcher *watcher, int events)
{
	struct call_rig *r = watcher->data;

	(void)loop;
	(void)events;
	r->async_calls++;
}

static void set_up_loop(struct call_rig *r)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;

	options.backend = "epoll";
	options.flags = EG_LOOP_NO_ENV;
	egt_eq(eg_loop_new(&r->loop, &options), 0);
	egt_eq(eg_watch_async_init(&r->async, count_async), 0);
	r->async.watcher.data = r;
	egt_eq(eg_watcher_start(r->loop, &r->async.watcher), 0);
}

/* It has no deadline of its own. */
static int64_t call_loop(struct call_rig *r, int64_t deadline)
{
	int calls = r->async_calls, result;
	eg_timeout t;

	/* Not in a fiber: it waits, or says that it must not. */
	if (eg_timeout_begin(&t, deadline) < 0)
		return eg_loop_run(r->loop, EG_RUN_ONCE);
	do
		result = eg_loop_run(r->loop, EG_RUN_ONCE);
	while (result > 0 && r->async_calls == calls);
	eg_timeout_end(&t);
	return result;
}

static void wake_loop(struct call_rig *r)
{
	egt_eq(eg_watch_async_send(&r->async), 0);
}

/* The fiber that runs the hub's loop ends when nothing is active. */
static void tear_down_loop(struct call_rig *r)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	if (r->async.watcher.data)
		egt_eq(eg_loop_free(r->loop), 0);
	do {
		egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(eg_hub_get_stats(&stats), 0);
	} while (stats.fibers_alive > 1);
}

static const struct blocking_call rows[] = {
	{ "watcher_wait", .set_up = set_up_watcher, .call = call_watcher,
	  .wake = wake_watcher, .tear_down = tear_down_loop,
	  .flags = CALL_BY_ONE },
	{ "loop_run", .set_up = set_up_loop, .call = call_loop,
	  .wake = wake_loop, .tear_down = tear_down_loop,
	  .flags = CALL_BY_ONE },
};
BLOCKING_CALLS(rows)
