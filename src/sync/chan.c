/* SPDX-License-Identifier: MIT */
/*
 * Channels. A value goes from the sender to a waiting receiver directly, or
 * into the ring; a waiting sender's value is taken by the receiver that frees
 * its place. So order is kept and a waiter that gives up loses nothing.
 */
#include "base/check.h"
#include "base/fault.h"
#include "sync/line_up.h"
#include "sync/value.h"

#include <evergreen/chan.h>

#include <stdlib.h>

enum {
	VALUE_MAX = 1 << 20,
	RING_MAX = 1 << 30,
};

/*
 * Receivers wait only while the ring is empty and no sender waits; senders
 * only while it is full (or there is none). Nobody waits on a closed channel.
 *
 * The fast paths know only the count and its two limits, which are out of reach
 * wherever there is more to think of: waiters, closing, values not of 8 bytes.
 * refresh() sets them; they may lag behind on the safe side.
 */
struct eg_chan {
	struct eg_hub *hub; /* borrowed */
	size_t count;	    /* values in the ring */
	size_t put_below;   /* count below this: put, and think no further */
	size_t take_above;  /* count above this: take, and think no further */
	size_t value_bytes;
	struct eg__ring ring; /* over values */
	struct eg_wait_queue senders;
	struct eg_wait_queue receivers;
	size_t capacity;
	uint32_t references;
	bool is_closed;
	char values[];
};

static const struct eg_wait_kind send_wait = { .what = "channel (send)" };
static const struct eg_wait_kind recv_wait = { .what = "channel (receive)" };

/* Sets the limits of the fast paths. A rendezvous has none. */
static inline void refresh(eg_chan *c)
{
	if (!c->capacity || c->value_bytes != EG_VALUE_WORD)
		return;
	c->put_below =
		c->is_closed || eg__line_first(&c->receivers) ? 0 : c->capacity;
	c->take_above = eg__line_first(&c->senders) ? SIZE_MAX : 0;
}

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
		.take_above = SIZE_MAX,
		.value_bytes = value_bytes,
		.capacity = capacity,
		.references = 1,
	};
	eg__ring_init(&c->ring, c->values, ring_bytes);
	eg_list_init(&c->senders.waiters);
	eg_list_init(&c->receivers.waiters);
	refresh(c);
	*ret_chan = c;
	return 0;
}

eg_chan *eg_chan_ref(eg_chan *chan)
{
	if (chan)
		chan->references++;
	return chan;
}

/* By its name in a check that failed, a user knows what he did. */
static bool nobody_waits_on_channel(eg_chan *c)
{
	return !eg__line_first(&c->senders) && !eg__line_first(&c->receivers);
}

eg_chan *eg_chan_unref(eg_chan *chan)
{
	if (!chan || --chan->references > 0)
		return NULL;
	EG_CHECK(nobody_waits_on_channel(chan));
	free(chan);
	return NULL;
}

static inline void copy_value(const eg_chan *c, void *to, const void *from)
{
	eg__value_copy(to, from, c->value_bytes);
}

static inline void ring_push(eg_chan *c, const void *value)
{
	eg__ring_push(&c->ring, value, c->value_bytes);
	c->count++;
}

static inline void ring_pop(eg_chan *c, void *ret_value)
{
	eg__ring_pop(&c->ring, ret_value, c->value_bytes);
	c->count--;
}

EG_MAY_SWITCH static inline int wait_at(struct eg_wait_queue *q,
					struct eg_fiber *self,
					const struct eg_wait_kind *kind,
					eg_chan *c, void *value,
					int64_t deadline)
{
	struct eg_waiter *w;

	if (eg_unlikely(!self))
		return -ETIMEDOUT;
	w = eg__waiter(self, kind, c);
	w->value = value;
	eg_list_push_back(&q->waiters, &w->link);
	refresh(c);
	return eg__park(self, deadline);
}

/* What is refused of a call that is no fiber's of the channel's hub: 0 if that
 * hub only tries. */
static EG_COLD int refuse(const eg_chan *c, const char *call, int64_t deadline)
{
	int r = 0;

	if (!c)
		return -EINVAL;
	if (!eg__current())
		r = eg__check_try(call, deadline);
	return r == 0 && c->hub != eg__hub() ? -EPERM : r;
}

/* The call is a fiber's, of the channel's hub. */
static inline bool is_mine(const eg_chan *c, const struct eg_worker *w)
{
	return eg_likely(c && eg__runs_fiber_of(w, c->hub));
}

