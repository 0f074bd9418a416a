/* SPDX-License-Identifier: MIT */
/*
 * Adopting, queueing for, forgetting and closing descriptors.
 */
#include "io/fd.h"

#include "base/sys.h"

#include <evergreen/io.h>

#include <netinet/in.h>

static const struct eg_wait_kind line_wait = {
	.what = "turn on descriptor",
	.is_number = true,
};

static int socket_option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;
	int r = eg__sys_getsockopt(fd, SOL_SOCKET, name, &value, &len);

	return r < 0 ? r : value;
}

/*
 * Whether a short read leaves nothing behind. A datagram can be followed by
 * another. A read of a unix socket ends at descriptors that came along, and one
 * of a pipe at the end of a packet: rare, but no edge would tell of the rest.
 */
static bool is_stream(const struct eg_hub *hub, int fd, bool is_socket)
{
	if (hub->loop.backend->caps & EG_CAP_EDGES)
		return is_socket &&
		       socket_option(fd, SO_PROTOCOL) == IPPROTO_TCP;
	return !is_socket || socket_option(fd, SO_TYPE) == SOCK_STREAM;
}

static int classify(const struct eg_hub *hub, int fd, struct eg_fd *e)
{
	struct stat st;
	int r;

	r = eg__sys_fstat(fd, &st);
	if (r < 0)
		return r;
	if (S_ISSOCK(st.st_mode)) {
		e->kind = EG_FD_SOCKET;
		e->is_stream = is_stream(hub, fd, true);
	} else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ||
		   S_ISDIR(st.st_mode)) {
		e->kind = EG_FD_FILE;
	} else {
		e->kind = EG_FD_STREAM;
		e->is_stream = S_ISFIFO(st.st_mode) &&
			       is_stream(hub, fd, false);
	}
	return 0;
}

int eg__fd_adopt(struct eg_hub *hub, int fd, struct eg_fd **ret)
{
	struct eg_fd *e;
	int r;

	r = eg__fd_table_make(&hub->loop.fds, fd, &e);
	if (r == 0 && e->is_closing)
		r = -EBADF;
	if (r < 0)
		return r;
	r = classify(hub, fd, e);
	if (r < 0)
		return r;
	*ret = e;
	return 0;
}

static struct eg_waiter *first_in_line(const struct eg_fd *e, enum eg_dir dir)
{
	const struct eg_list *line = &e->line[dir];

	if (!eg_list_is_linked(line) || eg_list_is_empty(line))
		return NULL;
	return eg_list_entry(line->next, struct eg_waiter, link);
}

/* Wakes everybody who waits on @e and makes the number mean nothing. */
static void detach(struct eg_hub *hub, int fd, struct eg_fd *e)
{
	struct eg_waiter *w;

	for (enum eg_dir dir = EG_DIR_IN; dir <= EG_DIR_OUT; dir++) {
		struct eg_fiber *user = e->user[dir];

		if (e->pending[dir] && user && user->state == EG_FIBER_PARKED)
			eg__abort_wait(&user->wait, -EBADF);
		while ((w = first_in_line(e, dir)))
			eg__unpark(w, -EBADF);
	}
	hub->loop.backend->ops->forget(hub->loop.backend, fd, e);
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
	struct eg_fd *e;

	if (r < 0)
		return r;
	e = eg__fd_find(&eg__hub()->loop.fds, fd);
	if (e && e->jobs) {
		r = e->is_closing ? -EBADF : 0;
		e->is_closing = true;
		return r;
	}
	return eg__sys_close(fd);
}

void eg__fd_job_begin(struct eg_fd *e)
{
	e->jobs++;
}

void eg__fd_job_end(struct eg_fd *e, int fd)
{
	if (--e->jobs || !e->is_closing)
		return;
	e->is_closing = false;
	eg__sys_close(fd);
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
	r = eg__fd_use(hub, fd, &e);
	if (r < 0)
		return r;
	e->is_queueing = queue;
	return 0;
}

int eg__fd_queue_wait(struct eg_call *c)
{
	struct eg_list *line = &c->entry->line[c->dir];
	struct eg_waiter *w;

	if (!eg_list_is_linked(line))
		eg_list_init(line);
	w = eg__waiter(c->self, &line_wait, (void *)(intptr_t)c->fd);
	eg_list_push_back(line, &w->link);
	/* Whoever ends its call has given us the direction. */
	return eg__park(c->self, c->deadline);
}

void eg__fd_queue_next(struct eg_fd *e, enum eg_dir dir)
{
	struct eg_waiter *w = first_in_line(e, dir);

	if (!w)
		return;
	e->user[dir] = eg__fiber_of(w);
	eg__unpark(w, 0);
}
