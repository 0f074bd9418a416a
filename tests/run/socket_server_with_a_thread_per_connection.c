/* SPDX-License-Identifier: MIT */
/*
 * A server with a thread per connection, and its clients with a thread each:
 * every message comes back as it was sent.
 */
#include "sockets.h"

#define CLIENTS 100
#define MESSAGES 30

static struct sockaddr_in address;

static void *serves(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[256];

	for (ssize_t n; (n = OK(recv(fd, buffer, sizeof(buffer), 0))) > 0;)
		send_whole(fd, buffer, (size_t)n);
	OK(close(fd));
	return NULL;
}

static void *accepts(void *arg)
{
	int listener = *(int *)arg;

	for (int i = 0; i < CLIENTS; i++) {
		intptr_t fd = OK(accept(listener, NULL, NULL));

		pthread_detach(start(serves, (void *)fd));
	}
	return NULL;
}

static void *asks(void *arg)
{
	char question[64], answer[64];
	int fd = connect_tcp(&address);

	for (int i = 0; i < MESSAGES; i++) {
		int n = snprintf(question, sizeof(question), "%d of %d", i,
				 (int)(intptr_t)arg);

		send_whole(fd, question, (size_t)n);
		receive_whole(fd, answer, (size_t)n);
		CHECK(memcmp(question, answer, (size_t)n) == 0);
	}
	OK(shutdown(fd, SHUT_WR));
	CHECK_EQ(recv(fd, answer, sizeof(answer), 0), 0);
	OK(close(fd));
	return NULL;
}

int main(void)
{
	int listener = listen_tcp(&address, 128);
	pthread_t server = start(accepts, &listener), t[CLIENTS];

	for (intptr_t i = 0; i < CLIENTS; i++)
		t[i] = start(asks, (void *)i);
	for (int i = 0; i < CLIENTS; i++)
		join(t[i]);
	join(server);
	return ok();
}
