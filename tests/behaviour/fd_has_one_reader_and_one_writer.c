/* SPDX-License-Identifier: MIT */
/*
 * One fiber reads a descriptor and one writes it: a second is refused, in the
 * log by name, or waits in line where that was asked for.
 */
#include "io_kit.h"

#include <stdio.h>

static char log_line[512];

static void keep_line(int level, const char *line, void *arg)
{
	(void)arg;
	egt_eq(level, EG_WARNING_LEVEL);
	snprintf(log_line, sizeof(log_line), "%s", line);
}

static void *read_one(void *arg)
{
	const int *fd = arg;
	char c;
	ssize_t r = eg_read(*fd, &c, 1, EG_FOREVER);

	return KIT_RESULT(r == 1 ? c : r);
}

EG_TEST(fd_second_reader_is_refused_by_name)
{
	int pair[2];
	eg_fiber *f;
	char c;

	eg_set_log(keep_line, NULL);
	kit_unix_pair(SOCK_STREAM, pair);
	f = kit_spawn(read_one, &pair[0]);
	egt_eq(eg_set_name(f, "first"), 0);
	egt_eq(eg_set_name(NULL, "second"), 0);
	kit_settle();
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), -EBUSY);
	egt_str_has(log_line, "'first'");
	egt_str_has(log_line, "'second'");
	egt_eq(eg_recv(pair[0], &c, 1, 0, EG_FOREVER), -EBUSY);
	egt_eq(eg_accept(pair[0], NULL, NULL, EG_FOREVER), -EBUSY);
	egt_eq(eg_wait_fd(pair[0], POLLIN, EG_FOREVER), -EBUSY);
	/* The other direction is free. */
	egt_eq(eg_write(pair[0], "x", 1, EG_FOREVER), 1);
	kit_put(pair[1], "y");
	egt_eq(kit_join(f), 'y');
	kit_put(pair[1], "z");
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), 1);
	kit_close_pair(pair);
	eg_set_log(NULL, NULL);
}

static void *write_a_lot(void *arg)
{
	const int *fd = arg;
	static char data[4 << 20];

	return KIT_RESULT(eg_write(*fd, data, sizeof(data), EG_FOREVER));
}

EG_TEST(fd_second_writer_is_refused)
{
	static char buf[65536];
	long left = 4 << 20;
	int pair[2];
	eg_fiber *f;

	eg_set_log(keep_line, NULL);
	kit_unix_pair(SOCK_STREAM, pair);
	f = kit_spawn(write_a_lot, &pair[1]);
	kit_settle();
	egt_eq(eg_write(pair[1], "x", 1, EG_FOREVER), -EBUSY);
	egt_eq(eg_send(pair[1], "x", 1, 0, EG_FOREVER), -EBUSY);
	while (left)
		left -= eg_read(pair[0], buf, sizeof(buf), EG_FOREVER);
	egt_eq(kit_join(f), 4 << 20);
	kit_close_pair(pair);
	eg_set_log(NULL, NULL);
}

EG_TEST(fd_queue_serves_first_come_first)
{
	eg_fiber *f[5];
	int pair[2];

	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_fd_queue(pair[0], true), 0);
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		f[i] = kit_spawn(read_one, &pair[0]);
	kit_settle();
	/* Cancelled in line, and where it is first. */
	egt_eq(eg_cancel(f[2]), 0);
	egt_eq(eg_cancel(f[0]), 0);
	egt_eq(kit_join(f[2]), -ECANCELED);
	egt_eq(kit_join(f[0]), -ECANCELED);
	kit_put(pair[1], "134");
	egt_eq(kit_join(f[1]), '1');
	egt_eq(kit_join(f[3]), '3');
	egt_eq(kit_join(f[4]), '4');
	kit_close_pair(pair);
}

EG_TEST(fd_queue_keeps_deadlines_and_can_be_left)
{
	int pair[2];
	eg_fiber *f[2];
	char c;

	eg_set_log(keep_line, NULL);
	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_fd_queue(pair[0], true), 0);
	f[0] = kit_spawn(read_one, &pair[0]);
	f[1] = kit_spawn(read_one, &pair[0]);
	kit_settle();
	egt_eq(eg_read(pair[0], &c, 1, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_read(pair[0], &c, 1, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_fd_queue(pair[0], false), 0);
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), -EBUSY);
	/* Who is in line stays there. */
	kit_put(pair[1], "ab");
	egt_eq(kit_join(f[0]), 'a');
	egt_eq(kit_join(f[1]), 'b');
	kit_close_pair(pair);
	egt_eq(eg_fd_queue(-1, true), -EBADF);
	eg_set_log(NULL, NULL);
}

EG_TEST(fd_may_be_left_queueing_at_the_end)
{
	int pair[2];

	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_fd_queue(pair[0], true), 0);
	egt_eq(eg_fd_queue(pair[0], true), 0);
	egt_eq(close(pair[0]), 0);
	egt_eq(close(pair[1]), 0);
}

enum { EXCHANGES = 200 };

static void *echo(void *arg)
{
	const int *fd = arg;
	char buf[1024];
	ssize_t r;

	while ((r = eg_read(*fd, buf, sizeof(buf), EG_FOREVER)) > 0)
		egt_eq(eg_write(*fd, buf, (size_t)r, EG_FOREVER), r);
	return KIT_RESULT(r);
}

static void *send_much(void *arg)
{
	const int *fd = arg;
	char buf[1024] = { 0 };

	for (int i = 0; i < EXCHANGES; i++)
		egt_eq(eg_write(*fd, buf, sizeof(buf), EG_FOREVER), 1024);
	return NULL;
}

/* Both of one descriptor, at the same time. */
EG_TEST(fd_has_a_reader_and_a_writer)
{
	for (enum kit_stream k = 0; k <= KIT_UNIX; k++) {
		long left = EXCHANGES * 1024;
		char buf[4096];
		int pair[2];
		eg_fiber *server, *writer;

		kit_stream(k, pair);
		server = kit_spawn(echo, &pair[1]);
		writer = kit_spawn(send_much, &pair[0]);
		while (left)
			left -= eg_read(pair[0], buf, sizeof(buf), EG_FOREVER);
		egt_eq(kit_join(writer), 0);
		egt_eq(eg_shutdown(pair[0], SHUT_WR), 0);
		egt_eq(kit_join(server), 0);
		kit_close_pair(pair);
	}
}
