/* SPDX-License-Identifier: MIT */
/*
 * The clock, and sleeping.
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
	int r = eg__kill_pending(self);

	if (r < 0)
		return r;
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
