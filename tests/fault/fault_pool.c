/* SPDX-License-Identifier: MIT */
/*
 * Pools under faults: a place is never lost, what could not be spawned is said
 * not to be, and what maps and piles give is right.
 */
#include "fault_rig.h"

enum { PLACES = 3, JOBS = 9, ITEMS = 12 };

static eg_pool *make(int size)
{
	eg_pool *pool;

	return fault_ok(eg_pool_new(&pool, size)) ? pool : NULL;
}

/* All places must be free. */
static void drop(eg_pool *pool)
{
	eg_pool_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(eg_pool_get_stats(pool, &stats), 0);
	egt_eq(stats.running, 0);
	egt_eq(stats.waiting, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void *count_later(void *arg)
{
	egt_eq(eg_sleep(EG_USEC), 0);
	++*(int *)arg;
	return arg;
}

FAULT_TEST(fault_of_pools)
{
	eg_pool *pool = make(PLACES);
	int spawned = 0, ran = 0;

	if (!pool)
		return 1;
	for (int i = 0; i < JOBS; i++)
		spawned += fault_ok(
			eg_pool_spawn(pool, count_later, &ran, EG_FOREVER));
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(ran, spawned);
	/* Those that are not spawned are not cancelled either. */
	for (int i = 0; i < PLACES; i++)
		fault_ok(eg_pool_spawn(pool, count_later, &ran, EG_NOW));
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(ran, spawned);
	drop(pool);
	return spawned != JOBS;
}

struct caller {
	eg_pool *pool;
	int ran;
};

static void *apply(void *arg)
{
	struct caller *c = arg;
	void *value = NULL;
	int before = c->ran;

	if (!fault_ok(eg_pool_apply(c->pool, count_later, &c->ran, &value,
				    EG_FOREVER)))
		return FAULT_RESULT(false);
	egt_ptr_eq(value, &c->ran);
	egt_lt(before, c->ran);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_calls_in_pools)
{
	struct caller c = { make(1), 0 };
	eg_fiber *f[JOBS];
	bool is_well = true;
	void *done = NULL;

	if (!c.pool)
		return 1;
	for (int i = 0; i < JOBS; i++)
		f[i] = fault_spawn(apply, &c);
	for (int i = 0; i < JOBS; i++)
		is_well &= fault_join(f[i]);
	/* A fiber of the pool needs nothing to call it itself. */
	if (fault_ok(eg_pool_apply(c.pool, apply, &c, &done, EG_FOREVER)))
		egt_true(done);
	drop(c.pool);
	return !(is_well && done);
}

FAULT_TEST(fault_of_calls_in_line)
{
	eg_pool *pool = make(1);
	eg_result results[JOBS];
	bool is_begun[JOBS], is_well = pool;
	int ran = 0, begun = 0;
	void *value;

	for (int i = 0; pool && i < JOBS; i++) {
		egt_eq(eg_result_init(&results[i]), 0);
		is_begun[i] = fault_ok(eg_pool_apply_async(pool, count_later,
							   &ran, &results[i]));
		begun += is_begun[i];
		is_well &= is_begun[i];
	}
	for (int i = 0; pool && i < JOBS; i++) {
		if (!is_begun[i])
			continue;
		egt_eq(eg_result_get(&results[i], &value, EG_FOREVER), 0);
		egt_ptr_eq(value, &ran);
	}
	egt_eq(ran, begun);
	if (pool)
		drop(pool);
	return !is_well;
}

static int double_it(void *result, const void *item, void *arg)
{
	const int *number = item;
	int r = *number % 3 == 1 ? eg_sleep(EG_USEC) : 0;

	if (r < 0)
		return r;
	++*(int *)arg;
	*(int *)result = 2 * *number;
	return 0;
}

/* Without memory for all workers those that are there do it. */
static bool map(int size)
{
	int numbers[ITEMS], doubles[ITEMS], ran = 0;
	eg_map map = EG_MAP_INIT;
	eg_pool *pool = make(size);
	bool is_well;

	if (!pool)
		return false;
	for (int i = 0; i < ITEMS; i++) {
		numbers[i] = i;
		doubles[i] = -1;
	}
	map.fn = double_it;
	map.arg = &ran;
	map.items = numbers;
	map.item_bytes = sizeof(*numbers);
	map.results = doubles;
	map.result_bytes = sizeof(*doubles);
	map.count = ITEMS;
	is_well = fault_ok(eg_pool_map(pool, &map, EG_FOREVER));
	egt_eq(map.failed == ITEMS, is_well);
	egt_eq(ran, map.failed);
	for (int i = 0; i < ITEMS; i++)
		egt_eq(doubles[i], i < ran ? 2 * i : -1);
	drop(pool);
	return is_well;
}

FAULT_TEST(fault_of_maps)
{
	bool is_well = map(1);

	is_well &= map(PLACES);
	is_well &= map(EG_POOL_UNLIMITED);
	return !is_well;
}

static int give(void *item, void *arg)
{
	int *given = arg;

	if (*given == ITEMS)
		return 0;
	*(int *)item = (*given)++;
	return 1;
}

/* What is given is right, and why there is no more comes last. */
static bool imap(uint32_t flags, int wanted)
{
	eg_imap_options o = EG_IMAP_INIT;
	eg_pool *pool = make(PLACES);
	int given = 0, ran = 0, taken = 0, sum = 0, result, error = 0;
	bool is_well = true;
	eg_imap *im;

	if (!pool)
		return false;
	o.source = give;
	o.source_arg = &given;
	o.fn = double_it;
	o.arg = &ran;
	o.item_bytes = sizeof(int);
	o.result_bytes = sizeof(int);
	o.flags = flags;
	if (!fault_ok(eg_pool_imap(pool, &im, &o))) {
		drop(pool);
		return false;
	}
	while (taken < wanted &&
	       eg_imap_next(im, &result, &error, EG_FOREVER) == 1) {
		is_well &= fault_ok(error);
		if (error)
			continue;
		if (!flags)
			egt_eq(result, 2 * taken);
		sum += result;
		taken++;
	}
	if (is_well && wanted > ITEMS)
		egt_eq(sum, ITEMS * (ITEMS - 1));
	egt_eq(eg_imap_free(im), 0);
	drop(pool);
	return is_well && taken == (wanted < ITEMS ? wanted : ITEMS);
}

FAULT_TEST(fault_of_maps_with_a_source)
{
	bool is_well = imap(0, ITEMS + 1);

	is_well &= imap(EG_IMAP_UNORDERED, ITEMS + 1);
	is_well &= imap(0, 2);
	is_well &= imap(EG_IMAP_UNORDERED, 2);
	return !is_well;
}

static bool pile_up(eg_pool *pool)
{
	int counts[JOBS] = { 0 }, spawned = 0, next = 0, error;
	int *place[JOBS];
	eg_pile *pile;
	void *value;

	if (!fault_ok(eg_pile_new(&pile, pool)))
		return false;
	for (int i = 0; i < JOBS; i++)
		if (fault_ok(eg_pile_spawn(pile, count_later, &counts[i],
					   EG_FOREVER)))
			place[spawned++] = &counts[i];
	while (eg_pile_next(pile, &value, &error, EG_FOREVER) == 1) {
		egt_eq(error, 0);
		egt_ptr_eq(value, place[next]);
		egt_eq(*place[next], 1);
		next++;
	}
	egt_eq(next, spawned);
	egt_eq(eg_pile_free(pile), 0);
	return spawned == JOBS;
}

FAULT_TEST(fault_of_piles)
{
	eg_pool *pool = make(2);
	bool is_well = pile_up(NULL);

	if (!pool)
		return 1;
	is_well &= pile_up(pool);
	drop(pool);
	return !is_well;
}
