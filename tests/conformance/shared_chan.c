/* SPDX-License-Identifier: MIT */
/*
 * Channels between threads: QU-01 to QU-04, QU-08, QU-10, where they are more
 * than a queue under another name. The rest is in shared_values.c.
 */
#include "shared_cases.h"

enum { FIBERS = 3 };

struct one {
	eg_shared_chan *chan;
	eg_fiber *fiber[FIBERS];
	int result[FIBERS];
	long value[FIBERS];
	long got, sent;
	int64_t deadline;
	int error;
};

struct waiter {
	struct one *one;
	int index;
};

static void make(struct one *o, long capacity)
{
	*o = (struct one){ .deadline = EG_FOREVER };
	egt_eq(eg_shared_chan_new(&o->chan, sizeof(long), (size_t)capacity), 0);
}

static void drop(struct one *o)
{
	egt_ptr_eq(eg_shared_chan_unref(o->chan), NULL);
}

static void *send_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] =
		eg_shared_chan_send(o->chan, &o->value[w.index], o->deadline);
	return NULL;
}

static void *recv_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] =
		eg_shared_chan_recv(o->chan, &o->value[w.index], o->deadline);
	return NULL;
}

static void wait_with(struct one *o, eg_fiber_fn *fn)
{
	for (int i = 0; i < FIBERS; i++) {
		struct waiter w = { o, i };

		o->result[i] = 1;
		o->value[i] = fn == send_as_fiber ? 10 + i : 0;
		egt_eq(eg_spawn(&o->fiber[i], fn, &w), 0);
		egt_eq(eg_yield(), 0);
	}
}

static void join_all(struct one *o, int want)
{
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(eg_join(o->fiber[i], NULL, EG_FOREVER), 0);
		egt_eq(o->result[i], want);
	}
}

static void send_one(void *arg)
{
	struct one *o = arg;

	o->error = eg_shared_chan_send(o->chan, &o->sent, o->deadline);
}

static void recv_one(void *arg)
{
	struct one *o = arg;

	o->got = -1;
	o->error = eg_shared_chan_recv(o->chan, &o->got, o->deadline);
}

static void fills_up(long capacity)
{
	struct one o;

	make(&o, capacity);
	o.deadline = EG_NOW;
	for (o.sent = 0; o.sent < capacity; o.sent++) {
		send_one(&o);
		egt_eq(o.error, 0);
		egt_eq(eg_shared_chan_len(o.chan), o.sent + 1);
	}
	send_one(&o);
	egt_eq(o.error, -ETIMEDOUT);
	for (long i = 0; i < capacity; i++) {
		recv_one(&o);
		egt_eq(o.error, 0);
		egt_eq(o.got, i);
	}
	recv_one(&o);
	egt_eq(o.error, -ETIMEDOUT);
	drop(&o);
}

static void meets_senders(long caller)
{
	struct one o;

	make(&o, 0);
	wait_with(&o, send_as_fiber);
	for (int i = 0; i < FIBERS; i++) {
		shared_call((enum shared_caller)caller, recv_one, &o);
		egt_eq(o.error, 0);
		egt_eq(o.got, 10 + i);
	}
	join_all(&o, 0);
	drop(&o);
}

static void meets_receivers(long caller)
{
	struct one o;

	make(&o, 0);
	wait_with(&o, recv_as_fiber);
	for (int i = 0; i < FIBERS; i++) {
		o.sent = 20 + i;
		shared_call((enum shared_caller)caller, send_one, &o);
		egt_eq(o.error, 0);
	}
	join_all(&o, 0);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.value[i], 20 + i);
	drop(&o);
}

/* Values inside come before those that wait to be sent. */
static void senders_come_after_values(long capacity)
{
	struct one o;

	make(&o, capacity);
	for (o.sent = 0; o.sent < capacity; o.sent++)
		send_one(&o);
	wait_with(&o, send_as_fiber);
	egt_eq(eg_shared_chan_len(o.chan), capacity);
	for (long i = 0; i < capacity + FIBERS; i++) {
		recv_one(&o);
		egt_eq(o.error, 0);
		egt_eq(o.got, i < capacity ? i : 10 + i - capacity);
	}
	join_all(&o, 0);
	drop(&o);
}

static void close_chan(void *arg)
{
	struct one *o = arg;

	egt_eq(eg_shared_chan_close(o->chan), 0);
}

static void close_wakes_receivers(long caller)
{
	struct one o;

	make(&o, 2);
	wait_with(&o, recv_as_fiber);
	shared_call((enum shared_caller)caller, close_chan, &o);
	join_all(&o, -EPIPE);
	close_chan(&o);
	drop(&o);
}

