/* SPDX-License-Identifier: MIT */
/*
 * What waits in a pool for what cannot come: the main fiber has -EDEADLK from
 * each call, nothing is freed under who is still there, and all goes on when
 * that ends after all.
 */
#include "pool_kit.h"

/* Does not end before the gate opens, cancelled or not. */
static void *insist(void *arg)
{
	struct gate *g = arg;
	eg_timeout shield;

	g->entered++;
	g->inside++;
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_event_wait(&g->open, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
	g->inside--;
	g->left++;
	return g;
}

static void open_gate(struct gate *g)
{
	egt_lt(0, g->inside);
	egt_eq(eg_event_set(&g->open), g->inside);
	settle();
	egt_eq(g->inside, 0);
}

static int do_nothing(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	return 0;
}

EG_TEST(pool_that_never_has_a_place)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(1);
	void *value = NULL;
	eg_map map = EG_MAP_INIT;

	egt_eq(eg_pool_spawn(pool, insist, &g, EG_FOREVER), 0);
	egt_eq(eg_pool_spawn(pool, insist, &g, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pool_apply(pool, insist, &g, &value, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pool_free(pool), -EDEADLK);
	map.fn = do_nothing;
	map.count = 3;
	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), -EDEADLK);
	egt_eq(map.failed, 0);
	egt_eq(g.entered, 1);
	egt_ptr_eq(value, NULL);
	egt_eq(pool_stats(pool).waiting, 0);
	open_gate(&g);
	egt_eq(pool_stats(pool).free, 1);
	egt_eq(eg_pool_free(pool), 0);
}

EG_TEST(pool_call_that_never_ends)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(2);
	void *value = NULL;

	egt_eq(eg_pool_apply(pool, insist, &g, &value, EG_FOREVER), -EDEADLK);
	egt_ptr_eq(value, NULL);
	egt_eq(pool_stats(pool).running, 1);
	open_gate(&g);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static int insist_on_item(void *result, const void *item, void *arg)
{
	const int *number = item;

	(void)result;
	/* One in three. */
	if (*number % 3 == 1)
		insist(arg);
	return 0;
}

EG_TEST(pool_map_that_never_ends)
{
	/* They outlive the call. */
	static const int numbers[] = { 0, 1, 2, 3, 4, 5 };
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(2);
	eg_map map = EG_MAP_INIT;

	map.fn = insist_on_item;
	map.arg = &g;
	map.items = numbers;
	map.item_bytes = sizeof(*numbers);
	map.count = ARRAY_LEN(numbers);
	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), -EDEADLK);
	egt_eq(g.inside, 2);
	/* Both places are taken, so the last item was not begun. */
	egt_eq(map.failed, 5);
	egt_eq(pool_stats(pool).running, 2);
	open_gate(&g);
	egt_eq(g.entered, 2);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static int give_three(void *item, void *arg)
{
	int *given = arg;

	*(int *)item = *given;
	return (*given)++ < 3;
}

static int insist_as_source(void *item, void *arg)
{
	(void)item;
	insist(arg);
	return 0;
}

static void end_imap(eg_pool *pool, eg_imap *im, struct gate *g)
{
	int error;

	egt_eq(eg_imap_next(im, NULL, &error, EG_FOREVER), -EDEADLK);
	egt_eq(eg_imap_free(im), -EDEADLK);
	egt_eq(eg_pool_free(pool), -EBUSY);
	open_gate(g);
	egt_eq(eg_imap_free(im), 0);
	egt_eq(eg_pool_free(pool), 0);
}

EG_TEST(pool_imap_that_never_ends)
{
	struct gate g = { .inside = 0 };
	eg_imap_options o = EG_IMAP_INIT;
	eg_pool *pool = pool_make(3);
	int given = 0, error = 1;
	eg_imap *im;

	o.source = give_three;
	o.source_arg = &given;
	o.fn = insist_on_item;
	o.arg = &g;
	o.item_bytes = sizeof(int);
	egt_eq(eg_pool_imap(pool, &im, &o), 0);
	/* The second insists. */
	egt_eq(eg_imap_next(im, NULL, &error, EG_FOREVER), 1);
	egt_eq(error, 0);
	end_imap(pool, im, &g);
	pool = pool_make(3);
	g = (struct gate){ .inside = 0 };
	o.source = insist_as_source;
	o.source_arg = &g;
	egt_eq(eg_pool_imap(pool, &im, &o), 0);
	end_imap(pool, im, &g);
}

EG_TEST(pool_pile_that_never_ends)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(1);
	void *value = NULL;
	eg_pile *pile;
	int error = 1;

	egt_eq(eg_pile_new(&pile, pool), 0);
	egt_eq(eg_pile_spawn(pile, insist, &g, EG_FOREVER), 0);
	egt_eq(eg_pile_spawn(pile, insist, &g, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pile_next(pile, &value, &error, EG_FOREVER), -EDEADLK);
	egt_eq(eg_pile_free(pile), -EDEADLK);
	egt_ptr_eq(value, NULL);
	egt_eq(error, 1);
	open_gate(&g);
	/* It is there to be taken. */
	egt_eq(eg_pile_next(pile, &value, &error, EG_NOW), 1);
	egt_ptr_eq(value, &g);
	egt_eq(error, 0);
	egt_eq(eg_pile_free(pile), 0);
	egt_eq(eg_pool_free(pool), 0);
}
