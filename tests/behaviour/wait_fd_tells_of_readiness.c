/* SPDX-License-Identifier: MIT */
/*
 * eg_wait_fd() tells of readiness in either direction, or both, and of the end;
 * it reads and writes nothing.
 */
#include "io_kit.h"

struct wait {
	int fd;
	int events;
};

static void *wait_for(void *arg)
{
	const struct wait *w = arg;

	return KIT_RESULT(eg_wait_fd(w->fd, w->events, EG_FOREVER));
}

EG_TEST(wait_fd_tells_of_input)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct wait w = { .events = POLLIN };
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		w.fd = pair[0];
		egt_eq(eg_wait_fd(w.fd, POLLIN, EG_NOW), -ETIMEDOUT);
		egt_eq(eg_wait_fd(w.fd, POLLIN, eg_after(EG_MSEC)), -ETIMEDOUT);
		for (int i = 0; i < 2; i++) {
			f = kit_spawn(wait_for, &w);
			kit_settle();
			kit_put(pair[1], "x");
			egt_eq(kit_join(f), POLLIN);
			/* It is there until somebody reads it. */
			egt_eq(eg_wait_fd(w.fd, POLLIN, EG_FOREVER), POLLIN);
			kit_get(w.fd, "x");
		}
		f = kit_spawn(wait_for, &w);
		kit_settle();
		egt_eq(eg_cancel(f), 0);
		egt_eq(kit_join(f), -ECANCELED);
		kit_close_pair(pair);
	}
}

static void fill(int fd)
{
	static char data[1 << 20];

	egt_eq(eg_wait_fd(fd, POLLOUT, EG_FOREVER), POLLOUT);
	while (eg_write(fd, data, sizeof(data), EG_NOW) > 0)
		;
	while (eg_write(fd, data, 1, EG_NOW) > 0)
		;
}

static void drain(int fd)
{
	static char data[1 << 20];

	while (read(fd, data, sizeof(data)) > 0)
		;
	egt_eq(errno, EAGAIN);
}

EG_TEST(wait_fd_tells_of_room)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct wait w = { .events = POLLOUT };
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		egt_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
		w.fd = pair[1];
		fill(w.fd);
		egt_eq(eg_wait_fd(w.fd, POLLOUT, EG_NOW), -ETIMEDOUT);
		f = kit_spawn(wait_for, &w);
		kit_settle();
		drain(pair[0]);
		egt_eq(kit_join(f), POLLOUT);
		kit_close_pair(pair);
	}
}

/* One wait for two directions ends with either. */
EG_TEST(wait_fd_for_both_ends_with_either)
{
	for (enum kit_stream k = 0; k <= KIT_UNIX; k++)
		for (int is_input = 0; is_input < 2; is_input++) {
			struct wait w = { .events = POLLIN | POLLOUT };
			int pair[2];
			eg_fiber *f;

			kit_stream(k, pair);
			egt_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
			w.fd = pair[1];
			fill(w.fd);
			f = kit_spawn(wait_for, &w);
			kit_settle();
			if (is_input)
				kit_put(pair[0], "x");
			else
				drain(pair[0]);
			egt_eq(kit_join(f), is_input ? POLLIN : POLLOUT);
			kit_close_pair(pair);
		}
}

EG_TEST(wait_fd_tells_of_the_end)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct wait w = { .events = POLLIN };
		int pair[2];
		eg_fiber *f;

		kit_stream(k, pair);
		w.fd = pair[0];
		f = kit_spawn(wait_for, &w);
		kit_settle();
		egt_eq(eg_close(pair[1]), 0);
		egt_true(kit_join(f) & (POLLIN | POLLHUP));
		egt_true(eg_wait_fd(w.fd, POLLIN, EG_NOW) & (POLLIN | POLLHUP));
		egt_eq(eg_close(pair[0]), 0);
	}
}

EG_TEST(wait_fd_says_what_cannot_be_waited_for)
{
	int pair[2];
	int fd = kit_file(1);

	egt_eq(eg_wait_fd(fd, POLLIN, EG_FOREVER), -EPERM);
	egt_eq(eg_wait_fd(fd, POLLOUT, EG_NOW), -EPERM);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_wait_fd(fd, POLLIN, EG_FOREVER), -EBADF);
	egt_eq(eg_wait_fd(-1, POLLIN, EG_FOREVER), -EBADF);
	kit_pipe(pair);
	egt_eq(eg_wait_fd(pair[0], 0, EG_FOREVER), -EINVAL);
	egt_eq(eg_wait_fd(pair[0], POLLIN | POLLPRI, EG_FOREVER), -EINVAL);
	kit_close_pair(pair);
}
