/* SPDX-License-Identifier: MIT */
/*
 * Opens many connections to an HTTP server, a fiber each, makes one request on
 * each (HEAD), and then holds them open, idle, until it is killed.
 */
#include <evergreen/evergreen.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static struct {
	uint16_t port;
	char request[256];
	size_t request_len;
	int wanted;
	int opened;
	int failed;
} client;

static void *hold(void *arg)
{
	int64_t deadline = eg_after(20 * EG_SEC);
	int fd = eg_tcp_connect("127.0.0.1", client.port, deadline);
	bool is_answered = false;
	char byte;

	(void)arg;
	if (fd >= 0) {
		is_answered = eg_send(fd, client.request, client.request_len, 0,
				      deadline) > 0 &&
			      eg_recv(fd, &byte, 1, 0, deadline) == 1;
	}
	client.opened += is_answered;
	client.failed += !is_answered;
	if (client.opened + client.failed == client.wanted) {
		printf("holding %d failed %d\n", client.opened, client.failed);
		fflush(stdout);
	}
	/* What is left of the response, then nothing, then the end. */
	while (is_answered && eg_recv(fd, &byte, 1, 0, EG_FOREVER) == 1)
		;
	if (fd >= 0)
		eg_close(fd);
	return NULL;
}

static int hold_all(void *arg)
{
	eg_group fibers = { 0 };
	int r = 0;

	(void)arg;
	for (int i = 0; i < client.wanted && r >= 0; i++)
		r = eg_group_spawn(&fibers, hold, NULL, NULL);
	if (r < 0) {
		fprintf(stderr, "hold: %s\n", eg_strerror(r));
		return 1;
	}
	return eg_group_wait(&fibers, EG_FOREVER) < 0;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int status = 1;

	if (argc != 4) {
		fprintf(stderr, "usage: hold PORT CONNECTIONS PATH\n");
		return 2;
	}
	client.port = (uint16_t)atoi(argv[1]);
	client.wanted = atoi(argv[2]);
	client.request_len = (size_t)snprintf(
		client.request, sizeof(client.request),
		"HEAD %.200s HTTP/1.1\r\nHost: hold\r\n\r\n", argv[3]);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (eg_run(hold_all, NULL, NULL, &status) < 0)
		fprintf(stderr, "hold: no event loop\n");
	return status;
}
