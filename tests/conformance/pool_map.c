/* SPDX-License-Identifier: MIT */
/*
 * Maps over arrays: PL-06, and what of PL-03 and PL-04 holds for them. Those
 * with a source are in pool_imap.c.
 */
#include "../behaviour/pool_kit.h"
#include "conformance.h"

#include <string.h>

enum { ITEMS_MAX = 3000 };

/* What the items do. */
struct work {
	struct gate gate;
	eg_event *wait_at[4]; /* the items 0 to 3 wait for these */
	long fail_from, fail_step;
	long runs;
	eg_pool *pool;
	int nested;
};

static int64_t squares[ITEMS_MAX];
static int32_t numbers[ITEMS_MAX];

static eg_map map_of(eg_map_fn *fn, void *arg, long count)
{
	eg_map map = EG_MAP_INIT;

	map.fn = fn;
	map.arg = arg;
	map.items = numbers;
	map.item_bytes = sizeof(*numbers);
	map.results = squares;
	map.result_bytes = sizeof(*squares);
	map.count = (size_t)count;
	for (int i = 0; i < ITEMS_MAX; i++) {
		numbers[i] = i;
		squares[i] = -1;
	}
	return map;
}

static int square(void *result, const void *item, void *arg)
{
	const int32_t *number = item;
	struct work *w = arg;

	w->runs++;
	*(int64_t *)result = (int64_t)*number * *number;
	return 0;
}

static void check_squares(long count)
{
	for (long i = 0; i < ITEMS_MAX; i++)
		egt_eq(squares[i], i < count ? (int64_t)i * i : -1);
}

static void gives_results_in_order(long count)
{
	static const int sizes[] = { 1, 2, 100, EG_POOL_UNLIMITED };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct work w = { .runs = 0 };
		eg_pool *pool = pool_make(sizes[i]);
		eg_map map = map_of(square, &w, count);

		egt_eq(eg_pool_map(pool, &map, EG_FOREVER), 0);
		egt_eq(w.runs, count);
		egt_eq(map.failed, count);
		check_squares(count);
		egt_eq(pool_stats(pool).running, 0);
		egt_eq(eg_pool_free(pool), 0);
	}
}

/* Later items take less time. */
static int square_slowly(void *result, const void *item, void *arg)
{
	const int32_t *number = item;

	egt_eq(eg_sleep((100 - *number) * EG_USEC), 0);
	return square(result, item, arg);
}

static void gives_results_in_order_of_items(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make((int)size);
	eg_map map = map_of(square_slowly, &w, 20);

	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), 0);
	check_squares(20);
	egt_eq(eg_pool_free(pool), 0);
}

static int square_or_fail(void *result, const void *item, void *arg)
{
	const int32_t *number = item;
	struct work *w = arg;

	/* The failure of a later item comes earlier. */
	if (*number < 50 && *number % 2)
		egt_eq(eg_sleep((50 - *number) * EG_USEC), 0);
	square(result, item, arg);
	if (*number < w->fail_from ||
	    (*number - w->fail_from) % w->fail_step != 0)
		return 0;
	return -1000 - *number;
}

static void first_failing_place_counts(long from)
{
	static const int sizes[] = { 1, 3, 100 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct work w = { .fail_from = from, .fail_step = 3 };
		eg_pool *pool = pool_make(sizes[i]);
		eg_map map = map_of(square_or_fail, &w, 100);

		egt_eq(eg_pool_map(pool, &map, EG_FOREVER), -1000 - from);
		egt_eq(map.failed, from);
		/* All others ran nevertheless. */
		egt_eq(w.runs, 100);
		check_squares(100);
		egt_eq(eg_pool_free(pool), 0);
	}
}

static void every_item_may_fail(long count)
{
	struct work w = { .fail_from = 0, .fail_step = 1 };
	eg_pool *pool = pool_make(2);
	eg_map map = map_of(square_or_fail, &w, count);

	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), -1000);
	egt_eq(map.failed, 0);
	egt_eq(w.runs, count);
	egt_eq(eg_pool_free(pool), 0);
}

static int pass(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	pass_gate(&((struct work *)arg)->gate);
	return 0;
}

struct mapper {
	eg_pool *pool;
	eg_map map;
	int64_t deadline;
	int result;
	eg_fiber *fiber;
};

static void *run_map(void *arg)
{
	struct mapper *m = arg;

	m->result = eg_pool_map(m->pool, &m->map, m->deadline);
	return NULL;
}

static void begin_map(struct mapper *m, eg_pool *pool, eg_map_fn *fn,
		      struct work *w, long count)
{
	*m = (struct mapper){ pool, map_of(fn, w, count), EG_FOREVER,
			      POOL_WAITS, NULL };
	egt_eq(eg_spawn(&m->fiber, run_map, m), 0);
	for (int i = 0; i < 120; i++)
		egt_eq(eg_yield(), 0);
}

