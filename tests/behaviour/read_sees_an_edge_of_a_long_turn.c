/* SPDX-License-Identifier: MIT */
/*
 * An edge between the completion of a read and the next run of its fiber is not
 * taken for one that the read knew of: hubs with long queues look in between.
 */
#include "io_kit.h"

#include <sys/ioctl.h>

enum { CROWD = 3000 };

struct scene {
	int pair[2];
	bool has_written, is_over;
	int members;
};

/* Writes again as soon as the first byte has been taken: the reader is behind
 * the whole crowd then, and the hub looks at the kernel before its turn. */
static void *member(void *arg)
{
	struct scene *s = arg;
	int left;

	while (!s->is_over) {
		egt_eq(ioctl(s->pair[0], FIONREAD, &left), 0);
		if (!left && !s->has_written) {
			s->has_written = true;
			kit_put(s->pair[1], "b");
		}
		egt_eq(eg_yield(), 0);
	}
	s->members--;
	return NULL;
}

static void *reader(void *arg)
{
	struct scene *s = arg;

	kit_get(s->pair[0], "a");
	kit_get(s->pair[0], "b");
	s->is_over = true;
	return NULL;
}

EG_TEST(read_sees_an_edge_of_a_long_turn)
{
	for (enum kit_stream k = 0; k < KIT_STREAMS; k++) {
		struct scene s = { .is_over = false };
		eg_fiber *f;

		kit_stream(k, s.pair);
		f = kit_spawn(reader, &s);
		kit_settle();
		kit_put(s.pair[1], "a");
		for (s.members = 0; s.members < CROWD; s.members++)
			egt_eq(eg_spawn(NULL, member, &s), 0);
		egt_eq(kit_join(f), 0);
		while (s.members)
			egt_eq(eg_yield(), 0);
		kit_close_pair(s.pair);
	}
}
