/* SPDX-License-Identifier: MIT */
/*
 * What the hub calls in its own context, and waiting until it has nothing else
 * to do. The hub's context stands in the run queue for it like a fiber, so that
 * calls and fibers keep the order in which they were asked for.
 */
#include "core/calls.h"

#include "base/clock.h"
#include "core/park.h"
#include "core/switch.h"

#include <evergreen/callback.h>

enum {
	CALLS_PER_LOOK = 50, /* at the clock (semantics HB-02) */
	CALLS_LONG = 5000000, /* ns: then it is the turn of I/O again */
};

static void stand_in_line(struct eg_hub *hub)
{
	struct eg_fiber *idle = hub->idle_fiber;

	if (idle->state == EG_FIBER_READY || eg_list_is_empty(&hub->calls))
		return;
	idle->state = EG_FIBER_READY;
	eg__ready_push(hub, idle);
}

void eg__call_queue(struct eg_hub *hub, struct eg_hub_call *call)
{
	if (eg_list_is_linked(&call->link))
		return;
	eg_list_push_back(&hub->calls, &call->link);
	/* While calls run, the new one is called in the same pass. */
	if (hub->idle_fiber->state != EG_FIBER_RUNNING)
		stand_in_line(hub);
}

void eg__call_stop(struct eg_hub_call *call)
{
	if (eg_list_is_linked(&call->link))
		eg_list_remove(&call->link);
}

static bool call_next(struct eg_hub *hub)
{
	struct eg_list *node = eg_list_pop_front(&hub->calls);
	struct eg_hub_call *call;

	if (!node)
		return false;
	call = eg_list_entry(node, struct eg_hub_call, link);
	call->fn(call);
	return true;
}

void eg__calls_run(struct eg_hub *hub)
{
	int64_t began = eg__poller_now(&hub->loop);
	int left = CALLS_PER_LOOK;

	hub->worker.current = NULL;
	while (call_next(hub)) {
		if (--left)
			continue;
		if (eg__poller_now(&hub->loop) - began > CALLS_LONG)
			break;
		left = CALLS_PER_LOOK;
	}
	hub->idle_fiber->state = EG_FIBER_PARKED;
	stand_in_line(hub);
}

void eg__calls_shut(struct eg_hub *hub)
{
	struct eg_fiber *current = hub->worker.current;

	hub->worker.current = NULL;
	while (call_next(hub))
		;
	hub->worker.current = current;
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
