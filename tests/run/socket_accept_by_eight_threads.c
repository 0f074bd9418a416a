/* SPDX-License-Identifier: MIT */
/*
 * Eight threads accept on one listener: each connection goes to one of them,
 * none is lost, and shutdown of the listener ends them all.
 */
#include "sockets.h"

#define CONNECTIONS 200

static int listener;
static atomic_int accepted;

static void *accepts(void *arg)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	int fd;

	while ((fd = accept4(listener, (struct sockaddr *)&peer, &length,
			     SOCK_CLOEXEC)) >= 0) {
		CHECK_EQ(length, sizeof(peer));
		CHECK_EQ(ntohl(peer.sin_addr.s_addr), INADDR_LOOPBACK);
		CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
		atomic_fetch_add(&accepted, 1);
		OK(write(fd, "w", 1));
		OK(close(fd));
	}
	CHECK_EQ(errno, EINVAL);
	return arg;
}

int main(void)
{
	struct sockaddr_in address;
	pthread_t t[8];
	char byte;

	listener = listen_tcp(&address, 128);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(accepts, NULL);
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd = connect_tcp(&address);

		CHECK_EQ(recv(fd, &byte, 1, 0), 1);
		CHECK_EQ(recv(fd, &byte, 1, 0), 0);
		OK(close(fd));
	}
	CHECK_EQ(accepted, CONNECTIONS);
	OK(shutdown(listener, SHUT_RDWR));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
