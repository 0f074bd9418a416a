/* SPDX-License-Identifier: MIT */
/*
 * The frame of an echo server: its arguments, its listener, its goodbye.
 * Serving itself is the business of each system's own file.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum {
	BACKLOG = 4096,
};

/* Listens on a free port of the loopback device and says which. */
static int listen_and_tell(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t bytes = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, bytes) < 0)
		bench_die("bind");
	if (listen(fd, BACKLOG) < 0)
		bench_die("listen");
	if (getsockname(fd, (struct sockaddr *)&a, &bytes) < 0)
		bench_die("getsockname");
	printf("PORT %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

int bench_serve_main(int argc, char **argv, const char *const *rows,
		     size_t row_count, void (*serve)(int listen_fd))
{
	if (argc == 2 && !strcmp(argv[1], "--rows")) {
		for (size_t i = 0; i < row_count; i++)
			puts(rows[i]);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "serve-echo")) {
		bench_raise_file_limit();
		signal(SIGPIPE, SIG_IGN);
		serve(listen_and_tell());
		return 0;
	}
	fprintf(stderr, "usage: %s serve-echo | --rows\n", argv[0]);
	return 2;
}
