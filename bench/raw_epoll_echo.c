/* SPDX-License-Identifier: MIT */
/*
 * The echo server by hand: nothing but epoll, recv and send, one buffer for
 * all. The least any other server can do.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum {
	EVENTS_MAX = 256,
};

static int epoll_fd;

static void watch(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		bench_die("epoll_ctl");
}

static void accept_all(int listen_fd)
{
	for (;;) {
		int fd = accept4(listen_fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		watch(fd);
	}
}

static void echo(int fd)
{
	static char buffer[BENCH_BUFFER_BYTES];
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || send(fd, buffer, (size_t)n, 0) != n)
		close(fd);
}

static void serve(int listen_fd)
{
	struct epoll_event events[EVENTS_MAX];

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	bench_set_nonblocking(listen_fd);
	watch(listen_fd);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listen_fd)
				accept_all(listen_fd);
			else
				echo(events[i].data.fd);
		}
	}
}

int main(int argc, char **argv)
{
	static const char *const rows[] = {
		"echo/64",
		"echo/1000",
		"echo/10000",
		"idle_conn/10000",
		"run_epoll_echo/64",
		"run_epoll_echo/1000",
	};

	return bench_serve_main(argc, argv, rows, BENCH_ARRAY_LEN(rows), serve);
}
