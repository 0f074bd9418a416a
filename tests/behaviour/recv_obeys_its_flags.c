/* SPDX-License-Identifier: MIT */
/*
 * MSG_WAITALL fills the buffer of a stream, under one deadline, and MSG_DONTWAIT
 * never waits: whatever the backend, and whatever is there to begin with.
 */
#include "io_kit.h"

static void *recv_all(void *arg)
{
	const int *fd = arg;
	char buf[6];
	ssize_t r = eg_recv(*fd, buf, sizeof(buf), MSG_WAITALL, EG_FOREVER);

	if (r > 0)
		egt_true(!memcmp(buf, "abcdef", (size_t)r));
	return KIT_RESULT(r);
}

static void stream(enum kit_stream kind, int pair[2])
{
	egt_case(kit_stream_names[kind]);
	if (kind == KIT_TCP)
		kit_tcp_pair(pair);
	else
		kit_unix_pair(SOCK_STREAM, pair);
}

EG_TEST(recv_waitall_fills_the_buffer)
{
	/* How much is there when it is called. */
	static const char *const pieces[][3] = {
		{ "", "abc", "def" },
		{ "a", "bcde", "f" },
		{ "abcdef", "", "" },
	};

	for (enum kit_stream k = KIT_TCP; k <= KIT_UNIX; k++)
		for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
			eg_fiber *f;
			int pair[2];

			stream(k, pair);
			kit_put(pair[1], pieces[i][0]);
			kit_settle();
			f = kit_spawn(recv_all, &pair[0]);
			kit_settle();
			kit_put(pair[1], pieces[i][1]);
			kit_settle();
			kit_put(pair[1], pieces[i][2]);
			egt_eq(kit_join(f), 6);
			kit_put(pair[1], "next");
			kit_get(pair[0], "next");
			kit_close_pair(pair);
		}
}

EG_TEST(recv_waitall_gives_the_part_that_came)
{
	enum way { END, DEADLINE, NOW, CANCEL, WAYS };
	char buf[6];

	for (enum kit_stream k = KIT_TCP; k <= KIT_UNIX; k++)
		for (enum way w = END; w < WAYS; w++) {
			eg_fiber *f = NULL;
			int pair[2];

			stream(k, pair);
			kit_put(pair[1], "abc");
			kit_settle();
			if (w == END || w == CANCEL) {
				f = kit_spawn(recv_all, &pair[0]);
				kit_settle();
			}
			if (w == END)
				egt_eq(eg_close(pair[1]), 0);
			else if (w == CANCEL)
				egt_eq(eg_cancel(f), 0);
			egt_eq(f ? kit_join(f)
				 : eg_recv(pair[0], buf, 6, MSG_WAITALL,
					   w == NOW ? EG_NOW
						    : eg_after(5 * EG_MSEC)),
			       3);
			if (w == END) {
				egt_eq(eg_recv(pair[0], buf, 6, MSG_WAITALL,
					       EG_FOREVER),
				       0);
				egt_eq(eg_close(pair[0]), 0);
				continue;
			}
			egt_eq(eg_recv(pair[0], buf, 6, MSG_WAITALL, EG_NOW),
			       -ETIMEDOUT);
			kit_close_pair(pair);
		}
}

/* Where there are messages it is one of them; a look takes what there is. */
EG_TEST(recv_waitall_is_for_streams)
{
	char buf[6];
	int pair[2];

	kit_unix_pair(SOCK_DGRAM, pair);
	kit_put(pair[1], "abc");
	egt_eq(eg_recv(pair[0], buf, 6, MSG_WAITALL, EG_FOREVER), 3);
	kit_close_pair(pair);
	kit_unix_pair(SOCK_STREAM, pair);
	kit_put(pair[1], "abc");
	egt_eq(eg_recv(pair[0], buf, 6, MSG_WAITALL | MSG_PEEK, EG_FOREVER), 3);
	egt_eq(eg_recv(pair[0], buf, 6, MSG_WAITALL | MSG_DONTWAIT, EG_FOREVER),
	       3);
	kit_close_pair(pair);
}

EG_TEST(recv_dontwait_does_not_wait)
{
	for (enum kit_stream k = KIT_TCP; k <= KIT_UNIX; k++) {
		int pair[2];
		char c;

		stream(k, pair);
		for (int i = 0; i < 2; i++) {
			egt_eq(eg_recv(pair[0], &c, 1, MSG_DONTWAIT,
				       EG_FOREVER),
			       -EAGAIN);
			egt_eq(eg_recv(pair[0], &c, 1, 0, EG_NOW), -ETIMEDOUT);
		}
		kit_put(pair[1], "xy");
		kit_settle();
		egt_eq(eg_recv(pair[0], &c, 1, MSG_DONTWAIT, EG_FOREVER), 1);
		egt_eq(eg_recv(pair[0], &c, 1, 0, EG_FOREVER), 1);
		egt_eq(c, 'y');
		kit_close_pair(pair);
	}
}

EG_TEST(send_dontwait_takes_what_fits)
{
	static char data[8 << 20];

	for (enum kit_stream k = KIT_TCP; k <= KIT_UNIX; k++) {
		int pair[2];
		ssize_t r;

		stream(k, pair);
		r = eg_send(pair[1], data, sizeof(data), MSG_DONTWAIT,
			    EG_FOREVER);
		egt_lt(0, r);
		egt_lt(r, (ssize_t)sizeof(data));
		while (r > 0)
			r = eg_send(pair[1], data, sizeof(data), MSG_DONTWAIT,
				    EG_FOREVER);
		egt_eq(r, -EAGAIN);
		kit_close_pair(pair);
	}
}

/* They ask for no more than is there: the kernel makes them wait for nothing,
 * also where it is known that nothing is there. */
EG_TEST(read_and_write_of_nothing_wait_for_nothing)
{
	static char data[8 << 20];
	int pair[2];
	char c;

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		kit_stream(k, pair);
		while (eg_write(pair[1], data, sizeof(data), EG_NOW) > 0)
			;
		egt_eq(eg_write(pair[1], data, 0, EG_FOREVER), 0);
		if (k != KIT_PIPE)
			egt_eq(eg_send(pair[1], data, 0, 0, EG_FOREVER), 0);
		kit_close_pair(pair);
	}
	kit_pipe(pair);
	egt_eq(eg_read(pair[0], &c, 1, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_read(pair[0], &c, 0, EG_FOREVER), 0);
	kit_close_pair(pair);
}
