/* SPDX-License-Identifier: MIT */
/*
 * I/O calls: taking a direction, waiting for an op, closing under a waiter.
 */
#include "io/call.h"

#include "base/check.h"
#include "base/log.h"
#include "base/sys.h"
#include "io/fd.h"

static const struct eg_wait_kind read_wait = {
	.what = "input on descriptor",
	.abort = eg__op_abort,
	.is_number = true,
};
static const struct eg_wait_kind write_wait = {
	.what = "output on descriptor",
	.abort = eg__op_abort,
	.is_number = true,
};

static const char *verb(enum eg_dir dir)
{
	return dir == EG_DIR_IN ? "read" : "write";
}

static EG_COLD int direction_taken(struct eg_call *c)
{
	struct eg_fiber *other = c->entry->user[c->dir];
	int r;

	if (c->entry->is_queueing) {
		r = eg__fd_queue_wait(c);
		/* It can be closed between our turn's coming and our running.*/
		return r == 0 && eg__call_is_closed(c) ? -EBADF : r;
	}
	eg__log(EG_LOG_WARNING,
		"fiber %lu '%s' may not %s descriptor %d: fiber %lu '%s' does",
		c->self->id, c->self->name, verb(c->dir), c->fd, other->id,
		other->name);
	return -EBUSY;
}

int eg__call_begin(struct eg_call *c, int fd, enum eg_dir dir, int64_t deadline,
		   const char *name)
{
	struct eg_fiber *self = eg__current();
	struct eg_fd *e;
	int r;

	if (eg_unlikely(!self))
		return eg__refuse_blocking(name);
	r = eg__fd_use(self->hub, fd, &e);
	if (eg_unlikely(r < 0))
		return r;
	*c = (struct eg_call){
		.self = self,
		.entry = e,
		.fd = fd,
		.dir = dir,
		.generation = e->generation,
		.deadline = deadline,
	};
	if (eg_unlikely(e->user[dir]))
		return direction_taken(c);
	e->user[dir] = self;
	return 0;
}

void eg__call_end(struct eg_call *c)
{
	if (eg_unlikely(eg__call_is_closed(c)))
		return;
	c->entry->user[c->dir] = NULL;
	if (eg_unlikely(eg_list_is_linked(&c->entry->line[c->dir])))
		eg__fd_queue_next(c->entry, c->dir);
}

void eg__op_abort(struct eg_waiter *w, int reason)
{
	struct eg_op *op = w->value;

	if (op->abort_reason)
		return;
	op->abort_reason = reason;
	eg__poller_cancel(&w->hub->loop, op);
}

static void op_done(struct eg_op *op)
{
	struct eg_fiber *f = op->owner;
	int result = op->result;

	if (result == -ECANCELED && op->abort_reason)
		result = op->abort_reason;
	eg__unpark(&f->wait, result);
}

int eg__op_await(struct eg_fiber *self, struct eg_op *op,
		 const struct eg_wait_kind *kind, int64_t deadline)
{
	int r;

	r = eg__park_check(self, deadline);
	if (eg_unlikely(r < 0))
		return r;
	op->owner = self;
	op->done = op_done;
	r = eg__poller_submit(&self->hub->loop, op);
	if (eg_unlikely(r < 0))
		return r;
	eg__waiter(self, kind, (void *)(intptr_t)op->fd)->value = op;
	return eg__park(self, deadline);
}

int eg__call_await(struct eg_call *c, struct eg_op *op)
{
	struct eg_fd *e = c->entry;
	int r;

	if (eg_unlikely(eg__call_is_closed(c)))
		return -EBADF;
	r = eg__op_await(c->self, op,
			 c->dir == EG_DIR_IN ? &read_wait : &write_wait,
			 c->deadline);
	if (eg_unlikely(eg__call_is_closed(c)))
		return r < 0 ? -EBADF : r;
	/* The op found it as its edge counter says, or filled the buffer. */
	if (r > 0) {
		e->drained[c->dir] = op->edge - 1;
		eg__note_result(e, c->dir, op->edge, r, op->len);
	}
	return r;
}

ssize_t eg__call_do(struct eg_call *c, struct eg_op *op)
{
	struct eg_fd *e = c->entry;
	ssize_t r;

	op->edge = e->edge[c->dir];
	/* Nothing needs no room: it is for the kernel to say. */
	if (eg__call_must_try(c) || eg_unlikely(!op->len)) {
		r = eg__perform_try(op);
		eg__note_result(e, c->dir, op->edge, r, op->len);
		if (r != -EAGAIN)
			return r;
	}
	return eg__call_await(c, op);
}
