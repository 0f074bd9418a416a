/* SPDX-License-Identifier: MIT */
/*
 * Pools, maps and piles in many orders: no place is lost or there twice, each
 * item is done once, and nothing runs on after the call (semantics PL-03 to
 * PL-09, PL-13).
 */
#include "seeds.h"

enum { OPS = 3, SIZE_MAX_HERE = 3, ITEMS = 4, USERS = 4 };

static struct {
	eg_pool *pool;
	int inside;
	int runs[USERS][ITEMS]; /* by user */
	int running[USERS];
	int given[USERS];
} s;

/* In a place, one at a time each. */
static void *visit(void *arg)
{
	s.inside++;
	EG_TEST_CHECK(s.inside <= SIZE_MAX_HERE);
	pause_somehow();
	s.inside--;
	return arg;
}

/* Perhaps in the place of the caller. */
static void *visit_twice(void *arg)
{
	int r;

	visit(arg);
	r = eg_pool_spawn(s.pool, visit, arg, some_deadline());
	EG_TEST_CHECK(r == 0 || is_given_up(r));
	return arg;
}

static void apply(eg_fiber_fn *fn)
{
	void *value = NULL;
	int r = eg_pool_apply(s.pool, fn, &value, &value, some_deadline());

	EG_TEST_CHECK(r == 0 || is_given_up(r));
	EG_TEST_CHECK(r < 0 || value == &value);
}

/* The result has to stay until it is sent. */
static void apply_async(eg_fiber_fn *fn)
{
	eg_result result = { 0 };
	eg_timeout shield;
	void *value = NULL;
	int r;

	EG_TEST_CHECK(eg_pool_apply_async(s.pool, fn, &value, &result) == 0);
	EG_TEST_CHECK(eg_shield_begin(&shield) == 0);
	r = eg_result_get(&result, &value, EG_FOREVER);
	EG_TEST_CHECK(eg_shield_end(&shield) == 0);
	EG_TEST_CHECK(r == -ECANCELED || value == &value);
}

static void *use_pool(void *arg)
{
	for (int i = 0; i < OPS; i++) {
		eg_fiber_fn *fn = eg_test_random(2) ? visit : visit_twice;
		int r;

		switch (eg_test_random(3)) {
		case 0:
			r = eg_pool_spawn(s.pool, fn, arg, some_deadline());
			EG_TEST_CHECK(r == 0 || is_given_up(r));
			break;
		case 1:
			apply(fn);
			break;
		default:
			apply_async(fn);
		}
		pause_somehow();
	}
	return NULL;
}

static int some_size(int least)
{
	return least +
	       (int)eg_test_random((uint64_t)(SIZE_MAX_HERE + 1 - least));
}

static void *resize(void *arg)
{
	(void)arg;
	for (int i = 0; i < OPS; i++) {
		EG_TEST_CHECK(eg_pool_resize(s.pool, some_size(0)) == 0);
		pause_somehow();
	}
	EG_TEST_CHECK(eg_pool_resize(s.pool, some_size(1)) == 0);
	return NULL;
}

static void begin_pool(void)
{
	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_pool_new(&s.pool, some_size(1)) == 0);
}

static int end_pool(void)
{
	eg_pool_stats stats = { .size = sizeof(stats) };

	EG_TEST_CHECK(eg_pool_wait(s.pool, EG_FOREVER) == 0);
	EG_TEST_CHECK(eg_pool_get_stats(s.pool, &stats) == 0);
	EG_TEST_CHECK(stats.running == 0 && stats.waiting == 0);
	EG_TEST_CHECK(stats.free == stats.places && s.inside == 0);
	return eg_pool_free(s.pool);
}

SEED_TEST(pool_has_so_many_places)
{
	struct crowd c = { .count = 0 };

	begin_pool();
	crowd_spawn(&c, USERS, use_pool);
	crowd_disturb(&c);
	if (eg_test_random(3) == 0)
		eg_pool_cancel(s.pool, some_deadline());
	crowd_join(&c);
	return end_pool();
}

SEED_TEST(pool_is_resized_under_all)
{
	struct crowd c = { .count = 0 };

	begin_pool();
	crowd_spawn(&c, USERS, use_pool);
	pause_somehow();
	EG_TEST_CHECK(eg_spawn(&c.fibers[c.count++], resize, NULL) == 0);
	crowd_join(&c);
	return end_pool();
}

/* Maps: the user's number is the argument, the item's the item. */

static int do_item(void *result, const void *item, void *arg)
{
	int number = *(const int *)item;
	intptr_t user = (intptr_t)arg;

	EG_TEST_CHECK(s.runs[user][number]++ == 0);
	s.running[user]++;
	pause_somehow();
	s.running[user]--;
	*(int *)result = number * number;
	return eg_test_random(8) ? 0 : -EIO;
}

