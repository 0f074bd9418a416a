/* SPDX-License-Identifier: MIT */
/*
 * The echo server on libev: a watcher per connection, one buffer for all.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	static char buffer[BENCH_BUFFER_BYTES];
	ssize_t n = recv(w->fd, buffer, sizeof(buffer), 0);

	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || send(w->fd, buffer, (size_t)n, 0) != n) {
		ev_io_stop(loop, w);
		close(w->fd);
		free(w);
	}
}

static void on_connection(struct ev_loop *loop, ev_io *listener, int events)
{
	(void)events;
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
		ev_io *w;

		if (fd < 0)
			return;
		w = bench_alloc(1, sizeof(*w));
		ev_io_init(w, on_readable, fd, EV_READ);
		ev_io_start(loop, w);
	}
}

static void serve(int listen_fd)
{
	struct ev_loop *loop = ev_default_loop(0);
	ev_io listener;

	bench_set_nonblocking(listen_fd);
	ev_io_init(&listener, on_connection, listen_fd, EV_READ);
	ev_io_start(loop, &listener);
	ev_run(loop, 0);
}

int main(int argc, char **argv)
{
	static const char *const rows[] = {
		"echo/64",
		"echo/1000",
		"echo/10000",
		"idle_conn/10000",
	};

	return bench_serve_main(argc, argv, rows, BENCH_ARRAY_LEN(rows), serve);
}
