/* SPDX-License-Identifier: MIT */
/*
 * Channels of several capacities, and what queues have of their own: QU-01 to
 * QU-04, QU-08, QU-10 to QU-12. What holds for every queue is in queues.c.
 */
#include "conform_kit.h"

#include <limits.h>

/* A send or a receive, of one letter. */
struct letter_call {
	eg_chan *chan;
	char value;
};

static int send_letter(void *arg, int64_t deadline)
{
	struct letter_call *c = arg;

	return eg_chan_send(c->chan, &c->value, deadline);
}

static int receive_letter(void *arg, int64_t deadline)
{
	struct letter_call *c = arg;

	return eg_chan_recv(c->chan, &c->value, deadline);
}

static eg_chan *make(long capacity)
{
	eg_chan *chan;

	egt_eq(eg_chan_new(&chan, 1, (size_t)capacity), 0);
	return chan;
}

static char take(eg_chan *chan)
{
	char value = '?';

	egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
	return value;
}

static void letters_come_in_order(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call[6];
	struct act a[6] = { { .trace = NULL } };

	for (int i = 0; i < 6; i++) {
		call[i] = (struct letter_call){ chan, (char)('a' + i) };
		act_begin(&a[i], send_letter, &call[i]);
		egt_eq(a[i].result, i < capacity ? 0 : ACT_WAITS);
	}
	egt_eq(eg_chan_len(chan), capacity < 6 ? capacity : 6);
	for (int i = 0; i < 6; i++)
		egt_eq(take(chan), 'a' + i);
	for (int i = 0; i < 6; i++)
		egt_eq(act_end(&a[i]), 0);
	eg_chan_unref(chan);
}

static void receivers_are_served_in_order(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call[4];
	struct act a[4] = { { .trace = NULL } };

	for (int i = 0; i < 4; i++) {
		call[i] = (struct letter_call){ chan, '?' };
		act_begin(&a[i], receive_letter, &call[i]);
	}
	for (int i = 0; i < 4; i++) {
		char letter = (char)('a' + i);

		egt_eq(eg_chan_send(chan, &letter, EG_NOW), 0);
	}
	egt_eq(eg_chan_len(chan), 0);
	for (int i = 0; i < 4; i++) {
		egt_eq(act_end(&a[i]), 0);
		egt_eq(call[i].value, 'a' + i);
	}
	eg_chan_unref(chan);
}

