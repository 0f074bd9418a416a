/* SPDX-License-Identifier: MIT */
/*
 * The loop with its n-th allocation or system call failing, for every n: each
 * op still completes once or is refused, and nothing is left behind.
 */
#include "egt.h"

#include "base/alloc.h"
#include "base/fault.h"
#include "loop/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { POINTS_MAX = 500 };

struct fixture {
	struct eg_poller loop;
	struct eg_op op;
	int completions;
	int pair[2];
	int pipe[2];
	struct sockaddr_in address;
	int listener;
	char buf[16];
};

static void on_done(struct eg_op *op)
{
	eg_container_of(op, struct fixture, op)->completions++;
}

/* Submits the op and sees it through, cancelled if @cancel. What the result
 * is, the faults decide; that there is one is the test. */
static void run_op(struct fixture *f, bool cancel)
{
	struct eg_poller *l = &f->loop;
	struct eg_fd *e;
	int r = 0;

	f->completions = 0;
	if (f->op.fd >= 0) {
		r = eg__fd_table_make(&l->fds, f->op.fd, &e);
		if (r < 0)
			return;
		f->op.edge = e->edge[f->op.dir];
	}
	r = eg__poller_submit(l, &f->op);
	if (r < 0) {
		egt_eq(f->op.state, EG_OP_IDLE);
		egt_eq(l->backend->in_flight, 0);
		return;
	}
	if (cancel)
		eg__poller_cancel(l, &f->op);
	/* A wait that the kernel refused is waited again. */
	while (!f->completions)
		eg__poller_turn(l, INT64_MAX);
	egt_eq(f->completions, 1);
	egt_eq(l->backend->in_flight, 0);
}

static void init_op(struct fixture *f, enum eg_op_kind kind, int fd,
		    enum eg_dir dir)
{
	eg__op_init(&f->op, kind, fd, dir, on_done);
	f->op.buf = f->buf;
	f->op.len = sizeof(f->buf);
	f->op.offset = -1;
}

/* A watch that is granted holds until it is forgotten, whatever fails. */
static void watch_pipe(struct fixture *f)
{
	int fd = f->pipe[0];
	struct eg_fd *e;
	uint32_t edges;

	if (eg__fd_table_make(&f->loop.fds, fd, &e) < 0 ||
	    eg__poller_watch(&f->loop, fd, e) < 0)
		return;
	edges = e->edge[EG_DIR_IN];
	egt_eq(write(f->pipe[1], "x", 1), 1);
	while (e->edge[EG_DIR_IN] == edges)
		eg__poller_turn(&f->loop, INT64_MAX);
	eg__poller_forget(&f->loop, fd, e);
	egt_true(!e->is_watched);
}

static int ready_calls, lost_calls; /* in this process */

static void count_ready(struct eg_poller *l, int fd, struct eg_fd *e,
			uint32_t events)
{
	(void)l;
	(void)fd;
	egt_true(e->wanted && events);
	ready_calls++;
}

static void count_lost(struct eg_poller *l, int fd, struct eg_fd *e)
{
	(void)l;
	(void)fd;
	egt_eq(e->wanted, 0);
	lost_calls++;
}

/* Turns until the want is reported again, or given up. */
static void await_report(struct fixture *f)
{
	int ready = ready_calls, lost = lost_calls;

	while (ready_calls == ready && lost_calls == lost)
		eg__poller_turn(&f->loop, INT64_MAX);
}

/* The same of a want. It is closed while a duplicate stays, so that epoll has
 * to begin anew, with what is wanted beside it. */
static void want_pipe(struct fixture *f)
{
	struct eg_poller *l = &f->loop;
	int fd = f->pipe[0], gone = dup(fd);
	struct eg_fd *e, *e_gone;

	l->on_ready = count_ready;
	l->on_lost = count_lost;
	if (eg__fd_table_make(&l->fds, fd, &e) == 0 &&
	    eg__fd_table_make(&l->fds, gone, &e_gone) == 0 &&
	    eg__poller_want(l, fd, e, EPOLLIN, true) == 0) {
		egt_eq(write(f->pipe[1], "x", 1), 1);
		await_report(f);
		l->backend->ops->pollable_fd(l->backend);
		eg__poller_want(l, gone, e_gone, EPOLLIN, true);
		eg__poller_turn(l, 0);
		close(gone);
		eg__poller_forget(l, gone, e_gone);
		gone = -1;
		for (int i = 0; e->wanted && i < 3; i++)
			await_report(f);
		eg__poller_want(l, fd, e, EPOLLOUT, false);
		eg__poller_want(l, fd, e, 0, false);
		egt_eq(l->backend->wanted, 0);
	}
	if (gone >= 0)
		close(gone);
}

