/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 6: a server and a hundred clients, all of them fibers.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>
#include <string.h>

enum { CLIENTS = 100 };

static int answers;

static void *serve_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buf[64];
	ssize_t n = eg_recv(fd, buf, sizeof(buf), 0, eg_after(EG_SEC));

	if (n > 0)
		eg_send(fd, buf, (size_t)n, 0, eg_after(EG_SEC));
	eg_close(fd);
	return NULL;
}

static void *serve(void *arg)
{
	int listener = (int)(intptr_t)arg;
	int fd;

	while ((fd = eg_accept(listener, NULL, NULL, EG_FOREVER)) >= 0)
		if (eg_spawn(NULL, serve_one, (void *)(intptr_t)fd) < 0)
			eg_close(fd);
	printf("server: %s\n", eg_strerror(fd));
	return NULL;
}

static void *ask(void *arg)
{
	static const char question[] = "anybody there?";
	uint16_t port = (uint16_t)(intptr_t)arg;
	char buf[sizeof(question)];
	eg_timeout all;
	int fd;

	/* One deadline over connecting, sending and receiving. */
	eg_timeout_begin(&all, eg_after(EG_SEC));
	fd = eg_tcp_connect("127.0.0.1", port, EG_FOREVER);
	if (fd >= 0) {
		eg_send(fd, question, sizeof(question), 0, EG_FOREVER);
		if (eg_recv(fd, buf, sizeof(buf), MSG_WAITALL, EG_FOREVER) ==
			    (ssize_t)sizeof(buf) &&
		    strcmp(buf, question) == 0)
			answers++; /* no lock: nothing here switches */
		eg_close(fd);
	}
	eg_timeout_end(&all);
	return NULL;
}

static int run(void *arg)
{
	int listener = eg_tcp_listen("127.0.0.1", 0, 0);
	eg_group clients = { 0 };
	eg_fiber *server;
	intptr_t port;

	(void)arg;
	if (listener < 0)
		return listener;
	port = eg_local_port(listener);
	if (eg_spawn(&server, serve, (void *)(intptr_t)listener) < 0)
		return 1;
	for (int i = 0; i < CLIENTS; i++)
		eg_group_spawn(&clients, ask, (void *)port, NULL);
	eg_group_wait(&clients, EG_FOREVER);
	printf("%d clients, %d answers\n", CLIENTS, answers);
	eg_close(listener); /* wakes the server */
	return eg_join(server, NULL, EG_FOREVER);
}

int main(void)
{
	return eg_run(run, NULL, NULL, NULL) < 0;
}
