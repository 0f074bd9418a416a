/* SPDX-License-Identifier: MIT */
/*
 * Files: reading and writing at an offset, opening, and sending over a socket.
 */
#include "io/file.h"

#include "base/fault.h"
#include "base/sys.h"
#include "io/call.h"
#include "io/fd.h"

#include <evergreen/io.h>
#include <evergreen/net.h>

#include <limits.h>
#include <stdlib.h>

enum { SENDFILE_CHUNK = 64 * 1024 };

static const struct eg_wait_kind file_wait = {
	.what = "file on descriptor",
	.abort = eg__op_abort,
	.is_number = true,
};
static const struct eg_wait_kind open_wait = {
	.what = "open",
	.abort = eg__op_abort,
};

static bool has_async_files(const struct eg_fiber *self)
{
	return self->hub->loop.backend->caps & EG_CAP_FILES;
}

/* A file operation for a helper thread. */
struct file_job {
	int fd;
	enum eg_dir dir;
	void *buf;
	size_t len;
	int64_t offset;
};

static int64_t run_file_job(void *arg)
{
	const struct file_job *j = arg;
	const struct iovec iov = { .iov_base = j->buf, .iov_len = j->len };

	if (j->dir == EG_DIR_IN)
		return eg__sys_preadv2(j->fd, &iov, 1, j->offset, 0);
	return eg__sys_pwritev2(j->fd, &iov, 1, j->offset, 0);
}

static ssize_t rw_waiting(struct eg_fiber *self, struct file_job *j,
			  int64_t deadline)
{
	struct eg_op op;
	int64_t result;
	int r;

	if (!has_async_files(self)) {
		r = eg_offload(run_file_job, j, &result, deadline);
		return r < 0 ? r : (ssize_t)result;
	}
	eg__op_init(&op, j->dir == EG_DIR_IN ? EG_OP_READ : EG_OP_WRITE, j->fd,
		    j->dir, NULL);
	op.buf = j->buf;
	op.len = (uint32_t)j->len;
	op.offset = j->offset;
	return eg__op_await(self, &op, &file_wait, deadline);
}

/* Only what the page cache holds. -EAGAIN: nothing of it. */
static ssize_t rw_cached(const struct file_job *j)
{
	const struct iovec iov = { .iov_base = j->buf, .iov_len = j->len };
	ssize_t r;

	if (j->dir == EG_DIR_IN)
		r = eg__sys_preadv2(j->fd, &iov, 1, j->offset, RWF_NOWAIT);
	else
		r = eg__sys_pwritev2(j->fd, &iov, 1, j->offset, RWF_NOWAIT);
	return r == -EOPNOTSUPP ? -EAGAIN : r;
}

ssize_t eg__file_rw(struct eg_fiber *self, int fd, enum eg_dir dir, void *buf,
		    size_t len, int64_t offset, int64_t deadline)
{
	struct file_job j = { fd, dir, buf, len, offset };
	ssize_t r = rw_cached(&j);

	return r == -EAGAIN ? rw_waiting(self, &j, deadline) : r;
}

static ssize_t rw_at(int fd, enum eg_dir dir, void *buf, size_t len,
		     int64_t offset, int64_t deadline, const char *name)
{
	struct eg_fiber *self = eg__current();
	size_t done = 0;
	ssize_t r;

	if (!buf || len > INT_MAX || offset < 0)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking(name);
	/* A part of it can be in memory; only the end of the file ends it. */
	do {
		r = eg__file_rw(self, fd, dir, (char *)buf + done, len - done,
				offset + (int64_t)done, deadline);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len);
	return done ? (ssize_t)done : r;
}

ssize_t eg_pread(int fd, void *buf, size_t len, int64_t offset,
		 int64_t deadline)
{
	return rw_at(fd, EG_DIR_IN, buf, len, offset, deadline, "eg_pread");
}

ssize_t eg_pwrite(int fd, const void *buf, size_t len, int64_t offset,
		  int64_t deadline)
{
	/* The kernel only reads from it. */
	return rw_at(fd, EG_DIR_OUT, (void *)(uintptr_t)buf, len, offset,
		     deadline, "eg_pwrite");
}

struct open_job {
	const char *path;
	int flags;
	unsigned mode;
};

static int64_t run_open_job(void *arg)
{
	const struct open_job *j = arg;

	return eg__sys_openat(AT_FDCWD, j->path, j->flags, j->mode);
}

int eg_open(const char *path, int flags, unsigned mode, int64_t deadline)
{
	struct open_job j = { path, flags | O_CLOEXEC, mode };
	struct eg_fiber *self = eg__current();
	struct eg_op op;
	int64_t result;
	int r;

	if (!path)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_open");
	if (has_async_files(self)) {
		eg__op_init(&op, EG_OP_OPEN, AT_FDCWD, EG_DIR_IN, NULL);
		op.buf = (void *)(uintptr_t)path;
		op.flags = (uint32_t)j.flags;
		op.len = mode;
		r = eg__op_await(self, &op, &open_wait, deadline);
	} else {
		r = eg_offload(run_open_job, &j, &result, deadline);
		r = r < 0 ? r : (int)result;
	}
	if (r >= 0)
		eg__fd_is_new(self->hub, r);
	return r;
}

static ssize_t send_chunk(int out_fd, const void *buf, size_t len,
			  int64_t deadline)
{
	ssize_t r = eg_send(out_fd, buf, len, 0, deadline);

	return r == -ENOTSOCK ? eg_write(out_fd, buf, len, deadline) : r;
}

static ssize_t send_through(int out_fd, int in_fd, int64_t offset, size_t len,
			    int64_t deadline, char *buf)
{
	size_t done = 0;
	size_t want;
	ssize_t got, sent;

	do {
		want = len - done;
		if (want > SENDFILE_CHUNK)
			want = SENDFILE_CHUNK;
		got = eg_pread(in_fd, buf, want, offset + (int64_t)done,
			       deadline);
		if (got <= 0)
			return done ? (ssize_t)done : got;
		sent = send_chunk(out_fd, buf, (size_t)got, deadline);
		if (sent > 0)
			done += (size_t)sent;
		if (sent < got)
			return done ? (ssize_t)done : sent;
	} while (done < len);
	return (ssize_t)done;
}

ssize_t eg_sendfile(int out_fd, int in_fd, int64_t offset, size_t len,
		    int64_t deadline)
{
	char *buf;
	ssize_t r;

	if (offset < 0)
		return -EINVAL;
	if (!eg__current())
		return eg__refuse_blocking("eg_sendfile");
	if (!len)
		return 0;
	buf = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(SENDFILE_CHUNK);
	if (!buf)
		return -ENOMEM;
	r = send_through(out_fd, in_fd, offset, len, deadline, buf);
	free(buf);
	return r;
}
