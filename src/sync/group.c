/* SPDX-License-Identifier: MIT */
/*
 * Groups: members are detached fibers that say when they end.
 */
#include "base/check.h"
#include "core/cancel.h"
#include "core/park.h"
#include "sync/wait_queue.h"

#include <evergreen/group.h>

struct group {
	struct eg_list members;	  /* of eg_fiber.group_link; next may be NULL */
	struct eg_waiter *waiter; /* borrowed: who waits for the end of all */
	struct eg_hub *hub;	  /* borrowed; set while there are members */
	int count;
};

_Static_assert(sizeof(struct group) <= sizeof(eg_group), "eg_group too small");

static inline struct group *group_of(const eg_group *group)
{
	return (struct group *)(uintptr_t)group;
}

static void unlink_group_waiter(struct eg_waiter *w)
{
	struct group *g = w->object;

	g->waiter = NULL;
}

static const struct eg_wait_kind group_wait = {
	.what = "group",
	.unlink = unlink_group_waiter,
};

int eg_group_init(eg_group *group)
{
	if (!group)
		return -EINVAL;
	*group_of(group) = (struct group){ 0 };
	return 0;
}

/* Runs on the member's stack, as its last act but for being freed. */
static void member_ended(struct eg_fiber *f)
{
	struct group *g = f->group;
	struct eg_waiter *w = g->waiter;

	eg_list_remove(&f->group_link);
	if (--g->count > 0 || !w)
		return;
	g->waiter = NULL;
	eg__unpark(w, 0);
}

int eg_group_spawn(eg_group *group, eg_fiber_fn *fn, void *arg,
		   const eg_spawn_options *options)
{
	struct group *g = group_of(group);
	struct eg_fiber *f;
	int r;

	if (!g || !fn)
		return -EINVAL;
	if (g->count && g->hub != eg__hub())
		return -EPERM;
	r = eg__spawn_at(&f, fn, arg, options, __builtin_return_address(0));
	if (r < 0)
		return r;
	if (!g->members.next)
		eg_list_init(&g->members);
	f->flags |= EG_FIBER_IN_GROUP;
	f->on_end = member_ended;
	f->group = g;
	eg_list_push_back(&g->members, &f->group_link);
	g->hub = f->hub;
	g->count++;
	return eg_detach(f);
}

int eg_group_count(const eg_group *group)
{
	return group ? group_of(group)->count : -EINVAL;
}

static bool is_member(const struct group *g, const struct eg_fiber *f)
{
	return f->flags & EG_FIBER_IN_GROUP && f->group == g;
}

int eg_group_wait(eg_group *group, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct group *g = group_of(group);

	if (!g)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_group_wait");
	if (!g->count)
		return 0;
	if (g->hub != self->hub)
		return -EPERM;
	if (is_member(g, self))
		return -EDEADLK;
	if (g->waiter)
		return -EBUSY;
	g->waiter = eg__waiter(self, &group_wait, g);
	return eg__park(self, deadline);
}

int eg_group_cancel(eg_group *group)
{
	struct group *g = group_of(group);

	if (!g)
		return -EINVAL;
	if (!g->count)
		return 0;
	if (g->hub != eg__hub())
		return -EPERM;
	eg_list_for_each(node, &g->members)
		eg__cancel(eg_list_entry(node, struct eg_fiber, group_link));
	return 0;
}

int eg_group_done(eg_group *group)
{
	eg_timeout shield;
	int r;

	if (!group)
		return -EINVAL;
	if (!eg__current())
		return eg__refuse_blocking("eg_group_done");
	EG_CHECK(eg_shield_begin(&shield) == 0);
	r = eg_group_cancel(group);
	if (r == 0)
		r = eg_group_wait(group, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
	return r;
}
