/* SPDX-License-Identifier: MIT */
/*
 * eg_open() of a FIFO waits for the other end as open(2) does, and stops nobody
 * else. An open that was given up has left nothing open, and one that came to
 * its end has lost nothing.
 */
#include "io_kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MANY = 24, ROUNDS = 60 };

struct fifo {
	char folder[32], path[40];
};

static void make_fifo(struct fifo *f)
{
	snprintf(f->folder, sizeof(f->folder), "/tmp/evergreen-test-XXXXXX");
	egt_true(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/fifo", f->folder);
	egt_eq(mkfifo(f->path, 0600), 0);
}

static void remove_fifo(const struct fifo *f)
{
	egt_eq(unlink(f->path), 0);
	egt_eq(rmdir(f->folder), 0);
}

struct opening {
	const char *path;
	int flags;
	int64_t deadline;
	bool is_over;
};

static void *open_it(void *arg)
{
	struct opening *o = arg;
	int fd = eg_open(o->path, o->flags, 0, o->deadline);

	o->is_over = true;
	return KIT_RESULT(fd);
}

/* The other end, which nobody waits for: a writer finds its reader there. */
static int open_other_end(const char *path, int flags)
{
	int mode = flags == O_RDONLY ? O_WRONLY : O_RDONLY;
	int fd;

	while ((fd = open(path, mode | O_NONBLOCK | O_CLOEXEC)) < 0) {
		egt_eq(errno, ENXIO);
		egt_eq(eg_yield(), 0);
	}
	return fd;
}

static const int ends[] = { O_RDONLY, O_WRONLY };

EG_TEST(fifo_open_waits_until_the_other_end_is_there)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct fifo fifo;
		struct opening o = { fifo.path, ends[i], EG_FOREVER, false };
		int64_t start = eg_now();
		eg_fiber *f;
		int fd, other;

		make_fifo(&fifo);
		f = kit_spawn(open_it, &o);
		egt_eq(eg_sleep(5 * EG_MSEC), 0);
		egt_le(5 * EG_MSEC, eg_now() - start);
		egt_true(!o.is_over);
		other = open_other_end(fifo.path, ends[i]);
		/* It is enough that it is there: nothing is written. */
		fd = (int)kit_join(f);
		egt_le(0, fd);
		egt_eq(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), ends[i]);
		egt_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		if (ends[i] == O_RDONLY) {
			kit_put(other, "x");
			kit_get(fd, "x");
		}
		egt_eq(eg_close(fd), 0);
		egt_eq(close(other), 0);
		remove_fifo(&fifo);
	}
}

EG_TEST(fifo_open_waits_only_where_open_would)
{
	static const struct {
		const char *name;
		int flags, want;
	} cases[] = {
		{ "both ends", O_RDWR, 0 },
		{ "reader, not to wait", O_RDONLY | O_NONBLOCK, 0 },
		{ "writer, not to wait", O_WRONLY | O_NONBLOCK, -ENXIO },
		{ "the place alone", O_PATH, 0 },
		{ "a folder", O_DIRECTORY, -ENOTDIR },
		{ "a new file", O_WRONLY | O_CREAT | O_EXCL, -EEXIST },
	};
	struct fifo fifo;

	make_fifo(&fifo);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd;

		egt_case(cases[i].name);
		fd = eg_open(fifo.path, cases[i].flags, 0600, EG_FOREVER);
		egt_eq(fd < 0 ? fd : 0, cases[i].want);
		if (fd >= 0)
			egt_eq(eg_close(fd), 0);
	}
	remove_fifo(&fifo);
}

EG_TEST(fifo_open_given_up_leaves_nothing_open)
{
	struct fifo fifo;
	int before, fd;

	make_fifo(&fifo);
	/* What helpers need is there from the first time on. */
	egt_eq(eg_open(fifo.path, O_RDONLY, 0, eg_after(EG_USEC)), -ETIMEDOUT);
	before = egt_fd_count();
	for (int i = 0; i < ROUNDS; i++) {
		int flags = ends[i % 2];

		/* Before it has begun, while it does, and while it waits. */
		egt_eq(eg_open(fifo.path, flags, 0,
			       eg_after(i * i / 2 * EG_USEC)),
		       -ETIMEDOUT);
		/* No reader is left, and no writer. */
		egt_eq(open(fifo.path, O_WRONLY | O_NONBLOCK), -1);
		egt_eq(errno, ENXIO);
		fd = open(fifo.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		egt_eq(read(fd, &fd, 1), 0);
		egt_eq(close(fd), 0);
	}
	egt_eq(egt_fd_count(), before);
	remove_fifo(&fifo);
}

/* Given up and come about at once: then it is one of the two. */
EG_TEST(fifo_open_that_came_about_is_not_lost)
{
	struct fifo fifo;
	int before, other;
	bool is_late;

	make_fifo(&fifo);
	egt_eq(eg_open(fifo.path, O_RDONLY, 0, eg_after(EG_USEC)), -ETIMEDOUT);
	before = egt_fd_count();
	for (int i = 0; i < ROUNDS; i++) {
		struct opening o = { fifo.path, ends[i % 2], EG_FOREVER,
				     false };
		eg_fiber *f = kit_spawn(open_it, &o);
		long fd;

		is_late = i / 2 % 2;
		kit_settle();
		if (!is_late)
			other = open_other_end(fifo.path, o.flags);
		egt_eq(eg_cancel(f), 0);
		/* It may be gone by now: no other end then. */
		if (is_late)
			other = open(fifo.path,
				     (o.flags ^ O_WRONLY) | O_NONBLOCK);
		fd = kit_join(f);
		egt_true(fd >= 0 || fd == -ECANCELED);
		if (fd >= 0)
			egt_eq(eg_close((int)fd), 0);
		if (other >= 0)
			egt_eq(close(other), 0);
		egt_eq(egt_fd_count(), before);
	}
	remove_fifo(&fifo);
}

static int64_t seven(void *arg)
{
	(void)arg;
	return 7;
}

/* What the rest needs to go on. */
static void work(void)
{
	int fd = kit_file(100);
	int64_t result = 0;
	char buf[100];

	egt_eq(eg_pread(fd, buf, 100, 0, EG_FOREVER), 100);
	kit_expect(buf, 100, 0);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_offload(seven, NULL, &result, EG_FOREVER), 0);
	egt_eq(result, 7);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		fd = eg_open("/dev/null", ends[i], 0, EG_FOREVER);
		egt_le(0, fd);
		egt_eq(eg_close(fd), 0);
	}
}

