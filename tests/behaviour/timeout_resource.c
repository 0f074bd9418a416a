/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for resources: rows for timeout_calls.h. Tests no behaviour
 * itself.
 */
#include "timeout_calls.h"

#include <stdlib.h>

struct own {
	eg_resource_pool *pool; /* owned */
	void *held;		/* owned; NULL: it is free, or a caller's */
};

static void make_pool(struct own *o, const eg_resource_options *options)
{
	egt_eq(eg_resource_pool_new(&o->pool, options), 0);
}

static void make_used_up(struct own *o)
{
	eg_resource_options options = EG_RESOURCE_OPTIONS_INIT;

	options.max_size = 1;
	make_pool(o, &options);
	egt_eq(eg_resource_get(o->pool, &o->held, 0, EG_NOW), 0);
}

static void set_up_used_up(struct call_rig *r)
{
	r->own = calloc(1, sizeof(struct own));
	make_used_up(r->own);
}

static int64_t call_get(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	void *resource;
	int result = eg_resource_get(o->pool, &resource, 0, deadline);

	if (result == 0)
		o->held = resource;
	return result;
}

static void wake_put(struct call_rig *r)
{
	struct own *o = r->own;
	void *held = o->held;

	o->held = NULL;
	if (held)
		egt_eq(eg_resource_put(o->pool, held), 0);
}

static void tear_down(struct call_rig *r)
{
	struct own *o = r->own;

	wake_put(r);
	egt_eq(eg_resource_pool_free(o->pool, EG_NOW), 0);
	free(o);
}

/* As slow as somebody who waits for a unit. */
static int make_slowly(void **ret_resource, void *arg)
{
	struct call_rig *r = arg;
	int result = eg_sem_wait(&r->sem, EG_FOREVER);

	*ret_resource = r;
	return result;
}

static void set_up_slow(struct call_rig *r)
{
	eg_resource_options options = EG_RESOURCE_OPTIONS_INIT;

	options.create = make_slowly;
	options.arg = r;
	options.min_idle = 1;
	r->own = calloc(1, sizeof(struct own));
	make_pool(r->own, &options);
}

static int64_t call_make(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	void *resource;
	int result = eg_resource_get(o->pool, &resource, 0, deadline);

	if (result == 0)
		egt_eq(eg_resource_discard(o->pool, resource), 0);
	return result;
}

static int64_t call_fill(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	int result = eg_resource_pool_fill(o->pool, deadline);
	void *resource;

	if (result < 0)
		return result;
	egt_eq(eg_resource_get(o->pool, &resource, 0, EG_NOW), 0);
	egt_eq(eg_resource_discard(o->pool, resource), 0);
	return result;
}

static void wake_maker(struct call_rig *r)
{
	egt_eq(eg_sem_post(&r->sem), 0);
}

static int64_t call_free(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	int result = eg_resource_pool_free(o->pool, deadline);

	if (result == 0)
		make_used_up(o);
	return result;
}

static const struct blocking_call rows[] = {
	{ "resource_get", set_up_used_up, call_get, wake_put, tear_down, 0 },
	{ "resource_get, making", set_up_slow, call_make, wake_maker, tear_down,
	  0 },
	{ "resource_pool_fill", set_up_slow, call_fill, wake_maker, tear_down,
	  0 },
	{ "resource_pool_free", set_up_used_up, call_free, wake_put, tear_down,
	  CALL_BY_ONE },
};

BLOCKING_CALLS(rows)