static int end_map(struct mapper *m)
{
	egt_eq(eg_join(m->fiber, NULL, EG_FOREVER), 0);
	return m->result;
}

/* All that the pool has places for, whatever they wait for. */
static void blocked_items_hold_up_nobody(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make((int)size);
	struct mapper m;

	begin_map(&m, pool, pass, &w, 40);
	egt_eq(w.gate.inside, size < 40 ? size : 40);
	egt_le(0, eg_event_set(&w.gate.open));
	egt_eq(end_map(&m), 0);
	egt_eq(w.gate.entered, 40);
	egt_eq(w.gate.inside_max, size < 40 ? size : 40);
	egt_eq(eg_pool_free(pool), 0);
}

/* Others have their places, and get those that they wait for. */
static void shares_the_pool(long others)
{
	struct gate g = { .inside = 0 };
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make_filled(4, &g, (int)others);
	struct pool_spawner s = { pool, pass_gate, &g, EG_FOREVER, 0, NULL };
	struct mapper m;

	begin_map(&m, pool, pass, &w, 30);
	egt_eq(w.gate.inside, 4 - others);
	pool_begin_spawn(&s);
	egt_eq(s.result, POOL_WAITS);
	/* The mapper was in line before; a place more is for an item. */
	egt_eq(eg_pool_resize(pool, 5), 0);
	settle();
	egt_eq(w.gate.inside, 5 - others);
	egt_eq(s.result, POOL_WAITS);
	egt_eq(eg_pool_resize(pool, 6), 0);
	settle();
	egt_eq(s.result, 0);
	egt_eq(g.inside, others + 1);
	egt_le(0, eg_event_set(&w.gate.open));
	egt_eq(end_map(&m), 0);
	egt_eq(w.gate.left, 30);
	egt_eq(pool_end_spawn(&s), 0);
	pool_drop(pool, &g);
}

static int mark(void *result, const void *item, void *arg)
{
	struct work *w = arg;

	(void)result;
	(void)item;
	w->runs++;
	return eg_yield();
}

struct passer {
	struct work *work;
	long runs_then;
};

static void *note_progress(void *arg)
{
	struct passer *p = arg;

	p->runs_then = p->work->runs;
	return NULL;
}

/* Who waits for a place has it after an item, not after all of them. */
static void gives_a_place_after_an_item(long size)
{
	struct work w = { .runs = 0 };
	struct passer p = { &w, -1 };
	eg_pool *pool = pool_make((int)size);
	struct pool_spawner s = {
		pool, note_progress, &p, EG_FOREVER, 0, NULL
	};
	struct mapper m = { .pool = pool, .deadline = EG_FOREVER };
	long runs;

	m.map = map_of(mark, &w, 1000);
	m.map.result_bytes = 0;
	egt_eq(eg_spawn(&m.fiber, run_map, &m), 0);
	for (int i = 0; i < 20; i++)
		egt_eq(eg_yield(), 0);
	runs = w.runs;
	egt_lt(0, runs);
	pool_begin_spawn(&s);
	egt_eq(pool_end_spawn(&s), 0);
	egt_eq(end_map(&m), 0);
	egt_eq(w.runs, 1000);
	/* Each worker may have ended an item, and begun one before. */
	egt_le(runs, p.runs_then);
	egt_le(p.runs_then, runs + 3 * size + 3);
	egt_eq(eg_pool_free(pool), 0);
}

static void *count_turns(void *arg)
{
	long *turns = arg;

	for (;;) {
		if (*turns < 0)
			return NULL;
		++*turns;
		egt_eq(eg_yield(), 0);
	}
}

/* Trivial items let others run: about as often as fibers of theirs would. */
static void starves_nobody(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make((int)size);
	eg_map map = map_of(square, &w, ITEMS_MAX);
	long turns = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, count_turns, &turns), 0);
	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), 0);
	egt_le(ITEMS_MAX / (2 * size), turns);
	turns = -1;
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void cut_short_it_ends_the_items(long ms)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(3);
	eg_map map = map_of(pass, &w, 10);
	int64_t start = eg_now();

	egt_eq(eg_pool_map(pool, &map, start + ms * EG_MSEC), -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	egt_eq(w.gate.entered, 3);
	egt_eq(w.gate.cut, 3);
	egt_eq(w.gate.inside, 0);
	/* Cut short, they have succeeded; the next one was not begun. */
	egt_eq(map.failed, 3);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void killed_it_ends_the_items(long error)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(2);
	struct mapper m;

	begin_map(&m, pool, pass, &w, 10);
	egt_eq(w.gate.inside, 2);
	egt_eq(eg_kill(m.fiber, (int)error, EG_NOW), 0);
	egt_eq(end_map(&m), error);
	egt_eq(w.gate.cut, 2);
	egt_eq(w.gate.entered, 2);
	egt_eq(m.map.failed, 2);
	egt_eq(pool_stats(pool).waiting, 0);
	egt_eq(eg_pool_free(pool), 0);
}

