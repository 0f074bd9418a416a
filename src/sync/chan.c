/* SPDX-License-Identifier: MIT */
/*
 * Channels. A value goes from the sender to a waiting receiver directly, or
 * into the ring; a waiting sender's value is taken by the receiver that frees
 * its place. So order is kept and a waiter that gives up loses nothing.
 */
#include "base/check.h"
#include "base/fault.h"
#include "sync/wait_queue.h"

#include <evergreen/chan.h>

#include <stdlib.h>
#include <string.h>

enum {
	VALUE_MAX = 1 << 20,
	RING_MAX = 1 << 30,
};

/*
 * Receivers wait only while the ring is empty and no sender waits; senders
 * only while it is full (or there is none). Nobody waits on a closed channel.
 */
struct eg_chan {
	struct eg_hub *hub; /* borrowed */
	struct eg_wait_queue senders;
	struct eg_wait_queue receivers;
	size_t value_bytes;
	size_t capacity;
	size_t first; /* index of the oldest value */
	size_t count;
	uint32_t references;
	bool is_closed;
	char ring[];
};

static const struct eg_wait_kind send_wait = { .what = "channel (send)" };
static const struct eg_wait_kind recv_wait = { .what = "channel (receive)" };

int eg_chan_new(eg_chan **ret_chan, size_t value_bytes, size_t capacity)
{
	struct eg_hub *hub = eg__hub();
	size_t ring_bytes;
	eg_chan *c;

	if (!ret_chan || value_bytes > VALUE_MAX || capacity > RING_MAX ||
	    __builtin_mul_overflow(value_bytes, capacity, &ring_bytes) ||
	    ring_bytes > RING_MAX)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	c = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*c) + ring_bytes);
	if (!c)
		return -ENOMEM;
	*c = (eg_chan){
		.hub = hub,
		.value_bytes = value_bytes,
		.capacity = capacity,
		.references = 1,
	};
	*ret_chan = c;
	return 0;
}

eg_chan *eg_chan_ref(eg_chan *chan)
{
	if (chan)
		chan->references++;
	return chan;
}

eg_chan *eg_chan_unref(eg_chan *chan)
{
	if (!chan || --chan->references > 0)
		return NULL;
	EG_CHECK(!eg__queue_first(&chan->senders) &&
		 !eg__queue_first(&chan->receivers));
	free(chan);
	return NULL;
}

static inline void copy_value(const eg_chan *c, void *to, const void *from)
{
	/* A pointer or a number: by far the most common, and no call. */
	if (eg_likely(c->value_bytes == 8))
		memcpy(to, from, 8);
	else
		memcpy(to, from, c->value_bytes);
}

static inline void *ring_at(eg_chan *c, size_t index)
{
	if (index >= c->capacity)
		index -= c->capacity;
	return c->ring + index * c->value_bytes;
}

static inline void ring_push(eg_chan *c, const void *value)
{
	copy_value(c, ring_at(c, c->first + c->count), value);
	c->count++;
}

static inline void ring_pop(eg_chan *c, void *ret_value)
{
	if (ret_value)
		copy_value(c, ret_value, ring_at(c, c->first));
	if (++c->first == c->capacity)
		c->first = 0;
	c->count--;
}

EG_MAY_SWITCH static inline int wait_at(struct eg_wait_queue *q,
				 struct eg_fiber *self,
				 const struct eg_wait_kind *kind, eg_chan *c,
				 void *value, int64_t deadline)
{
	struct eg_waiter *w = eg__waiter(self, kind, c);

	w->value = value;
	eg__queue_push(q, w);
	return eg__park(self, deadline);
}

/* What send and receive refuse alike. */
static inline int check_call(const eg_chan *c, const struct eg_fiber *self,
			     const char *call)
{
	if (eg_unlikely(!c))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking(call);
	return eg_unlikely(c->hub != self->hub) ? -EPERM : 0;
}

int eg_chan_send(eg_chan *chan, const void *value, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r = check_call(chan, self, "eg_chan_send");
	struct eg_waiter *receiver;

	if (eg_unlikely(r < 0))
		return r;
	if (eg_unlikely(!value && chan->value_bytes))
		return -EINVAL;
	if (eg_unlikely(chan->is_closed))
		return -EPIPE;
	receiver = eg__queue_first(&chan->receivers);
	if (receiver) {
		if (receiver->value)
			copy_value(chan, receiver->value, value);
		eg__unpark(receiver, 0);
		return 0;
	}
	if (chan->count < chan->capacity) {
		ring_push(chan, value);
		return 0;
	}
	/* Only read from: the cast is undone in take_from_sender(). */
	return wait_at(&chan->senders, self, &send_wait, chan,
		       (void *)(uintptr_t)value, deadline);
}

/* Takes the first waiting sender's value, into the ring or for the caller. */
static inline void take_from_sender(eg_chan *c, struct eg_waiter *sender,
				    void *ret_value)
{
	if (c->capacity)
		ring_push(c, sender->value);
	else if (ret_value)
		copy_value(c, ret_value, sender->value);
	eg__unpark(sender, 0);
}

int eg_chan_recv(eg_chan *chan, void *ret_value, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r = check_call(chan, self, "eg_chan_recv");
	struct eg_waiter *sender;

	if (eg_unlikely(r < 0))
		return r;
	sender = eg__queue_first(&chan->senders);
	if (chan->count) {
		ring_pop(chan, ret_value);
		if (sender)
			take_from_sender(chan, sender, NULL);
		return 0;
	}
	if (sender) {
		take_from_sender(chan, sender, ret_value);
		return 0;
	}
	if (eg_unlikely(chan->is_closed))
		return -EPIPE;
	return wait_at(&chan->receivers, self, &recv_wait, chan, ret_value,
		       deadline);
}

int eg_chan_close(eg_chan *chan)
{
	struct eg_waiter *w;

	if (!chan)
		return -EINVAL;
	if (chan->hub != eg__hub())
		return -EPERM;
	chan->is_closed = true;
	while ((w = eg__queue_first(&chan->receivers)))
		eg__unpark(w, -EPIPE);
	while ((w = eg__queue_first(&chan->senders)))
		eg__unpark(w, -EPIPE);
	return 0;
}

ssize_t eg_chan_len(const eg_chan *chan)
{
	return chan ? (ssize_t)chan->count : -EINVAL;
}
