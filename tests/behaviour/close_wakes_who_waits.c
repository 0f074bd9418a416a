/* SPDX-License-Identifier: MIT */
/*
 * eg_close() and eg_fd_forget() wake everybody who waits on the descriptor, and
 * nothing of it reaches what later has the same number.
 */
#include "io_kit.h"

#include <stdlib.h>

enum { ROUNDS = 1000 };

static void *read_one(void *arg)
{
	const int *fd = arg;
	char c = 0;
	ssize_t r = eg_read(*fd, &c, 1, EG_FOREVER);

	return KIT_RESULT(r == 1 ? c : r);
}

static void *write_all(void *arg)
{
	const int *fd = arg;
	static char data[4 << 20];

	return KIT_RESULT(eg_write(*fd, data, sizeof(data), EG_FOREVER));
}

static void *accept_one(void *arg)
{
	const int *fd = arg;

	return KIT_RESULT(eg_accept(*fd, NULL, NULL, EG_FOREVER));
}

static void *wait_both(void *arg)
{
	const int *fd = arg;

	return KIT_RESULT(eg_wait_fd(*fd, POLLIN, EG_FOREVER));
}

/* How a descriptor is given up. */
static int forget_and_close(int fd)
{
	int r = eg_fd_forget(fd);

	return r < 0 ? r : close(fd);
}

static int (*const ways[])(int fd) = { eg_close, forget_and_close };

static void close_one(int (*close_fd)(int fd), int pair[2])
{
	eg_fiber *f[4];
	long r;

	egt_eq(eg_fd_queue(pair[0], true), 0);
	f[0] = kit_spawn(read_one, &pair[0]);
	f[1] = kit_spawn(read_one, &pair[0]);
	f[2] = kit_spawn(write_all, &pair[0]);
	f[3] = kit_spawn(write_all, &pair[0]);
	kit_settle();
	egt_eq(close_fd(pair[0]), 0);
	egt_eq(kit_join(f[0]), -EBADF);
	egt_eq(kit_join(f[1]), -EBADF);
	r = kit_join(f[2]);
	egt_true(r == -EBADF || r > 0); /* a part was written */
	egt_eq(kit_join(f[3]), -EBADF);
	egt_eq(eg_close(pair[1]), 0);
}

EG_TEST(close_wakes_readers_and_writers)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		for (enum kit_stream k = 0; k <= KIT_UNIX; k++) {
			int pair[2];

			kit_stream(k, pair);
			close_one(ways[i], pair);
		}
}

EG_TEST(close_wakes_an_acceptor_and_a_poll)
{
	uint16_t port;
	int fd = kit_listen(0, &port);
	int pair[2];
	eg_fiber *f = kit_spawn(accept_one, &fd);

	kit_settle();
	egt_eq(eg_close(fd), 0);
	egt_eq(kit_join(f), -EBADF);
	kit_pipe(pair);
	f = kit_spawn(wait_both, &pair[0]);
	kit_settle();
	egt_eq(eg_close(pair[0]), 0);
	egt_eq(kit_join(f), -EBADF);
	egt_eq(eg_close(pair[1]), 0);
}

/* Without letting anything run in between. */
static void reuse(enum kit_stream kind, bool waits, int (*close_fd)(int fd))
{
	int old[2], fresh[2];
	eg_fiber *before, *after;

	kit_stream(kind, old);
	before = kit_spawn(read_one, &old[0]);
	egt_eq(eg_yield(), 0);
	if (waits)
		kit_settle();
	egt_eq(close_fd(old[0]), 0);
	kit_reuse(old[0], fresh);
	after = kit_spawn(read_one, &fresh[0]);
	kit_put(fresh[1], "n");
	egt_eq(kit_join(before), -EBADF);
	egt_eq(kit_join(after), 'n');
	after = kit_spawn(read_one, &fresh[0]);
	egt_eq(eg_yield(), 0);
	kit_put(fresh[1], "m");
	egt_eq(kit_join(after), 'm');
	kit_close_pair(fresh);
	egt_eq(eg_close(old[1]), 0);
}

EG_TEST(close_keeps_a_reused_number_apart)
{
	for (int i = 0; i < ROUNDS; i++)
		reuse((enum kit_stream)(i % KIT_STREAMS), i & 1,
		      ways[i / 2 % 2]);
}

/* The data was there: it was read, by the reader that was woken for it. */
EG_TEST(close_does_not_take_back_what_was_read)
{
	int pair[2];
	eg_fiber *f;
	long r;

	kit_unix_pair(SOCK_STREAM, pair);
	f = kit_spawn(read_one, &pair[0]);
	kit_settle();
	kit_put(pair[1], "x");
	egt_eq(eg_close(pair[0]), 0);
	r = kit_join(f);
	egt_true(r == 'x' || r == -EBADF);
	egt_eq(eg_close(pair[1]), 0);
}

struct turns {
	int pair[2], fresh[2];
};

