/* SPDX-License-Identifier: MIT */
/*
 * Closing a channel: who waits gets -EPIPE, what is inside can be received,
 * and references keep it alive (semantics QU-08).
 */
#include "fiber_trace.h"

struct party {
	eg_chan *chan;
	int result;
	int value;
};

static void *send_one(void *arg)
{
	struct party *p = arg;

	p->result = eg_chan_send(p->chan, &p->value, EG_FOREVER);
	return NULL;
}

static void *recv_one(void *arg)
{
	struct party *p = arg;

	p->result = eg_chan_recv(p->chan, &p->value, EG_FOREVER);
	return NULL;
}

EG_TEST(close_wakes_who_waits)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		size_t capacity;
	} cases[] = {
		{ "receivers, rendezvous", recv_one, 0 },
		{ "receivers, ring", recv_one, 4 },
		{ "senders, rendezvous", send_one, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct party p[3];
		eg_fiber *f[3];
		eg_chan *chan;

		egt_case(cases[i].name);
		egt_eq(eg_chan_new(&chan, sizeof(int), cases[i].capacity), 0);
		for (int n = 0; n < 3; n++) {
			p[n] = (struct party){ chan, 1, 7 };
			egt_eq(eg_spawn(&f[n], cases[i].fn, &p[n]), 0);
		}
		settle();
		egt_eq(eg_chan_close(chan), 0);
		egt_eq(eg_chan_close(chan), 0);
		for (int n = 0; n < 3; n++) {
			egt_eq(eg_join(f[n], NULL, EG_FOREVER), 0);
			egt_eq(p[n].result, -EPIPE);
			egt_eq(p[n].value, 7);
		}
		eg_chan_unref(chan);
	}
}

EG_TEST(values_left_inside_can_be_received)
{
	struct party p = { .value = 9 };
	eg_chan *chan;
	eg_fiber *f;
	int value;

	egt_eq(eg_chan_new(&chan, sizeof(value), 3), 0);
	for (value = 1; value <= 3; value++)
		egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
	p.chan = chan;
	egt_eq(eg_spawn(&f, send_one, &p), 0);
	settle();
	egt_eq(eg_chan_close(chan), 0);
	egt_eq(eg_chan_send(chan, &value, EG_FOREVER), -EPIPE);
	egt_eq(eg_chan_len(chan), 3);
	for (int want = 1; want <= 3; want++) {
		egt_eq(eg_chan_recv(chan, &value, EG_FOREVER), 0);
		egt_eq(value, want);
	}
	/* The sender that waited has not sent. */
	for (int i = 0; i < 2; i++)
		egt_eq(eg_chan_recv(chan, &value, EG_FOREVER), -EPIPE);
	egt_eq(value, 3);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(p.result, -EPIPE);
	eg_chan_unref(chan);
}

EG_TEST(a_reference_keeps_a_channel)
{
	eg_chan *chan;
	int value = 4;

	egt_eq(eg_chan_new(&chan, sizeof(value), 1), 0);
	egt_ptr_eq(eg_chan_ref(chan), chan);
	egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
	egt_ptr_eq(eg_chan_unref(chan), NULL);
	value = 0;
	egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
	egt_eq(value, 4);
	/* The last one drops what is inside. */
	egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
	egt_ptr_eq(eg_chan_unref(chan), NULL);
	egt_ptr_eq(eg_chan_unref(NULL), NULL);
	egt_ptr_eq(eg_chan_ref(NULL), NULL);
}

EG_TEST_DIES(channel_is_not_freed_under_who_waits, SIGABRT,
	     "check failed: nobody_waits_on_channel")
{
	struct party p = { .result = 1 };
	eg_fiber *f;

	egt_eq(eg_chan_new(&p.chan, sizeof(int), 0), 0);
	egt_eq(eg_spawn(&f, recv_one, &p), 0);
	egt_eq(eg_yield(), 0);
	eg_chan_unref(p.chan);
}
