/* SPDX-License-Identifier: MIT */
/*
 * Many fibers, few resources, and everything that can go wrong with them, at
 * random: never more than so many, none lost, none lent twice, and nobody is
 * forgotten in line (semantics PL-15, PL-16).
 */
#include "resource_kit.h"

#include <stdlib.h>

enum { FIBERS = 40, ROUNDS = 60 };

struct thing_of_many {
	bool is_lent;
};

struct crowd {
	eg_resource_pool *pool;
	unsigned seed;
	int alive, alive_max, allowed;
	int gets, failures;
};

static unsigned rnd(struct crowd *c, unsigned below)
{
	c->seed = c->seed * 1103515245u + 12345u;
	return (c->seed >> 16) % below;
}

static int nap(struct crowd *c)
{
	return rnd(c, 3) ? 0 : eg_sleep(rnd(c, 20) * EG_USEC);
}

static int make(void **ret_resource, void *arg)
{
	struct thing_of_many *thing;
	struct crowd *c = arg;
	int r;

	c->alive++;
	if (c->alive > c->alive_max)
		c->alive_max = c->alive;
	r = nap(c);
	thing = r < 0 || !rnd(c, 8) ? NULL : calloc(1, sizeof(*thing));
	if (thing) {
		*ret_resource = thing;
		return 0;
	}
	c->alive--;
	return r < 0 ? r : -EIO;
}

static void unmake(void *resource, void *arg)
{
	struct thing_of_many *thing = resource;
	struct crowd *c = arg;

	egt_true(!thing->is_lent);
	nap(c);
	free(thing);
	c->alive--;
}

static int look(void *resource, void *arg)
{
	struct crowd *c = arg;
	int r = nap(c);

	(void)resource;
	return r < 0 || !rnd(c, 6) ? -EPIPE : 0;
}

static void use(struct crowd *c)
{
	unsigned flags = rnd(c, 2) ? EG_RESOURCE_TIED : 0;
	struct thing_of_many *thing;
	void *got;
	int r;

	r = eg_resource_get(c->pool, &got, flags,
			    rnd(c, 4) ? EG_FOREVER
				      : eg_after(rnd(c, 50) * EG_USEC));
	if (r < 0) {
		c->failures++;
		egt_true(r == -ETIMEDOUT || r == -EIO || r == -ECANCELED);
		return;
	}
	c->gets++;
	thing = got;
	egt_true(!thing->is_lent);
	thing->is_lent = true;
	nap(c);
	thing->is_lent = false;
	/* One in ten is forgotten, if the pool knows whose it was. */
	if (flags && !rnd(c, 10))
		eg_exit(NULL);
	if (rnd(c, 6))
		egt_eq(eg_resource_put(c->pool, got), 0);
	else
		egt_eq(eg_resource_discard(c->pool, got), 0);
}

static void *use_often(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < ROUNDS && !eg_cancelled(); i++)
		use(c);
	return NULL;
}

static void ignore(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static void begin(struct crowd *c, unsigned seed)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;

	*c = (struct crowd){ .seed = seed, .allowed = 1 + (int)(seed % 5) };
	o.create = make;
	o.destroy = unmake;
	o.check = look;
	o.reset = look;
	o.arg = c;
	o.max_size = (size_t)c->allowed;
	o.max_idle = seed % 2 ? 50 * EG_USEC : EG_FOREVER;
	o.max_age = seed % 3 ? 500 * EG_USEC : EG_FOREVER;
	o.order = (int)(seed % 2);
	egt_eq(eg_resource_pool_new(&c->pool, &o), 0);
}

static void run_crowd(unsigned seed)
{
	eg_fiber *fibers[FIBERS];
	eg_resource_info info = { .size = sizeof(info) };
	struct crowd c;

	egt_casef("seed %u", seed);
	begin(&c, seed);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_spawn(&fibers[i], use_often, &c), 0);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(nap(&c), 0);
		if (!rnd(&c, 4))
			egt_eq(eg_cancel(fibers[rnd(&c, FIBERS)]), 0);
	}
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_join(fibers[i], NULL, EG_FOREVER), 0);
	egt_eq(eg_resource_pool_get_info(c.pool, &info), 0);
	egt_eq(info.lent, 0);
	egt_eq(info.waiting, 0);
	egt_eq(eg_resource_pool_free(c.pool, EG_FOREVER), 0);
	egt_eq(c.alive, 0);
	egt_le(c.alive_max, c.allowed);
	egt_lt(FIBERS, c.gets);
	egt_lt(0, c.failures);
}

EG_TEST(resource_pool_keeps_its_size_whatever_happens)
{
	eg_set_log(ignore, NULL);
	for (unsigned seed = 1; seed <= 20; seed++)
		run_crowd(seed);
	eg_set_log(NULL, NULL);
}

/* The table of what is lent grows, and each is found again. */
EG_TEST(resource_pool_finds_each_of_many)
{
	enum { MANY = 2000 };
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;
	static void *tokens[MANY];
	eg_resource_pool *pool;

	o.max_size = MANY;
	egt_eq(eg_resource_pool_new(&pool, &o), 0);
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_resource_get(pool, &tokens[i], 0, EG_NOW), 0);
	for (int i = 0; i < MANY; i += 2)
		egt_eq(eg_resource_put(pool, tokens[i]), 0);
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_resource_put(pool, tokens[i]), i % 2 ? 0 : -EINVAL);
	egt_eq(eg_resource_pool_free(pool, EG_NOW), 0);
}
