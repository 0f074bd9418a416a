/* SPDX-License-Identifier: MIT */
/*
 * Lending resources and taking them back: who gets what is free, and who may
 * make another. Ages are resource_age.c's, ties resource_tie.c's, and a pool's
 * beginning and end resource_pool.c's.
 */
#include "pool/resource.h"

#include "base/fault.h"

#include <evergreen/fiber.h>

#include <stdlib.h>

static const struct eg_wait_kind get_wait = { .what = "resource" };

int eg__resource_check_caller(const struct eg_resource_pool *p,
			      const char *call)
{
	if (!eg__current())
		return eg__refuse_blocking(call);
	return p->hub != eg__hub() ? -EPERM : 0;
}

void eg__resource_check_end(struct eg_resource_pool *p)
{
	struct eg_waiter *w = p->ender;

	if (!w || p->has_sweeper || (p->total && eg_list_is_empty(&p->dumped)))
		return;
	p->ender = NULL;
	eg__unpark(w, 0);
}

void eg__resource_serve(struct eg_resource_pool *p)
{
	struct eg_waiter *w;

	while (p->total < p->o.max_size && (w = eg__queue_first(&p->line))) {
		p->total++;
		eg__unpark(w, 0);
	}
}

static void give_up_place(struct eg_resource_pool *p)
{
	p->total--;
	eg__resource_serve(p);
	eg__resource_check_end(p);
}

int eg__resource_make(struct eg_resource_pool *p,
		      struct eg__resource **ret_item)
{
	struct eg__resource *item =
		eg__fault(EG_FAULT_ALLOC) ? NULL : calloc(1, sizeof(*item));
	int r = item ? 0 : -ENOMEM;

	if (item && p->o.create)
		r = p->o.create(&item->resource, p->o.arg);
	else if (item)
		item->resource = item;
	if (r < 0) {
		free(item);
		give_up_place(p);
		return r;
	}
	item->pool = p;
	item->made_at = eg_now();
	p->created++;
	*ret_item = item;
	return 0;
}

/* Destroys @item; its place stays taken. */
EG_MAY_SWITCH static void scrap(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;
	eg_timeout shield;

	if (p->o.destroy) {
		EG_CHECK(eg_shield_begin(&shield) == 0);
		p->o.destroy(item->resource, p->o.arg);
		EG_CHECK(eg_shield_end(&shield) == 0);
	}
	p->destroyed++;
	free(item);
}

void eg__resource_destroy(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;

	scrap(item);
	give_up_place(p);
}

void eg__resource_unlist(struct eg__resource *item)
{
	eg_list_remove(&item->link);
	item->pool->idle -= !item->is_dumped;
}

static void hand_over(struct eg_waiter *w, struct eg__resource *item)
{
	*(struct eg__resource **)w->value = item;
	eg__unpark(w, 0);
}

void eg__resource_dump(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;
	struct eg_waiter *w = eg__queue_first(&p->line);

	item->is_dumped = true;
	/* Who gets it makes another in its place, if there is one to be had. */
	if (w && p->total <= p->o.max_size) {
		hand_over(w, item);
		return;
	}
	eg_list_push_back(&p->dumped, &item->link);
	if (!p->has_sweeper && !eg__resource_send_sweeper(p))
		eg__resource_check_end(p);
}

void eg__resource_release(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;
	struct eg_waiter *w;

	item->freed_at = eg_now();
	if (p->is_closed || p->total > p->o.max_size ||
	    eg__resource_is_old(item, item->freed_at)) {
		eg__resource_destroy(item);
		return;
	}
	w = eg__queue_first(&p->line);
	if (w) {
		hand_over(w, item);
		return;
	}
	if (p->o.order == EG_RESOURCE_LIFO)
		eg_list_push_front(&p->free, &item->link);
	else
		eg_list_push_back(&p->free, &item->link);
	p->idle++;
	eg__resource_watch_age(item);
}

/*
 * What is free into @ret_item, or NULL there: a place is taken, in which one is
 * to be made. May switch.
 */
EG_MAY_SWITCH static int take(struct eg_resource_pool *p,
			      struct eg__resource **ret_item, int64_t deadline)
{
	struct eg_list *first = eg_list_first(&p->free);

