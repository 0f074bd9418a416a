/* SPDX-License-Identifier: MIT */
/*
 * Thousands of fibers through a few places (semantics PL-03, PL-04): never more
 * at a time than there are, none lost, whoever gives up or is cancelled.
 */
#include "pool_kit.h"

enum { SPAWNERS = 40, EACH = 50, PLACES = 7 };

struct crowd {
	eg_pool *pool;
	int inside, inside_max;
	long ran, spawned, refused;
};

static void *visit(void *arg)
{
	struct crowd *c = arg;
	long number = c->ran++;

	if (++c->inside > c->inside_max)
		c->inside_max = c->inside;
	if (number % 5 == 0)
		eg_sleep((number % 7) * EG_USEC);
	else if (number % 3 == 0)
		eg_yield();
	c->inside--;
	return NULL;
}

/* By turns for ever, for a while, and not at all. */
static void *spawn_many(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < EACH; i++) {
		int64_t deadline = i % 3 == 0	? EG_FOREVER
				   : i % 3 == 1 ? eg_after(2 * EG_USEC)
						: EG_NOW;
		int r = eg_pool_spawn(c->pool, visit, c, deadline);

		if (r == 0) {
			c->spawned++;
			continue;
		}
		egt_true(r == -ETIMEDOUT || r == -ECANCELED);
		c->refused++;
		if (r == -ECANCELED)
			return NULL;
		eg_yield();
	}
	return NULL;
}

static void check_end(struct crowd *c)
{
	egt_eq(eg_pool_wait(c->pool, EG_FOREVER), 0);
	egt_eq(c->inside, 0);
	egt_eq(pool_stats(c->pool).running, 0);
	egt_eq(pool_stats(c->pool).waiting, 0);
	egt_eq(eg_pool_free(c->pool), 0);
}

EG_TEST(pool_of_many_spawners_keeps_its_size)
{
	struct crowd c = { .pool = pool_make(PLACES) };
	eg_group spawners = { 0 };

	for (int i = 0; i < SPAWNERS; i++)
		egt_eq(eg_group_spawn(&spawners, spawn_many, &c, NULL), 0);
	egt_eq(eg_group_wait(&spawners, EG_FOREVER), 0);
	check_end(&c);
	egt_eq(c.ran, c.spawned);
	egt_eq(c.spawned + c.refused, SPAWNERS * EACH);
	/* Each third waits as long as it takes. */
	egt_le(SPAWNERS * EACH / 3, c.spawned);
	egt_eq(c.inside_max, PLACES);
}

/* Spawners that are cancelled in line, at any moment. */
EG_TEST(pool_of_cancelled_spawners_loses_no_place)
{
	struct crowd c = { .pool = pool_make(PLACES) };
	eg_fiber *f[SPAWNERS];

	for (int i = 0; i < SPAWNERS; i++)
		egt_eq(eg_spawn(&f[i], spawn_many, &c), 0);
	for (int i = 0; i < SPAWNERS; i += 2) {
		for (int j = 0; j < i; j++)
			egt_eq(eg_yield(), 0);
		egt_eq(eg_cancel(f[i]), 0);
	}
	for (int i = 0; i < SPAWNERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	check_end(&c);
	egt_eq(c.ran, c.spawned);
	egt_le(SPAWNERS / 2 * EACH / 3, c.spawned);
	egt_eq(c.inside_max, PLACES);
}

/* Whatever the size was when they came. */
EG_TEST(pool_of_changing_size_keeps_to_it)
{
	struct crowd c = { .pool = pool_make(1) };
	eg_group spawners = { 0 };
	int size_max = 0;

	for (int i = 0; i < SPAWNERS; i++)
		egt_eq(eg_group_spawn(&spawners, spawn_many, &c, NULL), 0);
	for (int i = 0; eg_group_count(&spawners); i++) {
		int size = 1 + i * 5 % 11;

		if (size > size_max)
			size_max = size;
		egt_eq(eg_pool_resize(c.pool, size), 0);
		for (int j = 0; j < 20; j++) {
			egt_eq(eg_sleep(EG_USEC), 0);
			egt_le(c.inside, size_max);
			egt_le(c.inside, pool_stats(c.pool).running);
		}
	}
	check_end(&c);
	egt_eq(c.ran, c.spawned);
	egt_lt(1, c.inside_max);
	egt_le(c.inside_max, size_max);
}
