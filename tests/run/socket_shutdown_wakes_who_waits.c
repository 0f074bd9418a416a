/* SPDX-License-Identifier: MIT */
/*
 * shutdown() by another thread ends the waits of readers, writers and
 * accepters on that socket.
 */
#include "sockets.h"

#include <poll.h>
#include <signal.h>

static void *reads(void *arg)
{
	char byte;

	CHECK_EQ(recv(*(int *)arg, &byte, 1, 0), 0);
	return NULL;
}

static void *polls(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN | POLLRDHUP };

	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK(p.revents & POLLRDHUP);
	return NULL;
}

static void *writes(void *arg)
{
	static char much[1 << 20];
	ssize_t n;

	while ((n = send(*(int *)arg, much, sizeof(much), 0)) > 0)
		;
	CHECK_EQ(n, -1);
	CHECK_EQ(errno, EPIPE);
	return NULL;
}

static void *accepts(void *arg)
{
	CHECK_ERROR(accept(*(int *)arg, NULL, NULL), EINVAL);
	return NULL;
}

static void check(int pair[2], int listener)
{
	pthread_t t[] = { start(reads, &pair[0]), start(polls, &pair[0]),
			  start(reads, &pair[0]), start(writes, &pair[0]),
			  start(accepts, &listener) };

	settle();
	OK(shutdown(pair[0], SHUT_RD));
	for (int i = 0; i < 3; i++)
		join(t[i]);
	OK(shutdown(pair[0], SHUT_WR));
	join(t[3]);
	OK(shutdown(listener, SHUT_RDWR));
	join(t[4]);
}

int main(void)
{
	struct sockaddr_in address;
	int listener, pair[2], tcp[2];

	signal(SIGPIPE, SIG_IGN);
	listener = listen_tcp(&address, 5);
	tcp[0] = connect_tcp(&address);
	tcp[1] = OK(accept(listener, NULL, NULL));
	check(tcp, listener);
	OK(close(listener));
	listener = listen_tcp(&address, 5);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	check(pair, listener);
	return ok();
}
