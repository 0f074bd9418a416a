/* SPDX-License-Identifier: MIT */
/*
 * read, write and their kin, on whatever can block: sockets with MSG_DONTWAIT,
 * pipes with RWF_NOWAIT, the rest when poll() calls it ready. Never changes
 * the mode of a descriptor.
 */
#include "run/guard.h"
#include "run/offload.h"
#include "run/signals.h"
#include "run/transfer.h"

#include <limits.h>

enum {
	IOV_COUNT_MAX = 1024, /* the kernel's UIO_MAXIOV */
	AT_POSITION = -1,     /* of preadv2 */
};

/* A file of the disk: never "not ready", whatever it takes. */
static int64_t on_file(const struct eg_run_call *c)
{
	if (eg__run.options.files == EG_RUN_FILES_OFFLOAD)
		return eg__run_offload(c, false);
	return eg__run_kernel(c);
}

/* For what has no other way to say "not now". */
static int64_t when_ready(struct eg_run_io *io, const struct eg_run_call *c,
			  short events)
{
	struct eg_run_call q = *c;
	int64_t r;

	if (eg__run_fd_is_nonblocking(io->fd, io->entry))
		return eg__run_kernel(c);
	for (;;) {
		q.a[0] = io->fd;
		eg__run_io_sample(io);
		if (eg__run_fd_poll(io->fd, events)) {
			r = eg__run_guarded_or_offload(&q);
			/* Somebody else was faster. */
			if (r != -EAGAIN)
				return r;
		}
		r = eg__run_io_wait(io);
		if (r < 0)
			return r;
	}
}

static int64_t finish(struct eg_run_io *io, const struct eg_run_call *c,
		      int64_t r)
{
	eg__run_io_end(io);
	return r == EG_RUN_CANNOT_WAIT ? eg__run_offload(c, true) : r;
}

/* Reading */

/* A terminal's read may wait for more than poll() looks at: a number of bytes,
 * a time, or to be in the foreground. */
static int64_t read_terminal(const struct eg_run_call *c, int fd,
			     struct eg_fd *e)
{
	if (eg__run_fd_is_nonblocking(fd, e))
		return eg__run_kernel(c);
	if (eg__run_fd_poll(fd, POLLIN))
		return eg__run_guarded_or_offload(c);
	return eg__run_offload(c, true);
}

/* @flags: of preadv2. */
static int64_t read_stream(const struct eg_run_call *c, int fd, struct eg_fd *e,
			   const struct eg_run_vector *v, int64_t flags)
{
	struct eg_run_call q = {
		SYS_preadv2,
		{ fd, (int64_t)v->user, (int64_t)v->count, AT_POSITION,
		  AT_POSITION, flags | RWF_NOWAIT },
	};
	struct eg_run_io io;
	int64_t r = -EOPNOTSUPP;

	if (e->type == EG_RUN_FD_TERMINAL)
		return read_terminal(c, fd, e);
	eg__run_io_begin(&io, fd, e, EG_DIR_IN);
	if (!e->lacks_nowait)
		r = eg__run_io_do(&io, &q, 0);
	if (r == -EOPNOTSUPP || r == -ENOSYS) {
		e->lacks_nowait = true;
		r = when_ready(&io, c, POLLIN);
	}
	return finish(&io, c, r);
}

static int64_t call_read(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	size_t len = (size_t)c->a[2];
	struct iovec iov = { (void *)c->a[1], len };
	struct eg_run_vector v = { &iov, 1 };
	struct eg_run_call q;
	struct eg_fd *e;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	e = eg__run_fd(fd);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (e->kind == EG_FD_FILE)
		return on_file(c);
	if (!len || eg__run_fd_never_blocks(e))
		return eg__run_kernel(c);
	if (e->kind == EG_FD_STREAM)
		return read_stream(c, fd, e, &v, 0);
	q = (struct eg_run_call){
		SYS_recvfrom,
		{ fd, c->a[1], c->a[2], MSG_DONTWAIT, 0, 0 },
	};
	return eg__run_io_call(c, &q, fd, e, EG_DIR_IN, len);
}

/* readv and, at the position, preadv2. */
static int64_t read_vector(const struct eg_run_call *c, int64_t flags)
{
	int fd = (int)c->a[0];
	struct eg_run_vector v = { (const struct iovec *)c->a[1],
				   (size_t)c->a[2] };
	struct msghdr m = { .msg_iov = (struct iovec *)c->a[1],
			    .msg_iovlen = v.count };
	struct eg_run_call q = {
		SYS_recvmsg,
		{ fd, (int64_t)&m, MSG_DONTWAIT },
	};
	struct eg_fd *e;
	int64_t bytes;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	e = eg__run_fd(fd);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (e->kind == EG_FD_FILE)
		return on_file(c);
	if (v.count > IOV_COUNT_MAX || eg__run_fd_never_blocks(e))
		return eg__run_kernel(c);
	bytes = eg__run_vector_bytes(&v);
	if (bytes <= 0)
		return eg__run_kernel(c);
	if (e->kind == EG_FD_STREAM)
		return read_stream(c, fd, e, &v, flags);
	return eg__run_io_call(c, &q, fd, e, EG_DIR_IN, (size_t)bytes);
}

