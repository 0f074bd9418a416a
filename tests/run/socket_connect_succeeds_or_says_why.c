/* SPDX-License-Identifier: MIT */
/*
 * connect(): refused, in progress, already there, and waiting for room in a
 * full backlog.
 */
#include "sockets.h"

#include <poll.h>

static struct sockaddr_un full;
static socklen_t full_length;
static atomic_int connected;

static void *connects(void *arg)
{
	int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));

	OK(connect(fd, (struct sockaddr *)&full, full_length));
	atomic_fetch_add(&connected, 1);
	OK(close(fd));
	return arg;
}

static void a_full_backlog_makes_wait(void)
{
	int listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
	pthread_t t[10];

	full_length = unix_address(&full, "full");
	OK(bind(listener, (struct sockaddr *)&full, full_length));
	OK(listen(listener, 1));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(connects, NULL);
	settle();
	CHECK(connected <= 2);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		OK(close(OK(accept(listener, NULL, NULL))));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(connected, ARRAY_LEN(t));
}

int main(void)
{
	struct sockaddr_in address;
	struct sockaddr *to = (struct sockaddr *)&address;
	struct pollfd p = { .events = POLLOUT };
	socklen_t length = sizeof(int);
	int listener = listen_tcp(&address, 5), fd, error = -1;

	fd = connect_tcp(&address);
	CHECK_ERROR(connect(fd, to, sizeof(address)), EISCONN);
	OK(close(fd));
	fd = OK(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	if (connect(fd, to, sizeof(address)) == -1)
		CHECK_EQ(errno, EINPROGRESS);
	p.fd = fd;
	CHECK_EQ(poll(&p, 1, 10000), 1);
	OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
	CHECK_EQ(error, 0);
	OK(close(fd));
	OK(close(listener));
	fd = OK(socket(AF_INET, SOCK_STREAM, 0));
	CHECK_ERROR(connect(fd, to, sizeof(address)), ECONNREFUSED);
	CHECK_ERROR(connect(fd, NULL, sizeof(address)), EFAULT);
	CHECK_ERROR(connect(-1, to, sizeof(address)), EBADF);
	CHECK_ERROR(connect(0, to, sizeof(address)), ENOTSOCK);
	a_full_backlog_makes_wait();
	return ok();
}
