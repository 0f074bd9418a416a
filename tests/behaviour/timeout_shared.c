/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for an object that threads share: rows for timeout_calls.h.
 * Tests no behaviour itself.
 */
#include "timeout_calls.h"

#include <stdlib.h>

/* What the rows keep in the rig's @own; each uses one. */
struct shared {
	eg_shared_event event;
	eg_shared_sem sem;
	eg_shared_queue *queue; /* owned */
	eg_shared_chan *chan;	/* owned */
};

static void set_up(struct call_rig *r)
{
	r->own = calloc(1, sizeof(struct shared));
	egt_true(r->own);
}

static void tear_down(struct call_rig *r)
{
	struct shared *s = r->own;

	eg_shared_queue_unref(s->queue);
	eg_shared_chan_unref(s->chan);
	free(s);
}

static int64_t call_event(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_event_wait(&s->event, deadline);
}

static void wake_event(struct call_rig *r)
{
	struct shared *s = r->own;

	egt_le(0, eg_shared_event_set(&s->event));
	egt_eq(eg_shared_event_clear(&s->event), 0);
}

static int64_t call_sem(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_sem_wait(&s->sem, deadline);
}

static void wake_sem(struct call_rig *r)
{
	struct shared *s = r->own;

	egt_eq(eg_shared_sem_post(&s->sem), 0);
}

static int64_t call_peek(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_sem_peek(&s->sem, deadline);
}

/* The next one has to wait again. */
static void wake_peek(struct call_rig *r)
{
	wake_sem(r);
	egt_eq(call_sem(r, EG_NOW), 0);
}

static void set_up_full_sem(struct call_rig *r)
{
	struct shared *s;

	set_up(r);
	s = r->own;
	egt_eq(eg_shared_sem_init_bounded(&s->sem, 2, 2), 0);
}

static int64_t call_post(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_sem_post_wait(&s->sem, deadline);
}

static void wake_post(struct call_rig *r)
{
	egt_eq(call_sem(r, EG_NOW), 0);
}

static void set_up_queue(struct call_rig *r, size_t capacity)
{
	struct shared *s;

	set_up(r);
	s = r->own;
	egt_eq(eg_shared_queue_new(&s->queue, 1, capacity), 0);
}

static void set_up_empty(struct call_rig *r)
{
	set_up_queue(r, EG_QUEUE_UNBOUNDED);
}

static void set_up_full(struct call_rig *r)
{
	struct shared *s;

	set_up_queue(r, 1);
	s = r->own;
	egt_eq(eg_shared_queue_put(s->queue, "x", EG_NOW), 0);
}

static int64_t call_put(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_queue_put(s->queue, "y", deadline);
}

static int64_t call_get(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_queue_get(s->queue, NULL, deadline);
}

static void wake_putter(struct call_rig *r)
{
	egt_eq(call_get(r, EG_NOW), 0);
}

static void wake_getter(struct call_rig *r)
{
	egt_eq(call_put(r, EG_NOW), 0);
}

static void set_up_chan(struct call_rig *r, size_t capacity)
{
	struct shared *s;

	set_up(r);
	s = r->own;
	egt_eq(eg_shared_chan_new(&s->chan, 1, capacity), 0);
	for (size_t i = 0; i < capacity; i++)
		egt_eq(eg_shared_chan_send(s->chan, "x", EG_NOW), 0);
}

static void set_up_meeting(struct call_rig *r)
{
	set_up_chan(r, 0);
}

static void set_up_full_chan(struct call_rig *r)
{
	set_up_chan(r, 2);
}

static int64_t call_send(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_chan_send(s->chan, "y", deadline);
}

static int64_t call_recv(struct call_rig *r, int64_t deadline)
{
	struct shared *s = r->own;

	return eg_shared_chan_recv(s->chan, NULL, deadline);
}

static void wake_sender(struct call_rig *r)
{
	egt_eq(call_recv(r, EG_NOW), 0);
}

static void wake_receiver(struct call_rig *r)
{
	egt_eq(call_send(r, EG_NOW), 0);
}

static const struct blocking_call rows[] = {
	{ "shared_event_wait", .set_up = set_up, .call = call_event,
	  .wake = wake_event, .tear_down = tear_down,
	  .flags = CALL_WANTS_A_WAITER },
	{ "shared_sem_wait", .set_up = set_up, .call = call_sem,
	  .wake = wake_sem, .tear_down = tear_down },
	{ "shared_sem_peek", .set_up = set_up, .call = call_peek,
	  .wake = wake_peek, .tear_down = tear_down,
	  .flags = CALL_WANTS_A_WAITER },
	{ "shared_sem_post_wait", .set_up = set_up_full_sem, .call = call_post,
	  .wake = wake_post, .tear_down = tear_down },
	{ "shared_queue_put", .set_up = set_up_full, .call = call_put,
	  .wake = wake_putter, .tear_down = tear_down },
	{ "shared_queue_get", .set_up = set_up_empty, .call = call_get,
	  .wake = wake_getter, .tear_down = tear_down },
	{ "shared_chan_send, rendezvous", .set_up = set_up_meeting,
	  .call = call_send, .wake = wake_sender, .tear_down = tear_down,
	  .flags = CALL_WANTS_A_WAITER },
	{ "shared_chan_send, full", .set_up = set_up_full_chan,
	  .call = call_send, .wake = wake_sender, .tear_down = tear_down },
	{ "shared_chan_recv", .set_up = set_up_meeting, .call = call_recv,
	  .wake = wake_receiver, .tear_down = tear_down,
	  .flags = CALL_WANTS_A_WAITER },
};
BLOCKING_CALLS(rows)