/* Each of the items had its fiber, as far as anybody can tell. */
static void pool_cancelled_under_it(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make((int)size);
	struct mapper m;

	begin_map(&m, pool, pass, &w, 10);
	egt_eq(w.gate.inside, size);
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(end_map(&m), -ECANCELED);
	egt_eq(w.gate.entered, size);
	egt_eq(w.gate.cut, size);
	egt_eq(m.map.failed, size);
	egt_eq(eg_pool_free(pool), 0);
}

static void begins_nothing_if_it_may_not(long deadline)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(2);
	eg_map map = map_of(square, &w, 10);

	egt_eq(eg_pool_map(pool, &map, deadline), -ETIMEDOUT);
	egt_eq(w.runs, 0);
	egt_eq(map.failed, 0);
	map.count = 0;
	egt_eq(eg_pool_map(pool, &map, deadline), 0);
	egt_eq(eg_pool_free(pool), 0);
}

static void size_0_maps_when_there_is_room(long unused)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(0);
	struct mapper m;

	(void)unused;
	begin_map(&m, pool, square, &w, 10);
	egt_eq(w.runs, 0);
	egt_eq(pool_stats(pool).waiting, 1);
	egt_eq(eg_pool_resize(pool, 1), 0);
	egt_eq(end_map(&m), 0);
	check_squares(10);
	egt_eq(eg_pool_free(pool), 0);
}

/* A place is given up when the pool has become smaller. */
static void smaller_pool_has_fewer_items_at_a_time(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(5);
	struct mapper m;

	begin_map(&m, pool, pass, &w, 20);
	egt_eq(w.gate.inside, 5);
	egt_eq(eg_pool_resize(pool, (int)size), 0);
	egt_eq(eg_event_set(&w.gate.open), 5);
	egt_eq(eg_event_clear(&w.gate.open), 0);
	for (int i = 0; i < 50; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(w.gate.inside, size);
	egt_eq(w.gate.left, 5);
	if (!size)
		egt_eq(eg_pool_resize(pool, 2), 0);
	egt_le(0, eg_event_set(&w.gate.open));
	egt_eq(end_map(&m), 0);
	egt_eq(w.gate.left, 20);
	egt_eq(eg_pool_free(pool), 0);
}

static int map_again(void *result, const void *item, void *arg)
{
	struct work *w = arg;
	int32_t numbers_of_it[6] = { 0, 1, 2, 3, 4, 5 };
	int64_t squares_of_it[6];
	struct work inner = { .runs = 0 };
	eg_map map = EG_MAP_INIT;

	(void)result;
	(void)item;
	map.fn = square;
	map.arg = &inner;
	map.items = numbers_of_it;
	map.item_bytes = sizeof(*numbers_of_it);
	map.results = squares_of_it;
	map.result_bytes = sizeof(*squares_of_it);
	map.count = 6;
	egt_eq(eg_pool_map(w->pool, &map, EG_FOREVER), 0);
	for (int i = 0; i < 6; i++)
		egt_eq(squares_of_it[i], i * i);
	w->nested++;
	return 0;
}

/* Even if the places are all those of fibers that map. */
static void members_take_part(long size)
{
	struct work w = { .pool = pool_make((int)size) };
	eg_map map = map_of(map_again, &w, 10);

	map.result_bytes = 0;
	egt_eq(eg_pool_map(w.pool, &map, EG_FOREVER), 0);
	egt_eq(w.nested, 10);
	egt_eq(pool_stats(w.pool).running, 0);
	egt_eq(eg_pool_free(w.pool), 0);
}

static int leave_by_exit(void *result, const void *item, void *arg)
{
	const int32_t *number = item;

	if (*number == 3)
		eg_exit(NULL);
	return square(result, item, arg);
}

/* It must not; but who does has failed, and nobody waits for it. */
static void item_that_exits_has_failed(long size)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make((int)size);
	eg_map map = map_of(leave_by_exit, &w, 10);

	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), -ECANCELED);
	egt_eq(map.failed, 3);
	egt_eq(w.runs, 9);
	egt_eq(eg_pool_free(pool), 0);
}

static int count_call(void *result, const void *item, void *arg)
{
	struct work *w = arg;

	w->runs++;
	egt_ptr_eq(result, NULL);
	egt_ptr_eq(item, NULL);
	return 0;
}

