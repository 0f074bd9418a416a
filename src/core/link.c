/* SPDX-License-Identifier: MIT */
/*
 * Links: functions that are called when a fiber has ended, by the hub or in a
 * fiber that was made for it beforehand, so that nothing can fail at the end.
 */
#include "core/link.h"

#include "core/cancel.h"
#include "core/park.h"

#include <evergreen/spawn.h>

struct link {
	struct eg_fiber_end end;
	struct eg_hub_call call;
	struct eg_fiber *fiber;	 /* with a reference; NULL: not linked */
	struct eg_fiber *runner; /* EG_LINK_SPAWN: waits for eg_start() */
	eg_link_fn *fn;
	void *arg;
	uint32_t flags;
};

_Static_assert(sizeof(struct link) <= sizeof(eg_link), "eg_link too small");

static struct link *link_of(eg_link *link)
{
	return (struct link *)(void *)link;
}

/* Takes out of @l what a call needs: from there on it is the caller's again. */
static void call_now(struct link *l)
{
	struct eg_fiber *f = l->fiber;

	l->fiber = NULL;
	l->fn(f, l->arg);
	eg__fiber_unref(f);
}

static void call_in_hub(struct eg_hub_call *call)
{
	call_now(eg_container_of(call, struct link, call));
}

/* What a closing hub has cancelled all others with, it has left to this one. */
static void *call_in_fiber(void *arg)
{
	struct eg_fiber *self = eg__current();

	if (self->hub->is_closing)
		eg__cancel(self);
	call_now(arg);
	return NULL;
}

bool eg__link_waits_in(const struct eg_fiber *f)
{
	return f->fn == call_in_fiber && eg__fiber_is_unstarted(f);
}

static void let_go(struct link *l)
{
	struct eg_fiber *f = l->fiber;

	if (l->runner)
		eg__cancel(l->runner);
	l->fiber = NULL;
	eg__fiber_unref(f);
}

static void drop_call(struct eg_hub_call *call)
{
	let_go(eg_container_of(call, struct link, call));
}

static bool is_wanted(const struct link *l)
{
	uint32_t which = l->flags & (EG_LINK_VALUE | EG_LINK_ERROR);

	if (!which)
		return true;
	return which &
	       (eg_fiber_succeeded(l->fiber) ? EG_LINK_VALUE : EG_LINK_ERROR);
}

static void fire(struct link *l)
{
	struct eg_fiber *f = l->fiber;

	if (!is_wanted(l)) {
		let_go(l);
		return;
	}
	if (f->error)
		f->flags |= EG_FIBER_ERROR_SEEN;
	if (l->runner)
		eg_start(l->runner);
	else
		eg__call_queue(f->hub, &l->call);
}

static void linked_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	(void)f;
	fire(eg_container_of(end, struct link, end));
}

static int make_runner(struct link *l)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	int r;

	options.name = "link";
	options.start_at = EG_FOREVER;
	r = eg__spawn_at(&l->runner, call_in_fiber, l, &options,
			 __builtin_return_address(0));
	if (r < 0)
		return r;
	eg__fiber_unref(l->runner);
	return 0;
}

int eg_fiber_link(eg_fiber *fiber, eg_link *link, eg_link_fn *fn, void *arg,
		  uint32_t flags)
{
	struct link *l = link_of(link);
	int r;

	if (!fiber || !l || !fn ||
	    flags & ~(EG_LINK_VALUE | EG_LINK_ERROR | EG_LINK_SPAWN))
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	/* It would be looked at when its frame is gone. */
	if (eg__fiber_holds(fiber, l))
		return -EINVAL;
	*l = (struct link){
		.end.fn = linked_ended,
		.call.fn = call_in_hub,
		.call.drop = drop_call,
		.fn = fn,
		.arg = arg,
		.flags = flags,
	};
	if (flags & EG_LINK_SPAWN) {
		r = make_runner(l);
		if (r < 0)
			return r;
	}
	l->fiber = eg_ref(fiber);
	if (fiber->state == EG_FIBER_DEAD)
		fire(l);
	else
		eg__fiber_at_end(fiber, &l->end);
	return 0;
}

int eg_fiber_unlink(eg_link *link)
{
	struct link *l = link_of(link);

	if (!l)
		return -EINVAL;
	if (!l->fiber)
		return 0;
	if (l->fiber->hub != eg__hub())
		return -EPERM;
	if (eg_list_is_linked(&l->end.link))
		eg_list_remove(&l->end.link);
	eg__call_stop(&l->call);
	let_go(l);
	return 1;
}
