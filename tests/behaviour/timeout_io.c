/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for descriptors: rows for timeout_calls.h. Tests no behaviour
 * itself.
 */
#include "timeout_calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_up_pipe(struct call_rig *r)
{
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
}

static void set_up_full_pipe(struct call_rig *r)
{
	static const char zeros[4096];
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(fd[1], zeros, sizeof(zeros)) > 0)
		;
	r->fd[0] = fd[1];
	r->peer[r->peers++] = fd[0];
}

static void set_up_socket(struct call_rig *r)
{
	int fd[2];

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0, fd),
	       0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
}

static void set_up_full_socket(struct call_rig *r)
{
	static const char zeros[4096];

	set_up_socket(r);
	while (write(r->fd[0], zeros, sizeof(zeros)) > 0)
		;
}

static void wake_reader(struct call_rig *r)
{
	egt_eq(write(r->peer[0], "ab", 2), 2);
}

static void wake_writer(struct call_rig *r)
{
	static char sink[1 << 20];

	while (read(r->peer[0], sink, sizeof(sink)) > 0)
		;
}

static int64_t call_read(struct call_rig *r, int64_t deadline)
{
	char c;

	return eg_read(r->fd[0], &c, 1, deadline);
}

static int64_t call_write(struct call_rig *r, int64_t deadline)
{
	return eg_write(r->fd[0], "w", 1, deadline);
}

static int64_t call_recv(struct call_rig *r, int64_t deadline)
{
	char c;

	return eg_recv(r->fd[0], &c, 1, 0, deadline);
}

static int64_t call_send(struct call_rig *r, int64_t deadline)
{
	return eg_send(r->fd[0], "s", 1, 0, deadline);
}

static int64_t call_wait_in(struct call_rig *r, int64_t deadline)
{
	return eg_wait_fd(r->fd[0], POLLIN, deadline);
}

static int64_t call_wait_out(struct call_rig *r, int64_t deadline)
{
	return eg_wait_fd(r->fd[0], POLLOUT, deadline);
}

static void set_up_sendfile(struct call_rig *r)
{
	set_up_full_socket(r);
	r->fd[1] = memfd_create("source", MFD_CLOEXEC);
	egt_eq(write(r->fd[1], "file", 4), 4);
}

static int64_t call_sendfile(struct call_rig *r, int64_t deadline)
{
	return eg_sendfile(r->fd[0], r->fd[1], 0, 4, deadline);
}

static void set_up_listener(struct call_rig *r)
{
	r->fd[0] = eg_tcp_listen("127.0.0.1", 0, 0);
	egt_le(0, r->fd[0]);
}

static int64_t call_accept(struct call_rig *r, int64_t deadline)
{
	int fd = eg_accept(r->fd[0], NULL, NULL, deadline);

	return fd < 0 ? fd : eg_close(fd);
}

static void wake_accept(struct call_rig *r)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)eg_local_port(r->fd[0])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	egt_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	r->peer[r->peers++] = fd;
}

/* Until its byte has come, or the test is over. */
static void *read_one_byte(void *arg)
{
	int64_t result = call_read(arg, EG_FOREVER);

	egt_true(result == 1 || result == -EBADF);
	return NULL;
}

static void set_up_queue(struct call_rig *r)
{
	set_up_pipe(r);
	egt_eq(eg_fd_queue(r->fd[0], true), 0);
	rig_spawn_helper(r, read_one_byte);
}

static void set_up_fifo(struct call_rig *r)
{
	char *path = strdup("/tmp/evergreen-test-XXXXXX");

	egt_true(path && mkdtemp(path));
	egt_eq(rmdir(path), 0);
	egt_eq(mkfifo(path, 0600), 0);
	r->own = path;
}

static void tear_down_fifo(struct call_rig *r)
{
	egt_eq(unlink(r->own), 0);
	free(r->own);
}

/* The other end goes away with this one: the next open waits again. */
static int64_t open_end(struct call_rig *r, int flags, int64_t deadline)
{
	int fd = eg_open(r->own, flags, 0, deadline);

	if (fd < 0)
		return fd;
	while (r->peers)
		egt_eq(close(r->peer[--r->peers]), 0);
	return eg_close(fd);
}

static int64_t call_open_reader(struct call_rig *r, int64_t deadline)
{
	return open_end(r, O_RDONLY, deadline);
}

static int64_t call_open_writer(struct call_rig *r, int64_t deadline)
{
	return open_end(r, O_WRONLY, deadline);
}

static void wake_open(struct call_rig *r, int flags)
{
	int fd;

	/* Its reader may be on its way to where it is seen. */
	while ((fd = open(r->own, flags | O_NONBLOCK | O_CLOEXEC)) < 0) {
		egt_eq(errno, ENXIO);
		egt_eq(eg_yield(), 0);
	}
	r->peer[r->peers++] = fd;
}

static void wake_open_reader(struct call_rig *r)
{
	wake_open(r, O_WRONLY);
}

static void wake_open_writer(struct call_rig *r)
{
	wake_open(r, O_RDONLY);
}

static const struct blocking_call rows[] = {
	{ "read, pipe", .set_up = set_up_pipe, .call = call_read,
	  .wake = wake_reader, .flags = CALL_BY_ONE },
	{ "read, socket", .set_up = set_up_socket, .call = call_read,
	  .wake = wake_reader, .flags = CALL_BY_ONE },
	{ "read, in line", .set_up = set_up_queue, .call = call_read,
	  .wake = wake_reader },
	{ "write, pipe", .set_up = set_up_full_pipe, .call = call_write,
	  .wake = wake_writer, .flags = CALL_BY_ONE },
	{ "write, socket", .set_up = set_up_full_socket, .call = call_write,
	  .wake = wake_writer, .flags = CALL_BY_ONE },
	{ "recv", .set_up = set_up_socket, .call = call_recv,
	  .wake = wake_reader, .flags = CALL_BY_ONE },
	{ "send", .set_up = set_up_full_socket, .call = call_send,
	  .wake = wake_writer, .flags = CALL_BY_ONE },
	{ "accept", .set_up = set_up_listener, .call = call_accept,
	  .wake = wake_accept, .flags = CALL_BY_ONE },
	{ "wait_fd, in", .set_up = set_up_pipe, .call = call_wait_in,
	  .wake = wake_reader, .flags = CALL_BY_ONE },
	{ "wait_fd, out", .set_up = set_up_full_pipe, .call = call_wait_out,
	  .wake = wake_writer, .flags = CALL_BY_ONE },
	{ "open, reader", .set_up = set_up_fifo, .call = call_open_reader,
	  .wake = wake_open_reader, .tear_down = tear_down_fifo,
	  .flags = CALL_BY_ONE | CALL_WANTS_A_WAITER },
	{ "open, writer", .set_up = set_up_fifo, .call = call_open_writer,
	  .wake = wake_open_writer, .tear_down = tear_down_fifo,
	  .flags = CALL_BY_ONE },
	{ "sendfile", .set_up = set_up_sendfile, .call = call_sendfile,
	  .wake = wake_writer, .flags = CALL_BY_ONE },
};
BLOCKING_CALLS(rows)
