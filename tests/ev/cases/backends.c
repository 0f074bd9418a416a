/* SPDX-License-Identifier: MIT */
/*
 * Backends and flags: what there is, what is asked for, the environment's word.
 * LV-25 LV-26
 */
#include "../expect.h"

#include <unistd.h>

static int ends[2];

static void on_io(EV_P_ ev_io *w, int revents)
{
	say("io %x by %x\n", revents, ev_backend(EV_A));
	ev_io_stop(EV_A_ w);
}

static void check(unsigned int backend)
{
	struct ev_loop *loop = ev_loop_new(backend | EVFLAG_NOENV);
	ev_io io;

	expect(loop && ev_backend(loop) == backend);
	ev_io_init(&io, on_io, ends[0], EV_READ);
	ev_io_start(loop, &io);
	expect(ev_run(loop, 0) == 0);
	ev_loop_destroy(loop);
}

static void check_environment(void)
{
	struct ev_loop *loop;

	setenv("LIBEV_FLAGS", "1", 1);
	loop = ev_loop_new(EVBACKEND_EPOLL);
	expect(loop && ev_backend(loop) == EVBACKEND_SELECT);
	ev_loop_destroy(loop);
	loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	expect(loop && ev_backend(loop) == EVBACKEND_EPOLL);
	ev_loop_destroy(loop);
	unsetenv("LIBEV_FLAGS");
}

int main(void)
{
	unsigned int all = EVBACKEND_SELECT | EVBACKEND_POLL | EVBACKEND_EPOLL;

	unsetenv("LIBEV_FLAGS");
	unsetenv("EG_BACKEND");
	expect(ev_version_major() == EV_VERSION_MAJOR);
	expect(ev_version_major() == 4 && ev_version_minor() == 33);
	expect((ev_supported_backends() & all) == all);
	expect(ev_recommended_backends() & EVBACKEND_EPOLL);
	expect(!(ev_embeddable_backends() & EVBACKEND_POLL));
	expect(ev_loop_new(EVBACKEND_KQUEUE | EVFLAG_NOENV) == NULL);
	expect(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	check(EVBACKEND_SELECT);
	check(EVBACKEND_POLL);
	check(EVBACKEND_EPOLL);
	check_environment();
	return 0;
}
