/* SPDX-License-Identifier: MIT */
/*
 * Connecting: success, refusal, a full backlog, deadlines and cancelling, over
 * TCP, unix and datagram sockets. No failure leaves a descriptor.
 */
#include "io_kit.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static int free_port(void)
{
	uint16_t port;
	int fd = kit_listen(0, &port);

	egt_eq(eg_close(fd), 0);
	kit_settle(); /* the kernel lets go of it */
	return port;
}

EG_TEST(connect_that_is_refused_leaves_no_descriptor)
{
	uint16_t port = (uint16_t)free_port();
	int fds = egt_fd_count();

	egt_eq(eg_tcp_connect("127.0.0.1", port, EG_FOREVER), -ECONNREFUSED);
	egt_eq(eg_tcp_connect("127.0.0.1", port, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_tcp_connect("localhost", port, EG_FOREVER), -EINVAL);
	egt_eq(eg_tcp_connect(NULL, port, EG_FOREVER), -EINVAL);
	egt_eq(egt_fd_count(), fds);
}

static void *connect_to(void *arg)
{
	const uint16_t *port = arg;

	return KIT_RESULT(eg_tcp_connect("127.0.0.1", *port, EG_FOREVER));
}

/* The kernel drops what a full backlog has no room for, so that a connection
 * takes until the end of time. */
EG_TEST(connect_to_a_full_backlog_ends_when_told_to)
{
	uint16_t port;
	int listener = kit_listen(1, &port);
	int fd[8], n = 0;
	int64_t start;
	eg_fiber *f;
	int fds;

	while (n < 8) {
		fd[n] = eg_tcp_connect("127.0.0.1", port,
				       eg_after(50 * EG_MSEC));
		if (fd[n] < 0)
			break;
		n++;
	}
	egt_lt(n, 8);
	fds = egt_fd_count();
	start = eg_now();
	egt_eq(eg_tcp_connect("127.0.0.1", port, eg_after(30 * EG_MSEC)),
	       -ETIMEDOUT);
	egt_le(30 * EG_MSEC, eg_now() - start);
	f = kit_spawn(connect_to, &port);
	kit_settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(kit_join(f), -ECANCELED);
	egt_eq(egt_fd_count(), fds);
	while (n--)
		egt_eq(eg_close(fd[n]), 0);
	egt_eq(eg_close(listener), 0);
}

static socklen_t unix_address(struct sockaddr_un *a, const char *name)
{
	/* Abstract: leaves no file. */
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "evergreen-%d-%s",
		 getpid(), name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   strlen(a->sun_path + 1));
}

struct target {
	struct sockaddr_un address;
	socklen_t len;
	int64_t deadline;
};

static void *connect_unix(void *arg)
{
	const struct target *t = arg;
	int fd = eg_socket(AF_UNIX, SOCK_STREAM, 0);
	int r = eg_connect(fd, (const struct sockaddr *)&t->address, t->len,
			   t->deadline);

	egt_eq(eg_close(fd), 0);
	return KIT_RESULT(r);
}

static int listen_unix(struct target *t, int backlog)
{
	int fd = eg_socket(AF_UNIX, SOCK_STREAM, 0);

	egt_eq(bind(fd, (struct sockaddr *)&t->address, t->len), 0);
	egt_eq(listen(fd, backlog), 0);
	return fd;
}

EG_TEST(connect_over_a_unix_socket)
{
	struct target t = { .deadline = EG_FOREVER };
	int listener, fd, other;

	t.len = unix_address(&t.address, "connect");
	egt_eq(kit_join(kit_spawn(connect_unix, &t)), -ECONNREFUSED);
	listener = listen_unix(&t, 8);
	fd = eg_socket(AF_UNIX, SOCK_STREAM, 0);
	egt_eq(eg_connect(fd, (struct sockaddr *)&t.address, t.len, EG_FOREVER),
	       0);
	other = eg_accept(listener, NULL, NULL, EG_FOREVER);
	egt_eq(eg_write(fd, "x", 1, EG_FOREVER), 1);
	kit_get(other, "x");
	egt_eq(eg_connect(fd, NULL, 0, EG_FOREVER), -EINVAL);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_close(other), 0);
	egt_eq(eg_close(listener), 0);
}

