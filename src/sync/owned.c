/* SPDX-License-Identifier: MIT */
/*
 * What fibers own, and what becomes of it if they end without having closed it.
 * When that is, among all that happens at an end, is local.c's.
 */
#include "sync/owned.h"

#include "base/log.h"

#include <errno.h>

_Static_assert(sizeof(struct eg_owned_record) <= sizeof(eg_owned),
	       "eg_owned too small");

static const struct eg_owned_kind plain_kind;

static struct eg_owned_record *record_of(eg_owned *owned)
{
	return (struct eg_owned_record *)(void *)owned;
}

static uintptr_t mark_of(const struct eg_owned_record *o)
{
	return (uintptr_t)o ^ UINTPTR_MAX;
}

static bool is_owned(const struct eg_owned_record *o)
{
	return o->mark == mark_of(o);
}

const char *eg__owner_name(const struct eg_fiber *f)
{
	return f->flags & EG_FIBER_IS_IDLE ? "hub" : f->name;
}

static void push(struct eg_locals *l, struct eg_owned_record *o)
{
	o->mark = mark_of(o);
	o->fiber = l->fiber;
	o->newer = NULL;
	o->older = l->owned;
	if (o->older)
		o->older->newer = o;
	l->owned = o;
}

static void take_off(struct eg_owned_record *o)
{
	o->mark = 0;
	if (o->newer)
		o->newer->older = o->older;
	else
		eg__locals_of(o->fiber)->owned = o->older;
	if (o->older)
		o->older->newer = o->newer;
}

int eg__own(eg_owned *owned, const struct eg_owned_record *model)
{
	struct eg_owned_record *o = record_of(owned);
	struct eg_fiber *f = eg__local_fiber();
	struct eg_locals *l;
	int r;

	if (!f)
		return -EPERM;
	/* It would be overwritten by what ends the fiber. */
	if (eg__fiber_holds(f, o))
		return -EINVAL;
	if (is_owned(o))
		return -EALREADY;
	r = eg__locals_make(f, sizeof(*l), &l);
	if (r < 0)
		return r;
	*o = *model;
	push(l, o);
	return 0;
}

int eg_own(eg_owned *owned, const char *what, eg_close_fn *close, void *handle)
{
	const struct eg_owned_record model = {
		.kind = &plain_kind,
		.what = what,
		.close = close,
		.handle = handle,
		.owned_at = __builtin_return_address(0),
	};

	if (!owned || !what || !close)
		return -EINVAL;
	return eg__own(owned, &model);
}

int eg_disown(eg_owned *owned)
{
	struct eg_owned_record *o = record_of(owned);

	if (!o)
		return -EINVAL;
	if (!is_owned(o))
		return -ENOENT;
	if (o->fiber->hub != eg__hub())
		return -EPERM;
	take_off(o);
	return 0;
}

int eg_own_transfer(eg_owned *owned, eg_fiber *fiber)
{
	struct eg_owned_record *o = record_of(owned);
	struct eg_hub *hub = eg__hub();
	struct eg_locals *l;
	int r;

	if (!o || !fiber || eg__fiber_holds(fiber, o))
		return -EINVAL;
	if (!is_owned(o))
		return -ENOENT;
	if (!hub || o->fiber->hub != hub || fiber->hub != hub)
		return -EPERM;
	if (fiber->state == EG_FIBER_DEAD)
		return -ESRCH;
	r = eg__locals_make(fiber, sizeof(*l), &l);
	if (r < 0)
		return r;
	take_off(o);
	push(l, o);
	return 0;
}

static void report(const struct eg_owned_record *o)
{
	const struct eg_fiber *f = o->fiber;
	eg_leak leak = {
		.size = sizeof(leak),
		.what = o->what,
		.handle = o->handle,
		.owned_at = o->owned_at,
		.id = f->id,
		.name = eg__owner_name(f),
		.spawned_at = f->spawned_at,
	};

	if (f->hub->leak_fn)
		f->hub->leak_fn(&leak, f->hub->leak_arg);
	else if (o->kind->is_number)
		eg__log(EG_LOG_ERROR,
			"fiber %lu '%s', spawned at %p, leaks %s %ld, owned at %p: it is closed",
			leak.id, leak.name, leak.spawned_at, leak.what,
			(long)(intptr_t)leak.handle, leak.owned_at);
	else
		eg__log(EG_LOG_ERROR,
			"fiber %lu '%s', spawned at %p, leaks %s %p, owned at %p: it is closed",
			leak.id, leak.name, leak.spawned_at, leak.what,
			leak.handle, leak.owned_at);
}

void eg__owned_close_all(struct eg_fiber *f)
{
	struct eg_owned_record *o;
	unsigned left = 0;

	for (o = eg__locals_of(f)->owned; o; o = o->older)
		left++;
	for (; left && (o = eg__locals_of(f)->owned); left--) {
		const struct eg_owned_record was = *o;

		take_off(o);
		if (was.kind->is_gone && was.kind->is_gone(&was))
			continue;
		report(&was);
		was.close(was.handle);
	}
}

unsigned eg__owned_forget_all(struct eg_locals *l)
{
	unsigned count = 0;

	for (; l->owned; count++)
		take_off(l->owned);
	return count;
}

int eg_set_leak_handler(eg_leak_fn *fn, void *arg)
{
	struct eg_hub *hub = eg__hub();

	if (!hub)
		return -EPERM;
	hub->leak_fn = fn;
	hub->leak_arg = arg;
	return 0;
}
