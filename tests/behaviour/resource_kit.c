/* SPDX-License-Identifier: MIT */
/*
 * The lender's functions, which count, and the takers.
 */
#include "resource_kit.h"

#include <stdio.h>

static int behave(struct manner *m)
{
	m->calls++;
	if (m->takes)
		m->result = eg_sleep(m->takes);
	if (m->takes && m->result < 0)
		return m->result;
	return m->error;
}

static int create(void **ret_resource, void *arg)
{
	struct lender *l = arg;
	int place = l->create.calls, r;

	egt_lt(place, THINGS);
	r = behave(&l->create);
	if (r < 0)
		return r;
	l->things[place].is_alive = true;
	*ret_resource = &l->things[place];
	return 0;
}

static void destroy(void *resource, void *arg)
{
	struct thing *thing = resource;
	struct lender *l = arg;

	egt_true(thing->is_alive);
	egt_eq(behave(&l->destroy), 0);
	thing->is_alive = false;
}

static int check(void *resource, void *arg)
{
	const struct thing *thing = resource;
	struct lender *l = arg;

	egt_true(thing->is_alive);
	return behave(&l->check);
}

static int reset(void *resource, void *arg)
{
	struct thing *thing = resource;
	struct lender *l = arg;

	egt_true(thing->is_alive);
	thing->uses++;
	return behave(&l->reset);
}

eg_resource_options lender_options(struct lender *l)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;

	o.name = "things";
	o.create = create;
	o.destroy = destroy;
	o.check = check;
	o.reset = reset;
	o.arg = l;
	o.max_size = 2;
	return o;
}

static void keep_line(int level, const char *line, void *arg)
{
	struct lender *l = arg;

	(void)level;
	snprintf(l->log, sizeof(l->log), "%s", line);
}

void lender_begin(struct lender *l, const eg_resource_options *options)
{
	*l = (struct lender){ .pool = NULL };
	eg_set_log(keep_line, l);
	egt_eq(eg_resource_pool_new(&l->pool, options), 0);
}

void lender_end(struct lender *l)
{
	egt_eq(lender_info(l).lent, 0);
	egt_eq(eg_resource_pool_free(l->pool, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
	for (int i = 0; i < THINGS; i++)
		egt_true(!l->things[i].is_alive);
}

struct thing *lender_get(struct lender *l)
{
	void *thing = NULL;

	egt_eq(eg_resource_get(l->pool, &thing, 0, EG_NOW), 0);
	egt_true(thing);
	return thing;
}

void lender_put(struct lender *l, struct thing *thing)
{
	egt_eq(eg_resource_put(l->pool, thing), 0);
}

int lender_try(struct lender *l)
{
	void *thing;
	int r = eg_resource_get(l->pool, &thing, 0, EG_NOW);

	if (r == 0)
		lender_put(l, thing);
	return r;
}

eg_resource_info lender_info(const struct lender *l)
{
	eg_resource_info info = { .size = sizeof(info) };

	egt_eq(eg_resource_pool_get_info(l->pool, &info), 0);
	return info;
}

void lender_wait_destroyed(struct lender *l, int count)
{
	while (lender_info(l).destroyed < (uint64_t)count)
		egt_eq(eg_sleep(EG_USEC), 0);
}

static void *take(void *arg)
{
	struct taker *t = arg;
	void *thing = NULL;

	t->result =
		eg_resource_get(t->lender->pool, &thing, t->flags, t->deadline);
	t->thing = thing;
	return NULL;
}

void taker_begin(struct taker *t, struct lender *l, int64_t deadline)
{
	t->lender = l;
	t->deadline = deadline;
	t->result = TAKER_WAITS;
	t->thing = NULL;
	egt_eq(eg_spawn(&t->fiber, take, t), 0);
	egt_eq(eg_set_name(t->fiber, "taker"), 0);
	egt_eq(eg_yield(), 0);
}

int taker_end(struct taker *t)
{
	egt_eq(eg_join(t->fiber, NULL, EG_FOREVER), 0);
	return t->result;
}