static EG_NOINLINE int send_slowly(eg_chan *c, const void *value,
				   int64_t deadline, struct eg_fiber *self)
{
	struct eg_waiter *receiver = eg__line_next(&c->receivers);

	if (receiver) {
		if (eg_likely(receiver->value))
			copy_value(c, receiver->value, value);
		eg__unpark_linked(c->hub, receiver, 0);
		refresh(c);
		return 0;
	}
	if (eg_unlikely(c->is_closed))
		return -EPIPE;
	if (c->count < c->capacity) {
		ring_push(c, value);
		refresh(c);
		return 0;
	}
	/* Only read from: the cast is undone in take_from_sender(). */
	return wait_at(&c->senders, self, &send_wait, c,
		       (void *)(uintptr_t)value, deadline);
}

/* Not from a fiber of the hub. */
static EG_COLD int send_in_hub(eg_chan *c, const void *value, int64_t deadline)
{
	int r = refuse(c, "eg_chan_send", deadline);

	if (r < 0)
		return r;
	if (!value && c->value_bytes)
		return -EINVAL;
	return send_slowly(c, value, deadline, NULL);
}

int eg_chan_send(eg_chan *chan, const void *value, int64_t deadline)
{
	struct eg_worker *w = eg__worker();

	if (eg_unlikely(!is_mine(chan, w)))
		return send_in_hub(chan, value, deadline);
	if (eg_unlikely(!value && chan->value_bytes))
		return -EINVAL;
	if (eg_likely(chan->count < chan->put_below)) {
		eg__ring_push(&chan->ring, value, EG_VALUE_WORD);
		chan->count++;
		return 0;
	}
	return send_slowly(chan, value, deadline, w->current);
}

/* Takes the first waiting sender's value, into the ring or for the caller. */
static inline void take_from_sender(eg_chan *c, struct eg_waiter *sender,
				    void *ret_value)
{
	if (c->capacity)
		ring_push(c, sender->value);
	else if (ret_value)
		copy_value(c, ret_value, sender->value);
	eg__unpark_linked(c->hub, sender, 0);
}

static EG_NOINLINE int recv_slowly(eg_chan *c, void *ret_value,
				   int64_t deadline, struct eg_fiber *self)
{
	struct eg_waiter *sender = eg__line_next(&c->senders);

	if (c->count || sender) {
		if (c->count)
			ring_pop(c, ret_value);
		if (sender)
			take_from_sender(c, sender, ret_value);
		refresh(c);
		return 0;
	}
	if (eg_unlikely(c->is_closed))
		return -EPIPE;
	return wait_at(&c->receivers, self, &recv_wait, c, ret_value, deadline);
}

static EG_COLD int recv_in_hub(eg_chan *c, void *ret_value, int64_t deadline)
{
	int r = refuse(c, "eg_chan_recv", deadline);

	return r < 0 ? r : recv_slowly(c, ret_value, deadline, NULL);
}

int eg_chan_recv(eg_chan *chan, void *ret_value, int64_t deadline)
{
	struct eg_worker *w = eg__worker();

	if (eg_unlikely(!is_mine(chan, w)))
		return recv_in_hub(chan, ret_value, deadline);
	if (eg_likely(chan->count > chan->take_above && ret_value)) {
		eg__ring_pop(&chan->ring, ret_value, EG_VALUE_WORD);
		chan->count--;
		return 0;
	}
	return recv_slowly(chan, ret_value, deadline, w->current);
}

int eg_chan_close(eg_chan *chan)
{
	struct eg_waiter *w;

	if (!chan)
		return -EINVAL;
	if (chan->hub != eg__hub())
		return -EPERM;
	chan->is_closed = true;
	while ((w = eg__line_first(&chan->receivers)))
		eg__unpark(w, -EPIPE);
	while ((w = eg__line_first(&chan->senders)))
		eg__unpark(w, -EPIPE);
	refresh(chan);
	return 0;
}

ssize_t eg_chan_len(const eg_chan *chan)
{
	return chan ? (ssize_t)chan->count : -EINVAL;
}

static void line_up(struct eg_wait_queue *q, const struct eg_wait_kind *kind,
		    eg_chan *c, void *value, struct eg_proxy *p)
{
	struct eg_waiter *w = eg__proxy_waiter(p, c->hub, kind, c);

	w->value = value;
	eg_list_push_back(&q->waiters, &w->link);
	refresh(c);
}

void eg__chan_line_up_recv(void *object, void *value, struct eg_proxy *p,
			   struct eg_hub *hub)
{
	eg_chan *c = object;

	(void)hub;
	line_up(&c->receivers, &recv_wait, c, value, p);
}

void eg__chan_line_up_send(void *object, void *value, struct eg_proxy *p,
			   struct eg_hub *hub)
{
	eg_chan *c = object;

	(void)hub;
	line_up(&c->senders, &send_wait, c, value, p);
}
