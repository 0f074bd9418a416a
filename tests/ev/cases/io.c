/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: level-triggered, several watchers for one, changed events, none
 * at all, a new file under the old number, numbers that are not open, files.
 * LV-10
 */
#include "../expect.h"

#include <fcntl.h>
#include <unistd.h>

static int ends[2];

static void on_io(EV_P_ ev_io *w, int revents)
{
	char c;

	(void)loop;
	if (revents & EV_ERROR) {
		expect(!ev_is_active(w));
		expect(revents == (EV_ERROR | EV_READ | EV_WRITE));
		return;
	}
	say("%s %x of %x\n", (const char *)w->data, revents,
	    w->events & (EV_READ | EV_WRITE));
	if (revents & EV_READ && w->fd == ends[0])
		expect(read(w->fd, &c, 1) == 1);
}

static void init(ev_io *w, const char *name, int fd, int events)
{
	ev_io_init(w, on_io, fd, events);
	w->data = (void *)(size_t)name;
}

static void check_bad(EV_P)
{
	ev_io bad;
	int fd = dup(0);

	close(fd);
	init(&bad, "bad", fd, EV_READ);
	ev_io_start(EV_A_ & bad);
	expect(ev_is_active(&bad));
	ev_run(EV_A_ EVRUN_NOWAIT);
	ev_run(EV_A_ EVRUN_NOWAIT);
	expect(!ev_is_active(&bad));
}

static void check_file(EV_P)
{
	ev_io file;

	init(&file, "file", open("/proc/self/exe", O_RDONLY), EV_READ);
	ev_io_start(EV_A_ & file);
	ev_run(EV_A_ EVRUN_ONCE);
	ev_io_stop(EV_A_ & file);
	close(file.fd);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_io a, b, none;

	expect(pipe(ends) == 0 && write(ends[1], "123", 3) == 3);
	init(&a, "a", ends[0], EV_READ);
	init(&b, "b", ends[1], EV_WRITE);
	/* Else a backend may report the two in either order. */
	ev_set_priority(&b, 1);
	init(&none, "none", ends[1], 0);
	ev_io_start(loop, &none);
	expect(ev_is_active(&none));
	ev_run(loop, EVRUN_NOWAIT);
	ev_io_start(loop, &a);
	ev_run(loop, EVRUN_ONCE);
	ev_run(loop, EVRUN_ONCE);
	ev_io_start(loop, &b);
	ev_run(loop, EVRUN_ONCE);
	ev_io_stop(loop, &b);
	/* Empty now. */
	ev_run(loop, EVRUN_NOWAIT);

	ev_io_stop(loop, &none);
	ev_io_modify(&none, EV_WRITE);
	ev_io_start(loop, &none);
	ev_run(loop, EVRUN_ONCE);
	ev_io_stop(loop, &none);

	/* Another pipe, the old number. */
	ev_io_stop(loop, &a);
	close(ends[0]);
	close(ends[1]);
	expect(pipe(ends) == 0 && write(ends[1], "4", 1) == 1);
	ev_io_set(&a, ends[0], EV_READ);
	ev_io_start(loop, &a);
	ev_run(loop, EVRUN_ONCE);
	ev_io_stop(loop, &a);
	/* libev may have been built to abort. */
	if (is_evergreen)
		check_bad(loop);
	check_file(loop);
	ev_verify(loop);
	ev_loop_destroy(loop);
	return 0;
}