/* More than there are helper threads, or workers of a small machine's kernel.
 * Each two wait for one another, and the first halves of all come first. */
EG_TEST(fifo_open_of_many_stops_nothing_else)
{
	struct fifo fifo[MANY];
	struct opening in[MANY], out[MANY];
	eg_fiber *reader[MANY], *writer[MANY];
	int pair[2];

	for (int i = 0; i < MANY; i++) {
		make_fifo(&fifo[i]);
		in[i] = (struct opening){ fifo[i].path, O_RDONLY, EG_FOREVER,
					  false };
		out[i] = (struct opening){ fifo[i].path, O_WRONLY, EG_FOREVER,
					   false };
		reader[i] = kit_spawn(open_it, &in[i]);
	}
	kit_settle();
	work();
	for (int i = 0; i < MANY; i++)
		writer[i] = kit_spawn(open_it, &out[i]);
	for (int i = 0; i < MANY; i++) {
		pair[0] = (int)kit_join(reader[i]);
		pair[1] = (int)kit_join(writer[i]);
		kit_put(pair[1], "x");
		kit_get(pair[0], "x");
		kit_close_pair(pair);
		remove_fifo(&fifo[i]);
	}
	work();
}

static void ignore(int signal)
{
	(void)signal;
}

static int open_in_vain(const char *path)
{
	return eg_open(path, O_RDONLY, 0, eg_after(5 * EG_MSEC));
}

/* Helper threads are interrupted by a signal that the program does not use. */
EG_TEST(fifo_open_leaves_the_programs_signals_alone,
	.backends = EGT_EPOLL | EGT_SIM)
{
	const struct sigaction a = { .sa_handler = ignore };
	const int spared = SIGRTMIN + 3;
	struct sigaction now;
	struct fifo fifo;

	make_fifo(&fifo);
	for (int s = SIGRTMIN; s < SIGRTMAX; s++)
		egt_eq(sigaction(s, &a, NULL), 0);
	egt_eq(eg_open(fifo.path, O_RDONLY, 0, EG_FOREVER), -EAGAIN);
	work();
	egt_true(signal(spared, SIG_DFL) == ignore);
	egt_eq(open_in_vain(fifo.path), -ETIMEDOUT);
	/* The program wants it, and there is another. */
	egt_eq(sigaction(spared, &a, NULL), 0);
	egt_true(signal(spared + 1, SIG_DFL) == ignore);
	egt_eq(open_in_vain(fifo.path), -ETIMEDOUT);
	for (int s = SIGRTMIN; s < SIGRTMAX; s++) {
		egt_eq(sigaction(s, NULL, &now), 0);
		egt_eq(now.sa_handler == ignore, s != spared + 1);
	}
	remove_fifo(&fifo);
}

static bool has_any_handler(void)
{
	struct sigaction a;

	for (int s = SIGRTMIN; s < SIGRTMAX; s++)
		if (!sigaction(s, NULL, &a) && a.sa_handler != SIG_DFL)
			return true;
	return false;
}

/* The program takes the signal for itself while an open waits. */
EG_TEST(fifo_open_ends_though_its_signal_was_taken,
	.backends = EGT_EPOLL | EGT_SIM)
{
	static const int flags[] = { 0, SA_RESTART };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		struct sigaction a = { .sa_handler = ignore,
				       .sa_flags = flags[i] };
		struct fifo fifo;
		struct opening o = { fifo.path, O_WRONLY, EG_FOREVER, false };
		eg_fiber *f;

		make_fifo(&fifo);
		f = kit_spawn(open_it, &o);
		while (!has_any_handler())
			egt_eq(eg_yield(), 0);
		for (int s = SIGRTMIN; s < SIGRTMAX; s++)
			egt_eq(sigaction(s, &a, NULL), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(kit_join(f), -ECANCELED);
		for (int s = SIGRTMIN; s < SIGRTMAX; s++)
			egt_true(signal(s, SIG_DFL) != SIG_ERR);
		remove_fifo(&fifo);
	}
}
