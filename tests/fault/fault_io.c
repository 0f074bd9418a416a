/* SPDX-License-Identifier: MIT */
/*
 * Descriptors, files and helper threads under faults.
 */
#include "fault_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MESSAGE = 16, LARGE = 300000 };

/* Closes what was opened; descriptors close whatever fails. */
static void close_if_open(int fd)
{
	if (fd >= 0)
		egt_eq(eg_close(fd), 0);
}

static void *echo(void *arg)
{
	int fd = (int)(intptr_t)arg;
	static char buf[LARGE];
	ssize_t r;

	while (fault_ok(r = eg_read(fd, buf, sizeof(buf), EG_FOREVER)) && r > 0)
		if (!fault_ok(eg_write(fd, buf, (size_t)r, EG_FOREVER)))
			break;
	close_if_open(fd);
	return FAULT_RESULT(r == 0);
}

static bool read_all(int fd, size_t len)
{
	static char buf[LARGE];
	ssize_t r = 1;

	while (len && fault_ok(r = eg_read(fd, buf, len, EG_FOREVER)) && r > 0)
		len -= (size_t)r;
	return !len;
}

static bool ping(int fd)
{
	char buf[MESSAGE] = "ping";

	return fault_ok(eg_write(fd, buf, MESSAGE, EG_FOREVER)) &&
	       read_all(fd, MESSAGE);
}

/* Talks to an echo at the other end of @fd, which ends when we hang up. */
static bool talk(int fd, eg_fiber *server)
{
	bool is_well = server && ping(fd) && ping(fd) &&
		       fault_ok(eg_shutdown(fd, SHUT_WR)) && read_all(fd, 0);

	close_if_open(fd);
	return fault_join(server) && is_well;
}

FAULT_TEST(fault_of_an_echo)
{
	eg_fiber *server;
	int pair[2];

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server = fault_spawn(echo, (void *)(intptr_t)pair[1]);
	if (!server)
		close_if_open(pair[1]);
	return !talk(pair[0], server);
}

/* Takes one guest, and nobody stays in the backlog: they would wait. */
static void *serve(void *arg)
{
	int listener = (int)(intptr_t)arg;
	int fd = eg_accept(listener, NULL, NULL, EG_FOREVER);

	close_if_open(listener);
	if (!fault_ok(fd))
		return FAULT_RESULT(false);
	return echo((void *)(intptr_t)fd);
}

FAULT_TEST(fault_of_a_connection)
{
	int listener = eg_tcp_listen("127.0.0.1", 0, 0);
	int port = fault_ok(listener) ? eg_local_port(listener) : -EIO;
	eg_fiber *server = NULL;
	bool is_well;
	int fd = -1;

	if (fault_ok(port))
		server = fault_spawn(serve, (void *)(intptr_t)listener);
	if (!server)
		close_if_open(listener);
	else
		fd = eg_tcp_connect("127.0.0.1", (uint16_t)port, EG_FOREVER);
	is_well = fd >= 0 && ping(fd);
	close_if_open(fd);
	if (server && fd < 0) {
		/* It has begun then: it closes what it was given. */
		egt_eq(eg_yield(), 0);
		egt_eq(eg_cancel(server), 0);
	}
	return !(fault_join(server) && is_well);
}

/* More than fits: the writer waits too. */
FAULT_TEST(fault_of_a_long_write)
{
	static char data[LARGE];
	eg_fiber *server;
	bool is_well;
	int pair[2];

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server = fault_spawn(echo, (void *)(intptr_t)pair[1]);
	is_well = server && ping(pair[0]);
	if (!server)
		close_if_open(pair[1]);
	else if (is_well)
		is_well =
			eg_write(pair[0], data, 100000, EG_FOREVER) == 100000 &&
			read_all(pair[0], 100000);
	close_if_open(pair[0]);
	return !(fault_join(server) && is_well);
}

/* By success, or by what the scenario does to it. */
static void *ended(ssize_t r)
{
	return FAULT_RESULT(r == -EBADF || r == -ECANCELED || fault_ok(r));
}

static void *read_one(void *arg)
{
	const int *fd = arg;
	char c;

	return ended(eg_read(*fd, &c, 1, EG_FOREVER));
}

static void *poll_one(void *arg)
{
	const int *fd = arg;

	return ended(eg_wait_fd(*fd, POLLIN, EG_FOREVER));
}

