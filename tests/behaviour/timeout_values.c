/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a value or a place, of channels and of queues: rows for
 * timeout_calls.h. Tests no behaviour itself.
 */
#include "timeout_calls.h"

static void chan_set_up_meeting(struct call_rig *r)
{
	egt_eq(eg_chan_new(&r->chan, 1, 0), 0);
}

static void chan_set_up_full(struct call_rig *r)
{
	egt_eq(eg_chan_new(&r->chan, 1, 2), 0);
	egt_eq(eg_chan_send(r->chan, "x", EG_NOW), 0);
	egt_eq(eg_chan_send(r->chan, "x", EG_NOW), 0);
}

static int64_t chan_call_send(struct call_rig *r, int64_t deadline)
{
	return eg_chan_send(r->chan, "y", deadline);
}

static void chan_wake_sender(struct call_rig *r)
{
	egt_eq(eg_chan_recv(r->chan, NULL, EG_NOW), 0);
}

static int64_t chan_call_recv(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_chan_recv(r->chan, &value, deadline);
}

static void chan_wake_receiver(struct call_rig *r)
{
	egt_eq(eg_chan_send(r->chan, "z", EG_NOW), 0);
}

static void set_up_values(struct call_rig *r, size_t capacity)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;

	options.capacity = capacity;
	egt_eq(eg_queue_new(&r->queue, 1, &options), 0);
	for (size_t i = 0; i < capacity; i++)
		egt_eq(eg_queue_put(r->queue, "x", EG_NOW), 0);
}

static void queue_set_up_full(struct call_rig *r)
{
	set_up_values(r, 2);
}

static void queue_set_up_empty(struct call_rig *r)
{
	set_up_values(r, 0);
	egt_eq(eg_queue_resize(r->queue, 2), 0);
}

static void queue_set_up_meeting(struct call_rig *r)
{
	set_up_values(r, 0);
}

static int64_t queue_call_put(struct call_rig *r, int64_t deadline)
{
	return eg_queue_put(r->queue, "y", deadline);
}

static void queue_wake_putter(struct call_rig *r)
{
	egt_eq(eg_queue_get(r->queue, NULL, EG_NOW), 0);
}

static int64_t queue_call_get(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_queue_get(r->queue, &value, deadline);
}

static int64_t queue_call_peek(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_queue_peek(r->queue, &value, deadline);
}

static void queue_wake_getter(struct call_rig *r)
{
	egt_eq(eg_queue_put(r->queue, "z", EG_NOW), 0);
}

/* The next one has to wait again. */
static void queue_wake_peeker(struct call_rig *r)
{
	queue_wake_getter(r);
	queue_wake_putter(r);
}

static void queue_set_up_unfinished(struct call_rig *r)
{
	queue_set_up_empty(r);
	queue_wake_peeker(r);
}

static int64_t queue_call_join(struct call_rig *r, int64_t deadline)
{
	return eg_queue_join(r->queue, deadline);
}

static void queue_wake_joiner(struct call_rig *r)
{
	egt_eq(eg_queue_task_done(r->queue), 0);
	queue_wake_peeker(r);
}

static void drop_chan(struct call_rig *r)
{
	r->chan = eg_chan_unref(r->chan);
}

static void drop_queue(struct call_rig *r)
{
	r->queue = eg_queue_unref(r->queue);
}

static const struct blocking_call rows[] = {
	{ "chan_send, rendezvous", .set_up = chan_set_up_meeting,
	  .call = chan_call_send, .wake = chan_wake_sender,
	  .tear_down = drop_chan, .flags = CALL_WANTS_A_WAITER },
	{ "chan_send, full", .set_up = chan_set_up_full, .call = chan_call_send,
	  .wake = chan_wake_sender, .tear_down = drop_chan },
	{ "chan_recv", .set_up = chan_set_up_meeting, .call = chan_call_recv,
	  .wake = chan_wake_receiver, .tear_down = drop_chan,
	  .flags = CALL_WANTS_A_WAITER },
	{ "queue_put, full", .set_up = queue_set_up_full,
	  .call = queue_call_put, .wake = queue_wake_putter,
	  .tear_down = drop_queue },
	{ "queue_put, rendezvous", .set_up = queue_set_up_meeting,
	  .call = queue_call_put, .wake = queue_wake_putter,
	  .tear_down = drop_queue, .flags = CALL_WANTS_A_WAITER },
	{ "queue_get", .set_up = queue_set_up_empty, .call = queue_call_get,
	  .wake = queue_wake_getter, .tear_down = drop_queue },
	{ "queue_get, rendezvous", .set_up = queue_set_up_meeting,
	  .call = queue_call_get, .wake = queue_wake_getter,
	  .tear_down = drop_queue, .flags = CALL_WANTS_A_WAITER },
	{ "queue_peek", .set_up = queue_set_up_empty, .call = queue_call_peek,
	  .wake = queue_wake_peeker, .tear_down = drop_queue },
	{ "queue_join", .set_up = queue_set_up_unfinished,
	  .call = queue_call_join, .wake = queue_wake_joiner,
	  .tear_down = drop_queue },
};
BLOCKING_CALLS(rows)
