/* SPDX-License-Identifier: MIT */
/*
 * What comes right before the end of a stream is read, and then the end,
 * whatever the order in which the reader and the kernel see them.
 */
#include "io_kit.h"

enum { ROUNDS = 50 };

static void *read_to_the_end(void *arg)
{
	const int *fd = arg;
	char buf[64];
	long total = 0;
	ssize_t r;

	while ((r = eg_read(*fd, buf, sizeof(buf), EG_FOREVER)) > 0)
		total += r;
	egt_eq(r, 0);
	egt_eq(eg_read(*fd, buf, sizeof(buf), EG_FOREVER), 0);
	return KIT_RESULT(total);
}

/* @steps: how far the reader has come when each of the two is done. */
static void data_and_end(enum kit_stream kind, int steps)
{
	int pair[2];
	eg_fiber *f;

	kit_stream(kind, pair);
	egt_casef("%s, %d", kit_stream_names[kind], steps);
	if (!(steps & 1))
		kit_put(pair[1], "before");
	f = kit_spawn(read_to_the_end, &pair[0]);
	if (steps & 2)
		kit_settle();
	kit_put(pair[1], "short");
	if (steps & 4)
		kit_settle();
	egt_eq(eg_close(pair[1]), 0);
	egt_eq(kit_join(f), steps & 1 ? 5 : 11);
	egt_eq(eg_close(pair[0]), 0);
}

EG_TEST(read_gives_the_data_and_then_the_end)
{
	for (int i = 0; i < ROUNDS; i++)
		for (enum kit_stream k = 0; k < KIT_STREAMS; k++)
			data_and_end(k, i % 8);
}

EG_TEST(read_gives_data_that_came_with_the_end)
{
	char buf[64];
	int pair[2];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		kit_stream(k, pair);
		kit_put(pair[1], "data");
		egt_eq(eg_close(pair[1]), 0);
		egt_eq(eg_read(pair[0], buf, 1, EG_FOREVER), 1);
		egt_eq(eg_read(pair[0], buf, sizeof(buf), EG_FOREVER), 3);
		egt_eq(eg_read(pair[0], buf, sizeof(buf), EG_FOREVER), 0);
		egt_eq(eg_close(pair[0]), 0);
	}
}

EG_TEST(read_reports_a_reset)
{
	const struct linger hard = { .l_onoff = 1 };
	char c;
	int pair[2];

	kit_tcp_pair(pair);
	egt_eq(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)),
	       0);
	egt_eq(eg_read(pair[0], &c, 1, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_close(pair[1]), 0);
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), -ECONNRESET);
	egt_eq(eg_close(pair[0]), 0);
}
