/* SPDX-License-Identifier: MIT */
/*
 * A loop in another: what is ready in it is called by the other's run, by itself
 * or by the callback's sweep. LV-19
 */
#include "../expect.h"

#include <unistd.h>

static int ends[2], sweeps, got;

static void on_io(EV_P_ ev_io *w, int revents)
{
	char c;

	(void)loop;
	expect(revents == EV_READ && read(w->fd, &c, 1) == 1);
	say("got %c\n", c);
	got++;
}

static void on_embed(EV_P_ ev_embed *w, int revents)
{
	expect(revents & EV_EMBED);
	sweeps++;
	ev_embed_sweep(EV_A_ w);
}

static void run(ev_embed *w, const char *text)
{
	struct ev_loop *loop = ev_loop_new(0);

	ev_embed_start(loop, w);
	expect(ev_is_active(w) && write(ends[1], text, 1) == 1);
	/* libev may find it before it waits, and then waits. */
	for (got = 0; !got;)
		ev_run(loop, EVRUN_NOWAIT);
	ev_embed_stop(loop, w);
	ev_loop_destroy(loop);
}

int main(void)
{
	struct ev_loop *other;
	ev_embed w;
	ev_io io;

	expect(pipe(ends) == 0);
	other = ev_loop_new(EVBACKEND_EPOLL);
	expect(other && ev_embeddable_backends() & EVBACKEND_EPOLL);
	ev_io_init(&io, on_io, ends[0], EV_READ);
	ev_io_start(other, &io);
	ev_embed_init(&w, NULL, other);
	run(&w, "1");
	ev_embed_init(&w, on_embed, other);
	run(&w, "2");
	expect(sweeps > 0);
	expect(write(ends[1], "3", 1) == 1);
	ev_embed_sweep(other, &w);
	ev_io_stop(other, &io);
	ev_loop_destroy(other);
	return 0;
}
