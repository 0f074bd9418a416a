/* SPDX-License-Identifier: MIT */
/*
 * READ and WRITE on what is no socket: pipes, eventfds, files.
 */
#include "loop_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

static void read_op(struct rig_op *r, struct eg_poller *l, int fd)
{
	rig_init(r, l, EG_OP_READ, fd, EG_DIR_IN);
}

LOOP_TEST(read_of_a_pipe_waits_in_either_mode)
{
	static const int modes[] = { 0, O_NONBLOCK };
	struct rig_op r;
	int fds[2];

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		egt_eq(pipe2(fds, modes[i]), 0);
		read_op(&r, l, fds[0]);
		rig_submit(&r);
		rig_idle(l);
		egt_eq(r.completions, 0);
		egt_eq(write(fds[1], "pipe", 4), 4);
		rig_finish(&r);
		egt_eq(r.result, 4);
		rig_submit(&r);
		rig_idle(l);
		egt_eq(close(fds[1]), 0);
		rig_finish(&r);
		egt_eq(r.result, 0);
		rig_close(l, fds[0]);
	}
}

LOOP_TEST(write_to_a_full_pipe_waits)
{
	static const char page[4096];
	char drain[4096];
	struct rig_op r;
	int fds[2];

	egt_eq(pipe2(fds, O_NONBLOCK), 0);
	while (write(fds[1], page, sizeof(page)) > 0)
		;
	rig_init(&r, l, EG_OP_WRITE, fds[1], EG_DIR_OUT);
	rig_submit(&r);
	rig_idle(l);
	egt_eq(r.completions, 0);
	while (read(fds[0], drain, sizeof(drain)) > 0)
		;
	rig_finish(&r);
	egt_eq(r.result, sizeof(r.buf));
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(read_of_an_eventfd_waits_in_either_mode)
{
	static const int modes[] = { 0, EFD_NONBLOCK };
	uint64_t one = 1;
	struct rig_op r;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int fd = eventfd(0, modes[i]);

		read_op(&r, l, fd);
		r.op.len = sizeof(one);
		rig_submit(&r);
		rig_idle(l);
		egt_eq(r.completions, 0);
		egt_eq(write(fd, &one, sizeof(one)), sizeof(one));
		rig_finish(&r);
		egt_eq(r.result, sizeof(one));
		rig_close(l, fd);
	}
}

static int make_file(char path[32])
{
	int fd;

	strcpy(path, "/tmp/loop_stream.XXXXXX");
	fd = mkstemp(path);
	egt_le(0, fd);
	egt_eq(write(fd, "0123456789", 10), 10);
	return fd;
}

/* inotify knows no RWF_NOWAIT. */
LOOP_TEST(read_of_what_knows_no_nowait_waits)
{
	static const int modes[] = { 0, IN_NONBLOCK };
	char path[32];
	struct rig_op r;
	int file = make_file(path);

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int fd = inotify_init1(modes[i]);

		egt_le(0, inotify_add_watch(fd, path, IN_MODIFY));
		read_op(&r, l, fd);
		rig_submit(&r);
		rig_idle(l);
		egt_eq(r.completions, 0);
		egt_eq(write(file, "x", 1), 1);
		rig_finish(&r);
		egt_eq(r.result, sizeof(struct inotify_event));
		rig_submit(&r);
		rig_idle(l);
		eg__poller_cancel(l, &r.op);
		rig_finish(&r);
		egt_eq(r.result, -ECANCELED);
		rig_close(l, fd);
	}
	close(file);
	unlink(path);
}

LOOP_TEST(files_are_asynchronous_or_refused)
{
	char path[32];
	struct rig_op a, b, open;
	int fd = make_file(path);

	read_op(&a, l, fd);
	a.op.offset = 3;
	a.op.len = 2;
	read_op(&b, l, fd);
	b.op.offset = 8;
	rig_init(&open, l, EG_OP_OPEN, AT_FDCWD, EG_DIR_IN);
	open.op.buf = path;
	open.op.flags = O_RDONLY | O_CLOEXEC;
	open.op.len = 0;
	if (l->backend->caps & EG_CAP_FILES) {
		/* Any number at once. */
		rig_submit(&a);
		rig_submit(&b);
		rig_submit(&open);
		rig_finish(&a);
		rig_finish(&b);
		rig_finish(&open);
		egt_eq(a.result, 2);
		egt_true(!memcmp(a.buf, "34", 2));
		egt_eq(b.result, 2);
		egt_true(!memcmp(b.buf, "89", 2));
		egt_le(0, open.result);
		close(open.result);
	} else {
		egt_eq(rig_try_submit(&a), -EOPNOTSUPP);
		egt_eq(rig_try_submit(&open), -EOPNOTSUPP);
		a.op.offset = -1;
		egt_eq(rig_try_submit(&a), -EOPNOTSUPP);
		a.op.kind = EG_OP_POLL;
		egt_eq(rig_try_submit(&a), -EPERM);
		a.op.kind = EG_OP_RECV;
		egt_eq(rig_try_submit(&a), -ENOTSOCK);
		egt_eq(l->backend->in_flight, 0);
	}
	unlink(path);
	rig_close(l, fd);
}
