/* SPDX-License-Identifier: MIT */
/*
 * Files by offset, opened and sent: the right bytes, from memory and from the
 * disk, to many fibers at once, while other fibers run.
 */
#include "io_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LARGE = 3 << 20, FIBERS = 8 };

EG_TEST(file_is_read_at_offsets)
{
	static const struct {
		const char *name;
		size_t len;
		int64_t offset;
		ssize_t want;
	} cases[] = {
		{ "the beginning", 10, 0, 10 },
		{ "the middle", 1000, 5000, 1000 },
		{ "over the end", 5000, 9000, 1000 },
		{ "at the end", 10, 10000, 0 },
		{ "behind the end", 10, 20000, 0 },
		{ "nothing", 0, 5, 0 },
		{ "before the beginning", 10, -1, -EINVAL },
	};
	char buf[5000];
	int fd = kit_file(10000);

	for (size_t i = 0; i < ARRAY_LEN(cases) * 2; i++) {
		size_t n = i / 2;
		ssize_t r;

		egt_casef("%s, %s", cases[n].name, i & 1 ? "late" : "at once");
		if (i & 1 && cases[n].want >= 0)
			kit_forget_page_cache();
		r = eg_pread(fd, buf, cases[n].len, cases[n].offset,
			     EG_FOREVER);
		egt_eq(r, cases[n].want);
		if (r > 0)
			kit_expect(buf, (size_t)r, (size_t)cases[n].offset);
	}
	egt_eq(lseek(fd, 0, SEEK_CUR), 0);
	egt_eq(eg_pread(fd, NULL, 1, 0, EG_FOREVER), -EINVAL);
	egt_eq(eg_pwrite(fd, "x", 1, -1, EG_FOREVER), -EINVAL);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_pread(fd, buf, 1, 0, EG_FOREVER), -EBADF);
}

EG_TEST(file_offsets_are_refused_where_there_are_none)
{
	char c = 0;
	int pair[2];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		kit_stream(k, pair);
		egt_eq(eg_pread(pair[0], &c, 1, 0, EG_FOREVER), -ESPIPE);
		egt_eq(eg_pwrite(pair[1], &c, 1, 0, EG_FOREVER), -ESPIPE);
		kit_close_pair(pair);
	}
}

struct range {
	int fd;
	size_t from, len;
};

static void *read_range(void *arg)
{
	const struct range *r = arg;
	char *buf = malloc(r->len);

	egt_true(buf);
	egt_eq(eg_pread(r->fd, buf, r->len, (int64_t)r->from, EG_FOREVER),
	       (ssize_t)r->len);
	kit_expect(buf, r->len, r->from);
	free(buf);
	return NULL;
}

/* Really not in memory, if the kernel does as it is told. */
EG_TEST(file_is_read_by_many_fibers)
{
	struct range ranges[FIBERS];
	eg_fiber *f[FIBERS];
	int fd = kit_file(LARGE);

	egt_eq(fdatasync(fd), 0);
	egt_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	for (size_t i = 0; i < FIBERS; i++) {
		ranges[i] = (struct range){ fd, i * 100000, LARGE - 800000 };
		f[i] = kit_spawn(read_range, &ranges[i]);
	}
	for (size_t i = 0; i < FIBERS; i++)
		egt_eq(kit_join(f[i]), 0);
	egt_eq(eg_close(fd), 0);
}

EG_TEST(file_is_written_at_offsets)
{
	char *data = malloc(LARGE), *back = malloc(LARGE);
	int fd = kit_file(0);

	egt_true(data && back);
	kit_fill(data, LARGE, 0);
	egt_eq(eg_pwrite(fd, data + 1000, LARGE - 1000, 1000, EG_FOREVER),
	       LARGE - 1000);
	egt_eq(eg_pwrite(fd, data, 1000, 0, EG_FOREVER), 1000);
	egt_eq(pread(fd, back, LARGE, 0), LARGE);
	kit_expect(back, LARGE, 0);
	egt_eq(eg_close(fd), 0);
	free(data);
	free(back);
}

EG_TEST(file_is_opened_and_made)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	struct stat st;
	int fd;

	egt_true(mkdtemp(path));
	egt_eq(eg_open(path, O_RDWR, 0, EG_FOREVER), -EISDIR);
	egt_eq(rmdir(path), 0);
	egt_eq(eg_open(path, O_RDWR, 0, EG_FOREVER), -ENOENT);
	egt_eq(eg_open(NULL, O_RDWR, 0, EG_FOREVER), -EINVAL);
	fd = eg_open(path, O_RDWR | O_CREAT | O_EXCL, 0640, EG_FOREVER);
	egt_le(0, fd);
	egt_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	egt_eq(fstat(fd, &st), 0);
	egt_eq(st.st_mode & 0700, 0600);
	egt_eq(eg_write(fd, "text", 4, EG_FOREVER), 4);
	egt_eq(eg_open(path, O_CREAT | O_EXCL, 0, EG_FOREVER), -EEXIST);
	egt_eq(eg_close(fd), 0);
	egt_eq(unlink(path), 0);
}

