/* SPDX-License-Identifier: MIT */
/*
 * Calls on sockets with messages: recvmsg, sendmsg, and several at a time. The
 * kernel reads and writes the program's headers itself wherever it can.
 */
#include "run/offload.h"
#include "run/socket.h"
#include "run/transfer.h"
#include "run/user_memory.h"

#include "base/clock.h"

enum { NS_PER_SEC = 1000000000 };

static int64_t or_offload(const struct eg_run_call *c, int64_t r)
{
	return r == EG_RUN_CANNOT_WAIT ? eg__run_offload(c, true) : r;
}

/* The header at @user and the length of its buffers. */
static int64_t read_header(const struct msghdr *user, struct msghdr *ret,
			   struct eg_run_vector *ret_v)
{
	if (eg__run_copy_in(ret, user, sizeof(*ret)) < 0)
		return -EFAULT;
	*ret_v = (struct eg_run_vector){ ret->msg_iov, ret->msg_iovlen };
	return eg__run_vector_bytes(ret_v);
}

/* Goes on with the rest of @v behind @done; as many bytes as it was in all. */
static int64_t transfer_rest(struct eg_run_io *io, struct eg_run_call *q,
			     const struct eg_run_vector *v, size_t done,
			     size_t total)
{
	struct iovec window[EG_RUN_WINDOW];
	struct msghdr m = { .msg_iov = window };
	size_t bytes;
	int64_t r = 1;
	int n;

	q->a[1] = (int64_t)&m;
	q->a[2] |= MSG_DONTWAIT | MSG_NOSIGNAL;
	while (r > 0 && done < total && !eg__run_io_has_failed(io)) {
		n = eg__run_vector_window(v, done, window, &bytes);
		if (n <= 0)
			break;
		m.msg_iovlen = (size_t)n;
		r = eg__run_io_do(io, q, bytes);
		if (r > 0)
			done += (size_t)r;
	}
	return (int64_t)done;
}

/* Receiving */

static int64_t receive_message(const struct eg_run_call *c,
			       struct eg_run_io *io)
{
	bool waits_for_all =
		c->a[2] & MSG_WAITALL && io->entry->type == EG_RUN_FD_STREAM;
	struct eg_run_call q = *c;
	struct eg_run_vector v;
	struct msghdr m;
	int64_t total, r;

	q.a[2] |= MSG_DONTWAIT;
	total = read_header((const struct msghdr *)c->a[1], &m, &v);
	if (total < 0)
		return eg__run_kernel(&q);
	r = eg__run_io_do(io, &q, c->a[2] & MSG_PEEK ? 0 : (size_t)total);
	/* What came along with a piece ends it: such are not joined. */
	if (!waits_for_all || r <= 0 || r >= total || m.msg_controllen ||
	    c->a[2] & MSG_PEEK)
		return r;
	return transfer_rest(io, &q, &v, (size_t)r, (size_t)total);
}

int64_t eg__run_call_recvmsg(struct eg_run_call *c)
{
	int fd = (int)c->a[0], flags = (int)c->a[2];
	struct eg_run_io io;
	struct eg_fd *e;
	int64_t r;

	if (flags & EG_RUN_RECV_AT_ONCE)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e))
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	eg__run_io_begin(&io, fd, e, EG_DIR_IN);
	r = receive_message(c, &io);
	eg__run_io_end(&io);
	return or_offload(c, r);
}

/* Sending */

/* A descriptor that is sent is another process's, too, from then on. */
static void note_sent_descriptors(const struct msghdr *user)
{
	struct cmsghdr first;
	struct msghdr m;

	if (eg__run_copy_in(&m, user, sizeof(m)) < 0 || !m.msg_control ||
	    m.msg_controllen < sizeof(first) ||
	    eg__run_copy_in(&first, m.msg_control, sizeof(first)) < 0)
		return;
	if (first.cmsg_level == SOL_SOCKET)
		eg__run.descriptor_epoch++;
}

static int64_t send_message(const struct eg_run_call *c, struct eg_run_io *io)
{
	struct eg_run_call q = *c;
	struct eg_fd *e = io->entry;
	struct eg_run_vector v;
	struct msghdr m;
	int64_t total, r;

	q.a[2] |= MSG_DONTWAIT;
	total = read_header((const struct msghdr *)c->a[1], &m, &v);
	if (total < 0)
		return eg__run_kernel(&q);
	if (m.msg_name && e->type == EG_RUN_FD_DATAGRAM) {
		r = eg__run_kernel(&q);
		if (r != -EAGAIN)
			return r;
		if (eg__run_socket_poll_lies(io->fd) &&
		    !eg__run_fd_is_nonblocking(io->fd, e))
			return EG_RUN_CANNOT_WAIT;
	}
	r = eg__run_io_do(io, &q,
			  e->type == EG_RUN_FD_STREAM ? (size_t)total : 0);
	if (r <= 0 || r >= total || e->type != EG_RUN_FD_STREAM)
		return r;
	return transfer_rest(io, &q, &v, (size_t)r, (size_t)total);
}

