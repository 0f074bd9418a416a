/* SPDX-License-Identifier: MIT */
/*
 * Parking and unparking.
 */
#include "core/park.h"

#include "base/check.h"
#include "core/switch.h"

void eg__waiter_unlink(struct eg_waiter *w)
{
	if (w->kind->unlink)
		w->kind->unlink(w);
	if (eg_list_is_linked(&w->link))
		eg_list_remove(&w->link);
}

int eg__park(struct eg_fiber *self, int64_t deadline)
{
	struct eg_worker *worker = eg__worker();
	struct eg_hub *hub = worker->hub; /* known earlier than self->hub */
	int r;

	EG_DEBUG_CHECK(self == worker->current);
	r = eg__park_check(self, deadline);
	if (eg_unlikely(r)) {
		eg__waiter_unlink(&self->wait);
		return r;
	}
	deadline = eg__effective_deadline(self, deadline);
	if (deadline != EG_FOREVER) {
		self->wait.slow = EG_WAITER_TIMED;
		self->timer.deadline = deadline;
		eg__timer_arm(&hub->loop.timers, &self->timer);
	}
	if (eg__hub_is_shared(hub))
		eg__state_begin_park(self);
	else
		self->state = EG_FIBER_PARKED;
	return eg__switch_away(worker, self);
}

void eg__publish_park(void *fiber)
{
	struct eg_fiber *f = fiber;

	if (eg__state_publish_park(f))
		eg__ready_push(f->hub, f);
}

/* What is not just made ready. */
static EG_NOINLINE void unpark_slowly(struct eg_waiter *w, int result)
{
	if (w->slow & EG_WAITER_PROXY) {
		struct eg_proxy *p = eg_container_of(w, struct eg_proxy, wait);

		p->fire(p, result);
		return;
	}
	w->slow = 0;
	eg__timer_stop(&w->hub->loop.timers, &eg__fiber_of(w)->timer);
	eg__unpark(w, result);
}

void eg__unpark(struct eg_waiter *w, int result)
{
	struct eg_fiber *f = eg__fiber_of(w);
	struct eg_hub *hub = w->hub;

	if (eg_list_is_linked(&w->link))
		eg_list_remove(&w->link);
	if (eg_unlikely(w->slow)) {
		unpark_slowly(w, result);
		return;
	}
	f->resume_value = result;
	if (eg__hub_is_shared(hub)) {
		if (eg__state_claim(f) == EG_CLAIM_READY)
			eg__ready_push(hub, f);
		return;
	}
	EG_CHECK(f->state == EG_FIBER_PARKED);
	f->state = EG_FIBER_READY;
	eg__ready_push(hub, f);
}

void eg__abort_wait(struct eg_waiter *w, int reason)
{
	if (w->kind->abort) {
		w->kind->abort(w, reason);
		return;
	}
	eg__waiter_unlink(w);
	eg__unpark(w, reason);
}
