/* SPDX-License-Identifier: MIT */
/*
 * Coroutines at rest: making them, what they are asked and told. What switches
 * is in switch.c, what ends them in drop.c.
 */
#include "coro/coro.h"

#include "base/fault.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *whose(const struct eg_coro *c)
{
	const struct coro_home *home = c->home;
	bool is_closed = eg__coro_home_is_closed(home);

	if (home->thread != eg__coro_thread_tls)
		return is_closed ? "another thread, or fiber, which has ended"
				 : "another thread";
	return is_closed ? "a fiber, or hub, which has ended" : "another fiber";
}

int eg__coro_refuse(const char *call, const struct eg_coro *c)
{
	eg__log(EG_LOG_ERROR, "%s: coroutine '%s' belongs to %s", call, c->name,
		whose(c));
	return -EPERM;
}

static void set_options(struct eg_coro *c, const eg_coro_options *o)
{
	if (!o)
		return;
	c->data = o->data;
	if (o->name)
		strncpy(c->name, o->name, sizeof(c->name) - 1);
}

/* A stack class, or -EINVAL, or -EPERM. */
static int check_options(struct coro_home *home, const eg_coro_options *o)
{
	size_t bytes =
		o && o->stack_bytes ? o->stack_bytes : EG_DEFAULT_STACK_BYTES;

	if (o && o->size != sizeof(*o))
		return -EINVAL;
	if (o && o->parent && o->parent->home != home)
		return eg__coro_refuse("eg_coro_new", o->parent);
	return eg__stack_class(&home->thread->stacks, bytes);
}

int eg__coro_make(struct eg_coro **ret, size_t bytes, eg_coro_fn *fn,
		  const eg_coro_options *options)
{
	struct coro_home *home;
	struct eg_coro *c;
	int class, r;

	r = eg__coro_home_get(&home);
	if (r < 0)
		return r;
	if (eg_unlikely(!eg__coro_is_plain(home)))
		eg__coro_attend(home);
	class = check_options(home, options);
	if (class < 0)
		return class;
	if (eg__fault(EG_FAULT_ALLOC))
		return -ENOMEM;
	c = aligned_alloc(_Alignof(struct eg_coro), bytes);
	if (!c)
		return -ENOMEM;
	memset(c, 0, bytes);
	c->home = eg__coro_home_ref(home);
	c->gate = c;
	c->stack_class = (uint8_t) class;
	c->references = 1;
	c->fn = fn;
	set_options(c, options);
	c->parent =
		options && options->parent ? options->parent : home->current;
	eg__coro_ref(c->parent);
	*ret = c;
	return 0;
}

int eg_coro_new(eg_coro **ret_coro, eg_coro_fn *fn,
		const eg_coro_options *options)
{
	if (!ret_coro)
		return -EINVAL;
	return eg__coro_make(ret_coro, sizeof(struct eg_coro), fn, options);
}

eg_coro *eg_coro_ref(eg_coro *coro)
{
	if (coro)
		eg__coro_ref(coro);
	return coro;
}

eg_coro *eg_coro_self(void)
{
	struct coro_home *home;

	return eg__coro_home_get(&home) < 0 ? NULL : home->current;
}

eg_coro *eg_coro_main(void)
{
	struct coro_home *home;

	return eg__coro_home_get(&home) < 0 ? NULL : &home->main;
}

eg_coro *eg_coro_parent(const eg_coro *coro)
{
	return coro ? coro->parent : NULL;
}

/* Whoever kills a coroutine may be below it: that is no cycle to be lost in. */
static bool is_above(const eg_coro *coro, const eg_coro *child)
{
	while (child && child != coro)
		child = child->kept_parent ? child->kept_parent : child->parent;
	return child;
}

int eg_coro_set_parent(eg_coro *coro, eg_coro *parent)
{
	eg_coro *old;

	if (!coro || !parent)
		return -EINVAL;
	if (coro->home != eg__coro_home())
		return eg__coro_refuse("eg_coro_set_parent", coro);
	if (parent->home != coro->home)
		return eg__coro_refuse("eg_coro_set_parent", parent);
	if (!coro->parent)
		return -EPERM;
	if (is_above(coro, parent))
		return -ELOOP;
	old = coro->parent;
	eg__coro_ref(parent);
	coro->parent = parent;
	coro->kept_parent = NULL;
	eg_coro_unref(old);
	return 0;
}

int eg_coro_set_fn(eg_coro *coro, eg_coro_fn *fn)
{
	if (!coro || !fn)
		return -EINVAL;
	if (coro->home != eg__coro_home())
		return eg__coro_refuse("eg_coro_set_fn", coro);
	if (coro->state != CORO_NEW || coro->is_gen)
		return -EPERM;
	coro->fn = fn;
	return 0;
}

bool eg_coro_is_started(const eg_coro *coro)
{
	return coro && coro->state != CORO_NEW;
}

bool eg_coro_is_active(const eg_coro *coro)
{
	return coro && coro->state == CORO_STARTED;
}

bool eg_coro_is_dead(const eg_coro *coro)
{
	return coro && coro->state == CORO_DEAD;
}

void *eg_coro_data(const eg_coro *coro)
{
	return coro ? coro->data : NULL;
}

int eg_coro_set_data(eg_coro *coro, void *data)
{
	if (!coro)
		return -EINVAL;
	coro->data = data;
	return 0;
}
