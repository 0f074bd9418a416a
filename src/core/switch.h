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
	f->run_next = NULL;
	*hub->ready_end = f;
	hub->ready_end = &f->run_next;
}

static inline bool eg__ready_is_empty(const struct eg_hub *hub)
{
	return !hub->ready_first;
}

static inline struct eg_fiber *eg__ready_pop(struct eg_hub *hub)
{
	struct eg_fiber *f = hub->ready_first;

	hub->ready_first = f->run_next;
	if (!hub->ready_first)
		hub->ready_end = &hub->ready_first;
	else
		/* It runs next but one: bring it in while this one runs. */
		__builtin_prefetch(hub->ready_first->ctx.sp);
	return f;
}

/* What the context that was left could not do for itself. */
void eg__finish_leaving(struct eg_worker *w, struct eg_fiber *left);
void eg__swap_fp(struct eg_fiber *from, struct eg_fiber *to);

/* The first thing in a context that was switched to. */
static inline void eg__arrived(struct eg_worker *w)
{
	struct eg_fiber *left = w->leaving;

	if (eg_unlikely(left)) {
		w->leaving = NULL;
		eg__finish_leaving(w, left);
	}
}

/* Takes the next fiber off the queue, or the hub's own context. */
static inline struct eg_fiber *eg__next(struct eg_worker *w)
{
	struct eg_hub *hub = w->hub;
	struct eg_fiber *next;

	if (eg_unlikely(eg__ready_is_empty(hub) || --w->budget < 0)) {
		w->current = NULL;
		return w->idle;
	}
	next = eg__ready_pop(hub);
	next->state = EG_FIBER_RUNNING;
	w->current = next;
	return next;
}

/* Leaves @self, whose state says why. Returns when somebody resumes it. */
static inline void eg__switch_away(struct eg_worker *w, struct eg_fiber *self)
{
	struct eg_fiber *next = eg__next(w);

	if (eg_unlikely((self->flags | next->flags) & EG_FIBER_OWN_FP))
		eg__swap_fp(self, next);
	eg__ctx_switch(&self->ctx, &next->ctx);
	/* Another worker may run here now. */
	eg__arrived(eg__worker());
}

#endif
