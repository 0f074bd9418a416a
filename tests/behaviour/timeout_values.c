/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a value or a place: of channels and of queues. They are
 * rows of the table in timeout_calls.c.
 */
#include "timeout_values.h"

void chan_set_up_meeting(struct call_rig *r)
{
	egt_eq(eg_chan_new(&r->chan, 1, 0), 0);
}

void chan_set_up_full(struct call_rig *r)
{
	egt_eq(eg_chan_new(&r->chan, 1, 2), 0);
	egt_eq(eg_chan_send(r->chan, "x", EG_NOW), 0);
	egt_eq(eg_chan_send(r->chan, "x", EG_NOW), 0);
}

int64_t chan_call_send(struct call_rig *r, int64_t deadline)
{
	return eg_chan_send(r->chan, "y", deadline);
}

void chan_wake_sender(struct call_rig *r)
{
	egt_eq(eg_chan_recv(r->chan, NULL, EG_NOW), 0);
}

int64_t chan_call_recv(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_chan_recv(r->chan, &value, deadline);
}

void chan_wake_receiver(struct call_rig *r)
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

void queue_set_up_full(struct call_rig *r)
{
	set_up_values(r, 2);
}

void queue_set_up_empty(struct call_rig *r)
{
	set_up_values(r, 0);
	egt_eq(eg_queue_resize(r->queue, 2), 0);
}

void queue_set_up_meeting(struct call_rig *r)
{
	set_up_values(r, 0);
}

int64_t queue_call_put(struct call_rig *r, int64_t deadline)
{
	return eg_queue_put(r->queue, "y", deadline);
}

void queue_wake_putter(struct call_rig *r)
{
	egt_eq(eg_queue_get(r->queue, NULL, EG_NOW), 0);
}

int64_t queue_call_get(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_queue_get(r->queue, &value, deadline);
}

int64_t queue_call_peek(struct call_rig *r, int64_t deadline)
{
	char value = 0;

	return eg_queue_peek(r->queue, &value, deadline);
}

void queue_wake_getter(struct call_rig *r)
{
	egt_eq(eg_queue_put(r->queue, "z", EG_NOW), 0);
}

/* The next one has to wait again. */
void queue_wake_peeker(struct call_rig *r)
{
	queue_wake_getter(r);
	queue_wake_putter(r);
}

void queue_set_up_unfinished(struct call_rig *r)
{
	queue_set_up_empty(r);
	queue_wake_peeker(r);
}

int64_t queue_call_join(struct call_rig *r, int64_t deadline)
{
	return eg_queue_join(r->queue, deadline);
}

void queue_wake_joiner(struct call_rig *r)
{
	egt_eq(eg_queue_task_done(r->queue), 0);
	queue_wake_peeker(r);
}
