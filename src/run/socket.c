/* SPDX-License-Identifier: MIT */
/*
 * Calls on sockets with one buffer or none: receiving, sending, accepting,
 * connecting. Those with messages are in socket_msg.c.
 */
#include "run/socket.h"

#include "run/guard.h"
#include "run/offload.h"
#include "run/transfer.h"
#include "run/user_memory.h"

#include <asm/socket.h>
#include <netinet/in.h>

bool eg__run_socket_is_direct(int fd, struct eg_fd **ret)
{
	struct eg_fd *e = eg__run_fd(fd);

	*ret = e;
	return e && (e->kind != EG_FD_SOCKET || eg__run_fd_never_blocks(e));
}

/* Receiving */

/* MSG_WAITALL on a stream: piece by piece, until it is full or ends. */
static int64_t receive_all(const struct eg_run_call *c, int fd, struct eg_fd *e)
{
	struct eg_run_call q = *c;
	size_t len = (size_t)c->a[2], done = 0;
	bool peeks = c->a[3] & MSG_PEEK;
	struct eg_run_io io;
	int64_t r;

	q.a[3] |= MSG_DONTWAIT;
	eg__run_io_begin(&io, fd, e, EG_DIR_IN);
	do {
		if (done && eg__run_io_has_failed(&io))
			break;
		q.a[1] = c->a[1] + (int64_t)done;
		q.a[2] = (int64_t)(len - done);
		r = eg__run_io_do(&io, &q, peeks ? 0 : len - done);
		/* What is only looked at comes again, with more behind it. */
		if (peeks && r > 0 && (size_t)r < len &&
		    !eg__run_fd_poll(io.fd, POLLRDHUP)) {
			done = 0;
			if (eg__run_io_wait(&io) < 0)
				done = (size_t)r;
			continue;
		}
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len && !(peeks && done));
	eg__run_io_end(&io);
	return done ? (int64_t)done : r;
}

static int64_t call_recvfrom(struct eg_run_call *c)
{
	int fd = (int)c->a[0], flags = (int)c->a[3];
	struct eg_run_call q = *c;
	struct eg_fd *e;

	if (flags & EG_RUN_RECV_AT_ONCE)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e))
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	/* A look at a unix socket is over with what is there. */
	if (flags & MSG_WAITALL && e->type == EG_RUN_FD_STREAM &&
	    (e->is_stream || !(flags & MSG_PEEK)))
		return receive_all(c, fd, e);
	q.a[3] |= MSG_DONTWAIT;
	return eg__run_io_call(c, &q, fd, e, EG_DIR_IN,
			       flags & MSG_PEEK ? 0 : (size_t)c->a[2]);
}

/* Sending */

static int64_t send_all(const struct eg_run_call *c, int fd, struct eg_fd *e)
{
	struct eg_run_call q = *c;
	size_t len = (size_t)c->a[2], done = 0;
	struct eg_run_io io;
	int64_t r;

	q.a[3] |= MSG_DONTWAIT;
	eg__run_io_begin(&io, fd, e, EG_DIR_OUT);
	do {
		/* The next call of the program is to be told of an error. */
		if (done && eg__run_io_has_failed(&io))
			break;
		if (done)
			q.a[3] |= MSG_NOSIGNAL;
		q.a[1] = c->a[1] + (int64_t)done;
		q.a[2] = (int64_t)(len - done);
		r = eg__run_io_do(&io, &q, len - done);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len);
	eg__run_io_end(&io);
	if (!done && r == EG_RUN_CANNOT_WAIT)
		return eg__run_offload(c, true);
	return done ? (int64_t)done : r;
}