static void values_may_be_none(long count)
{
	struct work w = { .runs = 0 };
	eg_pool *pool = pool_make(2);
	eg_map map = EG_MAP_INIT;

	map.fn = count_call;
	map.arg = &w;
	map.count = (size_t)count;
	egt_eq(eg_pool_map(pool, &map, EG_FOREVER), 0);
	egt_eq(w.runs, count);
	egt_eq(eg_pool_free(pool), 0);
}

/* Two maps over one pool come to an end, each with what it wanted. */
static void maps_share_the_pool(long size)
{
	static int64_t results[2][200];
	struct work w[2] = { { .runs = 0 }, { .runs = 0 } };
	eg_pool *pool = pool_make((int)size);
	struct mapper m[2];

	for (int i = 0; i < 2; i++) {
		m[i] = (struct mapper){ pool, map_of(square_slowly, &w[i], 100),
					EG_FOREVER, POOL_WAITS, NULL };
		m[i].map.results = results[i];
		egt_eq(eg_spawn(&m[i].fiber, run_map, &m[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		egt_eq(end_map(&m[i]), 0);
		egt_eq(w[i].runs, 100);
		for (int j = 0; j < 100; j++)
			egt_eq(results[i][j], j * j);
	}
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static const struct conform cases[] = {
	{ "PL-06", "results in order", gives_results_in_order, 0 },
	{ "PL-06", "results in order", gives_results_in_order, 1 },
	{ "PL-06", "results in order", gives_results_in_order, 2 },
	{ "PL-06", "results in order", gives_results_in_order, 99 },
	{ "PL-06", "results in order", gives_results_in_order, ITEMS_MAX },
	{ "PL-06", "whoever is first", gives_results_in_order_of_items, 1 },
	{ "PL-06", "whoever is first", gives_results_in_order_of_items, 5 },
	{ "PL-06", "whoever is first", gives_results_in_order_of_items, 50 },
	{ "PL-06", "the first failing place", first_failing_place_counts, 0 },
	{ "PL-06", "the first failing place", first_failing_place_counts, 1 },
	{ "PL-06", "the first failing place", first_failing_place_counts, 37 },
	{ "PL-06", "the first failing place", first_failing_place_counts, 99 },
	{ "PL-06", "all fail", every_item_may_fail, 1 },
	{ "PL-06", "all fail", every_item_may_fail, 40 },
	{ "PL-06", "exit is a failure", item_that_exits_has_failed, 1 },
	{ "PL-06", "exit is a failure", item_that_exits_has_failed, 4 },
	{ "PL-06", "no values", values_may_be_none, 1 },
	{ "PL-06", "no values", values_may_be_none, 100 },
	{ "PL-06", "deadline of the past", begins_nothing_if_it_may_not,
	  EG_NOW },
	{ "PL-06", "deadline of the past", begins_nothing_if_it_may_not, 1 },
	{ "PL-06", "cut short by a deadline", cut_short_it_ends_the_items, 1 },
	{ "PL-06", "killed", killed_it_ends_the_items, -ECANCELED },
	{ "PL-06", "killed", killed_it_ends_the_items, -EIO },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 1 },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 4 },
	{ "PL-03", "items that block", blocked_items_hold_up_nobody, 1 },
	{ "PL-03", "items that block", blocked_items_hold_up_nobody, 2 },
	{ "PL-03", "items that block", blocked_items_hold_up_nobody, 39 },
	{ "PL-03", "items that block", blocked_items_hold_up_nobody, 100 },
	{ "PL-03", "a pool with others in it", shares_the_pool, 0 },
	{ "PL-03", "a pool with others in it", shares_the_pool, 1 },
	{ "PL-03", "a pool with others in it", shares_the_pool, 3 },
	{ "PL-03", "two maps", maps_share_the_pool, 1 },
	{ "PL-03", "two maps", maps_share_the_pool, 2 },
	{ "PL-03", "two maps", maps_share_the_pool, 7 },
	{ "PL-04", "a place after an item", gives_a_place_after_an_item, 1 },
	{ "PL-04", "a place after an item", gives_a_place_after_an_item, 5 },
	{ "PL-03", "no size", size_0_maps_when_there_is_room, 0 },
	{ "PL-09", "smaller meanwhile", smaller_pool_has_fewer_items_at_a_time,
	  1 },
	{ "PL-09", "smaller meanwhile", smaller_pool_has_fewer_items_at_a_time,
	  4 },
	{ "PL-09", "smaller meanwhile", smaller_pool_has_fewer_items_at_a_time,
	  0 },
	{ "PL-06", "others run too", starves_nobody, 1 },
	{ "PL-06", "others run too", starves_nobody, 10 },
	{ "PL-05", "members take part", members_take_part, 1 },
	{ "PL-05", "members take part", members_take_part, 2 },
	{ "PL-05", "members take part", members_take_part, 30 },
};
CONFORMANCE(pool_maps, cases)