static void send_waits_for_room(long capacity)
{
	eg_chan *chan = make(capacity);
	int64_t start;

	for (long i = 0; i < capacity; i++)
		egt_eq(eg_chan_send(chan, "x", EG_FOREVER), 0);
	egt_eq(eg_chan_send(chan, "y", EG_NOW), -ETIMEDOUT);
	start = eg_now();
	egt_eq(eg_chan_send(chan, "y", start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(eg_chan_len(chan), capacity);
	eg_chan_unref(chan);
}

static void receive_waits_for_a_letter(long capacity)
{
	eg_chan *chan = make(capacity);
	int64_t start;
	char value = '?';

	egt_eq(eg_chan_recv(chan, &value, EG_NOW), -ETIMEDOUT);
	start = eg_now();
	egt_eq(eg_chan_recv(chan, &value, start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(value, '?');
	eg_chan_unref(chan);
}

static void who_gives_up_sends_nothing(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call[2] = { { chan, 'a' }, { chan, 'b' } };
	struct act a[2] = { { .trace = NULL } };

	for (long i = 0; i < capacity; i++)
		egt_eq(eg_chan_send(chan, "x", EG_NOW), 0);
	act_begin(&a[0], send_letter, &call[0]);
	act_begin(&a[1], send_letter, &call[1]);
	egt_eq(act_kill(&a[0], -EIO), -EIO);
	for (long i = 0; i < capacity; i++)
		egt_eq(take(chan), 'x');
	egt_eq(take(chan), 'b');
	egt_eq(act_end(&a[1]), 0);
	egt_eq(eg_chan_recv(chan, NULL, EG_NOW), -ETIMEDOUT);
	eg_chan_unref(chan);
}

static void who_gives_up_takes_nothing(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call[2] = { { chan, '?' }, { chan, '?' } };
	struct act a[2] = { { .trace = NULL } };

	act_begin_until(&a[0], receive_letter, &call[0], eg_after(EG_MSEC));
	act_begin(&a[1], receive_letter, &call[1]);
	egt_eq(act_end(&a[0]), -ETIMEDOUT);
	egt_eq(eg_chan_send(chan, "c", EG_NOW), 0);
	egt_eq(act_end(&a[1]), 0);
	egt_eq(call[1].value, 'c');
	eg_chan_unref(chan);
}

static void close_wakes_senders(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call[2] = { { chan, 'a' }, { chan, 'b' } };
	struct act a[2] = { { .trace = NULL } };

	for (long i = 0; i < capacity; i++)
		egt_eq(eg_chan_send(chan, "x", EG_NOW), 0);
	act_begin(&a[0], send_letter, &call[0]);
	act_begin(&a[1], send_letter, &call[1]);
	egt_eq(eg_chan_close(chan), 0);
	egt_eq(act_end(&a[0]), -EPIPE);
	egt_eq(act_end(&a[1]), -EPIPE);
	egt_eq(eg_chan_send(chan, "z", EG_FOREVER), -EPIPE);
	for (long i = 0; i < capacity; i++)
		egt_eq(take(chan), 'x');
	egt_eq(eg_chan_recv(chan, NULL, EG_FOREVER), -EPIPE);
	egt_eq(eg_chan_close(chan), 0);
	eg_chan_unref(chan);
}

static void close_wakes_receivers(long capacity)
{
	eg_chan *chan = make(capacity);
	struct letter_call call = { chan, '?' };
	struct act a = { .trace = NULL };

	act_begin(&a, receive_letter, &call);
	egt_eq(eg_chan_close(chan), 0);
	egt_eq(act_end(&a), -EPIPE);
	egt_eq(call.value, '?');
	eg_chan_unref(chan);
}

static eg_queue *make_queue(size_t capacity)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *q;

	options.capacity = capacity;
	egt_eq(eg_queue_new(&q, sizeof(long), &options), 0);
	return q;
}

static int put_one(void *queue, int64_t deadline)
{
	long one = 1;

	return eg_queue_put(queue, &one, deadline);
}

static int get_any(void *queue, int64_t deadline)
{
	return eg_queue_get(queue, NULL, deadline);
}

static int get_until_the_end(void *queue, int64_t deadline)
{
	int n = 0, r;

	while (!(r = eg_queue_get(queue, NULL, deadline)))
		n++;
	egt_eq(r, -ESHUTDOWN);
	return n;
}

/* In place of an iterator. */
static void getting_ends_with_the_shutdown(long n)
{
	eg_queue *q = make_queue(2);
	struct act a = { .trace = NULL };

	act_begin(&a, get_until_the_end, q);
	for (long i = 0; i < n; i++)
		egt_eq(put_one(q, EG_FOREVER), 0);
	egt_eq(eg_queue_shutdown(q, false), 0);
	egt_eq(act_end(&a), n);
	eg_queue_unref(q);
}

static void larger_capacity_wakes_putters(long capacity)
{
	eg_queue *q = make_queue(1);
	struct act a[4] = { { .trace = NULL } };

	egt_eq(put_one(q, EG_NOW), 0);
	for (int i = 0; i < 4; i++)
		act_begin(&a[i], put_one, q);
	egt_eq(eg_queue_putters(q), 4);
	egt_eq(eg_queue_resize(q, (size_t)capacity), 0);
	egt_eq(eg_queue_len(q), capacity < 5 ? capacity : 5);
	egt_eq(eg_queue_putters(q), capacity < 5 ? 5 - capacity : 0);
	for (int i = 0; i < 4; i++)
		egt_eq(i < capacity - 1 ? act_end(&a[i]) : act_cancel(&a[i]),
		       i < capacity - 1 ? 0 : -ECANCELED);
	eg_queue_unref(q);
}

static void smaller_capacity_keeps_values(long capacity)
{
	eg_queue *q = make_queue(4);

	for (int i = 0; i < 4; i++)
		egt_eq(put_one(q, EG_NOW), 0);
	egt_eq(eg_queue_resize(q, (size_t)capacity), 0);
	egt_eq(eg_queue_capacity(q), capacity);
	egt_eq(eg_queue_len(q), 4);
	egt_eq(put_one(q, EG_NOW), -ETIMEDOUT);
	for (long i = 4; i > capacity; i--)
		egt_eq(get_any(q, EG_NOW), 0);
	egt_eq(put_one(q, EG_NOW), -ETIMEDOUT);
	if (capacity) {
		egt_eq(get_any(q, EG_NOW), 0);
		egt_eq(put_one(q, EG_NOW), 0);
	}
	eg_queue_unref(q);
}

static void waiters_are_counted(long n)
{
	eg_queue *q = make_queue(1);
	struct act a[8] = { { .trace = NULL } };

	egt_eq(eg_queue_getters(q), 0);
	for (long i = 0; i < n; i++)
		act_begin(&a[i], get_any, q);
	egt_eq(eg_queue_getters(q), n);
	egt_eq(eg_queue_putters(q), 0);
	for (long i = 0; i < n; i++)
		egt_eq(act_cancel(&a[i]), -ECANCELED);
	egt_eq(eg_queue_getters(q), 0);
	eg_queue_unref(q);
}

static void makes_no_sense(long value_bytes)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *q = NULL;
	eg_chan *chan = NULL;

	options.capacity = 1;
	egt_eq(eg_queue_new(&q, (size_t)value_bytes, &options), -EINVAL);
	egt_eq(eg_chan_new(&chan, (size_t)value_bytes, 1), -EINVAL);
	egt_ptr_eq(q, NULL);
	egt_ptr_eq(chan, NULL);
}

static void values_of_any_size(long value_bytes)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	static char in[1 << 20], out[1 << 20];
	eg_queue *q;

	options.capacity = 2;
	for (long i = 0; i < value_bytes; i++) {
		in[i] = (char)(i * 7 + 1);
		out[i] = 0;
	}
	egt_eq(eg_queue_new(&q, (size_t)value_bytes, &options), 0);
	egt_eq(eg_queue_put(q, in, EG_NOW), 0);
	egt_eq(eg_queue_get(q, out, EG_NOW), 0);
	for (long i = 0; i < value_bytes; i++)
		egt_eq(out[i], in[i]);
	eg_queue_unref(q);
}

#define EACH_CAPACITY(row, says, check)                   \
	{ row, says, check, 0 }, { row, says, check, 1 }, \
	{                                                 \
		row, says, check, 4                       \
	}

static const struct conform chan_cases[] = {
	EACH_CAPACITY("QU-01", "letters come in order", letters_come_in_order),
	EACH_CAPACITY("QU-01", "receivers are served in order",
		      receivers_are_served_in_order),
	EACH_CAPACITY("QU-02", "a send waits for room", send_waits_for_room),
	EACH_CAPACITY("QU-03", "a receive waits for a letter",
		      receive_waits_for_a_letter),
	EACH_CAPACITY("QU-04", "who gives up sends nothing",
		      who_gives_up_sends_nothing),
	EACH_CAPACITY("QU-04", "who gives up takes nothing",
		      who_gives_up_takes_nothing),
	EACH_CAPACITY("QU-08", "a close wakes senders, and keeps letters",
		      close_wakes_senders),
	EACH_CAPACITY("QU-08", "a close wakes receivers",
		      close_wakes_receivers),
	{ "QU-11", "getting ends with the shutdown",
	  getting_ends_with_the_shutdown, 0 },
	{ "QU-11", "getting ends with the shutdown",
	  getting_ends_with_the_shutdown, 1 },
	{ "QU-11", "getting ends with the shutdown",
	  getting_ends_with_the_shutdown, 50 },
	{ "QU-12", "a larger capacity wakes putters",
	  larger_capacity_wakes_putters, 2 },
	{ "QU-12", "a larger capacity wakes putters",
	  larger_capacity_wakes_putters, 4 },
	{ "QU-12", "a larger capacity wakes all putters",
	  larger_capacity_wakes_putters, 100 },
	{ "QU-12", "a smaller capacity keeps values",
	  smaller_capacity_keeps_values, 0 },
	{ "QU-12", "a smaller capacity keeps values",
	  smaller_capacity_keeps_values, 1 },
	{ "QU-12", "a smaller capacity keeps values",
	  smaller_capacity_keeps_values, 3 },
	{ "QU-12", "waiters are counted", waiters_are_counted, 0 },
	{ "QU-12", "waiters are counted", waiters_are_counted, 1 },
	{ "QU-12", "waiters are counted", waiters_are_counted, 8 },
	{ "QU-01", "values too large are refused", makes_no_sense,
	  (1 << 20) + 1 },
	{ "QU-01", "values too large are refused", makes_no_sense, LONG_MAX },
	{ "QU-01", "values of no bytes", values_of_any_size, 0 },
	{ "QU-01", "values of one byte", values_of_any_size, 1 },
	{ "QU-01", "values of odd sizes", values_of_any_size, 13 },
	{ "QU-01", "values of the largest size", values_of_any_size, 1 << 20 },
};
CONFORMANCE(channels_of_every_capacity, chan_cases)