/* Hands its turn on, and takes the number away before the next has run. */
static void *read_and_close(void *arg)
{
	struct turns *t = arg;
	char c;

	egt_eq(eg_read(t->pair[0], &c, 1, EG_FOREVER), 1);
	egt_eq(eg_close(t->pair[0]), 0);
	kit_reuse(t->pair[0], t->fresh);
	kit_put(t->fresh[1], "y");
	return NULL;
}

EG_TEST(close_reaches_one_whose_turn_has_just_come)
{
	struct turns t;
	eg_fiber *first, *second;

	kit_unix_pair(SOCK_STREAM, t.pair);
	egt_eq(eg_fd_queue(t.pair[0], true), 0);
	first = kit_spawn(read_and_close, &t);
	second = kit_spawn(read_one, &t.pair[0]);
	kit_settle();
	kit_put(t.pair[1], "x");
	egt_eq(kit_join(first), 0);
	egt_eq(kit_join(second), -EBADF);
	kit_get(t.fresh[0], "y");
	kit_close_pair(t.fresh);
	egt_eq(eg_close(t.pair[1]), 0);
}

/* In the middle of many pieces: none goes to the number's next owner. */
EG_TEST(close_ends_a_write_of_many_pieces)
{
	static char buf[65536];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int old[2], fresh[2];
		eg_fiber *f;

		kit_stream(k, old);
		f = kit_spawn(write_all, &old[1]);
		kit_settle();
		/* Room for more, of which the writer has not heard. */
		egt_lt(0, read(old[0], buf, sizeof(buf)));
		egt_eq(eg_close(old[1]), 0);
		kit_reuse(old[1], fresh);
		egt_lt(0, kit_join(f));
		egt_eq(eg_read(fresh[1], buf, 1, EG_NOW), -ETIMEDOUT);
		kit_close_pair(fresh);
		egt_eq(eg_close(old[0]), 0);
	}
}

struct sendfile {
	int out, in;
};

static void *send_file(void *arg)
{
	const struct sendfile *s = arg;

	return KIT_RESULT(eg_sendfile(s->out, s->in, 0, 4 << 20, EG_FOREVER));
}

/* What arrives is the file's, and as much as the call says. */
static void expect_part(int from, eg_fiber *sender)
{
	static char buf[65536];
	size_t total = 0;
	ssize_t r;

	while ((r = eg_read(from, buf, sizeof(buf), eg_after(10 * EG_MSEC))) >
	       0) {
		kit_expect(buf, (size_t)r, total);
		total += (size_t)r;
	}
	egt_eq(kit_join(sender), (long)total);
}

EG_TEST(close_of_the_socket_ends_a_sendfile)
{
	struct sendfile s = { .in = kit_file(4 << 20) };
	int pair[2], fresh[2];
	eg_fiber *f;
	char c;

	kit_unix_pair(SOCK_STREAM, pair);
	s.out = pair[1];
	f = kit_spawn(send_file, &s);
	kit_settle();
	egt_eq(eg_close(s.out), 0);
	kit_reuse(s.out, fresh);
	expect_part(pair[0], f);
	egt_eq(eg_read(fresh[1], &c, 1, EG_NOW), -ETIMEDOUT);
	kit_close_pair(fresh);
	egt_eq(eg_close(s.in), 0);
	egt_eq(eg_close(pair[0]), 0);
}

EG_TEST(close_of_the_file_ends_a_sendfile)
{
	struct sendfile s = { .in = kit_file(4 << 20) };
	int other = kit_file(0);
	eg_fiber *f;
	int pair[2];

	/* As long, and all zeroes. */
	egt_eq(ftruncate(other, 4 << 20), 0);
	kit_unix_pair(SOCK_STREAM, pair);
	s.out = pair[1];
	f = kit_spawn(send_file, &s);
	kit_settle();
	egt_eq(eg_close(s.in), 0);
	egt_eq(dup3(other, s.in, O_CLOEXEC), s.in);
	expect_part(pair[0], f);
	egt_eq(eg_close(s.in), 0);
	egt_eq(eg_close(other), 0);
	kit_close_pair(pair);
}

static void *pread_it(void *arg)
{
	const int *fd = arg;
	char buf[64];
	ssize_t r = eg_pread(*fd, buf, sizeof(buf), 0, EG_FOREVER);

	if (r > 0)
		kit_expect(buf, (size_t)r, 0);
	return KIT_RESULT(r);
}

/* The file's data was not in memory; its number is another's by then. */
EG_TEST(close_keeps_a_late_file_read_apart)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int fd, other, next;
	eg_fiber *f;
	long r;

	other = mkostemp(path, O_CLOEXEC);
	egt_eq(write(other, "other file", 10), 10);
	for (int i = 0; i < 20; i++) {
		fd = kit_file(64);
		f = kit_spawn(pread_it, &fd);
		kit_forget_page_cache();
		egt_eq(eg_yield(), 0);
		egt_eq(eg_close(fd), 0);
		next = dup(other);
		r = kit_join(f);
		egt_true(r == 64 || r == -EBADF);
		egt_eq(close(next), 0);
		egt_eq(fcntl(fd, F_GETFD), -1);
	}
	egt_eq(close(other), 0);
	egt_eq(unlink(path), 0);
}
