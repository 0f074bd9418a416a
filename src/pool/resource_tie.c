/* SPDX-License-Identifier: MIT */
/*
 * Ties: resources that a fiber has to put back before it ends, and how those
 * that it has not are found. Destroys nothing: a fiber that ends cannot wait.
 */
#include "pool/resource.h"

#include "base/log.h"

/* After its cleanups, which may have put it back. */
static void holder_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg__resource *item =
		eg_container_of(end, struct eg__resource, tie);
	struct eg_resource_pool *p = item->pool;

	eg__log(EG_LOG_WARNING,
		"fiber %lu '%s' has ended without putting back resource %p of pool %p '%s'",
		f->id, f->name, item->resource, (void *)p, p->name);
	p->reclaimed++;
	eg__resource_unlend(item);
	eg__resource_dump(item);
}

void eg__resource_tie(struct eg__resource *item, struct eg_fiber *holder)
{
	item->tie.fn = holder_ended;
	eg__fiber_at_end(holder, &item->tie);
}

void eg__resource_untie(struct eg__resource *item)
{
	if (eg_list_is_linked(&item->tie.link))
		eg_list_remove(&item->tie.link);
}

bool eg__resource_is_tied_to(const struct eg_resource_pool *p,
			     const struct eg_fiber *self)
{
	if (!(self->flags & EG_FIBER_HAS_ENDS))
		return false;
	eg_list_for_each(node, &self->ends) {
		struct eg_fiber_end *end =
			eg_list_entry(node, struct eg_fiber_end, link);

		if (end->fn == holder_ended &&
		    eg_container_of(end, struct eg__resource, tie)->pool == p)
			return true;
	}
	return false;
}