static void run_ops(struct fixture *f)
{
	int connecting = socket(AF_INET, SOCK_STREAM, 0);
	struct eg_fd *e;

	init_op(f, EG_OP_RECV, f->pair[0], EG_DIR_IN);
	run_op(f, true);
	egt_eq(write(f->pair[1], "x", 1), 1);
	run_op(f, false);
	init_op(f, EG_OP_POLL, f->pair[0], EG_DIR_OUT);
	f->op.flags = POLLOUT;
	run_op(f, false);
	init_op(f, EG_OP_READ, f->pipe[0], EG_DIR_IN);
	egt_eq(write(f->pipe[1], "x", 1), 1);
	run_op(f, false);
	watch_pipe(f);
	want_pipe(f);
	init_op(f, EG_OP_CONNECT, connecting, EG_DIR_OUT);
	f->op.addr = (struct sockaddr *)&f->address;
	f->op.offset = sizeof(f->address);
	run_op(f, false);
	e = eg__fd_find(&f->loop.fds, connecting);
	if (e)
		f->loop.backend->ops->forget(f->loop.backend, connecting, e);
	close(connecting);
	eg__poller_turn(&f->loop, f->loop.now + 1000000);
}

static void run_once(const char *backend)
{
	socklen_t len = sizeof(struct sockaddr_in);
	struct fixture f = {
		.address = { .sin_family = AF_INET,
			     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
	};

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, f.pair), 0);
	egt_eq(pipe(f.pipe), 0);
	f.listener = socket(AF_INET, SOCK_STREAM, 0);
	egt_eq(bind(f.listener, (struct sockaddr *)&f.address, len), 0);
	egt_eq(listen(f.listener, 8), 0);
	egt_eq(getsockname(f.listener, (struct sockaddr *)&f.address, &len), 0);
	if (eg__poller_open(&f.loop, backend) == 0)
		run_ops(&f);
	eg__poller_close(&f.loop);
	for (int i = 0; i < 2; i++) {
		close(f.pair[i]);
		close(f.pipe[i]);
	}
	close(f.listener);
}

static void fail_each_point(const char *backend)
{
	int fds = egt_fd_count();
	uint64_t bytes = eg__pages_live_bytes();

	for (int n = 1; n < POINTS_MAX; n++) {
		egt_casef("%s, point %d", backend, n);
		eg__faults = (struct eg_faults){ .countdown = n,
						 .only_nr = EG_FAULT_ANY };
		run_once(backend);
		egt_eq(egt_fd_count(), fds);
		egt_eq(eg__pages_live_bytes(), bytes);
		if (!eg__faults.fired)
			return;
	}
	egt_fail("still failing after %d points", POINTS_MAX);
}

EG_TEST_PLAIN(faults_on_io_uring)
{
	struct eg_poller l = { 0 };

	if (eg__poller_open(&l, "io_uring") < 0)
		egt_skip("the kernel refuses io_uring");
	eg__poller_close(&l);
	fail_each_point("io_uring");
}

EG_TEST_PLAIN(faults_on_epoll)
{
	fail_each_point("epoll");
}

EG_TEST_PLAIN(faults_on_poll)
{
	fail_each_point("poll");
}

EG_TEST_PLAIN(faults_on_select)
{
	fail_each_point("select");
}

EG_TEST_PLAIN(faults_on_sim)
{
	fail_each_point("sim");
}

/* A refusal by a filter is told apart, so that a hub can take epoll. */
EG_TEST_PLAIN(a_loop_falls_back_where_io_uring_is_forbidden)
{
	static const int refusals[] = { -EPERM, -ENOSYS };
	struct eg_poller l = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		eg__faults = (struct eg_faults){
			.countdown = 1,
			.error = refusals[i],
			.only_nr = SYS_io_uring_setup,
		};
		egt_eq(eg__poller_open(&l, NULL), 0);
		egt_str_eq(l.backend->ops->name, "epoll");
		eg__poller_close(&l);
		eg__faults.countdown = 1;
		egt_eq(eg__poller_open(&l, "io_uring"), refusals[i]);
		eg__poller_close(&l);
	}
}

/* An old kernel has no nanosecond timeouts in epoll. */
EG_TEST_PLAIN(epoll_waits_in_milliseconds_where_it_must)
{
	struct eg_poller l = { 0 };
	int64_t deadline;

	eg__faults = (struct eg_faults){
		.countdown = 1,
		.error = -ENOSYS,
		.only_nr = SYS_epoll_pwait2,
	};
	egt_eq(eg__poller_open(&l, "epoll"), 0);
	deadline = l.now + 2500000;
	while (l.now < deadline)
		egt_eq(eg__poller_turn(&l, deadline), 0);
	egt_eq(eg__faults.fired, 1);
	eg__poller_close(&l);
}