struct end {
	const char *path;
	int flags;
};

static void *open_end(void *arg)
{
	const struct end *e = arg;

	return KIT_RESULT(eg_open(e->path, e->flags, 0, EG_FOREVER));
}

/* Each end waits for the other: two calls that block at once. */
EG_TEST(file_open_of_a_fifo_waits_for_the_other_end)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	struct end in = { path, O_RDONLY }, out = { path, O_WRONLY };
	eg_fiber *f[2];
	int fd[2];

	egt_true(mkdtemp(path));
	egt_eq(rmdir(path), 0);
	egt_eq(mkfifo(path, 0600), 0);
	/* One helper thread is idle by then, and not enough for both. */
	egt_eq(eg_open(path, O_DIRECTORY, 0, EG_FOREVER), -ENOTDIR);
	egt_eq(usleep(2000), 0);
	f[0] = kit_spawn(open_end, &in);
	f[1] = kit_spawn(open_end, &out);
	fd[0] = (int)kit_join(f[0]);
	fd[1] = (int)kit_join(f[1]);
	kit_put(fd[1], "x");
	kit_get(fd[0], "x");
	kit_close_pair(fd);
	egt_eq(unlink(path), 0);
}

struct send {
	int out, in;
	int64_t offset;
	size_t len;
};

static void *send_it(void *arg)
{
	const struct send *s = arg;

	return KIT_RESULT(
		eg_sendfile(s->out, s->in, s->offset, s->len, EG_FOREVER));
}

static void expect_sent(struct send *s, int from, ssize_t want)
{
	static char buf[100000];
	eg_fiber *f = kit_spawn(send_it, s);
	ssize_t got = 0, r;

	while (got < want) {
		r = eg_read(from, buf, sizeof(buf), EG_FOREVER);
		egt_lt(0, r);
		kit_expect(buf, (size_t)r, (size_t)(s->offset + got));
		got += r;
	}
	egt_eq(kit_join(f), want);
	egt_eq(eg_read(from, buf, 1, EG_NOW), -ETIMEDOUT);
}

EG_TEST(sendfile_sends_a_part_of_a_file)
{
	static const struct {
		const char *name;
		int64_t offset;
		size_t len;
		ssize_t want;
	} cases[] = {
		{ "all", 0, LARGE, LARGE },
		{ "the middle", 12345, 200000, 200000 },
		{ "over the end", LARGE - 10, 100, 10 },
		{ "behind the end", LARGE + 1, 100, 0 },
		{ "nothing", 0, 0, 0 },
	};
	int fd = kit_file(LARGE);

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];

		kit_stream(k, pair);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct send s = { pair[1], fd, cases[i].offset,
					  cases[i].len };

			egt_casef("%s, %s", kit_stream_names[k], cases[i].name);
			expect_sent(&s, pair[0], cases[i].want);
		}
		egt_eq(eg_sendfile(pair[1], fd, -1, 1, EG_FOREVER), -EINVAL);
		egt_eq(eg_sendfile(-1, fd, 0, 1, EG_FOREVER), -EBADF);
		egt_eq(eg_sendfile(pair[1], -1, 0, 1, EG_FOREVER), -EBADF);
		kit_close_pair(pair);
	}
	egt_eq(eg_close(fd), 0);
}

EG_TEST(sendfile_keeps_others_from_writing_in_between)
{
	static char buf[100000];
	int fd = kit_file(LARGE);
	struct send s = { .in = fd, .len = LARGE };
	size_t got = 0;
	int pair[2];
	eg_fiber *f;

	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_fd_queue(pair[1], true), 0);
	s.out = pair[1];
	f = kit_spawn(send_it, &s);
	kit_settle();
	egt_eq(eg_fd_queue(pair[1], false), 0);
	while (got < LARGE) {
		ssize_t r = eg_read(pair[0], buf, sizeof(buf), EG_FOREVER);

		egt_lt(0, r);
		kit_expect(buf, (size_t)r, got);
		got += (size_t)r;
		if (got < LARGE / 2)
			egt_eq(eg_write(pair[1], "x", 1, EG_NOW), -EBUSY);
	}
	egt_eq(kit_join(f), LARGE);
	kit_close_pair(pair);
	egt_eq(eg_close(fd), 0);
}
