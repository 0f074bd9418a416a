/* SPDX-License-Identifier: MIT */
/*
 * Queues between threads, what goes in and out: QU-01 to QU-04, QU-13. The end
 * of a queue is in shared_shutdown.c, channels are in shared_chan.c.
 */
#include "shared_queue_rig.h"

#include <stdlib.h>
#include <string.h>

/* QU-01 */

static void keeps_order_within(long capacity)
{
	struct one o;

	make(&o, capacity < 0 ? EG_QUEUE_UNBOUNDED : (size_t)capacity);
	o.n = capacity < 0 ? MANY : capacity;
	for (int round = 0; round < 3; round++) {
		put_n(&o);
		egt_eq(eg_shared_queue_len(o.queue), o.n);
		get_n(&o);
		egt_eq(eg_shared_queue_len(o.queue), 0);
		o.first += o.n;
	}
	drop(&o);
}

/* Puts so many for each that it gets back: the chain grows and shrinks. */
static void keeps_order_by_turns(long puts)
{
	struct one o;
	long in = 0, out = 0;

	make(&o, EG_QUEUE_UNBOUNDED);
	while (in < MANY) {
		o.first = in;
		o.n = puts;
		put_n(&o);
		in += puts;
		o.first = out;
		o.n = 1;
		get_n(&o);
		out++;
	}
	o.first = out;
	o.n = in - out;
	get_n(&o);
	egt_eq(eg_shared_queue_get(o.queue, NULL, EG_NOW), -ETIMEDOUT);
	drop(&o);
}

static void carries_bytes(size_t bytes, size_t capacity)
{
	unsigned char *in = malloc(bytes + 1), *out = malloc(bytes + 1);
	eg_shared_queue *q;

	egt_true(in && out);
	egt_eq(eg_shared_queue_new(&q, bytes, capacity), 0);
	for (int i = 0; i < 3; i++) {
		memset(in, 0x41 + i, bytes);
		egt_eq(eg_shared_queue_put(q, bytes ? in : NULL, EG_NOW), 0);
	}
	for (int i = 0; i < 3; i++) {
		memset(in, 0x41 + i, bytes);
		out[bytes] = 0x7f;
		egt_eq(eg_shared_queue_get(q, out, EG_NOW), 0);
		egt_eq(memcmp(in, out, bytes), 0);
		egt_eq(out[bytes], 0x7f);
	}
	egt_eq(eg_shared_queue_get(q, out, EG_NOW), -ETIMEDOUT);
	eg_shared_queue_unref(q);
	free(in);
	free(out);
}

static void carries_values_of(long bytes)
{
	carries_bytes((size_t)bytes, 3);
	carries_bytes((size_t)bytes, EG_QUEUE_UNBOUNDED);
}

static void passes_between(long caller)
{
	struct one o;

	make(&o, 5);
	for (o.n = 0; o.n <= 5; o.n++) {
		shared_call((enum shared_caller)caller, put_n, &o);
		get_n(&o);
		put_n(&o);
		shared_call((enum shared_caller)caller, get_n, &o);
	}
	drop(&o);
}

/* QU-02, QU-03 */

static void tries_past_its_deadline(long caller)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 1, INT64_MIN };
	enum shared_caller by = (enum shared_caller)caller;
	struct one o;

	make(&o, 1);
	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		o.deadline = deadlines[i];
		shared_call(by, try_to_get, &o);
		egt_eq(o.error, -ETIMEDOUT);
		shared_call(by, try_to_put, &o);
		egt_eq(o.error, 0);
		shared_call(by, try_to_put, &o);
		egt_eq(o.error, -ETIMEDOUT);
		egt_eq(eg_shared_queue_len(o.queue), 1);
		shared_call(by, try_to_get, &o);
		egt_eq(o.error, 0);
	}
	drop(&o);
}

static void put_too_long(void *arg)
{
	struct one *o = arg;

	o->deadline = eg_after(EG_MSEC);
	try_to_put(o);
	egt_le(o->deadline, eg_now());
}

static void get_too_long(void *arg)
{
	struct one *o = arg;

	o->deadline = eg_after(EG_MSEC);
	try_to_get(o);
	egt_le(o->deadline, eg_now());
}

static void waits_until_its_deadline(long caller)
{
	enum shared_caller by = (enum shared_caller)caller;
	struct one o;

	make(&o, 1);
	shared_call(by, get_too_long, &o);
	egt_eq(o.error, -ETIMEDOUT);
	o.n = 1;
	o.deadline = EG_NOW;
	put_n(&o);
	shared_call(by, put_too_long, &o);
	egt_eq(o.error, -ETIMEDOUT);
	egt_eq(eg_shared_queue_len(o.queue), 1);
	drop(&o);
}

static void *put_as_another(void *arg)
{
	put_n(arg);
	return NULL;
}

static void getter_is_served_by_a_fiber(long caller)
{
	eg_fiber *f;
	struct one o;

	make(&o, 2);
	o.n = 100;
	egt_eq(eg_spawn(&f, put_as_another, &o), 0);
	shared_call((enum shared_caller)caller, get_n, &o);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_shared_queue_len(o.queue), 0);
	drop(&o);
}

static void *get_as_another(void *arg)
{
	get_n(arg);
	return NULL;
}

