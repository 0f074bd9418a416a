/* SPDX-License-Identifier: MIT */
/*
 * What the hub calls in its own context, and waiting until it has nothing else
 * to do. The hub's context stands in the run queue for it like a fiber, once
 * between any two fibers: calls and fibers come in the order of asking.
 */
#include "core/calls.h"

#include "base/clock.h"
#include "core/park.h"
#include "core/switch.h"

#include <evergreen/callback.h>

enum {
	CALLS_PER_LOOK = 50, /* at the clock (semantics HB-02) */
	TURN_LONG = 5000000, /* ns: then it is the turn of I/O again */
};

/* Its place is that of the last one, if nobody has come behind that. */
static uint32_t stand_in_line(struct eg_hub *hub)
{
	struct eg_run_queue *q = &hub->ready;

	if (eg__run_queue_is_empty(q) ||
	    q->slots[(q->end - 1) & q->mask] != hub->idle_fiber)
		eg__ready_push(hub, hub->idle_fiber);
	return q->end - 1;
}

void eg__call_queue(struct eg_hub *hub, struct eg_hub_call *call)
{
	if (eg_list_is_linked(&call->link))
		return;
	eg_list_push_back(&hub->calls, &call->link);
	call->place = stand_in_line(hub);
}

void eg__call_stop(struct eg_hub_call *call)
{
	if (eg_list_is_linked(&call->link))
		eg_list_remove(&call->link);
}

/* NULL: there is none. */
static struct eg_hub_call *take_first(struct eg_list *calls)
{
	struct eg_list *node = eg_list_pop_front(calls);

	return node ? eg_list_entry(node, struct eg_hub_call, link) : NULL;
}

static void call_next(struct eg_hub *hub)
{
	struct eg_hub_call *call = take_first(&hub->calls);

	call->fn(call);
}

/* Where somebody chooses who runs next, places mean nothing. */
static bool is_next_due(const struct eg_hub *hub, uint32_t place)
{
	struct eg_list *node = eg_list_first(&hub->calls);

	if (!node)
		return false;
	if (eg_unlikely(hub->choose))
		return true;
	place -= eg_list_entry(node, struct eg_hub_call, link)->place;
	return (int32_t)place >= 0;
}

static bool is_long(struct eg_hub *hub)
{
	if (hub->calls_left-- > 0)
		return false;
	hub->calls_left = CALLS_PER_LOOK;
	return eg__poller_now(&hub->loop) - hub->loop.now > TURN_LONG;
}

bool eg__calls_run(struct eg_hub *hub)
{
	uint32_t place = hub->ready.first - 1; /* just taken off */
	bool is_time_for_io = false;

	hub->worker.current = NULL;
	while (!is_time_for_io && is_next_due(hub, place)) {
		call_next(hub);
		is_time_for_io = is_long(hub);
	}
	hub->idle_fiber->state = EG_FIBER_PARKED;
	return is_time_for_io;
}

/* Those queued now stay apart, so that one that queues itself comes to an end;
 * each may take back another all the same. */
void eg__calls_shut(struct eg_hub *hub)
{
	struct eg_hub_call *call;
	struct eg_list last;

	hub->worker.current = NULL;
	eg_list_take_all(&last, &hub->calls);
	while ((call = take_first(&last)))
		call->fn(call);
}

bool eg__calls_drop(struct eg_hub *hub)
{
	struct eg_hub_call *call = take_first(&hub->calls);
	bool is_any = call;

	for (; call; call = take_first(&hub->calls))
		if (call->drop)
			call->drop(call);
	return is_any;
}

/* The public form */

struct callback {
	struct eg_hub_call call;
	eg_callback_fn *fn;
	void *arg;
	struct eg_hub *hub; /* borrowed, while queued */
};

_Static_assert(sizeof(struct callback) <= sizeof(eg_callback),
	       "eg_callback too small");

static struct callback *callback_of(const eg_callback *callback)
{
	return (struct callback *)(uintptr_t)callback;
}

static void run_callback(struct eg_hub_call *call)
{
	struct callback *c = eg_container_of(call, struct callback, call);

	c->fn(c->arg);
}

int eg_callback_init(eg_callback *callback, eg_callback_fn *fn, void *arg)
{
	if (!callback || !fn)
		return -EINVAL;
	*callback_of(callback) = (struct callback){
		.call.fn = run_callback,
		.fn = fn,
		.arg = arg,
	};
	return 0;
}

static int check(const struct callback *c)
{
	struct eg_hub *hub = eg__hub();

	if (!c || c->call.fn != run_callback)
		return -EINVAL;
	if (!hub || (eg_list_is_linked(&c->call.link) && c->hub != hub))
		return -EPERM;
	return 0;
}

int eg_callback_queue(eg_callback *callback)
{
	struct callback *c = callback_of(callback);
	int r = check(c);

	if (r < 0)
		return r;
	c->hub = eg__hub();
	eg__call_queue(c->hub, &c->call);
	return 0;
}

int eg_callback_stop(eg_callback *callback)
{
	struct callback *c = callback_of(callback);
	int r = check(c);

	if (r < 0)
		return r;
	eg__call_stop(&c->call);
	return 0;
}

bool eg_callback_is_pending(const eg_callback *callback)
{
	return callback && eg_list_is_linked(&callback_of(callback)->call.link);
}

static const struct eg_wait_kind idle_wait = { .what = "idle hub" };

int eg_idle(int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct eg_waiter *w;

	if (!self)
		return eg__refuse_blocking("eg_idle");
	w = eg__waiter(self, &idle_wait, NULL);
	eg_list_push_back(&self->hub->idlers, &w->link);
	return eg__park(self, deadline);
}
