/* SPDX-License-Identifier: MIT */
/*
 * The rig of the loop's tests.
 */
#include "loop_rig.h"

#include "base/sys.h"

#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IDLE_TURNS = 4 };

static int completed; /* in this process */

/* In a child: what is not prepared for it dies of it. */
static bool select_takes_many(void)
{
	enum { LAST = 2 * FD_SETSIZE, BITS = 8 * sizeof(unsigned long) };
	static unsigned long set[LAST / BITS + 1];
	static const struct timespec no_time;
	pid_t pid = fork();
	int status, r;

	egt_le(0, pid);
	if (pid == 0) {
		set[LAST / BITS] = 1;
		/* What is not open counts only within the table. */
		r = eg__sys_select(LAST + 1, set, NULL, NULL, &no_time);
		_exit(r != 0 && r != -EBADF);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

void rig_on_each(void (*body)(struct eg_poller *l), bool is_of_many)
{
	static const char *const names[] = { "io_uring", "epoll", "poll",
					     "select", "sim" };
	struct eg_poller l = { 0 };
	int before, r;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		egt_case(names[i]);
		if (is_of_many && !strcmp(names[i], "select") &&
		    !select_takes_many())
			continue;
		before = egt_fd_count();
		r = eg__poller_open(&l, names[i]);
		if (i == 0 && (r == -ENOSYS || r == -EPERM))
			continue;
		egt_eq(r, 0);
		body(&l);
		egt_eq(l.backend->in_flight, 0);
		eg__poller_close(&l);
		egt_eq(egt_fd_count(), before);
	}
}

bool rig_is(const struct eg_poller *l, const char *backend)
{
	return !strcmp(l->backend->ops->name, backend);
}

bool rig_watches(const struct eg_poller *l)
{
	return rig_is(l, "io_uring") || rig_is(l, "epoll");
}

static void op_done(struct eg_op *op)
{
	struct rig_op *r = eg_container_of(op, struct rig_op, op);

	egt_eq(op->state, EG_OP_IDLE);
	r->completions++;
	r->result = op->result;
	r->order = ++completed;
	if (r->then)
		r->then(r);
}

void rig_init(struct rig_op *r, struct eg_poller *l, enum eg_op_kind kind,
	      int fd, enum eg_dir dir)
{
	memset(r, 0, sizeof(*r));
	r->loop = l;
	eg__op_init(&r->op, kind, fd, dir, op_done);
	r->op.buf = r->buf;
	r->op.len = sizeof(r->buf);
	r->op.offset = -1;
}

void rig_recv(struct rig_op *r, struct eg_poller *l, int fd)
{
	rig_init(r, l, EG_OP_RECV, fd, EG_DIR_IN);
}

void rig_send(struct rig_op *r, struct eg_poller *l, int fd, const char *text)
{
	rig_init(r, l, EG_OP_SEND, fd, EG_DIR_OUT);
	r->op.len = (uint32_t)strlen(text);
	memcpy(r->buf, text, r->op.len);
}

void rig_poll(struct rig_op *r, struct eg_poller *l, int fd, unsigned events)
{
	rig_init(r, l, EG_OP_POLL, fd,
		 events == POLLOUT ? EG_DIR_OUT : EG_DIR_IN);
	r->op.flags = events;
}

struct eg_fd *rig_entry(struct eg_poller *l, int fd)
{
	struct eg_fd *e;

	egt_eq(eg__fd_table_make(&l->fds, fd, &e), 0);
	return e;
}

int rig_try_submit(struct rig_op *r)
{
	if (r->op.fd >= 0)
		r->op.edge = rig_entry(r->loop, r->op.fd)->edge[r->op.dir];
	return eg__poller_submit(r->loop, &r->op);
}

void rig_submit(struct rig_op *r)
{
	egt_eq(rig_try_submit(r), 0);
	egt_eq(r->op.state, EG_OP_IN_FLIGHT);
}

void rig_finish(struct rig_op *r)
{
	int before = r->completions;

	while (r->completions == before && r->op.state == EG_OP_IN_FLIGHT)
		egt_eq(eg__poller_turn(r->loop, INT64_MAX), 0);
}

void rig_idle(struct eg_poller *l)
{
	for (int i = 0; i < IDLE_TURNS; i++)
		egt_eq(eg__poller_turn(l, 0), 0);
}

void rig_close(struct eg_poller *l, int fd)
{
	struct eg_fd *e = rig_entry(l, fd);

	l->backend->ops->forget(l->backend, fd, e);
	eg__fd_reset(e);
	egt_eq(close(fd), 0);
}

void rig_pair(int fds[2])
{
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
}
