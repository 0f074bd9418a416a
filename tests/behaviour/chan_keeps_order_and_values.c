/* SPDX-License-Identifier: MIT */
/*
 * Channels: order, capacities, sizes of values, rendezvous (semantics QU-01 to
 * QU-03, QU-10). Closing is chan_closes_for_all.c's.
 */
#include "fiber_trace.h"

#include <string.h>

enum { VALUE_MAX_BYTES = 4096 };

struct flow {
	eg_chan *chan;
	size_t value_bytes;
	int count;
};

static void fill(unsigned char *value, size_t bytes, int n)
{
	for (size_t i = 0; i < bytes; i++)
		value[i] = (unsigned char)(n * 7 + (int)i);
}

static void *send_all(void *arg)
{
	const struct flow *f = arg;
	unsigned char value[VALUE_MAX_BYTES];

	for (int i = 0; i < f->count; i++) {
		fill(value, f->value_bytes, i);
		egt_eq(eg_chan_send(f->chan, f->value_bytes ? value : NULL,
				    EG_FOREVER),
		       0);
	}
	return NULL;
}

static void receive_all(const struct flow *f)
{
	unsigned char value[VALUE_MAX_BYTES + 1], want[VALUE_MAX_BYTES];

	for (int i = 0; i < f->count; i++) {
		memset(value, 0xee, sizeof(value));
		fill(want, f->value_bytes, i);
		egt_eq(eg_chan_recv(f->chan, value, EG_FOREVER), 0);
		egt_true(!memcmp(value, want, f->value_bytes));
		egt_eq(value[f->value_bytes], 0xee);
	}
}

EG_TEST(values_arrive_whole_and_in_order)
{
	static const size_t sizes[] = { 0, 1, 8, 24, VALUE_MAX_BYTES };
	static const size_t capacities[] = { 0, 1, 3, 64 };
	eg_spawn_options o = EG_SPAWN_INIT;

	o.stack_bytes = 128 * 1024;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (size_t j = 0; j < ARRAY_LEN(capacities); j++) {
			struct flow f = { NULL, sizes[i], 200 };
			eg_fiber *sender;

			egt_casef("%zu bytes, capacity %zu", sizes[i],
				  capacities[j]);
			egt_eq(eg_chan_new(&f.chan, sizes[i], capacities[j]),
			       0);
			egt_eq(eg_spawn_with(&sender, send_all, &f, &o), 0);
			receive_all(&f);
			egt_eq(eg_join(sender, NULL, EG_FOREVER), 0);
			egt_eq(eg_chan_len(f.chan), 0);
			egt_ptr_eq(eg_chan_unref(f.chan), NULL);
		}
	}
}

EG_TEST(a_channel_takes_its_capacity_without_a_receiver)
{
	static const size_t capacities[] = { 0, 1, 2, 64 };

	for (size_t i = 0; i < ARRAY_LEN(capacities); i++) {
		eg_chan *chan;
		size_t value = 0;

		egt_casef("capacity %zu", capacities[i]);
		egt_eq(eg_chan_new(&chan, sizeof(value), capacities[i]), 0);
		for (; value < capacities[i]; value++) {
			egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
			egt_eq(eg_chan_len(chan), value + 1);
		}
		egt_eq(eg_chan_send(chan, &value, EG_NOW), -ETIMEDOUT);
		egt_eq(eg_chan_send(chan, &value, eg_after(EG_MSEC)),
		       -ETIMEDOUT);
		egt_eq(eg_chan_len(chan), capacities[i]);
		for (size_t want = 0; want < capacities[i]; want++) {
			egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
			egt_eq(value, want);
		}
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), -ETIMEDOUT);
		eg_chan_unref(chan);
	}
}

struct party {
	eg_chan *chan;
	struct trace *trace;
	char letter;
	int value;
};

static void *send_and_write(void *arg)
{
	struct party *p = arg;

	egt_eq(eg_chan_send(p->chan, &p->value, EG_FOREVER), 0);
	trace_add(p->trace, p->letter);
	return NULL;
}

static void *recv_and_write(void *arg)
{
	struct party *p = arg;

	egt_eq(eg_chan_recv(p->chan, &p->value, EG_FOREVER), 0);
	trace_add(p->trace, p->letter);
	return NULL;
}

/* Sending ends when the value is taken; nobody goes before those in line. */
EG_TEST(a_rendezvous_goes_in_order_of_arrival)
{
	struct trace t = { .len = 0 };
	struct party p[6];
	eg_chan *chan;
	int value = 0;

	egt_eq(eg_chan_new(&chan, sizeof(value), 0), 0);
	for (int i = 0; i < 6; i++) {
		p[i] = (struct party){ chan, &t, (char)('a' + i), i };
		egt_eq(eg_spawn(NULL, send_and_write, &p[i]), 0);
	}
	settle();
	egt_str_eq(t.text, "");
	egt_eq(eg_chan_len(chan), 0);
	for (int i = 0; i < 6; i++) {
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
		egt_eq(value, i);
	}
	settle();
	egt_str_eq(t.text, "abcdef");
	eg_chan_unref(chan);
}

