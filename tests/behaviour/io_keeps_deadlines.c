/* SPDX-License-Identifier: MIT */
/*
 * Deadlines of reads and writes: now, past, to come, and one over a whole write
 * of many pieces. Input that is there wins.
 */
#include "io_kit.h"

EG_TEST(read_and_write_keep_their_deadline)
{
	static const struct {
		const char *name;
		int64_t wait;
		int64_t want_elapsed;
	} cases[] = {
		{ "past", -EG_MSEC, 0 },
		{ "none", 0, 0 },
		{ "to come", 50 * EG_MSEC, 50 * EG_MSEC },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
			int64_t start;
			char c;
			int pair[2];

			kit_stream(k, pair);
			egt_casef("%s, %s", kit_stream_names[k], cases[i].name);
			start = eg_now();
			egt_eq(eg_read(pair[0], &c, 1, eg_after(cases[i].wait)),
			       -ETIMEDOUT);
			if (egt_is_sim())
				egt_eq(eg_now() - start, cases[i].want_elapsed);
			else
				egt_le(cases[i].want_elapsed, eg_now() - start);
			kit_put(pair[1], "x");
			egt_eq(eg_read(pair[0], &c, 1, eg_after(cases[i].wait)),
			       1);
			kit_close_pair(pair);
		}
}

/* Takes a little every 10 ms: each piece of the write makes progress. */
static void *sip(void *arg)
{
	const int *fd = arg;
	static char buf[20000];

	while (eg_read(*fd, buf, sizeof(buf), EG_FOREVER) > 0)
		if (eg_sleep(10 * EG_MSEC) < 0)
			break;
	return NULL;
}

EG_TEST(write_has_one_deadline_for_all_its_pieces)
{
	static char data[8 << 20];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];
		int64_t start;
		eg_fiber *f;
		ssize_t r;

		kit_stream(k, pair);
		f = kit_spawn(sip, &pair[0]);
		start = eg_now();
		r = eg_write(pair[1], data, sizeof(data),
			     eg_after(55 * EG_MSEC));
		egt_lt(0, r);
		egt_lt(r, (ssize_t)sizeof(data));
		if (egt_is_sim())
			egt_eq(eg_now() - start, 55 * EG_MSEC);
		egt_eq(eg_close(pair[1]), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(kit_join(f), 0);
		egt_eq(eg_close(pair[0]), 0);
	}
}

EG_TEST(write_now_takes_what_fits)
{
	static char data[8 << 20];

	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		int pair[2];
		ssize_t r;

		kit_stream(k, pair);
		r = eg_write(pair[1], data, sizeof(data), EG_NOW);
		egt_lt(0, r);
		egt_lt(r, (ssize_t)sizeof(data));
		/* A unix socket may have room for a smaller piece. */
		while (r > 0)
			r = eg_write(pair[1], data, sizeof(data), EG_NOW);
		egt_eq(r, -ETIMEDOUT);
		kit_close_pair(pair);
	}
}

EG_TEST(read_obeys_the_region_around_it)
{
	eg_timeout region;
	int pair[2];
	char c;

	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_timeout_begin(&region, eg_after(EG_MSEC)), 0);
	egt_eq(eg_read(pair[0], &c, 1, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
	kit_close_pair(pair);
}
