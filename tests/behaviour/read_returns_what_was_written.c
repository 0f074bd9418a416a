/* SPDX-License-Identifier: MIT */
/*
 * eg_read() and eg_write() carry bytes through every kind of descriptor, tried
 * at once and waited for.
 */
#include "io_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

struct ends {
	int in, out;
};

static struct ends of_pair(int type)
{
	int pair[2];

	kit_unix_pair(type, pair);
	return (struct ends){ pair[0], pair[1] };
}

static struct ends unix_stream(void)
{
	return of_pair(SOCK_STREAM);
}

static struct ends unix_datagram(void)
{
	return of_pair(SOCK_DGRAM);
}

static struct ends unix_seqpacket(void)
{
	return of_pair(SOCK_SEQPACKET);
}

static struct ends tcp(void)
{
	int pair[2];

	kit_tcp_pair(pair);
	return (struct ends){ pair[0], pair[1] };
}

static struct ends udp(void)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int in = eg_tcp_listen("127.0.0.1", 0, 0);
	int out;

	/* A free port, without the arithmetic of addresses. */
	egt_eq(getsockname(in, (struct sockaddr *)&a, &len), 0);
	egt_eq(eg_close(in), 0);
	in = eg_socket(AF_INET, SOCK_DGRAM, 0);
	egt_eq(bind(in, (struct sockaddr *)&a, len), 0);
	out = eg_socket(AF_INET, SOCK_DGRAM, 0);
	egt_eq(eg_connect(out, (struct sockaddr *)&a, len, EG_FOREVER), 0);
	return (struct ends){ in, out };
}

static struct ends a_pipe(void)
{
	int ends[2];

	kit_pipe(ends);
	return (struct ends){ ends[0], ends[1] };
}

static struct ends fifo(void)
{
	char folder[] = "/tmp/evergreen-test-XXXXXX";
	char path[64];
	struct ends e;

	egt_true(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	egt_eq(mkfifo(path, 0600), 0);
	e.in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	e.out = eg_open(path, O_WRONLY, 0, EG_FOREVER);
	egt_le(0, e.in);
	egt_le(0, e.out);
	egt_eq(fcntl(e.in, F_SETFL, O_RDONLY), 0);
	egt_eq(unlink(path), 0);
	egt_eq(rmdir(folder), 0);
	return e;
}

static struct ends an_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	return (struct ends){ fd, fd };
}

/* What the terminal's user types is read by the program. */
static struct ends terminal(void)
{
	int user = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char path[64];
	int program;

	egt_le(0, user);
	egt_eq(grantpt(user), 0);
	egt_eq(unlockpt(user), 0);
	egt_eq(ptsname_r(user, path, sizeof(path)), 0);
	program = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	egt_le(0, program);
	return (struct ends){ program, user };
}

static const struct {
	const char *name;
	struct ends (*open)(void);
} kinds[] = {
	{ "unix stream", unix_stream },
	{ "unix datagram", unix_datagram },
	{ "seqpacket", unix_seqpacket },
	{ "TCP", tcp },
	{ "UDP", udp },
	{ "pipe", a_pipe },
	{ "FIFO", fifo },
	{ "eventfd", an_eventfd },
	{ "terminal", terminal },
};

/* Eight bytes, for the sake of the eventfd; a line, for the terminal's. */
static const char message[8] = "1234567\n";

static void *reader(void *arg)
{
	const struct ends *e = arg;
	char buf[64];

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_read(e->in, buf, sizeof(buf), EG_FOREVER),
		       sizeof(message));
		egt_eq(memcmp(buf, message, sizeof(message)), 0);
	}
	return NULL;
}

static void write_one(const struct ends *e)
{
	egt_eq(eg_write(e->out, message, sizeof(message), EG_FOREVER),
	       sizeof(message));
}

EG_TEST(read_returns_what_was_written)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct ends e;
		eg_fiber *f;
		char c[8];

		egt_case(kinds[i].name);
		e = kinds[i].open();
		egt_eq(eg_read(e.in, c, sizeof(c), EG_NOW), -ETIMEDOUT);
		write_one(&e); /* there before the reader */
		f = kit_spawn(reader, &e);
		kit_settle();
		write_one(&e); /* while it waits */
		kit_settle();
		write_one(&e);
		egt_eq(kit_join(f), 0);
		egt_eq(eg_read(e.in, c, sizeof(c), EG_NOW), -ETIMEDOUT);
		egt_eq(eg_close(e.in), 0);
		if (e.out != e.in)
			egt_eq(eg_close(e.out), 0);
	}
}

EG_TEST(read_and_write_move_a_file_position)
{
	char buf[64] = "";
	int fd = kit_file(20);

	egt_eq(eg_read(fd, buf, 8, EG_FOREVER), 8);
	kit_expect(buf, 8, 0);
	kit_forget_page_cache();
	egt_eq(eg_read(fd, buf, 8, EG_FOREVER), 8);
	kit_expect(buf, 8, 8);
	egt_eq(eg_write(fd, "xyz", 3, EG_FOREVER), 3);
	egt_eq(lseek(fd, 0, SEEK_CUR), 19);
	egt_eq(eg_read(fd, buf, sizeof(buf), EG_FOREVER), 1);
	kit_expect(buf, 1, 19);
	egt_eq(eg_read(fd, buf, sizeof(buf), EG_FOREVER), 0);
	egt_eq(eg_pread(fd, buf, 3, 16, EG_FOREVER), 3);
	egt_eq(memcmp(buf, "xyz", 3), 0);
	egt_eq(eg_close(fd), 0);
}

EG_TEST(read_of_the_null_device_is_at_its_end)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	char buf[8];

	egt_eq(eg_read(fd, buf, sizeof(buf), EG_FOREVER), 0);
	egt_eq(eg_write(fd, buf, sizeof(buf), EG_FOREVER), sizeof(buf));
	egt_eq(eg_read(fd, buf, sizeof(buf), EG_FOREVER), 0);
	egt_eq(eg_close(fd), 0);
}

EG_TEST(read_says_what_is_wrong_with_its_arguments)
{
	int pair[2];
	char c = 0;

	kit_pipe(pair);
	egt_eq(eg_read(pair[0], NULL, 1, EG_FOREVER), -EINVAL);
	egt_eq(eg_read(pair[0], &c, (size_t)INT32_MAX + 1, EG_FOREVER),
	       -EINVAL);
	egt_eq(eg_read(-1, &c, 1, EG_FOREVER), -EBADF);
	egt_eq(eg_read(999, &c, 1, EG_FOREVER), -EBADF);
	egt_eq(eg_read(pair[1], &c, 1, EG_FOREVER), -EBADF);
	egt_eq(eg_write(pair[0], &c, 1, EG_FOREVER), -EBADF);
	egt_eq(eg_recv(pair[0], &c, 1, 0, EG_FOREVER), -ENOTSOCK);
	egt_eq(eg_send(pair[1], &c, 1, 0, EG_FOREVER), -ENOTSOCK);
	kit_close_pair(pair);
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), -EBADF);
	egt_eq(eg_close(pair[0]), -EBADF);
	egt_eq(eg_close(-1), -EBADF);
}