static int64_t call_readv(struct eg_run_call *c)
{
	return read_vector(c, 0);
}

/* Writing: a blocking write is complete, unless a signal, a time-out or an
 * error comes in between. */

struct writing {
	struct eg_run_io io;
	struct eg_run_vector v;
	const char *buf; /* NULL: there are several */
	size_t bytes;	 /* in all */
	size_t done;
	int64_t flags; /* of pwritev2, or MSG_* */
};

/* What is to be written next: @q's vector. Whole at first, as it may have to
 * arrive in one piece. */
static int64_t next_piece(const struct writing *w, struct iovec *window,
			  struct iovec *ret)
{
	size_t bytes;
	int n;

	if (!w->done) {
		*ret = (struct iovec){ (void *)(uintptr_t)w->v.user,
				       w->v.count };
		return (int64_t)w->bytes;
	}
	n = eg__run_vector_window(&w->v, w->done, window, &bytes);
	*ret = (struct iovec){ window, (size_t)n };
	return n < 0 ? n : (int64_t)bytes;
}

/* What has room for something has it for this much, and maybe not for more. */
static int64_t write_when_ready(struct writing *w)
{
	struct iovec window[EG_RUN_WINDOW];
	struct eg_run_call q = { SYS_writev, { w->io.fd, (int64_t)window, 1 } };
	size_t bytes;
	int n;

	if (w->bytes <= PIPE_BUF && !w->done) {
		q.a[1] = (int64_t)w->v.user;
		q.a[2] = (int64_t)w->v.count;
		return when_ready(&w->io, &q, POLLOUT);
	}
	n = eg__run_vector_window(&w->v, w->done, window, &bytes);
	if (n < 0)
		return n;
	if (window[0].iov_len > PIPE_BUF)
		window[0].iov_len = PIPE_BUF;
	return when_ready(&w->io, &q, POLLOUT);
}

static int64_t write_pipe_piece(struct writing *w)
{
	struct iovec window[EG_RUN_WINDOW], piece;
	struct eg_fd *e = w->io.entry;
	struct eg_run_call q;
	int64_t r;

	if (e->lacks_nowait)
		return write_when_ready(w);
	r = next_piece(w, window, &piece);
	if (r < 0)
		return r;
	q = (struct eg_run_call){
		SYS_pwritev2,
		{ w->io.fd, (int64_t)piece.iov_base, (int64_t)piece.iov_len,
		  AT_POSITION, AT_POSITION, w->flags | RWF_NOWAIT },
	};
	r = eg__run_io_do(&w->io, &q, 0);
	if (r != -EOPNOTSUPP && r != -ENOSYS)
		return r;
	e->lacks_nowait = true;
	return write_when_ready(w);
}

static int64_t write_socket_piece(struct writing *w)
{
	struct iovec window[EG_RUN_WINDOW], piece;
	struct msghdr m = { 0 };
	struct eg_run_call q = {
		SYS_sendmsg,
		{ w->io.fd, (int64_t)&m, w->flags | MSG_DONTWAIT },
	};
	int64_t r;

	/* The next call of the program is to be told, and this one not. */
	if (w->done && eg__run_io_has_failed(&w->io))
		return -EPIPE;
	if (w->done)
		q.a[2] |= MSG_NOSIGNAL;
	if (w->buf) {
		q = (struct eg_run_call){
			SYS_sendto,
			{ w->io.fd, (int64_t)(w->buf + w->done),
			  (int64_t)(w->bytes - w->done), q.a[2], 0, 0 },
		};
		return eg__run_io_do(&w->io, &q, w->bytes - w->done);
	}
	r = next_piece(w, window, &piece);
	if (r < 0)
		return r;
	m.msg_iov = piece.iov_base;
	m.msg_iovlen = piece.iov_len;
	return eg__run_io_do(&w->io, &q, (size_t)r);
}

static int64_t write_all(const struct eg_run_call *c, int fd, struct eg_fd *e,
			 struct writing *w)
{
	bool is_socket = e->kind == EG_FD_SOCKET;
	int64_t r;

	eg__run_io_begin(&w->io, fd, e, EG_DIR_OUT);
	do {
		r = is_socket ? write_socket_piece(w) : write_pipe_piece(w);
		if (r > 0)
			w->done += (size_t)r;
	} while (r > 0 && w->done < w->bytes);
	if (w->done) {
		eg__run_io_end(&w->io);
		return (int64_t)w->done;
	}
	return finish(&w->io, c, r);
}

