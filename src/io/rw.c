/* SPDX-License-Identifier: MIT */
/*
 * eg_read and eg_write, on anything, and waiting for readiness.
 */
#include "base/sys.h"
#include "io/call.h"
#include "io/file.h"

#include <evergreen/io.h>

#include <limits.h>

static int check_buffer(const void *buf, size_t len)
{
	return eg_unlikely(!buf || len > INT_MAX) ? -EINVAL : 0;
}

static void make_op(struct eg_op *op, const struct eg_call *c, void *buf,
		    size_t len)
{
	bool is_in = c->dir == EG_DIR_IN;
	enum eg_op_kind kind = is_in ? EG_OP_READ : EG_OP_WRITE;

	if (c->entry->kind == EG_FD_SOCKET)
		kind = is_in ? EG_OP_RECV : EG_OP_SEND;
	eg__op_init(op, kind, c->fd, c->dir, NULL);
	op->buf = buf;
	op->len = (uint32_t)len;
	op->offset = -1;
}

static ssize_t do_once(struct eg_call *c, void *buf, size_t len)
{
	struct eg_op op;

	if (c->entry->kind == EG_FD_FILE) {
		struct eg_file_rw rw = {
			c->entry, c->fd, c->dir, buf, len, -1,
		};

		return eg__file_rw(c->self, &rw, c->deadline);
	}
	make_op(&op, c, buf, len);
	return eg__call_do(c, &op);
}

ssize_t eg_read(int fd, void *buf, size_t len, int64_t deadline)
{
	struct eg_call c;
	ssize_t r = check_buffer(buf, len);

	if (r < 0)
		return r;
	r = eg__call_begin(&c, fd, EG_DIR_IN, deadline, "eg_read");
	if (r < 0)
		return r;
	r = do_once(&c, buf, len);
	eg__call_end(&c);
	return r;
}

ssize_t eg__write_all(struct eg_call *c, const char *buf, size_t len)
{
	/* The kernel only reads from it. */
	char *from = (char *)(uintptr_t)buf;
	size_t done = 0;
	ssize_t r;

	do {
		if (eg_unlikely(eg__call_is_closed(c)))
			r = -EBADF;
		else
			r = do_once(c, from + done, len - done);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < len);
	return done ? (ssize_t)done : r;
}

ssize_t eg_write(int fd, const void *buf, size_t len, int64_t deadline)
{
	struct eg_call c;
	ssize_t r = check_buffer(buf, len);

	if (r < 0)
		return r;
	r = eg__call_begin(&c, fd, EG_DIR_OUT, deadline, "eg_write");
	if (r < 0)
		return r;
	r = eg__write_all(&c, buf, len);
	eg__call_end(&c);
	return r;
}

/* A wait for both directions stands in the reader's place. */
static int wait_one(int fd, enum eg_dir dir, int events, int64_t deadline)
{
	struct eg_call c;
	struct eg_op op;
	int r;

	r = eg__call_begin(&c, fd, dir, deadline, "eg_wait_fd");
	if (r < 0)
		return r;
	eg__op_init(&op, EG_OP_POLL, fd, dir, NULL);
	op.flags = (uint32_t)events;
	/* poll(2) calls a file ready, always. */
	r = c.entry->kind == EG_FD_FILE ? -EPERM : (int)eg__perform_try(&op);
	if (r == -EAGAIN) {
		op.edge = c.entry->edge[dir];
		r = eg__call_await(&c, &op);
	}
	eg__call_end(&c);
	return r > 0 && r & POLLNVAL ? -EBADF : r;
}

int eg_wait_fd(int fd, int events, int64_t deadline)
{
	if (!events || events & ~(POLLIN | POLLOUT))
		return -EINVAL;
	if (events == POLLOUT)
		return wait_one(fd, EG_DIR_OUT, events, deadline);
	return wait_one(fd, EG_DIR_IN, events, deadline);
}