static void putter_is_served_by_a_fiber(long caller)
{
	eg_fiber *f;
	struct one o;

	make(&o, 2);
	o.n = 100;
	egt_eq(eg_spawn(&f, get_as_another, &o), 0);
	shared_call((enum shared_caller)caller, put_n, &o);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_shared_queue_len(o.queue), 0);
	drop(&o);
}

/* QU-04, QU-13 */

static void putters_are_let_in_one_by_one(long gets)
{
	struct one o;

	make(&o, 1);
	o.n = 1;
	put_n(&o);
	wait_with(&o, put_as_fiber);
	for (long i = 0; i < gets; i++) {
		egt_eq(next_value(&o), i ? 9 + i : 0);
		/* Its place is taken already. */
		egt_eq(eg_shared_queue_len(o.queue), 1);
	}
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_yield(), 0);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], i < gets ? 0 : 1);
	egt_eq(eg_shared_queue_shutdown(o.queue, true), 0);
	join_all(&o);
	drop(&o);
}

static void cancelled_putter_puts_nothing(long victim)
{
	struct one o;

	make(&o, 1);
	o.n = 1;
	put_n(&o);
	wait_with(&o, put_as_fiber);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	egt_eq(next_value(&o), 0);
	for (int i = 0; i < FIBERS; i++)
		if (i != victim)
			egt_eq(next_value(&o), 10 + i);
	egt_eq(eg_shared_queue_len(o.queue), 0);
	join_all(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
	drop(&o);
}

static void cancelled_getter_takes_nothing(long victim)
{
	struct one o;

	make(&o, EG_QUEUE_UNBOUNDED);
	wait_with(&o, get_as_fiber);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	o.first = 20;
	o.n = FIBERS;
	put_n(&o);
	join_all(&o);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
		egt_eq(o.value[i], i == victim ? 0 : 20 + i - (i > victim));
	}
	egt_eq(next_value(&o), 20 + FIBERS - 1);
	drop(&o);
}

static void late_ones_leave_nothing(long is_put)
{
	struct one o;

	make(&o, 0);
	o.deadline = eg_after(EG_MSEC);
	wait_with(&o, is_put ? put_as_fiber : get_as_fiber);
	join_all(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], -ETIMEDOUT);
	o.deadline = EG_NOW;
	try_to_get(&o);
	egt_eq(o.error, -ETIMEDOUT);
	try_to_put(&o);
	egt_eq(o.error, -ETIMEDOUT);
	drop(&o);
}

static void killed_returns_the_error(long is_put)
{
	struct one o;

	make(&o, 0);
	wait_with(&o, is_put ? put_as_fiber : get_as_fiber);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_kill(o.fiber[i], -EIO, EG_NOW), 0);
	join_all(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], -EIO);
	drop(&o);
}

static const struct conform cases[] = {
	{ "QU-01", "order within a capacity", keeps_order_within, 1 },
	{ "QU-01", "order within a capacity", keeps_order_within, 2 },
	{ "QU-01", "order within a capacity", keeps_order_within, 100 },
	{ "QU-01", "order without a bound", keeps_order_within, -1 },
	{ "QU-01", "order while it grows", keeps_order_by_turns, 1 },
	{ "QU-01", "order while it grows", keeps_order_by_turns, 2 },
	{ "QU-01", "order while it grows", keeps_order_by_turns, 50 },
	{ "QU-01", "values of no bytes", carries_values_of, 0 },
	{ "QU-01", "values of bytes", carries_values_of, 1 },
	{ "QU-01", "values of bytes", carries_values_of, 8 },
	{ "QU-01", "values of bytes", carries_values_of, 24 },
	{ "QU-01", "values of a segment", carries_values_of, 4000 },
	{ "QU-01", "values of more than a segment", carries_values_of, 4001 },
	{ "QU-01", "values of the most bytes", carries_values_of, 1 << 20 },
	BY_ALL("QU-01", "values pass to and fro", passes_between),
	BY_ALL("QU-02", "past its deadline a call tries",
	       tries_past_its_deadline),
	BY_ALL("QU-03", "a wait ends at its deadline",
	       waits_until_its_deadline),
	BY_ALL("QU-03", "a getter is served", getter_is_served_by_a_fiber),
	BY_ALL("QU-02", "a putter is served", putter_is_served_by_a_fiber),
	{ "QU-13", "nobody is let in", putters_are_let_in_one_by_one, 0 },
	{ "QU-13", "one putter is let in", putters_are_let_in_one_by_one, 1 },
	{ "QU-13", "all putters are let in", putters_are_let_in_one_by_one,
	  FIBERS },
	{ "QU-04", "the first putter is cancelled",
	  cancelled_putter_puts_nothing, 0 },
	{ "QU-04", "the last putter is cancelled",
	  cancelled_putter_puts_nothing, FIBERS - 1 },
	{ "QU-04", "the first getter is cancelled",
	  cancelled_getter_takes_nothing, 0 },
	{ "QU-04", "one getter between is cancelled",
	  cancelled_getter_takes_nothing, 1 },
	{ "QU-04", "late getters leave nothing", late_ones_leave_nothing, 0 },
	{ "QU-04", "late putters leave nothing", late_ones_leave_nothing, 1 },
	{ "QU-04", "killed getters have the error", killed_returns_the_error,
	  0 },
	{ "QU-04", "killed putters have the error", killed_returns_the_error,
	  1 },
};
CONFORMANCE(shared_queue_conforms, cases)