static int64_t call_sendto(struct eg_run_call *c)
{
	int fd = (int)c->a[0], flags = (int)c->a[3];
	struct eg_run_call q = *c;
	struct eg_fd *e;
	int64_t r;

	if (flags & MSG_DONTWAIT)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e))
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	/* It connects as well. */
	if (flags & MSG_FASTOPEN)
		return eg__run_offload(c, true);
	if (e->type == EG_RUN_FD_STREAM)
		return send_all(c, fd, e);
	q.a[3] |= MSG_DONTWAIT;
	if (c->a[4]) {
		r = eg__run_kernel(&q);
		if (r != -EAGAIN)
			return r;
		if (eg__run_socket_poll_lies(fd) &&
		    !eg__run_fd_is_nonblocking(fd, e))
			return eg__run_offload(c, true);
	}
	return eg__run_io_call(c, &q, fd, e, EG_DIR_OUT, 0);
}

/* Making and accepting */

static void note_accepted(int fd, const struct eg_fd *listener, int64_t flags)
{
	struct eg_fd *e;
	bool is_stream = listener->is_stream;
	bool may_time_out = listener->may_time_out;

	eg__run_fd_made(fd, EG_FD_SOCKET, listener->type,
			flags & SOCK_NONBLOCK);
	e = eg__fd_find(&eg__run.hub->loop.fds, fd);
	if (!e)
		return;
	e->is_stream = is_stream;
	/* The new socket has the listener's options. */
	e->may_time_out = may_time_out || !eg__run_fd_is_private(listener);
}

/* There is no flag against blocking: poll() first. If another process takes the
 * connection in between, the guard ends the call. */
static int64_t accept_when_ready(const struct eg_run_call *c, int fd,
				 struct eg_fd *e)
{
	struct eg_run_call q = *c;
	struct eg_run_io io;
	int64_t r;

	eg__run_io_begin(&io, fd, e, EG_DIR_IN);
	for (;;) {
		q.a[0] = io.fd;
		eg__run_io_sample(&io);
		if (eg__run_fd_poll(io.fd, POLLIN)) {
			r = eg__run_fd_is_private(io.entry)
				    ? eg__run_kernel(&q)
				    : eg__run_guarded(&q);
			if (r != -EINTR && r != -EAGAIN)
				break;
		}
		r = eg__run_io_wait(&io);
		if (r < 0)
			break;
	}
	eg__run_io_end(&io);
	return r == EG_RUN_CANNOT_WAIT ? eg__run_offload(c, true) : r;
}

static int64_t call_accept(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	struct eg_fd *e;
	int64_t r;

	if (eg__run_socket_is_direct(fd, &e))
		r = eg__run_kernel(c);
	else if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	else if (eg__run_is_alone())
		r = eg__run_kernel_blocking(c);
	else if (eg__run_fd_is_nonblocking(fd, e))
		r = eg__run_kernel(c);
	else
		r = accept_when_ready(c, fd, e);
	e = eg__fd_find(&eg__run.hub->loop.fds, fd);
	if (r >= 0 && e)
		note_accepted((int)r, e, c->nr == SYS_accept4 ? c->a[3] : 0);
	return r;
}

