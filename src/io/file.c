/* SPDX-License-Identifier: MIT */
/*
 * Files: reading and writing at an offset, and sending over a socket.
 */
#include "io/file.h"

#include "base/fault.h"
#include "base/sys.h"
#include "io/call.h"
#include "io/fd.h"

#include <evergreen/io.h>

#include <limits.h>
#include <stdlib.h>

enum { SENDFILE_CHUNK = 64 * 1024 };

static const struct eg_wait_kind file_wait = {
	.what = "file on descriptor",
	.abort = eg__op_abort,
	.is_number = true,
};
static ssize_t call(const struct eg_file_rw *rw, int flags)
{
	const struct iovec iov = { .iov_base = rw->buf, .iov_len = rw->len };

	if (rw->dir == EG_DIR_IN)
		return eg__sys_preadv2(rw->fd, &iov, 1, rw->offset, flags);
	return eg__sys_pwritev2(rw->fd, &iov, 1, rw->offset, flags);
}

static int64_t run_file_job(void *arg)
{
	return call(arg, 0);
}

static ssize_t rw_on_thread(struct eg_file_rw *rw, int64_t deadline)
{
	int64_t result;
	int r;

	eg__fd_job_begin(rw->entry);
	r = eg_offload(run_file_job, rw, &result, deadline);
	eg__fd_job_end(rw->entry, rw->fd);
	return r < 0 ? r : (ssize_t)result;
}

static ssize_t rw_async(struct eg_fiber *self, const struct eg_file_rw *rw,
			int64_t deadline)
{
	struct eg_op op;

	eg__op_init(&op, rw->dir == EG_DIR_IN ? EG_OP_READ : EG_OP_WRITE,
		    rw->fd, rw->dir, NULL);
	op.buf = rw->buf;
	op.len = (uint32_t)rw->len;
	op.offset = rw->offset;
	return eg__op_await(self, &op, &file_wait, deadline);
}

ssize_t eg__file_rw(struct eg_fiber *self, struct eg_file_rw *rw,
		    int64_t deadline)
{
	/* Only what the page cache holds. */
	ssize_t r = call(rw, RWF_NOWAIT);

	if (r != -EAGAIN && r != -EOPNOTSUPP)
		return r;
	if (eg__has_async_files(self))
		return rw_async(self, rw, deadline);
	return rw_on_thread(rw, deadline);
}

/* A file that a fiber reads or writes by offset, as many others may. */
struct file {
	struct eg_fiber *self;
	struct eg_fd *entry; /* borrowed: entries never move */
	int fd;
	uint32_t generation; /* differs from the entry's: it was closed */
};

static int use_file(struct file *f, int fd, const char *name)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!self)
		return eg__refuse_blocking(name);
	*f = (struct file){ .self = self, .fd = fd };
	r = eg__fd_use(self->hub, fd, &f->entry);
	if (r == 0)
		f->generation = f->entry->generation;
	return r;
}

/* A part of it can be in memory; only the end of the file ends it. */
static ssize_t rw_all(const struct file *f, enum eg_dir dir, char *buf,
		      size_t len, int64_t offset, int64_t deadline)
{
	size_t done = 0;
	ssize_t r;

	do {
		struct eg_file_rw rw = {
			.entry = f->entry,
			.fd = f->fd,
			.dir = dir,
			.buf = buf + done,
			.len = len - done,
			.offset = offset + (int64_t)done,
		};

		if (f->generation != f->entry->generation)
			r = -EBADF;
		else
			r = eg__file_rw(f->self, &rw, deadline);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len);
	return done ? (ssize_t)done : r;
}

static int check_range(const void *buf, size_t len, int64_t offset)
{
	return !buf || len > INT_MAX || offset < 0 ? -EINVAL : 0;
}

ssize_t eg_pread(int fd, void *buf, size_t len, int64_t offset,
		 int64_t deadline)
{
	struct file f;
	int r = check_range(buf, len, offset);

	if (r == 0)
		r = use_file(&f, fd, "eg_pread");
	return r < 0 ? r : rw_all(&f, EG_DIR_IN, buf, len, offset, deadline);
}

ssize_t eg_pwrite(int fd, const void *buf, size_t len, int64_t offset,
		  int64_t deadline)
{
	/* The kernel only reads from it. */
	char *from = (char *)(uintptr_t)buf;
	struct file f;
	int r = check_range(buf, len, offset);

	if (r == 0)
		r = use_file(&f, fd, "eg_pwrite");
	return r < 0 ? r : rw_all(&f, EG_DIR_OUT, from, len, offset, deadline);
}

static ssize_t send_through(struct eg_call *out, const struct file *in,
			    int64_t offset, size_t len, char *buf)
{
	size_t done = 0;
	size_t want;
	ssize_t got, sent;

	do {
		want = len - done;
		if (want > SENDFILE_CHUNK)
			want = SENDFILE_CHUNK;
		got = rw_all(in, EG_DIR_IN, buf, want, offset + (int64_t)done,
			     out->deadline);
		if (got <= 0)
			return done ? (ssize_t)done : got;
		sent = eg__write_all(out, buf, (size_t)got);
		if (sent > 0)
			done += (size_t)sent;
		if (sent < got)
			return done ? (ssize_t)done : sent;
	} while (done < len);
	return (ssize_t)done;
}

static ssize_t send_file(struct eg_call *out, const struct file *in,
			 int64_t offset, size_t len)
{
	char *buf = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(SENDFILE_CHUNK);
	ssize_t r;

	if (!buf)
		return -ENOMEM;
	r = send_through(out, in, offset, len, buf);
	free(buf);
	return r;
}

ssize_t eg_sendfile(int out_fd, int in_fd, int64_t offset, size_t len,
		    int64_t deadline)
{
	struct eg_call out;
	struct file in;
	ssize_t r;

	if (offset < 0)
		return -EINVAL;
	r = use_file(&in, in_fd, "eg_sendfile");
	if (r < 0)
		return r;
	/* Held until the end, so that nobody writes in between. */
	r = eg__call_begin(&out, out_fd, EG_DIR_OUT, deadline, "eg_sendfile");
	if (r < 0)
		return r;
	r = len ? send_file(&out, &in, offset, len) : 0;
	eg__call_end(&out);
	return r;
}