static void *map_all(void *arg)
{
	static const int items[ITEMS] = { 0, 1, 2, 3 };
	int results[ITEMS] = { -1, -1, -1, -1 };
	eg_map map = EG_MAP_INIT;
	int r;

	map.fn = do_item;
	map.arg = arg;
	map.items = items;
	map.item_bytes = sizeof(items[0]);
	map.results = results;
	map.result_bytes = sizeof(results[0]);
	map.count = ITEMS;
	r = eg_pool_map(s.pool, &map, some_deadline());
	EG_TEST_CHECK(r == 0 || r == -EIO || is_given_up(r));
	EG_TEST_CHECK(r < 0 || map.failed == ITEMS);
	EG_TEST_CHECK(s.running[(intptr_t)arg] == 0);
	for (int i = 0; i < (int)map.failed; i++)
		EG_TEST_CHECK(results[i] == i * i);
	return NULL;
}

static int give_item(void *item, void *arg)
{
	intptr_t user = (intptr_t)arg;

	pause_somehow();
	if (s.given[user] == ITEMS)
		return 0;
	*(int *)item = s.given[user]++;
	return 1;
}

/* Reads some, or all; a deadline that passes costs nothing. */
static void read_some(eg_imap *imap, bool is_ordered)
{
	int wanted = (int)eg_test_random(ITEMS + 2);
	int result, error, seen = 0;

	for (int i = 0; i < wanted;) {
		int r = eg_imap_next(imap, &result, &error, some_deadline());

		if (r == -ECANCELED || r == 0) {
			EG_TEST_CHECK(r < 0 || i == ITEMS);
			return;
		}
		if (r == -ETIMEDOUT)
			continue;
		EG_TEST_CHECK(r == 1);
		if (!error && is_ordered)
			EG_TEST_CHECK(result == i * i);
		if (!error) {
			EG_TEST_CHECK(!(seen & 1 << result));
			seen |= 1 << result;
		}
		i++;
	}
}

static void *imap_all(void *arg)
{
	eg_imap_options o = EG_IMAP_INIT;
	bool is_ordered = eg_test_random(2);
	eg_imap *imap;

	o.source = give_item;
	o.source_arg = arg;
	o.fn = do_item;
	o.arg = arg;
	o.item_bytes = sizeof(int);
	o.result_bytes = sizeof(int);
	o.ahead_max = (size_t)eg_test_random(3);
	o.flags = is_ordered ? 0 : EG_IMAP_UNORDERED;
	EG_TEST_CHECK(eg_pool_imap(s.pool, &imap, &o) == 0);
	read_some(imap, is_ordered);
	EG_TEST_CHECK(eg_imap_free(imap) == 0);
	EG_TEST_CHECK(s.running[(intptr_t)arg] == 0);
	return NULL;
}

/* Outside of the pool, or as one of its fibers. */
static void call_somewhere(eg_fiber_fn *fn, void *arg)
{
	int r;

	if (eg_test_random(2)) {
		fn(arg);
		return;
	}
	r = eg_pool_apply(s.pool, fn, arg, NULL, some_deadline());
	EG_TEST_CHECK(r == 0 || is_given_up(r));
	EG_TEST_CHECK(s.running[(intptr_t)arg] == 0);
}

static void *map_somewhere(void *arg)
{
	call_somewhere(map_all, arg);
	return NULL;
}

static void *imap_somewhere(void *arg)
{
	call_somewhere(imap_all, arg);
	return NULL;
}

SEED_TEST(map_does_each_item_once)
{
	struct crowd c = { .count = 0 };

	begin_pool();
	crowd_spawn(&c, USERS, map_somewhere);
	crowd_disturb(&c);
	crowd_join(&c);
	return end_pool();
}

SEED_TEST(imap_is_read_in_and_out_of_its_pool)
{
	struct crowd c = { .count = 0 };

	begin_pool();
	crowd_spawn(&c, USERS, imap_somewhere);
	crowd_disturb(&c);
	crowd_join(&c);
	return end_pool();
}

/* A pile is read by who made it, in the order of adding. */
static void *add_and_read(void *arg)
{
	intptr_t added = 0, taken = 0;
	eg_pile *pile;
	int error, r = 0;

	(void)arg;
	EG_TEST_CHECK(eg_pile_new(&pile, s.pool) == 0);
	while (taken < ITEMS && r != -ECANCELED) {
		void *value = NULL;

		if (added < ITEMS && eg_test_random(2)) {
			r = eg_pile_spawn(pile, visit, (void *)(added + 1),
					  some_deadline());
			added += r == 0;
			continue;
		}
		r = eg_pile_next(pile, &value, &error, some_deadline());
		EG_TEST_CHECK(r == 1 || is_given_up(r) || added == taken);
		if (r == 1)
			EG_TEST_CHECK((intptr_t)value == ++taken);
	}
	EG_TEST_CHECK(eg_pile_free(pile) == 0);
	return NULL;
}

static void *pile_somewhere(void *arg)
{
	call_somewhere(add_and_read, arg);
	return NULL;
}

SEED_TEST(pile_gives_all_in_order)
{
	struct crowd c = { .count = 0 };

	begin_pool();
	crowd_spawn(&c, USERS, pile_somewhere);
	crowd_disturb(&c);
	crowd_join(&c);
	return end_pool();
}
