/* SPDX-License-Identifier: MIT */
/*
 * Accepting and connecting, on sockets in blocking and non-blocking mode.
 */
#include "loop_rig.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>

static int listen_on_loopback(struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*a = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	egt_eq(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
	egt_eq(listen(fd, 8), 0);
	egt_eq(getsockname(fd, (struct sockaddr *)a, &len), 0);
	return fd;
}

static void connect_op(struct rig_op *r, struct eg_poller *l, int fd,
		       struct sockaddr *a, size_t len)
{
	rig_init(r, l, EG_OP_CONNECT, fd, EG_DIR_OUT);
	r->op.addr = a;
	r->op.offset = (int64_t)len;
}

/* What connecting comes to, said by submit() or by completing. */
static int finish_connect(struct rig_op *r)
{
	int e = rig_try_submit(r);

	if (e < 0)
		return e;
	rig_finish(r);
	egt_eq(r->completions, 1);
	return r->result;
}

LOOP_TEST(accept_waits_for_a_connection)
{
	struct sockaddr_in a, peer;
	socklen_t len = sizeof(peer);
	struct rig_op r;
	int listener = listen_on_loopback(&a);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rig_init(&r, l, EG_OP_ACCEPT, listener, EG_DIR_IN);
	r.op.flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	r.op.addr = (struct sockaddr *)&peer;
	r.op.addr_len = &len;
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	egt_eq(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
	rig_finish(&r);
	egt_le(0, r.result);
	egt_eq(fcntl(r.result, F_GETFD), FD_CLOEXEC);
	egt_true(fcntl(r.result, F_GETFL) & O_NONBLOCK);
	egt_eq(len, sizeof(peer));
	egt_eq(peer.sin_family, AF_INET);
	close(r.result);
	close(client);
	rig_close(l, listener);
}

LOOP_TEST(connect_succeeds)
{
	static const int modes[] = { 0, SOCK_NONBLOCK };
	struct sockaddr_in a;
	struct rig_op r;
	int listener = listen_on_loopback(&a);

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int fd = socket(AF_INET, SOCK_STREAM | modes[i], 0);

		connect_op(&r, l, fd, (struct sockaddr *)&a, sizeof(a));
		egt_eq(finish_connect(&r), 0);
		egt_eq(write(fd, "x", 1), 1);
		/* The mode is what it was. */
		egt_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, modes[i]);
		rig_close(l, fd);
	}
	close(listener);
}

LOOP_TEST(connect_is_refused)
{
	struct sockaddr_in a;
	struct rig_op r;
	int listener = listen_on_loopback(&a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	close(listener);
	connect_op(&r, l, fd, (struct sockaddr *)&a, sizeof(a));
	egt_eq(finish_connect(&r), -ECONNREFUSED);
	egt_eq(l->backend->in_flight, 0);
	rig_close(l, fd);
}

/* It succeeds at once, so no edge announces it, even where the descriptor was
 * used before and its first edge has been seen. */
LOOP_TEST(connect_of_a_unix_socket)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa_family_t);
	struct rig_op r;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int fds[] = { socket(AF_UNIX, SOCK_STREAM, 0),
		      socket(AF_UNIX, SOCK_STREAM, 0) };

	/* An abstract name of the kernel's choice. */
	egt_eq(bind(listener, (struct sockaddr *)&a, len), 0);
	egt_eq(listen(listener, 2), 0);
	len = sizeof(a);
	egt_eq(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	rig_poll(&r, l, fds[1], POLLOUT);
	rig_submit(&r);
	rig_finish(&r);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		connect_op(&r, l, fds[i], (struct sockaddr *)&a, len);
		egt_eq(finish_connect(&r), 0);
		rig_close(l, fds[i]);
	}
	close(listener);
}

LOOP_TEST(connect_can_be_cancelled)
{
	struct sockaddr_in a;
	struct rig_op r;
	int clients[16], n = 0;
	int listener = listen_on_loopback(&a);

	/* A full queue of the listener leaves the next one waiting. */
	egt_eq(listen(listener, 0), 0);
	for (; n < 3; n++) {
		clients[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(clients[n], (struct sockaddr *)&a, sizeof(a));
	}
	clients[n] = socket(AF_INET, SOCK_STREAM, 0);
	connect_op(&r, l, clients[n], (struct sockaddr *)&a, sizeof(a));
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	eg__poller_cancel(l, &r.op);
	rig_finish(&r);
	egt_eq(r.result, -ECANCELED);
	for (; n >= 0; n--)
		rig_close(l, clients[n]);
	close(listener);
}