/* What has no room for a part: it writes all, and blocks as good as never. */
static bool is_rarely_full(const struct eg_fd *e)
{
	return e->kind == EG_FD_STREAM && e->type != EG_RUN_FD_PIPE;
}

/* A terminal that blocked in the middle has taken a part. */
static int64_t write_guarded(const struct eg_run_call *c, struct eg_fd *e,
			     size_t len)
{
	int fd = (int)c->a[0];
	int64_t r = eg__run_guarded_or_offload(c);

	if (r <= 0 || (size_t)r >= len || e->type != EG_RUN_FD_TERMINAL ||
	    eg__run_fd_is_nonblocking(fd, e))
		return r;
	for (size_t done = (size_t)r; done < len; done += (size_t)r) {
		struct eg_run_call q = {
			SYS_write,
			{ fd, c->a[1] + (int64_t)done, (int64_t)(len - done) },
		};

		r = eg__run_guarded_or_offload(&q);
		if (r <= 0)
			return (int64_t)done;
	}
	return (int64_t)len;
}

static int64_t send_flags(const struct eg_fd *e)
{
	return e->type == EG_RUN_FD_SEQPACKET ? MSG_EOR : 0;
}

static int64_t call_write(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	size_t len = (size_t)c->a[2];
	struct iovec iov = { (void *)c->a[1], len };
	struct writing w;
	struct eg_fd *e;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	e = eg__run_fd(fd);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (e->kind == EG_FD_FILE)
		return on_file(c);
	if (eg__run_fd_never_blocks(e))
		return eg__run_kernel(c);
	if (is_rarely_full(e))
		return write_guarded(c, e, len);
	w = (struct writing){ .v = { &iov, 1 },
			      .buf = iov.iov_base,
			      .bytes = len };
	if (e->kind == EG_FD_SOCKET)
		w.flags = send_flags(e);
	return write_all(c, fd, e, &w);
}

static int64_t write_vector(const struct eg_run_call *c, int64_t flags)
{
	int fd = (int)c->a[0];
	struct writing w = {
		.v = { (const struct iovec *)c->a[1], (size_t)c->a[2] },
		.flags = flags,
	};
	struct eg_fd *e;
	int64_t bytes;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	e = eg__run_fd(fd);
	if (eg_unlikely(!e))
		return eg__run_fd_refuse(c, fd);
	if (e->kind == EG_FD_FILE)
		return on_file(c);
	if (w.v.count > IOV_COUNT_MAX || eg__run_fd_never_blocks(e))
		return eg__run_kernel(c);
	if (is_rarely_full(e))
		return eg__run_guarded_or_offload(c);
	bytes = eg__run_vector_bytes(&w.v);
	if (bytes < 0)
		return eg__run_kernel(c);
	w.bytes = (size_t)bytes;
	if (e->kind == EG_FD_SOCKET)
		w.flags = send_flags(e);
	return write_all(c, fd, e, &w);
}

static int64_t call_writev(struct eg_run_call *c)
{
	return write_vector(c, 0);
}

/* Of files, and of the position. */

static int64_t call_positioned(struct eg_run_call *c)
{
	if (eg__run.options.files == EG_RUN_FILES_OFFLOAD)
		return eg__run_offload(c, false);
	return eg__run_kernel(c);
}

static int64_t call_preadv2(struct eg_run_call *c)
{
	if (c->a[3] != AT_POSITION)
		return call_positioned(c);
	if (c->a[5] & RWF_NOWAIT)
		return eg__run_kernel(c);
	return read_vector(c, c->a[5]);
}

static int64_t call_pwritev2(struct eg_run_call *c)
{
	if (c->a[3] != AT_POSITION)
		return call_positioned(c);
	if (c->a[5] & RWF_NOWAIT)
		return eg__run_kernel(c);
	return write_vector(c, c->a[5]);
}

const struct eg_run_row eg__run_rw_rows[] = {
	{ SYS_read, call_read },
	{ SYS_write, call_write },
	{ SYS_readv, call_readv },
	{ SYS_writev, call_writev },
	{ SYS_preadv2, call_preadv2 },
	{ SYS_pwritev2, call_pwritev2 },
	{ SYS_pread64, call_positioned },
	{ SYS_pwrite64, call_positioned },
	{ SYS_preadv, call_positioned },
	{ SYS_pwritev, call_positioned },
	{ SYS_fsync, call_positioned },
	{ SYS_fdatasync, call_positioned },
	{ SYS_sync_file_range, call_positioned },
	{ SYS_ftruncate, call_positioned },
	{ -1, NULL },
};
