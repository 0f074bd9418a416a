/* SPDX-License-Identifier: MIT */
/*
 * The age of resources: which are too old to be lent, and a fiber that destroys
 * them when they become so. A timer cannot, because destroying may block.
 */
#include "pool/resource.h"

#include <evergreen/fiber.h>

static int64_t later(int64_t time, int64_t duration)
{
	int64_t sum;

	return __builtin_add_overflow(time, duration, &sum) ? EG_FOREVER : sum;
}

/* Whether one more could go without fewer than min_idle being left. */
static bool has_spare(const struct eg_resource_pool *p)
{
	return p->idle > p->o.min_idle || !p->o.max_idle;
}

bool eg__resource_is_old(const struct eg__resource *item, int64_t now)
{
	const struct eg_resource_pool *p = item->pool;

	return later(item->made_at, p->o.max_age) <= now ||
	       (has_spare(p) && later(item->freed_at, p->o.max_idle) <= now);
}

/* The free one that was used longest ago: they lie in order. */
static struct eg__resource *longest_idle(const struct eg_resource_pool *p)
{
	struct eg_list *node =
		p->o.order == EG_RESOURCE_LIFO ? p->free.prev : p->free.next;

	return eg_list_entry(node, struct eg__resource, link);
}

static struct eg__resource *oldest(const struct eg_resource_pool *p)
{
	struct eg__resource *first = NULL;

	if (p->o.max_age == EG_FOREVER)
		return NULL;
	eg_list_for_each(node, &p->free) {
		struct eg__resource *item =
			eg_list_entry(node, struct eg__resource, link);

		if (!first || item->made_at < first->made_at)
			first = item;
	}
	return first;
}

/* The free one that is too old first, or will be, and when; NULL: none is free,
 * or none grows old. */
static struct eg__resource *next_old(const struct eg_resource_pool *p,
				     int64_t *ret_when)
{
	struct eg__resource *aged = oldest(p), *unused = NULL;
	int64_t aged_at = EG_FOREVER, unused_at = EG_FOREVER;

	if (p->idle && has_spare(p)) {
		unused = longest_idle(p);
		unused_at = later(unused->freed_at, p->o.max_idle);
	}
	if (aged)
		aged_at = later(aged->made_at, p->o.max_age);
	*ret_when = eg_min64(aged_at, unused_at);
	if (*ret_when == EG_FOREVER)
		return NULL;
	return aged_at < unused_at ? aged : unused;
}

/* The timer may fire too early, when what it was for is in use again. */
static void arm(struct eg_resource_pool *p, int64_t when)
{
	if (when >= p->expires_at || p->is_closed)
		return;
	p->expires_at = when;
	EG_CHECK(eg_timer_start(&p->timer, when) == 0);
}

void eg__resource_watch_age(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;

	arm(p, later(item->made_at, p->o.max_age));
	if (has_spare(p))
		arm(p, later(longest_idle(p)->freed_at, p->o.max_idle));
}

/* The next one that has to go, off its list, or NULL. */
static struct eg__resource *pick(struct eg_resource_pool *p)
{
	struct eg_list *dumped = eg_list_first(&p->dumped);
	struct eg__resource *item;
	int64_t when;

	if (dumped) {
		item = eg_list_entry(dumped, struct eg__resource, link);
	} else {
		item = next_old(p, &when);
		if (!item || when > eg_now())
			return NULL;
	}
	eg__resource_unlist(item);
	return item;
}

static void *sweep(void *arg)
{
	struct eg__resource *item;

	/* Each time others are free, or lent, afterwards: it may switch. */
	while ((item = pick(arg)))
		eg__resource_destroy(item);
	return NULL;
}

/* Also of one that was cancelled before it ran. */
static void sweeper_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg_resource_pool *p =
		eg_container_of(end, struct eg_resource_pool, sweeper_end);
	int64_t when;

	(void)f;
	p->has_sweeper = false;
	if (next_old(p, &when))
		arm(p, when);
	eg__resource_check_end(p);
}

bool eg__resource_send_sweeper(struct eg_resource_pool *p)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	eg_fiber *f;

	options.name = "resource sweeper";
	if (eg_spawn_with(&f, sweep, p, &options) < 0)
		return false;
	p->has_sweeper = true;
	p->sweeper_end.fn = sweeper_ended;
	eg__fiber_at_end(f, &p->sweeper_end);
	EG_CHECK(eg_detach(f) == 0);
	return true;
}

static void look(eg_timer *timer, void *arg)
{
	struct eg_resource_pool *p = arg;
	int64_t when;

	(void)timer;
	p->expires_at = EG_FOREVER;
	if (!next_old(p, &when))
		return;
	/* Without a fiber they wait for the next put: no get returns them. */
	if (when > eg_now())
		arm(p, when);
	else if (!p->has_sweeper)
		eg__resource_send_sweeper(p);
}

void eg__resource_age_init(struct eg_resource_pool *p)
{
	p->expires_at = EG_FOREVER;
	EG_CHECK(eg_timer_init(&p->timer, look, p) == 0);
}

void eg__resource_age_done(struct eg_resource_pool *p)
{
	EG_CHECK(eg_timer_stop(&p->timer) == 0);
	p->expires_at = EG_FOREVER;
}
