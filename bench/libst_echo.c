/* SPDX-License-Identifier: MIT */
/*
 * The echo server on State Threads: blocking code, a thread per connection,
 * its buffer on the stack. Debian builds it without epoll: poll is its best.
 */
#include <st.h>

#include "bench.h"

static void *echo(void *arg)
{
	st_netfd_t c = arg;
	char buffer[BENCH_BUFFER_BYTES];
	const st_utime_t forever = ST_UTIME_NO_TIMEOUT;
	ssize_t n;

	while ((n = st_read(c, buffer, sizeof(buffer), forever)) > 0) {
		if (st_write(c, buffer, (size_t)n, forever) != n)
			break;
	}
	st_netfd_close(c);
	return NULL;
}

static void serve(int listen_fd)
{
	st_netfd_t listener, c;

	st_set_eventsys(ST_EVENTSYS_POLL);
	if (st_init() < 0)
		bench_die("st_init");
	listener = st_netfd_open_socket(listen_fd);
	while ((c = st_accept(listener, NULL, NULL, ST_UTIME_NO_TIMEOUT))) {
		if (!st_thread_create(echo, c, 0, 0))
			bench_die("st_thread_create");
	}
	bench_die("st_accept");
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
