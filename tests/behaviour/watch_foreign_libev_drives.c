/* SPDX-License-Identifier: MIT */
/*
 * libev's own loop drives one of ours, as a program would that has the one and
 * moves to the other: by the three watchers that its manual proposes for it.
 */
#include "watch_times.h"

#include <ev.h>
#include <poll.h>
#include <unistd.h>

struct bridge {
	struct ev_loop *host;
	eg_loop *guest;
	ev_prepare prepare;
	ev_timer timer;
	ev_io io;
};

/* Before libev sleeps: until when it may. */
static void before_sleep(struct ev_loop *host, ev_prepare *w, int events)
{
	struct bridge *b = w->data;
	int64_t deadline = -1, left;

	(void)events;
	egt_eq(eg_loop_prepare(b->guest, &deadline), 0);
	ev_timer_stop(host, &b->timer);
	if (deadline == EG_FOREVER)
		return;
	left = deadline - eg_now();
	ev_now_update(host);
	ev_timer_set(&b->timer, left > 0 ? (double)left / 1e9 : 0, 0);
	ev_timer_start(host, &b->timer);
}

static void run_guest(struct bridge *b)
{
	egt_le(0, eg_loop_run(b->guest, EG_RUN_NOWAIT));
}

static void on_time(struct ev_loop *host, ev_timer *w, int events)
{
	(void)host;
	(void)events;
	run_guest(w->data);
}

static void on_io(struct ev_loop *host, ev_io *w, int events)
{
	(void)host;
	(void)events;
	run_guest(w->data);
}

static void bridge_open(struct bridge *b)
{
	b->guest = new_loop(0);
	b->host = ev_loop_new(EVFLAG_AUTO);
	egt_true(b->host);
	ev_prepare_init(&b->prepare, before_sleep);
	ev_init(&b->timer, on_time);
	ev_io_init(&b->io, on_io, eg_loop_fd(b->guest), EV_READ);
	b->prepare.data = b->timer.data = b->io.data = b;
	ev_prepare_start(b->host, &b->prepare);
	ev_io_start(b->host, &b->io);
}

static void bridge_close(struct bridge *b)
{
	ev_prepare_stop(b->host, &b->prepare);
	ev_timer_stop(b->host, &b->timer);
	ev_io_stop(b->host, &b->io);
	ev_loop_destroy(b->host);
	eg_loop_free(b->guest);
}

static void on_ping(struct ev_loop *host, ev_timer *w, int events)
{
	(void)host;
	(void)events;
	egt_eq(write(*(int *)w->data, "x", 1), 1);
}

EG_TEST_BARE(libev_drives_a_loop, .backends = EGT_REAL)
{
	struct calls timer_calls = { 0 }, io_calls = { 0 };
	eg_watch_timer timer;
	struct bridge b;
	eg_watch_io io;
	ev_timer ping;
	int64_t start;
	int fds[2];

	egt_eq(pipe(fds), 0);
	bridge_open(&b);
	start = eg_loop_now(b.guest);
	start_timer(b.guest, &timer, note_call, &timer_calls, 20 * EG_MSEC);
	while (!timer_calls.count)
		ev_run(b.host, EVRUN_ONCE);
	egt_le(start + 20 * EG_MSEC, timer_calls.now);

	/* A timer of the one writes what a watcher of the other reads. */
	egt_eq(eg_watch_io_init(&io, note_call, fds[0], EG_READ), 0);
	io.watcher.data = &io_calls;
	egt_eq(eg_watcher_start(b.guest, &io.watcher), 0);
	ev_timer_init(&ping, on_ping, 0.01, 0);
	ping.data = &fds[1];
	ev_timer_start(b.host, &ping);
	while (!io_calls.count)
		ev_run(b.host, EVRUN_ONCE);
	egt_eq(io_calls.events, EG_READ);
	eg_watcher_stop(&io.watcher);
	bridge_close(&b);
	close(fds[0]);
	close(fds[1]);
}