	*ret_item = NULL;
	if (p->is_closed)
		return -ESHUTDOWN;
	if (!first && p->total < p->o.max_size) {
		p->total++;
		return 0;
	}
	if (!first && p->total == p->o.max_size)
		first = eg_list_first(&p->dumped);
	if (first) {
		*ret_item = eg_list_entry(first, struct eg__resource, link);
		return 0;
	}
	return eg__queue_wait_with(&p->line, eg__current(), &get_wait, p,
				   ret_item, deadline);
}

/* Of what was taken, good or bad or a place alone, makes what can be lent. On
 * failure the place is given up. May switch. */
EG_MAY_SWITCH static int prepare(struct eg_resource_pool *p,
				 struct eg__resource **item)
{
	bool is_good = *item && !(*item)->is_dumped;

	if (*item && eg_list_is_linked(&(*item)->link)) {
		is_good = is_good && !eg__resource_is_old(*item, eg_now());
		eg__resource_unlist(*item);
	}
	if (is_good && p->o.check)
		is_good = p->o.check((*item)->resource, p->o.arg) >= 0;
	if (is_good)
		return 0;
	if (*item)
		scrap(*item);
	if (p->is_closed) {
		give_up_place(p);
		return -ESHUTDOWN;
	}
	return eg__resource_make(p, item);
}

int eg_resource_get(eg_resource_pool *pool, void **ret_resource, uint32_t flags,
		    int64_t deadline)
{
	struct eg__resource *item = NULL;
	eg_timeout region;
	int r;

	if (!pool || !ret_resource || flags & ~EG_RESOURCE_TIED)
		return -EINVAL;
	r = eg__resource_check_caller(pool, "eg_resource_get");
	if (r == 0)
		r = take(pool, &item, deadline);
	if (r < 0)
		return r;
	EG_CHECK(eg_timeout_begin(&region, deadline) == 0);
	r = prepare(pool, &item);
	eg_timeout_end(&region);
	if (r < 0)
		return r;
	eg__table_add(&pool->lent, &item->node,
		      eg__hash_pointer(item->resource));
	if (flags & EG_RESOURCE_TIED)
		eg__resource_tie(item, eg__current());
	*ret_resource = item->resource;
	return 0;
}

static struct eg__resource *find_lent(const struct eg_resource_pool *p,
				      const void *resource)
{
	struct eg__table_node *node =
		eg__table_first(&p->lent, eg__hash_pointer(resource));

	for (; node; node = eg__table_next(node)) {
		struct eg__resource *item =
			eg_container_of(node, struct eg__resource, node);

		if (item->resource == resource)
			return item;
	}
	return NULL;
}

void eg__resource_unlend(struct eg__resource *item)
{
	eg__table_remove(&item->pool->lent, &item->node);
	eg__resource_untie(item);
}

EG_MAY_SWITCH static int reset(struct eg__resource *item)
{
	struct eg_resource_pool *p = item->pool;
	eg_timeout shield;
	int r;

	if (!p->o.reset)
		return 0;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	r = p->o.reset(item->resource, p->o.arg);
	EG_CHECK(eg_shield_end(&shield) == 0);
	return r;
}

EG_MAY_SWITCH static int give_back(struct eg_resource_pool *p, void *resource,
				   bool is_good, const char *call)
{
	struct eg__resource *item;
	int r;

	if (!p)
		return -EINVAL;
	r = eg__resource_check_caller(p, call);
	if (r < 0)
		return r;
	item = find_lent(p, resource);
	if (!item)
		return -EINVAL;
	/* There was no memory for it when it was needed. */
	if (!eg_list_is_empty(&p->dumped) && !p->has_sweeper)
		eg__resource_send_sweeper(p);
	eg__resource_unlend(item);
	/* What is destroyed anyway need not be made ready before. */
	if (is_good && !p->is_closed && p->total <= p->o.max_size &&
	    reset(item) >= 0)
		eg__resource_release(item);
	else
		eg__resource_destroy(item);
	return 0;
}

int eg_resource_put(eg_resource_pool *pool, void *resource)
{
	return give_back(pool, resource, true, "eg_resource_put");
}

int eg_resource_discard(eg_resource_pool *pool, void *resource)
{
	return give_back(pool, resource, false, "eg_resource_discard");
}
