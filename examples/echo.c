/* SPDX-License-Identifier: MIT */
/*
 * A TCP server that sends back what it receives, a fiber for each connection.
 * Has no options and no end: Ctrl-C.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>
#include <stdlib.h>

static void *echo(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[2048];
	ssize_t n;

	while ((n = eg_recv(fd, buffer, sizeof(buffer), 0, EG_FOREVER)) > 0) {
		if (eg_send(fd, buffer, (size_t)n, 0, EG_FOREVER) != n)
			break;
	}
	eg_close(fd);
	return NULL;
}

static int listen_and_accept(void *arg)
{
	int *port = arg;
	int listener = eg_tcp_listen("127.0.0.1", (uint16_t)*port, 0);
	int fd = listener;

	if (listener >= 0)
		printf("echo: port %d\n", eg_local_port(listener));
	fflush(stdout);
	while (fd >= 0) {
		fd = eg_accept(listener, NULL, NULL, EG_FOREVER);
		if (fd >= 0 && eg_spawn(NULL, echo, (void *)(intptr_t)fd) < 0)
			eg_close(fd); /* no memory: the others go on */
	}
	fprintf(stderr, "echo: %s\n", eg_strerror(fd));
	return 1;
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 0; /* 0: the kernel chooses */
	int status = 1;

	if (eg_run(listen_and_accept, &port, NULL, &status) < 0)
		fprintf(stderr, "echo: no event loop\n");
	return status;
}