int64_t eg__run_call_sendmsg(struct eg_run_call *c)
{
	int fd = (int)c->a[0], flags = (int)c->a[2];
	struct eg_run_io io;
	struct eg_fd *e;
	int64_t r;

	note_sent_descriptors((const struct msghdr *)c->a[1]);
	if (flags & MSG_DONTWAIT)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e))
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (flags & MSG_FASTOPEN)
		return eg__run_offload(c, true);
	eg__run_io_begin(&io, fd, e, EG_DIR_OUT);
	r = send_message(c, &io);
	eg__run_io_end(&io);
	return or_offload(c, r);
}

/* Several at a time */

/* The time left, for the program to see; as the kernel, only after messages. */
static bool is_over(int64_t deadline, struct timespec *user)
{
	int64_t left = deadline - eg__clock_now();
	struct timespec ts;

	if (deadline == EG_FOREVER)
		return false;
	if (left < 0)
		left = 0;
	ts = (struct timespec){ left / NS_PER_SEC, left % NS_PER_SEC };
	eg__run_copy_out(user, &ts, sizeof(ts));
	return left == 0;
}

/* The time is looked at after a message, and ends no wait: recvmmsg(2), BUGS.*/
static int64_t receive_several(const struct eg_run_call *c,
			       struct eg_run_io *io, int64_t deadline)
{
	struct mmsghdr *messages = (struct mmsghdr *)c->a[1];
	unsigned count = (unsigned)c->a[2], done = 0;
	struct eg_run_call q = *c;
	int64_t r;

	q.a[3] = (c->a[3] & ~(int64_t)MSG_WAITFORONE) | MSG_DONTWAIT;
	q.a[4] = 0;
	do {
		q.a[1] = (int64_t)(messages + done);
		q.a[2] = count - done;
		r = eg__run_io_do(io, &q, 0);
		if (r > 0)
			done += (unsigned)r;
	} while (r > 0 && done < count && !(c->a[3] & MSG_WAITFORONE) &&
		 !is_over(deadline, (struct timespec *)c->a[4]));
	return done ? (int64_t)done : r;
}

int64_t eg__run_call_recvmmsg(struct eg_run_call *c)
{
	int fd = (int)c->a[0], flags = (int)c->a[3];
	struct eg_run_vector v;
	struct eg_run_io io;
	struct msghdr m;
	struct eg_fd *e;
	int64_t deadline, r;

	if (flags & EG_RUN_RECV_AT_ONCE)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e) || !c->a[2])
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	r = eg__run_deadline_relative((const struct timespec *)c->a[4],
				      &deadline);
	if (r < 0)
		return r;
	/* A wait would come before the kernel's own look at it. */
	if (read_header((const struct msghdr *)c->a[1], &m, &v) < 0)
		return -EFAULT;
	eg__run_io_begin(&io, fd, e, EG_DIR_IN);
	r = receive_several(c, &io, deadline);
	eg__run_io_end(&io);
	return or_offload(c, r);
}

/* On a stream each has to arrive whole, before the next. */
static int64_t send_streams(const struct eg_run_call *c, struct eg_run_io *io)
{
	struct mmsghdr *messages = (struct mmsghdr *)c->a[1];
	unsigned count = (unsigned)c->a[2], done;
	int64_t r = 0;

	for (done = 0; done < count; done++) {
		struct eg_run_call q = {
			SYS_sendmsg,
			{ io->fd, (int64_t)&messages[done].msg_hdr, c->a[3] },
		};
		unsigned length;

		r = send_message(&q, io);
		if (r < 0)
			break;
		length = (unsigned)r;
		if (eg__run_copy_out(&messages[done].msg_len, &length,
				     sizeof(length)) < 0)
			return done ? (int64_t)done : -EFAULT;
	}
	return done ? (int64_t)done : r;
}

static int64_t send_several(const struct eg_run_call *c, struct eg_run_io *io)
{
	struct mmsghdr *messages = (struct mmsghdr *)c->a[1];
	unsigned count = (unsigned)c->a[2], done = 0;
	struct eg_run_call q = *c;
	int64_t r;

	q.a[3] |= MSG_DONTWAIT;
	do {
		q.a[1] = (int64_t)(messages + done);
		q.a[2] = count - done;
		r = eg__run_io_do(io, &q, 0);
		if (r > 0)
			done += (unsigned)r;
	} while (r > 0 && done < count);
	return done ? (int64_t)done : r;
}

int64_t eg__run_call_sendmmsg(struct eg_run_call *c)
{
	enum { COUNT_MAX = 1024 }; /* the kernel's UIO_MAXIOV */
	int fd = (int)c->a[0], flags = (int)c->a[3];
	struct eg_run_call q = *c;
	struct eg_run_io io;
	struct eg_fd *e;
	int64_t r;

	if (flags & MSG_DONTWAIT)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (eg__run_socket_is_direct(fd, &e) || !c->a[2])
		return eg__run_kernel(c);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if ((unsigned)c->a[2] > COUNT_MAX)
		q.a[2] = COUNT_MAX;
	eg__run_io_begin(&io, fd, e, EG_DIR_OUT);
	if (e->type == EG_RUN_FD_STREAM)
		r = send_streams(&q, &io);
	else
		r = send_several(&q, &io);
	eg__run_io_end(&io);
	return or_offload(c, r);
}
