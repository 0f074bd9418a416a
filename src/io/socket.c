/* SPDX-License-Identifier: MIT */
/*
 * Sockets: making, listening, accepting, connecting, receiving and sending.
 */
#include "base/sys.h"
#include "io/call.h"
#include "io/fd.h"
#include "loop/perform.h"

#include <evergreen/io.h>
#include <evergreen/net.h>

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

enum { BACKLOG = 1024, BACKLOG_RETRY = EG_MSEC };

int eg_socket(int domain, int type, int protocol)
{
	struct eg_hub *hub = eg__hub();
	int fd;

	if (!hub)
		return -EPERM;
	fd = eg__sys_socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0)
		eg__fd_is_new(hub, fd);
	return fd;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_address(const char *ip, uint16_t port, union address *ret,
			 socklen_t *ret_len)
{
	*ret = (union address){ 0 };
	if (!ip || inet_pton(AF_INET, ip, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		*ret_len = sizeof(ret->v4);
		return 0;
	}
	if (inet_pton(AF_INET6, ip, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(port);
		*ret_len = sizeof(ret->v6);
		return 0;
	}
	return -EINVAL;
}

int eg_tcp_listen(const char *ip, uint16_t port, int backlog)
{
	const int one = 1;
	union address a;
	socklen_t len;
	int fd, r;

	r = backlog < 0 ? -EINVAL : parse_address(ip, port, &a, &len);
	if (r < 0)
		return r;
	fd = eg_socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	r = eg__sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (r == 0)
		r = eg__sys_bind(fd, &a.any, len);
	if (r == 0)
		r = eg__sys_listen(fd, backlog ? backlog : BACKLOG);
	if (r < 0) {
		eg__sys_close(fd);
		return r;
	}
	return fd;
}

int eg_local_port(int fd)
{
	union address a = { 0 };
	socklen_t len = sizeof(a);
	int r = (int)eg__syscall3(SYS_getsockname, fd, &a, &len);

	if (r < 0)
		return r;
	if (a.any.sa_family == AF_INET)
		return ntohs(a.v4.sin_port);
	if (a.any.sa_family == AF_INET6)
		return ntohs(a.v6.sin6_port);
	return -EAFNOSUPPORT;
}

/* accept4() blocks as the socket's mode says, so the mode is changed, once. */
static int make_listener(struct eg_call *c)
{
	int mode;

	if (c->entry->is_listener)
		return 0;
	mode = eg__sys_fcntl(c->fd, F_GETFL, 0);
	if (mode >= 0 && !(mode & O_NONBLOCK))
		mode = eg__sys_fcntl(c->fd, F_SETFL, mode | O_NONBLOCK);
	if (mode < 0)
		return mode;
	c->entry->is_listener = true;
	return 0;
}

static int accept_one(struct eg_call *c, struct sockaddr *addr,
		      socklen_t *addr_len)
{
	struct eg_fd *e = c->entry;
	uint32_t edge = e->edge[EG_DIR_IN];
	struct eg_op op;
	int r;

	r = make_listener(c);
	if (r < 0)
		return r;
	if (eg__call_must_try(c)) {
		r = eg__sys_accept(c->fd, addr, addr_len, SOCK_CLOEXEC);
		eg__note_result(e, EG_DIR_IN, edge, r, 0);
		if (r != -EAGAIN)
			return r;
	}
	eg__op_init(&op, EG_OP_ACCEPT, c->fd, EG_DIR_IN, NULL);
	op.edge = edge;
	op.addr = addr;
	op.addr_len = addr_len;
	op.flags = SOCK_CLOEXEC;
	return eg__call_await(c, &op);
}

int eg_accept(int fd, struct sockaddr *addr, socklen_t *addr_len,
	      int64_t deadline)
{
	struct eg_call c;
	int r;

	if (addr && !addr_len)
		return -EINVAL;
	r = eg__call_begin(&c, fd, EG_DIR_IN, deadline, "eg_accept");
	if (r < 0)
		return r;
	r = accept_one(&c, addr, addr_len);
	eg__call_end(&c);
	if (r >= 0)
		eg__fd_is_new(c.self->hub, r);
	return r;
}

/* A unix socket connects at once or not at all. It is not left to io_uring: a
 * worker of the kernel (6.18) that is cancelled on its way into waiting for a
 * backlog sleeps there all the same. */
static int connect_once(struct eg_call *c, const struct sockaddr *addr,
			socklen_t addr_len)
{
	struct eg_op op;

	eg__op_init(&op, EG_OP_CONNECT, c->fd, EG_DIR_OUT, NULL);
	op.edge = c->entry->edge[EG_DIR_OUT];
	op.addr = (struct sockaddr *)(uintptr_t)addr;
	op.offset = addr_len;
	if (addr->sa_family == AF_UNIX)
		return eg__perform_begin(&op);
	return eg__call_await(c, &op);
}

/* A unix listener's backlog is full, and nothing tells when there is room. */
static int wait_for_backlog(const struct eg_call *c)
{
	int64_t until = eg_after(BACKLOG_RETRY);
	int r;

	/* Not even to give way. */
	if (c->deadline <= until - BACKLOG_RETRY)
		return -ETIMEDOUT;
	if (until < c->deadline)
		return eg_sleep_until(until);
	r = eg_sleep_until(c->deadline);
	return r < 0 ? r : -ETIMEDOUT;
}

int eg_connect(int fd, const struct sockaddr *addr, socklen_t addr_len,
	       int64_t deadline)
{
	struct eg_call c;
	int r;

	if (!addr)
		return -EINVAL;
	r = eg__call_begin(&c, fd, EG_DIR_OUT, deadline, "eg_connect");
	if (r < 0)
		return r;
	if (c.entry->kind == EG_FD_SOCKET)
		do
			r = connect_once(&c, addr, addr_len);
		while (r == -EAGAIN && addr->sa_family == AF_UNIX &&
		       !(r = wait_for_backlog(&c)) &&
		       !(r = eg__call_is_closed(&c) ? -EBADF : 0));
	else
		r = -ENOTSOCK;
	eg__call_end(&c);
	return r;
}

int eg_tcp_connect(const char *ip, uint16_t port, int64_t deadline)
{
	union address a;
	socklen_t len;
	int fd, r;

	r = ip ? parse_address(ip, port, &a, &len) : -EINVAL;
	if (r < 0)
		return r;
	if (!eg__current())
		return eg__refuse_blocking("eg_tcp_connect");
	fd = eg_socket(a.any.sa_family, SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	r = eg_connect(fd, &a.any, len, deadline);
	if (r < 0) {
		eg_close(fd);
		return r;
	}
	return fd;
}

int eg_shutdown(int fd, int how)
{
	return eg__sys_shutdown(fd, how);
}

static void make_op(struct eg_op *op, enum eg_op_kind kind,
		    const struct eg_call *c, void *buf, size_t len, int flags)
{
	eg__op_init(op, kind, c->fd, c->dir, NULL);
	op->buf = buf;
	op->len = (uint32_t)len;
	op->flags = (uint32_t)flags;
}

static ssize_t do_or_try(struct eg_call *c, struct eg_op *op)
{
	return op->flags & MSG_DONTWAIT ? eg__perform_try(op)
					: eg__call_do(c, op);
}

/* Whether one receive may be too few: of a stream that is not only looked at. */
static bool wants_all(int fd, int flags)
{
	socklen_t len = sizeof(int);
	int type = 0;

	if (!(flags & MSG_WAITALL) || flags & (MSG_PEEK | MSG_OOB))
		return false;
	return !eg__sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       type == SOCK_STREAM;
}

/* MSG_WAITALL is ours to keep: a try takes what is there, and io_uring has an
 * idea of its own. */
static ssize_t recv_with_flags(struct eg_call *c, char *buf, size_t len,
			       int flags)
{
	bool all = wants_all(c->fd, flags);
	struct eg_fd *e = c->entry;
	size_t done = 0;
	struct eg_op op;
	ssize_t r;

	/* Such a one, MSG_PEEK for instance, says nothing of what is left. */
	e->drained[EG_DIR_IN] = e->edge[EG_DIR_IN] - 1;
	do {
		make_op(&op, EG_OP_RECV, c, buf + done, len - done,
			flags & ~MSG_WAITALL);
		r = do_or_try(c, &op);
		if (r > 0)
			done += (size_t)r;
	} while (all && r > 0 && done < len && !eg__call_is_closed(c));
	if (!eg__call_is_closed(c))
		e->drained[EG_DIR_IN] = e->edge[EG_DIR_IN] - 1;
	return done ? (ssize_t)done : r;
}

ssize_t eg_recv(int fd, void *buf, size_t len, int flags, int64_t deadline)
{
	struct eg_call c;
	struct eg_op op;
	ssize_t r;

	if (eg_unlikely(!buf || len > INT_MAX))
		return -EINVAL;
	r = eg__call_begin(&c, fd, EG_DIR_IN, deadline, "eg_recv");
	if (eg_unlikely(r < 0))
		return r;
	if (eg_unlikely(c.entry->kind != EG_FD_SOCKET)) {
		r = -ENOTSOCK;
	} else if (eg_unlikely(flags & ~MSG_NOSIGNAL)) {
		r = recv_with_flags(&c, buf, len, flags);
	} else {
		make_op(&op, EG_OP_RECV, &c, buf, len, flags);
		r = eg__call_do(&c, &op);
	}
	eg__call_end(&c);
	return r;
}

ssize_t eg_send(int fd, const void *buf, size_t len, int flags,
		int64_t deadline)
{
	/* The kernel only reads from it. */
	char *from = (char *)(uintptr_t)buf;
	struct eg_call c;
	struct eg_op op;
	size_t done = 0;
	ssize_t r;

	if (eg_unlikely(!buf || len > INT_MAX))
		return -EINVAL;
	r = eg__call_begin(&c, fd, EG_DIR_OUT, deadline, "eg_send");
	if (eg_unlikely(r < 0))
		return r;
	r = c.entry->kind == EG_FD_SOCKET ? 1 : -ENOTSOCK;
	while (r > 0 && (done < len || !len) && !eg__call_is_closed(&c)) {
		make_op(&op, EG_OP_SEND, &c, from + done, len - done,
			flags | MSG_NOSIGNAL);
		r = do_or_try(&c, &op);
		if (r > 0)
			done += (size_t)r;
	}
	eg__call_end(&c);
	return done ? (ssize_t)done : r;
}