/* The kernel says EAGAIN here, where a blocking socket would wait. */
EG_TEST(connect_waits_for_room_in_a_unix_backlog)
{
	struct target t = { .deadline = EG_FOREVER };
	eg_fiber *f[6];
	int listener;

	t.len = unix_address(&t.address, "backlog");
	listener = listen_unix(&t, 0);
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		f[i] = kit_spawn(connect_unix, &t);
	kit_settle();
	t.deadline = eg_after(5 * EG_MSEC);
	egt_eq(kit_join(kit_spawn(connect_unix, &t)), -ETIMEDOUT);
	egt_eq(eg_cancel(f[5]), 0);
	egt_eq(kit_join(f[5]), -ECANCELED);
	for (size_t i = 0; i + 1 < ARRAY_LEN(f); i++)
		egt_eq(eg_close(eg_accept(listener, NULL, NULL, EG_FOREVER)),
		       0);
	for (size_t i = 0; i + 1 < ARRAY_LEN(f); i++)
		egt_eq(kit_join(f[i]), 0);
	egt_eq(eg_close(listener), 0);
}

struct attempt {
	const struct target *target;
	int fd;
};

static void *connect_fd(void *arg)
{
	const struct attempt *a = arg;
	const struct target *t = a->target;

	return KIT_RESULT(eg_connect(a->fd,
				     (const struct sockaddr *)&t->address,
				     t->len, t->deadline));
}

/* What has the number by then is not connected in its place. */
EG_TEST(connect_ends_when_its_socket_is_closed)
{
	struct target t = { .deadline = EG_FOREVER };
	struct attempt first = { .target = &t }, second = { .target = &t };
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer);
	int listener, fresh;
	eg_fiber *f[2];

	t.len = unix_address(&t.address, "closed");
	listener = listen_unix(&t, 0);
	first.fd = eg_socket(AF_UNIX, SOCK_STREAM, 0);
	second.fd = eg_socket(AF_UNIX, SOCK_STREAM, 0);
	f[0] = kit_spawn(connect_fd, &first);
	egt_eq(kit_join(f[0]), 0);
	f[1] = kit_spawn(connect_fd, &second);
	kit_settle();
	egt_eq(eg_close(second.fd), 0);
	fresh = eg_socket(AF_UNIX, SOCK_STREAM, 0);
	egt_eq(fresh, second.fd);
	/* There is room for one more. */
	egt_eq(eg_close(eg_accept(listener, NULL, NULL, EG_FOREVER)), 0);
	egt_eq(kit_join(f[1]), -EBADF);
	egt_eq(getpeername(fresh, (struct sockaddr *)&peer, &len), -1);
	egt_eq(errno, ENOTCONN);
	egt_eq(eg_close(fresh), 0);
	egt_eq(eg_close(first.fd), 0);
	egt_eq(eg_close(listener), 0);
}

/* At once, and without an edge that would tell of it. */
EG_TEST(connect_of_a_known_datagram_socket)
{
	struct sockaddr_un a;
	socklen_t len = unix_address(&a, "datagram");
	int in = eg_socket(AF_UNIX, SOCK_DGRAM, 0);
	int out = eg_socket(AF_UNIX, SOCK_DGRAM, 0);
	char c;

	egt_eq(bind(in, (struct sockaddr *)&a, len), 0);
	egt_eq(eg_recv(out, &c, 1, 0, eg_after(EG_MSEC)), -ETIMEDOUT);
	for (int i = 0; i < 2; i++)
		egt_eq(eg_connect(out, (struct sockaddr *)&a, len, EG_FOREVER),
		       0);
	egt_eq(eg_send(out, "x", 1, 0, EG_FOREVER), 1);
	kit_get(in, "x");
	egt_eq(eg_close(in), 0);
	egt_eq(eg_close(out), 0);
}

EG_TEST(connect_says_what_is_wrong_with_its_descriptor)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int pair[2];

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	kit_pipe(pair);
	egt_eq(eg_connect(pair[0], (struct sockaddr *)&a, sizeof(a),
			  EG_FOREVER),
	       -ENOTSOCK);
	kit_close_pair(pair);
	egt_eq(eg_connect(pair[0], (struct sockaddr *)&a, sizeof(a),
			  EG_FOREVER),
	       -EBADF);
	kit_tcp_pair(pair);
	egt_eq(eg_connect(pair[1], (struct sockaddr *)&a, sizeof(a),
			  EG_FOREVER),
	       -EISCONN);
	kit_close_pair(pair);
}