EG_TEST(receivers_are_served_in_order_of_arrival)
{
	static const size_t capacities[] = { 0, 4 };

	for (size_t c = 0; c < ARRAY_LEN(capacities); c++) {
		struct trace t = { .len = 0 };
		struct party p[6];
		eg_chan *chan;

		egt_casef("capacity %zu", capacities[c]);
		egt_eq(eg_chan_new(&chan, sizeof(int), capacities[c]), 0);
		for (int i = 0; i < 6; i++) {
			p[i] = (struct party){ chan, &t, (char)('a' + i), -1 };
			egt_eq(eg_spawn(NULL, recv_and_write, &p[i]), 0);
		}
		settle();
		for (int i = 0; i < 6; i++)
			egt_eq(eg_chan_send(chan, &i, EG_NOW), 0);
		/* They are theirs already. */
		egt_eq(eg_chan_recv(chan, NULL, EG_NOW), -ETIMEDOUT);
		settle();
		egt_str_eq(t.text, "abcdef");
		for (int i = 0; i < 6; i++)
			egt_eq(p[i].value, i);
		eg_chan_unref(chan);
	}
}

/* A full ring with senders in line: their values keep their places. */
EG_TEST(waiting_senders_keep_their_place_behind_the_ring)
{
	struct trace t = { .len = 0 };
	struct party p[4];
	eg_chan *chan;
	int value;

	egt_eq(eg_chan_new(&chan, sizeof(value), 2), 0);
	for (value = 0; value < 2; value++)
		egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
	for (int i = 0; i < 4; i++) {
		p[i] = (struct party){ chan, &t, (char)('a' + i), 2 + i };
		egt_eq(eg_spawn(NULL, send_and_write, &p[i]), 0);
	}
	settle();
	for (int i = 0; i < 6; i++) {
		egt_eq(eg_chan_len(chan), i < 4 ? 2 : 6 - i);
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
		egt_eq(value, i);
	}
	settle();
	egt_str_eq(t.text, "abcd");
	eg_chan_unref(chan);
}

EG_TEST(a_value_may_be_dropped)
{
	eg_chan *chan;
	eg_fiber *f;
	struct trace t = { .len = 0 };
	struct party p = { NULL, &t, 's', 5 };

	for (size_t capacity = 0; capacity < 2; capacity++) {
		egt_eq(eg_chan_new(&chan, sizeof(int), capacity), 0);
		p.chan = chan;
		/* Who receives waits first, then who sends. */
		egt_eq(eg_spawn(&f, send_and_write, &p), 0);
		egt_eq(eg_chan_recv(chan, NULL, EG_FOREVER), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f, send_and_write, &p), 0);
		settle();
		egt_eq(eg_chan_recv(chan, NULL, EG_FOREVER), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		eg_chan_unref(chan);
	}
}

struct crowd {
	eg_chan *chan;
	long sum;
	int received;
};

static void *send_ten(void *arg)
{
	struct crowd *c = arg;

	for (long i = 1; i <= 10; i++)
		egt_eq(eg_chan_send(c->chan, &i, EG_FOREVER), 0);
	return NULL;
}

static void *receive_till_the_end(void *arg)
{
	struct crowd *c = arg;
	long value;

	while (eg_chan_recv(c->chan, &value, EG_FOREVER) == 0) {
		c->sum += value;
		c->received++;
	}
	return NULL;
}

EG_TEST(a_thousand_fibers_share_a_channel)
{
	static const size_t capacities[] = { 0, 1, 64 };

	for (size_t i = 0; i < ARRAY_LEN(capacities); i++) {
		eg_group senders = { 0 }, receivers = { 0 };
		struct crowd c = { .sum = 0 };

		egt_casef("capacity %zu", capacities[i]);
		egt_eq(eg_chan_new(&c.chan, sizeof(long), capacities[i]), 0);
		for (int n = 0; n < 500; n++) {
			egt_eq(eg_group_spawn(&senders, send_ten, &c, NULL), 0);
			egt_eq(eg_group_spawn(&receivers, receive_till_the_end,
					      &c, NULL),
			       0);
		}
		egt_eq(eg_group_wait(&senders, EG_FOREVER), 0);
		egt_eq(eg_chan_close(c.chan), 0);
		egt_eq(eg_group_wait(&receivers, EG_FOREVER), 0);
		egt_eq(c.received, 5000);
		egt_eq(c.sum, 500 * 55);
		eg_chan_unref(c.chan);
	}
}

EG_TEST(sizes_out_of_range_are_refused)
{
	static const struct {
		const char *name;
		size_t value_bytes, capacity;
		int want;
	} cases[] = {
		{ "largest value", 1 << 20, 0, 0 },
		{ "value too large", (1 << 20) + 1, 0, -EINVAL },
		{ "absurd value", SIZE_MAX, 1, -EINVAL },
		{ "ring too large", 1 << 20, 1025, -EINVAL },
		{ "ring overflows", 1 << 20, SIZE_MAX >> 10, -EINVAL },
		{ "nothing at all", 0, 0, 0 },
		{ "absurd capacity of nothing", 0, SIZE_MAX, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_chan *chan = NULL;

		egt_case(cases[i].name);
		egt_eq(eg_chan_new(&chan, cases[i].value_bytes,
				   cases[i].capacity),
		       cases[i].want);
		egt_eq(chan != NULL, cases[i].want == 0);
		eg_chan_unref(chan);
	}
}
