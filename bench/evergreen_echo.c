/* SPDX-License-Identifier: MIT */
/*
 * The echo server on evergreen: blocking code, a fiber per connection, its
 * buffer on the stack.
 */
#include <errno.h>
#include <evergreen/evergreen.h>

#include "bench.h"

static void *echo(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[BENCH_BUFFER_BYTES];
	ssize_t n;

	while ((n = eg_recv(fd, buffer, sizeof(buffer), 0, EG_FOREVER)) > 0) {
		if (eg_send(fd, buffer, (size_t)n, 0, EG_FOREVER) != n)
			break;
	}
	eg_close(fd);
	return NULL;
}

static int accept_all(void *arg)
{
	int listen_fd = *(int *)arg;
	int r;

	for (;;) {
		r = eg_accept(listen_fd, NULL, NULL, EG_FOREVER);
		if (r < 0)
			return r;
		r = eg_spawn(NULL, echo, (void *)(intptr_t)r);
		if (r < 0)
			return r;
	}
}

static void serve(int listen_fd)
{
	int status = 0;
	int r = eg_run(accept_all, &listen_fd, NULL, &status);

	errno = r < 0 ? -r : -status;
	bench_die("serve");
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
