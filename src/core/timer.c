/* SPDX-License-Identifier: MIT */
/*
 * Timers with a callback, of the hub, and of a fiber that takes them along.
 */
#include "core/park.h"

#include <evergreen/time.h>

#include <errno.h>

struct timer {
	struct eg__timer timer;
	struct eg_hub *hub; /* borrowed while armed */
	eg_timer_fn *fn;
	void *arg;
	struct eg_fiber_end end; /* a local one: of the fiber it belongs to */
};

_Static_assert(sizeof(struct timer) <= sizeof(eg_timer), "eg_timer too small");

static struct timer *timer_of(eg_timer *timer)
{
	return (struct timer *)(void *)timer;
}

static void timer_fired(struct eg__timer *timer)
{
	struct timer *t = eg_container_of(timer, struct timer, timer);

	t->fn((eg_timer *)(void *)t, t->arg);
}

static void local_timer_fired(struct eg__timer *timer)
{
	struct timer *t = eg_container_of(timer, struct timer, timer);

	eg_list_remove(&t->end.link);
	t->timer.fire = timer_fired;
	timer_fired(timer);
}

int eg_timer_init(eg_timer *timer, eg_timer_fn *fn, void *arg)
{
	if (!timer || !fn)
		return -EINVAL;
	*timer_of(timer) = (struct timer){
		.timer.fire = timer_fired,
		.fn = fn,
		.arg = arg,
	};
	return 0;
}

/* Not a plain one: if it is a fiber's, it is so no more. */
static EG_COLD int check_local(struct timer *t, const struct eg_hub *hub)
{
	if (!t || t->timer.fire != local_timer_fired)
		return -EINVAL;
	if (t->hub != hub)
		return -EPERM;
	eg_list_remove(&t->end.link);
	t->timer.fire = timer_fired;
	return 0;
}

/* What start and stop refuse alike. The callback shows an initialised one. */
static inline int check_timer(struct timer *t, const struct eg_hub *hub)
{
	if (eg_unlikely(!t || t->timer.fire != timer_fired))
		return check_local(t, hub);
	if (eg_unlikely(!hub ||
			(eg__timer_is_armed(&t->timer) && t->hub != hub)))
		return -EPERM;
	return 0;
}

int eg_timer_start(eg_timer *timer, int64_t deadline)
{
	struct eg_hub *hub = eg__hub();
	struct timer *t = timer_of(timer);
	int r = check_timer(t, hub);

	if (eg_unlikely(r < 0))
		return r;
	if (deadline == EG_FOREVER) {
		eg__timer_stop(&hub->loop.timers, &t->timer);
		return 0;
	}
	t->hub = hub;
	eg__timer_move(&hub->loop.timers, &t->timer, deadline);
	return 0;
}

static void owner_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct timer *t = eg_container_of(end, struct timer, end);

	t->timer.fire = timer_fired;
	eg__timer_stop(&f->hub->loop.timers, &t->timer);
}

int eg_timer_start_local(eg_timer *timer, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct timer *t = timer_of(timer);
	int r;

	if (timer && !self)
		return -EPERM;
	/* It would be looked at when its frame is gone. */
	if (timer && eg__fiber_holds(self, timer))
		return -EINVAL;
	r = eg_timer_start(timer, deadline);
	if (r < 0 || deadline == EG_FOREVER)
		return r;
	t->timer.fire = local_timer_fired;
	t->end.fn = owner_ended;
	eg__fiber_at_end(self, &t->end);
	return 0;
}

int eg_timer_stop(eg_timer *timer)
{
	struct eg_hub *hub = eg__hub();
	struct timer *t = timer_of(timer);
	int r = check_timer(t, hub);

	if (eg_unlikely(r < 0))
		return r;
	eg__timer_stop(&hub->loop.timers, &t->timer);
	return 0;
}
