/* SPDX-License-Identifier: MIT */
/*
 * Performs ops by system calls, none of which changes the mode of a descriptor
 * that others may share: "do not block" is asked for call by call.
 */
#include "loop/perform.h"

#include "base/sys.h"
#include "loop/in_flight.h"

#include <limits.h>

/* No result looks like it: what is in flight and not ready. */
enum { NOT_READY = INT_MIN };

short eg__perform_events(const struct eg_op *op)
{
	if (op->kind == EG_OP_POLL)
		return (short)op->flags;
	return op->dir == EG_DIR_IN ? POLLIN : POLLOUT;
}

int eg__perform_refusal(const struct eg_op *op)
{
	switch (op->kind) {
	case EG_OP_POLL:
		return -EPERM;
	case EG_OP_READ:
	case EG_OP_WRITE:
	case EG_OP_OPEN:
		return -EOPNOTSUPP;
	}
	return -ENOTSOCK;
}

/* Whether the kernel can tell of a file's readiness depends on the driver; what
 * epoll takes, it can. */
static int ask_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll_fd = eg__sys_epoll_create(EPOLL_CLOEXEC);
	int r;

	if (epoll_fd < 0)
		return epoll_fd;
	r = eg__sys_epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	eg__sys_close(epoll_fd);
	return r;
}

int eg__perform_can_wait(int fd)
{
	struct stat st;
	int r = eg__sys_fstat(fd, &st);

	if (r < 0)
		return r;
	return S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode) ? 0 : ask_epoll(fd);
}

/* The events that hold now, 0 if none. */
static int poll_now(const struct eg_op *op)
{
	static const struct timespec no_time;
	struct pollfd p = { .fd = op->fd, .events = eg__perform_events(op) };
	int r;

	do
		r = eg__sys_poll(&p, 1, &no_time);
	while (r == -EINTR);
	return r > 0 ? p.revents : r;
}

/* connect() blocks as the descriptor's mode says, so a blocking one is made
 * non-blocking for the length of the call. */
static int begin_connect(const struct eg_op *op)
{
	int mode = eg__sys_fcntl(op->fd, F_GETFL, 0);
	int r;

	if (mode < 0)
		return mode;
	if (!(mode & O_NONBLOCK)) {
		r = eg__sys_fcntl(op->fd, F_SETFL, mode | O_NONBLOCK);
		if (r < 0)
			return r;
	}
	r = eg__sys_connect(op->fd, op->addr, (socklen_t)op->offset);
	/* Not a fault point: a call that only restores a mode cannot fail. */
	if (!(mode & O_NONBLOCK))
		eg__raw_syscall(SYS_fcntl, op->fd, F_SETFL, mode, 0, 0, 0);
	return r == -EINPROGRESS || r == -EALREADY ? 0 : r;
}

int eg__perform_begin(struct eg_op *op)
{
	return op->kind == EG_OP_CONNECT ? begin_connect(op) : 0;
}

static int finish_connect(const struct eg_op *op)
{
	int error, r = poll_now(op);
	socklen_t len = sizeof(error);

	if (r <= 0)
		return r ? r : NOT_READY;
	r = eg__sys_getsockopt(op->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return r < 0 ? r : -error;
}

/* accept4() has no flag against blocking: look first. What another process
 * takes in between blocks us, unless the socket is in non-blocking mode. */
static int accept_now(const struct eg_op *op)
{
	int r = poll_now(op);

	if (r <= 0)
		return r ? r : NOT_READY;
	return eg__sys_accept(op->fd, op->addr, op->addr_len, (int)op->flags);
}

/* For what knows no RWF_NOWAIT: terminals, signalfd, pipes of old kernels. */
static ssize_t read_or_write_if_ready(const struct eg_op *op)
{
	int r = poll_now(op);

	if (r <= 0)
		return r ? r : NOT_READY;
	if (op->kind == EG_OP_READ)
		return eg__sys_read(op->fd, op->buf, op->len);
	/* Ready to write means room for this much, not for more. */
	return eg__sys_write(op->fd, op->buf,
			     op->len < PIPE_BUF ? op->len : PIPE_BUF);
}

static ssize_t read_or_write(const struct eg_op *op)
{
	struct iovec iov = { .iov_base = op->buf, .iov_len = op->len };
	ssize_t r;

	if (op->kind == EG_OP_READ)
		r = eg__sys_preadv2(op->fd, &iov, 1, -1, RWF_NOWAIT);
	else
		r = eg__sys_pwritev2(op->fd, &iov, 1, -1, RWF_NOWAIT);
	if (r == -EOPNOTSUPP || r == -ENOSYS)
		return read_or_write_if_ready(op);
	return r;
}

static ssize_t call(const struct eg_op *op)
{
	int r;

	switch ((enum eg_op_kind)op->kind) {
	case EG_OP_POLL:
		r = poll_now(op);
		return r ? r : NOT_READY;
	case EG_OP_RECV:
		return eg__sys_recv(op->fd, op->buf, op->len,
				    (int)op->flags | MSG_DONTWAIT);
	case EG_OP_SEND:
		return eg__sys_send(op->fd, op->buf, op->len,
				    (int)op->flags | MSG_DONTWAIT |
					    MSG_NOSIGNAL);
	case EG_OP_ACCEPT:
		return accept_now(op);
	case EG_OP_CONNECT:
		return finish_connect(op);
	case EG_OP_READ:
	case EG_OP_WRITE:
		return read_or_write(op);
	case EG_OP_OPEN:
		break;
	}
	return -EOPNOTSUPP;
}

bool eg__perform(struct eg_backend *b, struct eg_op *op)
{
	ssize_t r = op->is_cancelling ? -ECANCELED : call(op);

	if (r == NOT_READY || r == -EAGAIN)
		return false;
	eg__op_complete(b, op, (int32_t)r);
	return true;
}

ssize_t eg__perform_try(const struct eg_op *op)
{
	ssize_t r = call(op);

	return r == NOT_READY ? -EAGAIN : r;
}
