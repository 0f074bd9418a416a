/* SPDX-License-Identifier: MIT */
/*
 * The one way to block: park with a waiter that fires exactly once. Owns the
 * rule that the waker takes the waiter off its lists before anything else.
 */
#ifndef EG_CORE_PARK_H
#define EG_CORE_PARK_H

#include "base/check.h"
#include "core/hub.h"

#include <errno.h>

/* What a kind of wait is called, and how it is ended early. */
struct eg_wait_kind {
	const char *what; /* "event", "join" ...: for reports */
	/* Takes @w off whatever leads to it. NULL: only its link does. */
	void (*unlink)(struct eg_waiter *w);
	/* For a wait that cannot just be left, because the kernel or a helper
	 * thread holds the caller's memory: asks for an early end. @w fires
	 * later, with @reason or with what was achieved. NULL: unlink it and
	 * fire it now. Such a wait calls eg__park_check() before it begins. */
	void (*abort)(struct eg_waiter *w, int reason);
	bool is_number; /* the object is a number, as of a descriptor */
};

/*
 * One of several places where a fiber waits: in line like any other waiter, but
 * no fiber's own. Who fires it knows no difference; @fire decides what happens.
 */
struct eg_proxy {
	struct eg_waiter wait;
	void (*fire)(struct eg_proxy *p, int result);
	uint32_t *winner; /* threads may serve the fiber too; or NULL */
};

/*
 * Of several places where a fiber waits, some in lines that other threads
 * serve: who is about to serve it has to win it first. All those of the fiber's
 * own hub are as one.
 */
enum eg_winner { EG_WON_BY_NOBODY, EG_WON_BY_HUB, EG_WON_BY_THREADS };

static inline bool eg__win(uint32_t *winner, enum eg_winner by)
{
	uint32_t nobody = EG_WON_BY_NOBODY;

	return __atomic_compare_exchange_n(winner, &nobody, by, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Before @w, who is in a line, is handed anything. False: its fiber was served
 * elsewhere, and it has left the line. */
static inline bool eg__waiter_win(struct eg_waiter *w)
{
	struct eg_proxy *p;

	if (eg_likely(!(w->slow & EG_WAITER_PROXY)))
		return true;
	p = eg_container_of(w, struct eg_proxy, wait);
	if (!p->winner || eg__win(p->winner, EG_WON_BY_HUB))
		return true;
	eg_list_remove(&w->link);
	return false;
}

/* Whether that would be so, for who only looks. */
static inline bool eg__waiter_is_lost(struct eg_waiter *w)
{
	struct eg_proxy *p = eg_container_of(w, struct eg_proxy, wait);

	return eg_unlikely(w->slow & EG_WAITER_PROXY) && p->winner &&
	       __atomic_load_n(p->winner, __ATOMIC_ACQUIRE) != EG_WON_BY_NOBODY;
}

/* Makes @p's waiter say what is waited for; not linked yet. */
static inline struct eg_waiter *
eg__proxy_waiter(struct eg_proxy *p, struct eg_hub *hub,
		 const struct eg_wait_kind *kind, void *object)
{
	p->wait = (struct eg_waiter){
		.kind = kind,
		.object = object,
		.hub = hub,
		.slow = EG_WAITER_PROXY,
	};
	return &p->wait;
}

/* Takes @w off whatever leads to it. */
void eg__waiter_unlink(struct eg_waiter *w);

/* Makes @self's waiter say what it is going to wait for; not linked yet. */
static inline struct eg_waiter *eg__waiter(struct eg_fiber *self,
					   const struct eg_wait_kind *kind,
					   void *object)
{
	struct eg_waiter *w = &self->wait;

	w->link.next = NULL;
	w->kind = kind;
	w->object = object;
	return w;
}

/*
 * Blocks @self, the running fiber, until its waiter is fired. May switch.
 *
 * The waiter is linked where its waker finds it. Returns the waker's result; or
 * -ECANCELED or -ETIMEDOUT without having switched, when the fiber is already
 * cancelled or the deadline (or a region's around it) has already passed. In
 * every case the waiter is off its lists.
 */
EG_MAY_SWITCH int eg__park(struct eg_fiber *self, int64_t deadline);

/* Fires @w: makes its fiber ready, exactly once. Never switches. */
void eg__unpark(struct eg_waiter *w, int result);

/* The same, inline, for @w that is on no list. */
static inline void eg__unpark_unlinked(struct eg_hub *hub, struct eg_waiter *w,
				       int result)
{
	struct eg_fiber *f;

	if (eg__hub_is_shared(hub) || eg_unlikely(w->slow)) {
		eg__unpark(w, result);
		return;
	}
	f = eg__fiber_of(w);
	EG_CHECK(f->state == EG_FIBER_PARKED);
	f->resume_value = result;
	f->state = EG_FIBER_READY;
	eg__run_queue_push(&hub->ready, f);
}

/* The same, inline, for @w that is on an object's queue. */
static inline void eg__unpark_linked(struct eg_hub *hub, struct eg_waiter *w,
				     int result)
{
	eg_list_remove(&w->link);
	eg__unpark_unlinked(hub, w, result);
}

/* Ends the wait of @w early with @reason (-ETIMEDOUT, -ECANCELED, -EDEADLK),
 * as its kind wants it. */
void eg__abort_wait(struct eg_waiter *w, int reason);

/* The deadline of a wait, the regions around it considered. */
static inline int64_t eg__effective_deadline(const struct eg_fiber *self,
					     int64_t deadline)
{
	return eg_min64(deadline, self->scope_deadline);
}

/* And hears of it now. */
static inline bool eg__is_killed(const struct eg_fiber *self)
{
	return (self->flags & EG_FIBER_CANCELLED) && !self->shields;
}

static inline bool eg__is_interrupted(const struct eg_fiber *self)
{
	return self->scope_deadline == EG_INTERRUPTED;
}

/* What the blocking calls of @self return, whatever their deadlines: 0, or what
 * it was killed with, or the region around them cancelled. */
static inline int eg__kill_pending(const struct eg_fiber *self)
{
	if (eg_unlikely(eg__is_killed(self)))
		return self->kill_error;
	return eg_unlikely(eg__is_interrupted(self)) ? -ECANCELED : 0;
}

/* Whether a wait until @deadline may begin: 0, -ETIMEDOUT, or what the fiber
 * was killed with. */
static inline int eg__park_check(const struct eg_fiber *self, int64_t deadline)
{
	if (eg_unlikely(eg__is_killed(self)))
		return self->kill_error;
	deadline = eg__effective_deadline(self, deadline);
	if (deadline != EG_FOREVER && deadline <= self->hub->loop.now)
		return eg__is_interrupted(self) ? -ECANCELED : -ETIMEDOUT;
	return 0;
}

#endif
