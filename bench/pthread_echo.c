/* SPDX-License-Identifier: MIT */
/*
 * The echo server with an OS thread per connection.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static void *echo(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[BENCH_BUFFER_BYTES];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (send(fd, buffer, (size_t)n, 0) != n)
			break;
	}
	close(fd);
	return NULL;
}

static void serve(int listen_fd)
{
	pthread_t t;
	int fd;

	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		errno = pthread_create(&t, NULL, echo, (void *)(intptr_t)fd);
		if (errno)
			bench_die("pthread_create");
		pthread_detach(t);
	}
	bench_die("accept4");
}

int main(int argc, char **argv)
{
	static const char *const rows[] = {
		"echo/64",	 "echo/1000",	   "run_echo/100",
		"run_echo/1000", "run_echo/10000",
	};

	return bench_serve_main(argc, argv, rows, BENCH_ARRAY_LEN(rows), serve);
}
