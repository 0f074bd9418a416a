/* SPDX-License-Identifier: MIT */
/*
 * The life of a resource pool: its options, its size, its end. What is lent to
 * whom is resource.c's.
 */
#include "pool/resource.h"

#include "base/fault.h"
#include "base/mem.h"

#include <evergreen/fiber.h>

#include <stdlib.h>

static bool are_options(const eg_resource_options *o)
{
	bool keeps = o->max_idle > 0 && o->max_age > 0;

	return o->size == sizeof(*o) && !o->reserved &&
	       (o->order == EG_RESOURCE_LIFO || o->order == EG_RESOURCE_FIFO) &&
	       o->max_idle >= 0 && o->max_age >= 0 &&
	       o->min_idle <= o->max_size && (keeps || !o->min_idle);
}

int eg_resource_pool_new(eg_resource_pool **ret_pool,
			 const eg_resource_options *options)
{
	static const eg_resource_options defaults = EG_RESOURCE_OPTIONS_INIT;
	const eg_resource_options *o = options ? options : &defaults;
	struct eg_hub *hub = eg__hub();
	eg_resource_pool *p;

	if (!ret_pool || !are_options(o))
		return -EINVAL;
	if (!hub)
		return -EPERM;
	p = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (eg_resource_pool){ .hub = hub, .o = *o };
	eg__strcopy(p->name, o->name ? o->name : "", sizeof(p->name));
	eg_list_init(&p->free);
	eg_list_init(&p->dumped);
	eg__table_init(&p->lent);
	eg__resource_age_init(p);
	*ret_pool = p;
	return 0;
}

int eg_resource_pool_fill(eg_resource_pool *pool, int64_t deadline)
{
	struct eg__resource *item;
	eg_timeout region;
	int made = 0, r;

	if (!pool)
		return -EINVAL;
	r = eg__resource_check_caller(pool, "eg_resource_pool_fill");
	if (r < 0)
		return r;
	EG_CHECK(eg_timeout_begin(&region, deadline) == 0);
	/* May switch each time: the pool can have been closed, or filled. */
	while (r == 0 && !pool->is_closed && pool->idle < pool->o.min_idle &&
	       pool->total < pool->o.max_size) {
		pool->total++;
		r = eg__resource_make(pool, &item);
		if (r < 0)
			break;
		eg__resource_release(item);
		made++;
	}
	eg_timeout_end(&region);
	if (r < 0)
		return r;
	return pool->is_closed ? -ESHUTDOWN : made;
}

/* One that has to go now, or NULL; of those free, the one lent last. */
static struct eg__resource *next_surplus(const struct eg_resource_pool *p)
{
	struct eg_list *node = eg_list_first(&p->dumped);

	if (!node && p->idle && (p->is_closed || p->total > p->o.max_size))
		node = p->free.prev;
	return node ? eg_list_entry(node, struct eg__resource, link) : NULL;
}

EG_MAY_SWITCH static void shrink(struct eg_resource_pool *p)
{
	struct eg__resource *item;

	while ((item = next_surplus(p))) {
		eg__resource_unlist(item);
		eg__resource_destroy(item);
	}
}

int eg_resource_pool_resize(eg_resource_pool *pool, size_t max_size)
{
	int r;

	if (!pool)
		return -EINVAL;
	r = eg__resource_check_caller(pool, "eg_resource_pool_resize");
	if (r < 0)
		return r;
	pool->o.max_size = max_size;
	eg__resource_serve(pool);
	shrink(pool);
	return 0;
}

int eg_resource_pool_get_info(const eg_resource_pool *pool,
			      eg_resource_info *info)
{
	size_t waiting = 0;

	if (!pool || !info || info->size < sizeof(*info))
		return -EINVAL;
	if (eg__queue_first(&pool->line))
		eg_list_for_each(node, &pool->line.waiters)
			waiting++;
	*info = (eg_resource_info){
		.size = sizeof(*info),
		.max_size = pool->o.max_size,
		.total = pool->total,
		.idle = pool->idle,
		.lent = pool->lent.count,
		.waiting = waiting,
		.created = pool->created,
		.destroyed = pool->destroyed,
		.reclaimed = pool->reclaimed,
	};
	return 0;
}

EG_MAY_SWITCH static void close_pool(struct eg_resource_pool *p)
{
	struct eg_waiter *w;

	p->is_closed = true;
	eg__resource_age_done(p);
	while ((w = eg__queue_first(&p->line)))
		eg__unpark(w, -ESHUTDOWN);
	shrink(p);
}

int eg_resource_pool_close(eg_resource_pool *pool)
{
	int r;

	if (!pool)
		return -EINVAL;
	r = eg__resource_check_caller(pool, "eg_resource_pool_close");
	if (r < 0)
		return r;
	close_pool(pool);
	return 0;
}

static void unlink_ender(struct eg_waiter *w)
{
	struct eg_resource_pool *p = w->object;

	p->ender = NULL;
}

static const struct eg_wait_kind end_wait = {
	.what = "resource pool (end)",
	.unlink = unlink_ender,
};

EG_MAY_SWITCH static int wait_for_end(struct eg_resource_pool *p,
				      int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r = 0;

	while (r == 0 && (p->total || p->has_sweeper)) {
		if (eg__resource_is_tied_to(p, self))
			return -EDEADLK;
		p->ender = eg__waiter(self, &end_wait, p);
		r = eg__park(self, deadline);
		/* What has been dumped meanwhile, when there was no fiber. */
		if (r == 0)
			shrink(p);
	}
	return r;
}

int eg_resource_pool_free(eg_resource_pool *pool, int64_t deadline)
{
	int r;

	if (!pool)
		return 0;
	r = eg__resource_check_caller(pool, "eg_resource_pool_free");
	if (r < 0)
		return r;
	if (pool->is_ending)
		return -EBUSY;
	pool->is_ending = true;
	close_pool(pool);
	r = wait_for_end(pool, deadline);
	if (r < 0) {
		pool->is_ending = false;
		return r;
	}
	eg__table_done(&pool->lent);
	free(pool);
	return 0;
}
