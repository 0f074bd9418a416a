/* SPDX-License-Identifier: MIT */
/*
 * A write is done when all of it is written, however slowly it is read, and
 * nothing of another writer comes in between.
 */
#include "io_kit.h"

#include <signal.h>
#include <stdlib.h>

enum { LONG = 3 << 20, SIP = 7001, RECORD = 300000, RECORDS = 4 };

static void *slow_reader(void *arg)
{
	const int *fd = arg;
	static char buf[SIP];
	size_t total = 0;
	ssize_t r;

	while ((r = eg_read(*fd, buf, sizeof(buf), EG_FOREVER)) > 0) {
		kit_expect(buf, (size_t)r, total);
		total += (size_t)r;
		egt_eq(eg_yield(), 0);
	}
	egt_eq(r, 0);
	return KIT_RESULT(total);
}

EG_TEST(write_arrives_whole_at_a_slow_reader)
{
	char *data = malloc(LONG);

	egt_true(data);
	kit_fill(data, LONG, 0);
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		f = kit_spawn(slow_reader, &pair[0]);
		egt_eq(eg_write(pair[1], data, LONG, EG_FOREVER), LONG);
		egt_eq(eg_close(pair[1]), 0);
		egt_eq(kit_join(f), LONG);
		egt_eq(eg_close(pair[0]), 0);
	}
	free(data);
}

struct writer {
	int fd;
	char letter;
};

static void *write_record(void *arg)
{
	const struct writer *w = arg;
	char *data = malloc(RECORD);

	egt_true(data);
	memset(data, w->letter, RECORD);
	egt_eq(eg_write(w->fd, data, RECORD, EG_FOREVER), RECORD);
	free(data);
	return NULL;
}

static void read_record(int fd, char letter)
{
	static char buf[SIP];
	size_t left = RECORD;
	ssize_t r;

	while (left) {
		r = eg_read(fd, buf, left < SIP ? left : SIP, EG_FOREVER);
		egt_lt(0, r);
		for (ssize_t i = 0; i < r; i++)
			egt_eq(buf[i], letter);
		left -= (size_t)r;
	}
}

EG_TEST(write_is_not_mixed_with_another)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct writer w[RECORDS];
		eg_fiber *f[RECORDS];
		int pair[2];

		kit_stream(k, pair);
		egt_eq(eg_fd_queue(pair[1], true), 0);
		for (int i = 0; i < RECORDS; i++) {
			w[i] = (struct writer){ pair[1], (char)('a' + i) };
			f[i] = kit_spawn(write_record, &w[i]);
		}
		for (int i = 0; i < RECORDS; i++)
			read_record(pair[0], (char)('a' + i));
		for (int i = 0; i < RECORDS; i++)
			egt_eq(kit_join(f[i]), 0);
		kit_close_pair(pair);
	}
}

static int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

EG_TEST(write_to_a_socket_that_ended_is_epipe_and_no_signal)
{
	signal(SIGPIPE, count_signal);
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		char chunk[4096] = { 0 };
		int pair[2];
		ssize_t r;

		kit_stream(k, pair);
		egt_eq(eg_close(pair[0]), 0);
		/* TCP learns of it by the answer to the first. */
		while ((r = eg_write(pair[1], chunk, sizeof(chunk),
				     EG_FOREVER)) > 0)
			kit_settle();
		if (k == KIT_TCP && r == -ECONNRESET)
			r = eg_write(pair[1], chunk, 1, EG_FOREVER);
		egt_eq(r, -EPIPE);
		egt_true(k == KIT_PIPE || !signals);
		egt_eq(eg_close(pair[1]), 0);
	}
	egt_le(1, signals);
}

static void *fill_until_it_fails(void *arg)
{
	const int *fd = arg;
	static char chunk[LONG];
	ssize_t r;

	/* What came through, then the error. */
	egt_lt(0, eg_write(*fd, chunk, sizeof(chunk), EG_FOREVER));
	while ((r = eg_write(*fd, chunk, sizeof(chunk), EG_FOREVER)) > 0)
		;
	return KIT_RESULT(r);
}

EG_TEST(write_that_waits_learns_of_the_end)
{
	signal(SIGPIPE, SIG_IGN);
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];
		eg_fiber *f;
		long r;

		kit_stream(k, pair);
		f = kit_spawn(fill_until_it_fails, &pair[1]);
		kit_settle();
		egt_eq(eg_close(pair[0]), 0);
		r = kit_join(f);
		egt_true(r == -EPIPE || (k == KIT_TCP && r == -ECONNRESET));
		egt_eq(eg_close(pair[1]), 0);
	}
}

EG_TEST(write_of_nothing_is_done_at_once)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];

		kit_stream(k, pair);
		egt_eq(eg_write(pair[1], "", 0, EG_NOW), 0);
		kit_close_pair(pair);
	}
}
