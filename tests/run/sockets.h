/* SPDX-License-Identifier: MIT */
/*
 * Listening and connecting on the loopback in one call each, for the programs
 * whose claim is what follows.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "claim.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A TCP listener on a free port of the loopback, which goes to @ret_address. */
static inline int listen_tcp(struct sockaddr_in *ret_address, int backlog)
{
	socklen_t length = sizeof(*ret_address);
	int fd = OK(socket(AF_INET, SOCK_STREAM, 0));

	*ret_address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	OK(bind(fd, (struct sockaddr *)ret_address, length));
	OK(listen(fd, backlog));
	OK(getsockname(fd, (struct sockaddr *)ret_address, &length));
	return fd;
}

static inline int connect_tcp(const struct sockaddr_in *address)
{
	int fd = OK(socket(AF_INET, SOCK_STREAM, 0));

	OK(connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	return fd;
}

/* An abstract address that no other process uses; its length goes along. */
static inline socklen_t unix_address(struct sockaddr_un *ret_address,
				     const char *name)
{
	int n;

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	n = snprintf(ret_address->sun_path + 1,
		     sizeof(ret_address->sun_path) - 1, "claim-%d-%s", getpid(),
		     name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)n);
}

static inline void send_whole(int fd, const void *data, size_t length)
{
	for (size_t n = 0; n < length;)
		n += (size_t)OK(
			send(fd, (const char *)data + n, length - n, 0));
}

static inline void receive_whole(int fd, void *data, size_t length)
{
	for (size_t n = 0; n < length;) {
		ssize_t r = OK(recv(fd, (char *)data + n, length - n, 0));

		CHECK(r > 0);
		n += (size_t)r;
	}
}

#endif
