/* SPDX-License-Identifier: MIT */
/*
 * Adopting, queueing for, forgetting and closing descriptors.
 */
#include "io/fd.h"

#include "base/fault.h"
#include "base/sys.h"
#include "sync/wait_queue.h"

#include <evergreen/io.h>

#include <stdlib.h>

/* Who waits in line; made when a descriptor is first set to queue, kept. */
struct fd_queue {
	struct eg_wait_queue line[2]; /* per enum eg_dir */
};

static const struct eg_wait_kind line_wait = {
	.what = "turn on descriptor",
	.is_number = true,
};

static int classify(int fd, struct eg_fd *e)
{
	socklen_t len = sizeof(int);
	struct stat st;
	int type = 0;
	int r;

	r = eg__sys_fstat(fd, &st);
	if (r < 0)
		return r;
	if (S_ISSOCK(st.st_mode)) {
		e->kind = EG_FD_SOCKET;
		/* A datagram is short without being the last one. */
		e->is_stream = eg__sys_getsockopt(fd, SOL_SOCKET, SO_TYPE,
						  &type, &len) == 0 &&
			       type == SOCK_STREAM;
	} else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ||
		   S_ISDIR(st.st_mode)) {
		e->kind = EG_FD_FILE;
	} else {
		e->kind = EG_FD_STREAM;
		e->is_stream = S_ISFIFO(st.st_mode);
	}
	return 0;
}

int eg__fd_adopt(struct eg_hub *hub, int fd, struct eg_fd **ret)
{
	struct eg_fd *e;
	int r;

	r = eg__fd_table_make(&hub->loop.fds, fd, &e);
	if (r < 0)
		return r;
	r = classify(fd, e);
	if (r < 0)
		return r;
	*ret = e;
	return 0;
}

/* Wakes everybody who waits on @e and makes the number mean nothing. */
static void detach(struct eg_hub *hub, int fd, struct eg_fd *e)
{
	struct fd_queue *q = e->queue;
	struct eg_waiter *w;

	for (int dir = 0; dir < 2; dir++) {
		struct eg_fiber *user = e->user[dir];

		if (e->pending[dir] && user && user->state == EG_FIBER_PARKED)
			eg__abort_wait(&user->wait, -EBADF);
		while (q && (w = eg__queue_first(&q->line[dir])))
			eg__unpark(w, -EBADF);
	}
	hub->loop.backend->ops->forget(hub->loop.backend, fd, e);
	free(q);
	e->queue = NULL;
	eg__fd_reset(e);
}

void eg__fd_is_new(struct eg_hub *hub, int fd)
{
	struct eg_fd *e = eg__fd_find(&hub->loop.fds, fd);

	if (e && e->kind != EG_FD_UNKNOWN)
		detach(hub, fd, e);
}

int eg_fd_forget(int fd)
{
	struct eg_hub *hub = eg__hub();

	if (!hub)
		return -EPERM;
	if (fd < 0)
		return -EBADF;
	eg__fd_is_new(hub, fd);
	return 0;
}

int eg_close(int fd)
{
	int r = eg_fd_forget(fd);

	return r < 0 ? r : eg__sys_close(fd);
}

int eg_fd_queue(int fd, bool queue)
{
	struct eg_hub *hub = eg__hub();
	struct eg_fd *e;
	int r;

	if (!hub)
		return -EPERM;
	if (fd < 0)
		return -EBADF;
	r = eg__fd_adopt(hub, fd, &e);
	if (r < 0)
		return r;
	if (queue && !e->queue) {
		if (!eg__fault(EG_FAULT_ALLOC))
			e->queue = calloc(1, sizeof(struct fd_queue));
		if (!e->queue)
			return -ENOMEM;
	}
	e->is_queueing = queue;
	return 0;
}

int eg__fd_queue_wait(struct eg_call *c)
{
	struct fd_queue *q = c->entry->queue;

	/* Whoever ends its call has given us the direction. */
	return eg__queue_wait(&q->line[c->dir], c->self, &line_wait,
			      (void *)(intptr_t)c->fd, c->deadline);
}

void eg__fd_queue_next(struct eg_fd *e, enum eg_dir dir)
{
	struct fd_queue *q = e->queue;
	struct eg_waiter *w = eg__queue_first(&q->line[dir]);

	if (!w)
		return;
	e->user[dir] = w->fiber;
	eg__unpark(w, 0);
}
