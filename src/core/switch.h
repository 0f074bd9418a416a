/* SPDX-License-Identifier: MIT */
/*
 * Who runs next: the run queue, and the switch from fiber to fiber. The hub's
 * own context runs when nothing is ready or the turn's budget is spent.
 */
#ifndef EG_CORE_SWITCH_H
#define EG_CORE_SWITCH_H

#include "core/hub.h"
#include "core/state.h"

/* Appends @f, whose state says READY or NEW. */
static inline void eg__ready_push(struct eg_hub *hub, struct eg_fiber *f)
{
	eg__run_queue_push(&hub->ready, f);
}

static inline bool eg__ready_is_empty(const struct eg_hub *hub)
{
	return eg__run_queue_is_empty(&hub->ready);
}

void eg__swap_fp(struct eg_fiber *from, struct eg_fiber *to);
/* For eg__ctx_switch_then(): finishes a park where several workers may wake. */
void eg__publish_park(void *fiber);

/* Takes the next fiber off the queue, or the hub's own context. */
static inline struct eg_fiber *eg__next(struct eg_worker *w)
{
	struct eg_hub *hub = w->hub;
	struct eg_fiber *next;

	if (eg_unlikely(eg__ready_is_empty(hub) || --w->budget < 0)) {
		w->current = NULL;
		return w->idle;
	}
	next = eg__run_queue_pop(&hub->ready);
	next->state = EG_FIBER_RUNNING;
	w->current = next;
	return next;
}

/*
 * Leaves @self, whose state says why. Returns its resume_value, when somebody
 * resumes it: perhaps on another worker, so nothing kept across this call may
 * be a worker's. A tail call, so that the fiber resumes in the caller of the
 * blocking call, with no return for the processor to guess wrong.
 */
static inline int eg__switch_away(struct eg_worker *w, struct eg_fiber *self)
{
	struct eg_fiber *next = eg__next(w);

	if (eg_unlikely((self->flags | next->flags) & EG_FIBER_OWN_FP))
		eg__swap_fp(self, next);
	if (eg__hub_is_shared(w->hub) && self->state == EG_FIBER_PARKING)
		return eg__ctx_switch_then(&self->ctx, &next->ctx,
					   next->resume_value,
					   eg__publish_park, self);
	return eg__ctx_switch(&self->ctx, &next->ctx, next->resume_value);
}

#endif
