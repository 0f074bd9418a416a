/* SPDX-License-Identifier: MIT */
/*
 * The clock, sleeping, and timers with a callback.
 */
#include "base/check.h"
#include "base/clock.h"
#include "core/park.h"
#include "core/switch.h"

#include <errno.h>

int64_t eg_now(void)
{
	struct eg_hub *hub = eg__hub();

	return hub ? eg__poller_now(&hub->loop) : eg__clock_now();
}

int64_t eg_after(int64_t duration)
{
	int64_t at;

	if (duration == EG_FOREVER)
		return EG_FOREVER;
	/* Overflow can only be upwards: the clock is never negative. */
	if (__builtin_add_overflow(eg_now(), duration, &at))
		return EG_FOREVER;
	return at;
}

static const struct eg_wait_kind sleep_wait = { .what = "time" };

/* A region that was over before @deadline came ends the sleep. */
static int give_way(struct eg_fiber *self, int64_t deadline)
{
	if (eg__is_cancelled(self))
		return -ECANCELED;
	if (self->scope_deadline < deadline &&
	    self->scope_deadline <= self->hub->loop.now)
		return -ETIMEDOUT;
	return eg_yield();
}

int eg_sleep_until(int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!self)
		return eg__refuse_blocking("eg_sleep_until");
	if (deadline <= self->hub->loop.now)
		return give_way(self, deadline);
	eg__waiter(self, &sleep_wait, NULL);
	r = eg__park(self, deadline);
	/* The time that was asked for is success; a region's is not. */
	return r == -ETIMEDOUT && deadline <= self->scope_deadline ? 0 : r;
}

int eg_sleep(int64_t duration)
{
	struct eg_fiber *self = eg__current();

	if (!self)
		return eg__refuse_blocking("eg_sleep");
	if (duration <= 0)
		return give_way(self, EG_FOREVER);
	return eg_sleep_until(eg_after(duration));
}

/* Timers with a callback */

struct timer {
	struct eg__timer timer;
	struct eg_hub *hub; /* borrowed while armed */
	eg_timer_fn *fn;
	void *arg;
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

/* What start and stop refuse alike. The callback shows an initialised one. */
static inline int check_timer(const struct timer *t, const struct eg_hub *hub)
{
	if (eg_unlikely(!t || t->timer.fire != timer_fired))
		return -EINVAL;
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
