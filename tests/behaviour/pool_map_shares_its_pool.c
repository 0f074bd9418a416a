/* SPDX-License-Identifier: MIT */
/*
 * Maps, spawns and calls that share a pool (semantics PL-06): what a map's
 * workers take of it is what a fiber for each item would.
 */
#include "pool_kit.h"

#include <string.h>

enum { MAPS = 4, ITEMS = 150, PLACES = 5, CALLS = 60 };

/* At work in the pool, by whom it may be. */
struct census {
	int inside, inside_max;
};

static void enter(struct census *c)
{
	if (++c->inside > c->inside_max)
		c->inside_max = c->inside;
}

struct mapper {
	eg_pool *pool;
	struct census *census;
	int numbers[ITEMS];
	long results[ITEMS];
	int next; /* item to be begun */
	int seed;
};

static int square(void *result, const void *item, void *arg)
{
	struct mapper *m = arg;
	const int *number = item;
	int what = (*number * 7 + m->seed) % 11;

	/* They are begun in order. */
	egt_eq(*number, m->next++);
	enter(m->census);
	if (what == 0)
		egt_eq(eg_sleep((*number % 9) * EG_USEC), 0);
	else if (what < 5)
		egt_eq(eg_yield(), 0);
	m->census->inside--;
	*(long *)result = (long)*number * *number;
	return what == 7 ? -1000 - *number : 0;
}

static void *run_map(void *arg)
{
	struct mapper *m = arg;
	eg_map map = EG_MAP_INIT;
	int first = 0;

	while ((first * 7 + m->seed) % 11 != 7)
		first++;
	map.fn = square;
	map.arg = m;
	map.items = m->numbers;
	map.item_bytes = sizeof(*m->numbers);
	map.results = m->results;
	map.result_bytes = sizeof(*m->results);
	map.count = ITEMS;
	egt_eq(eg_pool_map(m->pool, &map, EG_FOREVER), -1000 - first);
	egt_eq(map.failed, first);
	for (int i = 0; i < ITEMS; i++)
		egt_eq(m->results[i], (long)i * i);
	return NULL;
}

struct caller {
	eg_pool *pool;
	struct census *census;
	int calls;
};

static void *visit(void *arg)
{
	struct caller *c = arg;

	enter(c->census);
	egt_eq(c->calls % 4 ? eg_yield() : eg_sleep(EG_USEC), 0);
	c->census->inside--;
	c->calls++;
	return c;
}

static void *call_often(void *arg)
{
	struct caller *c = arg;
	void *value;

	for (int i = 0; i < CALLS; i++) {
		egt_eq(eg_pool_apply(c->pool, visit, c, &value, EG_FOREVER), 0);
		egt_ptr_eq(value, c);
	}
	return NULL;
}

static void share(int places)
{
	static struct mapper m[MAPS];
	struct census census = { 0, 0 };
	eg_pool *pool = pool_make(places);
	struct caller c = { pool, &census, 0 };
	eg_group users = { 0 };

	memset(m, 0, sizeof(m));
	for (int i = 0; i < MAPS; i++) {
		m[i].pool = pool;
		m[i].census = &census;
		m[i].seed = i;
		for (int j = 0; j < ITEMS; j++)
			m[i].numbers[j] = j;
		egt_eq(eg_group_spawn(&users, run_map, &m[i], NULL), 0);
	}
	egt_eq(eg_group_spawn(&users, call_often, &c, NULL), 0);
	egt_eq(eg_group_wait(&users, EG_FOREVER), 0);
	egt_eq(c.calls, CALLS);
	egt_eq(census.inside, 0);
	egt_le(census.inside_max, places);
	/* As many at a time as there is work for. */
	egt_eq(census.inside_max, places);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

EG_TEST(pool_map_keeps_to_its_size_beside_others)
{
	for (int places = 1; places <= PLACES; places++)
		share(places);
}

struct turns {
	eg_pool *pool;
	struct trace *trace;
	char letter;
	int count;
};

static int take_turn(void *result, const void *item, void *arg)
{
	struct turns *t = arg;

	(void)result;
	(void)item;
	trace_add(t->trace, t->letter);
	return eg_yield();
}

static void *map_turns(void *arg)
{
	struct turns *t = arg;
	eg_map map = EG_MAP_INIT;

	map.fn = take_turn;
	map.arg = t;
	map.count = (size_t)t->count;
	egt_eq(eg_pool_map(t->pool, &map, EG_FOREVER), 0);
	return NULL;
}

/* One place and three maps: each has an item in its turn. */
EG_TEST(pool_map_takes_turns_with_others)
{
	struct trace trace = { .len = 0 };
	eg_pool *pool = pool_make(1);
	struct turns t[3];
	eg_fiber *f[3];

	for (int i = 0; i < 3; i++) {
		t[i] = (struct turns){ pool, &trace, (char)('a' + i), 6 };
		egt_eq(eg_spawn(&f[i], map_turns, &t[i]), 0);
	}
	for (int i = 0; i < 3; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "abcabcabcabcabcabc");
	egt_eq(eg_pool_free(pool), 0);
}

static int block(void *result, const void *item, void *arg)
{
	const int *number = item;
	eg_event *events = arg;

	(void)result;
	/* The first waits for the last, that one for nobody. */
	if (*number < ITEMS - 1)
		egt_eq(eg_event_wait(&events[*number + 1], EG_FOREVER), 0);
	egt_le(0, eg_event_set(&events[*number]));
	return 0;
}

/* With a fiber for each it would end, and so it does. */
EG_TEST(pool_map_of_items_that_wait_for_later_ones)
{
	static eg_event events[ITEMS];
	static const int sizes[] = { ITEMS, EG_POOL_UNLIMITED };
	int numbers[ITEMS];

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		eg_pool *pool = pool_make(sizes[i]);
		eg_map map = EG_MAP_INIT;

		memset(events, 0, sizeof(events));
		for (int j = 0; j < ITEMS; j++)
			numbers[j] = j;
		map.fn = block;
		map.arg = events;
		map.items = numbers;
		map.item_bytes = sizeof(*numbers);
		map.count = ITEMS;
		egt_eq(eg_pool_map(pool, &map, EG_FOREVER), 0);
		egt_eq(eg_pool_free(pool), 0);
	}
}