/* Woken by a close, a cancel, and the end of the hub. */
FAULT_TEST(fault_of_waits_that_are_ended)
{
	eg_fiber *f[3];
	int pipes[3][2];
	bool is_well = true;

	for (int i = 0; i < 3; i++)
		egt_eq(pipe(pipes[i]), 0);
	f[0] = fault_spawn(read_one, &pipes[0][0]);
	f[1] = fault_spawn(poll_one, &pipes[1][0]);
	f[2] = fault_spawn(read_one, &pipes[2][0]);
	egt_eq(eg_sleep(EG_USEC), 0);
	close_if_open(pipes[0][0]);
	if (f[1])
		egt_eq(eg_cancel(f[1]), 0);
	egt_eq(write(pipes[2][1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		is_well &= fault_join(f[i]);
	for (int i = 1; i < 3; i++)
		close_if_open(pipes[i][0]);
	for (int i = 0; i < 3; i++)
		close_if_open(pipes[i][1]);
	return !is_well;
}

static ssize_t timed_read(int fd)
{
	char c;

	return eg_read(fd, &c, 1, eg_after(50 * EG_USEC));
}

FAULT_TEST(fault_of_waits_that_time_out)
{
	int pair[2];
	ssize_t r;

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	r = timed_read(pair[0]);
	if (r != -ETIMEDOUT)
		fault_ok(r);
	close_if_open(pair[0]);
	close_if_open(pair[1]);
	return r != -ETIMEDOUT;
}

static bool read_file(int fd)
{
	char buf[64];

	return fault_ok(eg_read(fd, buf, 10, EG_FOREVER)) &&
	       eg_pread(fd, buf, 10, 5, EG_FOREVER) == 10 &&
	       eg_pwrite(fd, buf, 10, 5, EG_FOREVER) == 10;
}

FAULT_TEST(fault_of_a_file)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int made = mkostemp(path, O_CLOEXEC);
	bool is_well;
	int fd;

	egt_eq(write(made, path, sizeof(path)), sizeof(path));
	egt_eq(close(made), 0);
	fd = eg_open(path, O_RDWR, 0, EG_FOREVER);
	is_well = fault_ok(fd) && read_file(fd);
	close_if_open(fd);
	egt_eq(unlink(path), 0);
	return !is_well;
}

struct fifo_end {
	const char *path;
	int flags, fd;
	eg_fiber **other; /* waits for this end, unless it is told not to */
};

static void *open_fifo(void *arg)
{
	struct fifo_end *e = arg;

	e->fd = eg_open(e->path, e->flags, 0, EG_FOREVER);
	if (!fault_ok(e->fd) && *e->other)
		eg_cancel(*e->other);
	return FAULT_RESULT(e->fd >= 0);
}

FAULT_TEST(fault_of_a_fifo)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	eg_fiber *in = NULL, *out = NULL;
	struct fifo_end reader = { path, O_RDONLY, -1, &out };
	struct fifo_end writer = { path, O_WRONLY, -1, &in };
	bool is_well;

	egt_true(mkdtemp(path));
	egt_eq(rmdir(path), 0);
	egt_eq(mkfifo(path, 0600), 0);
	in = fault_spawn(open_fifo, &reader);
	out = in ? fault_spawn(open_fifo, &writer) : NULL;
	if (in && !out)
		eg_cancel(in);
	is_well = fault_join(out);
	out = NULL;
	is_well = fault_join(in) && is_well;
	close_if_open(reader.fd);
	close_if_open(writer.fd);
	egt_eq(unlink(path), 0);
	return !is_well;
}

/* Its data is not in memory. */
FAULT_TEST(fault_of_a_sendfile)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	static char data[100000];
	int fd = mkostemp(path, O_CLOEXEC);
	bool is_well;
	int pair[2];

	egt_eq(unlink(path), 0);
	egt_eq(write(fd, data, sizeof(data)), sizeof(data));
	egt_eq(fdatasync(fd), 0);
	egt_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	is_well = eg_sendfile(pair[1], fd, 0, sizeof(data), EG_FOREVER) ==
			  sizeof(data) &&
		  read_all(pair[0], sizeof(data));
	close_if_open(pair[0]);
	close_if_open(pair[1]);
	close_if_open(fd);
	return !is_well;
}

static int64_t answer(void *arg)
{
	return *(const int *)arg;
}

static void *offloads(void *arg)
{
	int question = 42;
	int64_t result = 0;

	(void)arg;
	if (!fault_ok(eg_offload(answer, &question, &result, EG_FOREVER)))
		return FAULT_RESULT(false);
	egt_eq(result, 42);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_helper_threads)
{
	eg_fiber *f[5];
	bool is_well = true;

	for (int i = 0; i < 5; i++)
		f[i] = fault_spawn(offloads, NULL);
	for (int i = 0; i < 5; i++)
		is_well &= fault_join(f[i]);
	return !is_well;
}