/* What is inside is received all the same; what waited to be sent is not. */
static void close_wakes_senders(long caller)
{
	struct one o;

	make(&o, 1);
	o.sent = 5;
	send_one(&o);
	wait_with(&o, send_as_fiber);
	shared_call((enum shared_caller)caller, close_chan, &o);
	join_all(&o, -EPIPE);
	shared_call((enum shared_caller)caller, send_one, &o);
	egt_eq(o.error, -EPIPE);
	egt_eq(eg_shared_chan_len(o.chan), 1);
	shared_call((enum shared_caller)caller, recv_one, &o);
	egt_eq(o.error, 0);
	egt_eq(o.got, 5);
	shared_call((enum shared_caller)caller, recv_one, &o);
	egt_eq(o.error, -EPIPE);
	drop(&o);
}

static void close_outdoes_a_deadline(long capacity)
{
	struct one o;

	make(&o, capacity);
	close_chan(&o);
	o.deadline = EG_NOW;
	send_one(&o);
	egt_eq(o.error, -EPIPE);
	recv_one(&o);
	egt_eq(o.error, -EPIPE);
	drop(&o);
}

static void cancelled_sender_sends_nothing(long victim)
{
	struct one o;

	make(&o, 0);
	wait_with(&o, send_as_fiber);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	for (int i = 0; i < FIBERS; i++) {
		if (i == victim)
			continue;
		recv_one(&o);
		egt_eq(o.got, 10 + i);
	}
	o.deadline = EG_NOW;
	recv_one(&o);
	egt_eq(o.error, -ETIMEDOUT);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(eg_join(o.fiber[i], NULL, EG_FOREVER), 0);
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
	}
	drop(&o);
}

static void cancelled_receiver_takes_nothing(long victim)
{
	struct one o;
	long next = 20;

	make(&o, 0);
	wait_with(&o, recv_as_fiber);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	o.deadline = EG_NOW;
	for (o.sent = next; o.sent < next + FIBERS - 1; o.sent++) {
		send_one(&o);
		egt_eq(o.error, 0);
	}
	send_one(&o);
	egt_eq(o.error, -ETIMEDOUT);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(eg_join(o.fiber[i], NULL, EG_FOREVER), 0);
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
		egt_eq(o.value[i], i == victim ? 0 : next++);
	}
	drop(&o);
}

static void unref(void *arg)
{
	struct one *o = arg;

	egt_ptr_eq(eg_shared_chan_unref(o->chan), NULL);
}

static void lives_as_long_as_its_references(long caller)
{
	struct one o;

	make(&o, 2);
	egt_ptr_eq(eg_shared_chan_ref(o.chan), o.chan);
	shared_call((enum shared_caller)caller, unref, &o);
	send_one(&o);
	egt_eq(o.error, 0);
	shared_call((enum shared_caller)caller, unref, &o);
}

static const struct conform cases[] = {
	{ "QU-02", "a rendezvous has no room", fills_up, 0 },
	{ "QU-02", "it fills up", fills_up, 1 },
	{ "QU-02", "it fills up", fills_up, 64 },
	BY_ALL("QU-10", "a rendezvous with senders", meets_senders),
	BY_ALL("QU-10", "a rendezvous with receivers", meets_receivers),
	{ "QU-03", "values come before senders", senders_come_after_values, 1 },
	{ "QU-03", "values come before senders", senders_come_after_values, 5 },
	BY_ALL("QU-08", "a close wakes receivers", close_wakes_receivers),
	BY_ALL("QU-08", "a close wakes senders", close_wakes_senders),
	{ "QU-08", "closed, whatever the deadline", close_outdoes_a_deadline,
	  0 },
	{ "QU-08", "closed, whatever the deadline", close_outdoes_a_deadline,
	  1 },
	{ "QU-04", "the first sender is cancelled",
	  cancelled_sender_sends_nothing, 0 },
	{ "QU-04", "the last sender is cancelled",
	  cancelled_sender_sends_nothing, FIBERS - 1 },
	{ "QU-04", "the first receiver is cancelled",
	  cancelled_receiver_takes_nothing, 0 },
	{ "QU-04", "the last receiver is cancelled",
	  cancelled_receiver_takes_nothing, FIBERS - 1 },
	BY_ALL("LK-07", "it lives as long as its references",
	       lives_as_long_as_its_references),
};
CONFORMANCE(shared_chan_conforms, cases)
