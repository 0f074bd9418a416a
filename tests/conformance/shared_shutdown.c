/* SPDX-License-Identifier: MIT */
/*
 * Queues between threads, their limits and their end: QU-08 to QU-11, LK-07.
 */
#include "shared_queue_rig.h"

/* QU-08, QU-11 */

static void shut_down(void *arg)
{
	struct one *o = arg;

	egt_eq(eg_shared_queue_shutdown(o->queue, o->n), 0);
}

static void shutdown_wakes(long caller)
{
	for (int is_put = 0; is_put < 2; is_put++) {
		struct one o;

		make(&o, 0);
		wait_with(&o, is_put ? put_as_fiber : get_as_fiber);
		shared_call((enum shared_caller)caller, shut_down, &o);
		join_all(&o);
		for (int i = 0; i < FIBERS; i++)
			egt_eq(o.result[i], -ESHUTDOWN);
		drop(&o);
	}
}

static void shutdown_leaves_values(long capacity)
{
	struct one o;

	make(&o, capacity < 0 ? EG_QUEUE_UNBOUNDED : (size_t)capacity);
	o.n = capacity < 0 ? MANY : capacity;
	put_n(&o);
	egt_eq(eg_shared_queue_shutdown(o.queue, false), 0);
	try_to_put(&o);
	egt_eq(o.error, -ESHUTDOWN);
	egt_eq(eg_shared_queue_len(o.queue), o.n);
	get_n(&o);
	try_to_get(&o);
	egt_eq(o.error, -ESHUTDOWN);
	drop(&o);
}

static void shutdown_drops_values(long capacity)
{
	struct one o;

	make(&o, capacity < 0 ? EG_QUEUE_UNBOUNDED : (size_t)capacity);
	o.n = capacity < 0 ? MANY : capacity;
	put_n(&o);
	/* The second may be the immediate one. */
	egt_eq(eg_shared_queue_shutdown(o.queue, false), 0);
	egt_eq(eg_shared_queue_len(o.queue), o.n);
	egt_eq(eg_shared_queue_shutdown(o.queue, true), 0);
	egt_eq(eg_shared_queue_len(o.queue), 0);
	try_to_get(&o);
	egt_eq(o.error, -ESHUTDOWN);
	try_to_put(&o);
	egt_eq(o.error, -ESHUTDOWN);
	drop(&o);
}

static void drain(void *arg)
{
	struct one *o = arg;
	long got;

	while ((o->error = eg_shared_queue_get(o->queue, &got, EG_FOREVER)) ==
	       0)
		egt_eq(got, o->first++);
}

static void is_drained_until_shutdown(long caller)
{
	struct one o;

	make(&o, 100);
	o.n = 100;
	put_n(&o);
	egt_eq(eg_shared_queue_shutdown(o.queue, false), 0);
	shared_call((enum shared_caller)caller, drain, &o);
	egt_eq(o.first, 100);
	egt_eq(o.error, -ESHUTDOWN);
	drop(&o);
}

/* QU-09, QU-10 */

static void unbounded_put_never_waits(long caller)
{
	struct one o;

	make(&o, EG_QUEUE_UNBOUNDED);
	o.n = MANY;
	o.deadline = EG_NOW;
	shared_call((enum shared_caller)caller, put_n, &o);
	egt_eq(eg_shared_queue_len(o.queue), MANY);
	get_n(&o);
	drop(&o);
}

static void rendezvous_holds_nothing(long is_put)
{
	struct one o;

	make(&o, 0);
	o.deadline = EG_NOW;
	try_to_put(&o);
	egt_eq(o.error, -ETIMEDOUT);
	try_to_get(&o);
	egt_eq(o.error, -ETIMEDOUT);
	o.deadline = EG_FOREVER;
	wait_with(&o, is_put ? put_as_fiber : get_as_fiber);
	egt_eq(eg_shared_queue_len(o.queue), 0);
	for (int i = 0; i < FIBERS; i++) {
		o.deadline = EG_NOW;
		o.first = 30 + i;
		if (is_put)
			egt_eq(next_value(&o), 10 + i);
		else
			try_to_put(&o);
	}
	join_all(&o);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(o.result[i], 0);
		egt_eq(o.value[i], is_put ? 10 + i : 30 + i);
	}
	drop(&o);
}

static void get_drops_into_null(long capacity)
{
	struct one o;

	make(&o, capacity < 0 ? EG_QUEUE_UNBOUNDED : (size_t)capacity);
	o.n = 2;
	put_n(&o);
	egt_eq(eg_shared_queue_get(o.queue, NULL, EG_NOW), 0);
	egt_eq(next_value(&o), 1);
	drop(&o);
}

static void unref(void *arg)
{
	struct one *o = arg;

	egt_ptr_eq(eg_shared_queue_unref(o->queue), NULL);
}

static void lives_as_long_as_its_references(long caller)
{
	struct one o;

	make(&o, 1);
	egt_ptr_eq(eg_shared_queue_ref(o.queue), o.queue);
	o.n = 1;
	put_n(&o);
	shared_call((enum shared_caller)caller, unref, &o);
	egt_eq(next_value(&o), 0);
	put_n(&o); /* dropped with it */
	shared_call((enum shared_caller)caller, unref, &o);
}

static const struct conform cases[] = {
	BY_ALL("QU-08", "a shutdown wakes all", shutdown_wakes),
	{ "QU-08", "a shutdown leaves one value", shutdown_leaves_values, 1 },
	{ "QU-08", "a shutdown leaves values", shutdown_leaves_values, 7 },
	{ "QU-08", "a shutdown leaves a chain", shutdown_leaves_values, -1 },
	{ "QU-08", "at once, it drops one value", shutdown_drops_values, 1 },
	{ "QU-08", "at once, it drops values", shutdown_drops_values, 7 },
	{ "QU-08", "at once, it drops a chain", shutdown_drops_values, -1 },
	BY_ALL("QU-11", "drained until it is shut down",
	       is_drained_until_shutdown),
	BY_ALL("QU-09", "without a bound a put never waits",
	       unbounded_put_never_waits),
	{ "QU-10", "a rendezvous with getters", rendezvous_holds_nothing, 0 },
	{ "QU-10", "a rendezvous with putters", rendezvous_holds_nothing, 1 },
	{ "QU-03", "a value is dropped", get_drops_into_null, 2 },
	{ "QU-03", "a value of a chain is dropped", get_drops_into_null, -1 },
	BY_ALL("LK-07", "it lives as long as its references",
	       lives_as_long_as_its_references),
};
CONFORMANCE(shared_shutdown_conforms, cases)
