/* SPDX-License-Identifier: MIT */
/*
 * Without a watcher: a wait for a descriptor or a time; descriptors fed by hand.
 * LV-24
 */
#include "../expect.h"

#include <unistd.h>

static int calls;

static void on_once(int revents, void *arg)
{
	say("%s %x\n", (const char *)arg, (unsigned int)revents);
	calls++;
}

static void on_io(EV_P_ ev_io *w, int revents)
{
	(void)loop;
	say("fed %d of %d\n", revents, w->events & (EV_READ | EV_WRITE));
	calls++;
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	char ready[] = "ready", late[] = "late", timed[] = "timed";
	ev_io io;
	int ends[2];

	expect(pipe(ends) == 0);
	ev_once(loop, ends[1], EV_WRITE, -1., on_once, ready);
	expect(ev_run(loop, 0) == 0 && calls == 1);
	ev_once(loop, ends[0], EV_READ, 0.001, on_once, late);
	expect(ev_run(loop, 0) == 0 && calls == 2);
	ev_once(loop, -1, 0, 0.001, on_once, timed);
	expect(ev_run(loop, 0) == 0 && calls == 3);

	ev_io_init(&io, on_io, ends[0], EV_READ);
	ev_io_start(loop, &io);
	ev_feed_fd_event(loop, ends[0], EV_READ | EV_WRITE);
	ev_feed_fd_event(loop, ends[1], EV_WRITE);
	expect(ev_pending_count(loop) == 1);
	ev_invoke_pending(loop);
	expect(calls == 4);
	ev_verify(loop);
	ev_io_stop(loop, &io);
	ev_loop_destroy(loop);
	return 0;
}