static enum eg_run_fd_type type_of(int64_t type)
{
	switch (type & ~(int64_t)(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
	case SOCK_STREAM:
		return EG_RUN_FD_STREAM;
	case SOCK_SEQPACKET:
		return EG_RUN_FD_SEQPACKET;
	}
	return EG_RUN_FD_DATAGRAM;
}

static void note_socket(int fd, int64_t family, int64_t type, int64_t protocol)
{
	struct eg_fd *e;

	eg__run_fd_made(fd, EG_FD_SOCKET, type_of(type), type & SOCK_NONBLOCK);
	e = eg__fd_find(&eg__run.hub->loop.fds, fd);
	/* See is_stream in loop/fd_table.h: for TCP alone. */
	if (e)
		e->is_stream = e->type == EG_RUN_FD_STREAM &&
			       (family == AF_INET || family == AF_INET6) &&
			       (protocol == 0 || protocol == IPPROTO_TCP);
}

static int64_t call_socket(struct eg_run_call *c)
{
	int64_t r = eg__run_kernel(c);

	if (r >= 0)
		note_socket((int)r, c->a[0], c->a[1], c->a[2]);
	return r;
}

static int64_t call_socketpair(struct eg_run_call *c)
{
	int64_t r = eg__run_kernel(c);
	int fds[2];

	if (r < 0 || eg__run_copy_in(fds, (void *)c->a[3], sizeof(fds)) < 0)
		return r;
	for (int i = 0; i < 2; i++)
		note_socket(fds[i], c->a[0], c->a[1], c->a[2]);
	return r;
}

/* Connecting */

/* connect() blocks as the descriptor's mode says, so a blocking one is made
 * non-blocking for the length of the call. */
static int64_t begin_connect(const struct eg_run_call *c, int fd)
{
	int mode = eg__sys_fcntl(fd, F_GETFL, 0);
	int64_t r;

	if (mode < 0)
		return mode;
	r = eg__sys_fcntl(fd, F_SETFL, mode | O_NONBLOCK);
	if (r < 0)
		return r;
	r = eg__run_kernel(c);
	eg__sys_fcntl(fd, F_SETFL, mode);
	return r;
}

/* Begun by this call, or by one that a signal interrupted. */
static int64_t await_connect(const struct eg_run_call *c, int fd,
			     struct eg_fd *e)
{
	struct eg_run_call q = *c;
	struct eg_run_io io;
	int64_t r;

	eg__run_io_begin(&io, fd, e, EG_DIR_OUT);
	for (;;) {
		q.a[0] = io.fd;
		eg__run_io_sample(&io);
		/* Asked once more, the kernel tells how it ended, and its own
		 * state is as after one call. */
		if (eg__run_fd_poll(io.fd, POLLOUT)) {
			r = eg__run_kernel(&q);
			break;
		}
		r = eg__run_io_wait(&io);
		if (r < 0)
			break;
	}
	eg__run_io_end(&io);
	if (r == EG_RUN_CANNOT_WAIT)
		return eg__run_offload(c, true);
	return r == -EAGAIN ? -EINPROGRESS : r;
}

static int64_t call_connect(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	struct eg_fd *e;
	int64_t r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e))
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (e->type == EG_RUN_FD_DATAGRAM || eg__run_fd_is_nonblocking(fd, e))
		return eg__run_kernel(c);
	r = begin_connect(c, fd);
	/* A unix socket's listener has no room: nothing tells when it has. */
	if (r == -EAGAIN)
		return eg__run_offload(c, true);
	if (r == -EINPROGRESS || r == -EALREADY)
		return await_connect(c, fd, e);
	return r;
}

static int64_t call_setsockopt(struct eg_run_call *c)
{
	int name = (int)c->a[2];
	struct eg_fd *e;

	if (c->a[1] == SOL_SOCKET &&
	    (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD ||
	     name == SO_RCVTIMEO_NEW || name == SO_SNDTIMEO_NEW)) {
		e = eg__run_fd((int)c->a[0]);
		if (e)
			e->may_time_out = true;
	}
	return eg__run_kernel(c);
}

const struct eg_run_row eg__run_socket_rows[] = {
	{ SYS_recvfrom, call_recvfrom },
	{ SYS_sendto, call_sendto },
	{ SYS_recvmsg, eg__run_call_recvmsg },
	{ SYS_sendmsg, eg__run_call_sendmsg },
	{ SYS_recvmmsg, eg__run_call_recvmmsg },
	{ SYS_sendmmsg, eg__run_call_sendmmsg },
	{ SYS_accept, call_accept },
	{ SYS_accept4, call_accept },
	{ SYS_connect, call_connect },
	{ SYS_socket, call_socket },
	{ SYS_socketpair, call_socketpair },
	{ SYS_setsockopt, call_setsockopt },
	{ -1, NULL },
};
