/* SPDX-License-Identifier: MIT */
/*
 * A read that is cancelled or times out has taken nothing, and a fiber that was
 * cancelled still gets what is there.
 */
#include "io_kit.h"

#include <netinet/in.h>

struct scene {
	int fd;
	int64_t deadline;
};

static void *read_one(void *arg)
{
	const struct scene *s = arg;
	char c;
	ssize_t r = eg_read(s->fd, &c, 1, s->deadline);

	return KIT_RESULT(r);
}

EG_TEST(io_that_is_cancelled_takes_nothing)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct scene s = { .deadline = EG_FOREVER };
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		s.fd = pair[0];
		f = kit_spawn(read_one, &s);
		kit_settle();
		egt_eq(eg_cancel(f), 0);
		kit_put(pair[1], "first"); /* before it unwinds */
		if (kit_join(f) == 1)
			kit_get(pair[0], "irst"); /* the data won */
		else
			kit_get(pair[0], "first");
		kit_close_pair(pair);
	}
}

EG_TEST(io_that_times_out_takes_nothing)
{
	for (int i = 0; i < 30; i++) {
		enum kit_stream k = (enum kit_stream)(i % KIT_STREAMS);
		struct scene s;
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		s = (struct scene){ pair[0], eg_after(EG_MSEC) };
		f = kit_spawn(read_one, &s);
		/* Both are due in the same turn. */
		egt_eq(eg_sleep_until(s.deadline), 0);
		kit_put(pair[1], "first");
		if (kit_join(f) == 1)
			kit_get(pair[0], "irst");
		else
			kit_get(pair[0], "first");
		kit_close_pair(pair);
	}
}

static void *accept_one(void *arg)
{
	const struct scene *s = arg;

	return KIT_RESULT(eg_accept(s->fd, NULL, NULL, s->deadline));
}

static int connect_now(uint16_t port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	egt_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* The connection is the acceptor's, or the next one's. */
EG_TEST(io_accept_that_ends_early_loses_no_connection)
{
	uint16_t port;
	int listener = kit_listen(0, &port);

	for (int i = 0; i < 30; i++) {
		bool is_cancelled = i % 2;
		struct scene s = { listener, is_cancelled ? EG_FOREVER
							  : eg_after(EG_MSEC) };
		eg_fiber *f = kit_spawn(accept_one, &s);
		int peer, fd;

		if (is_cancelled)
			kit_settle();
		else
			egt_eq(eg_sleep_until(s.deadline), 0);
		if (i % 4 == 1)
			egt_eq(eg_cancel(f), 0);
		peer = connect_now(port);
		if (i % 4 == 3)
			egt_eq(eg_cancel(f), 0);
		fd = (int)kit_join(f);
		if (fd < 0) {
			egt_eq(fd, is_cancelled ? -ECANCELED : -ETIMEDOUT);
			fd = eg_accept(listener, NULL, NULL, EG_FOREVER);
		}
		kit_put(peer, "x");
		kit_get(fd, "x");
		egt_eq(eg_close(fd), 0);
		egt_eq(close(peer), 0);
	}
	egt_eq(eg_close(listener), 0);
}

static void *read_after_cancel(void *arg)
{
	const int *fd = arg;
	char c;

	egt_eq(eg_sleep(EG_SEC), -ECANCELED);
	egt_eq(eg_read(*fd, &c, 1, EG_FOREVER), 1);
	egt_eq(eg_read(*fd, &c, 1, EG_FOREVER), -ECANCELED);
	egt_eq(eg_read(*fd, &c, 1, EG_NOW), -ECANCELED);
	return NULL;
}

EG_TEST(io_that_need_not_wait_succeeds_in_a_cancelled_fiber)
{
	int pair[2];
	eg_fiber *f;

	kit_unix_pair(SOCK_STREAM, pair);
	kit_put(pair[1], "x");
	f = kit_spawn(read_after_cancel, &pair[0]);
	kit_settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(kit_join(f), 0);
	kit_close_pair(pair);
}

static void *write_much(void *arg)
{
	const int *fd = arg;
	static char data[8 << 20];
	ssize_t r;

	kit_fill(data, sizeof(data), 0);
	r = eg_write(*fd, data, sizeof(data), EG_FOREVER);
	return KIT_RESULT(r);
}

/* What a cancelled write says it wrote is what the peer gets. */
EG_TEST(io_that_is_cancelled_half_way_says_how_far_it_came)
{
	static char buf[65536];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		long wrote, got = 0;
		int pair[2];
		eg_fiber *f;
		ssize_t r;

		kit_stream(k, pair);
		f = kit_spawn(write_much, &pair[1]);
		kit_settle();
		egt_eq(eg_cancel(f), 0);
		wrote = kit_join(f);
		egt_lt(0, wrote);
		egt_eq(eg_close(pair[1]), 0);
		while ((r = eg_read(pair[0], buf, sizeof(buf), EG_FOREVER)) >
		       0) {
			kit_expect(buf, (size_t)r, (size_t)got);
			got += r;
		}
		egt_eq(got, wrote);
		egt_eq(eg_close(pair[0]), 0);
	}
}
