/* SPDX-License-Identifier: MIT */
/*
 * The echo server on evergreen's loop of callbacks: a watcher per connection,
 * one buffer for all.
 */
#include <errno.h>
#include <evergreen/evergreen.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static void on_readable(eg_loop *loop, eg_watcher *w, int events)
{
	static char buffer[BENCH_BUFFER_BYTES];
	int fd = ((eg_watch_io *)(void *)w)->fd;
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

	(void)loop;
	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || send(fd, buffer, (size_t)n, 0) != n) {
		eg_watcher_stop(w);
		close(fd);
		free(w);
	}
}

static void on_connection(eg_loop *loop, eg_watcher *w, int events)
{
	eg_watch_io *listener = (eg_watch_io *)(void *)w;

	(void)events;
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
		eg_watch_io *io;

		if (fd < 0)
			return;
		io = bench_alloc(1, sizeof(*io));
		eg_watch_io_init(io, on_readable, fd, EG_READ);
		if (eg_watcher_start(loop, &io->watcher) < 0)
			bench_die("eg_watcher_start");
	}
}

static void serve(int listen_fd)
{
	eg_watch_io listener;
	eg_loop *loop;

	if (eg_loop_default(&loop, NULL) < 0)
		bench_die("eg_loop_default");
	bench_set_nonblocking(listen_fd);
	eg_watch_io_init(&listener, on_connection, listen_fd, EG_READ);
	eg_watcher_start(loop, &listener.watcher);
	eg_loop_run(loop, EG_RUN_DEFAULT);
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
