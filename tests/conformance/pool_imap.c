/* SPDX-License-Identifier: MIT */
/*
 * Maps with a source, whose results are asked for: PL-07, PL-12. How they end
 * early is in pool_imap_ends.c.
 */
#include "conformance.h"
#include "pool_imap_kit.h"

static void gives_all_in_order(long count)
{
	static const int sizes[] = { 1, 2, 100, EG_POOL_UNLIMITED };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct work w = { .count = count };
		eg_imap_options o = options_of(&w, false);
		eg_pool *pool = pool_make(sizes[i]);
		eg_imap *im = begin(pool, &o);

		for (long j = 0; j < count; j++)
			egt_eq(take(im), j * j);
		for (int j = 0; j < 3; j++)
			egt_eq(take(im), END);
		egt_eq(w.done, count);
		drop(im, pool);
	}
}

/* The later the item, the sooner it is done. */
static int square_in_reverse(void *result, const void *item, void *arg)
{
	const int32_t *number = item;
	const struct work *w = arg;

	egt_eq(eg_sleep((w->count - *number) * EG_MSEC), 0);
	return square(result, item, arg);
}

static void comes_in_its_order(long is_unordered)
{
	struct work w = { .count = 9 };
	eg_imap_options o = options_of(&w, is_unordered);
	eg_pool *pool = pool_make(9);
	eg_imap *im;

	o.fn = square_in_reverse;
	im = begin(pool, &o);
	for (long i = 0; i < 9; i++)
		egt_eq(take(im), is_unordered ? (8 - i) * (8 - i) : i * i);
	egt_eq(take(im), END);
	drop(im, pool);
}

static void gives_all_unordered(long count)
{
	struct work w = { .count = count };
	eg_imap_options o = options_of(&w, true);
	eg_pool *pool = pool_make(3);
	eg_imap *im = begin(pool, &o);
	int64_t sum = 0, want = 0, one;

	for (long i = 0; i < count; i++)
		want += i * i;
	while ((one = take(im)) != END)
		sum += one;
	egt_eq(sum, want);
	egt_eq(w.done, count);
	drop(im, pool);
}

static void failure_comes_in_its_turn(long step)
{
	for (int is_unordered = 0; is_unordered < 2; is_unordered++) {
		struct work w = { .count = 20, .fail_step = step };
		eg_imap_options o = options_of(&w, is_unordered);
		eg_pool *pool = pool_make(4);
		eg_imap *im = begin(pool, &o);

		/* None of these waits, so they are done in order, too. */
		for (long i = 0; i < 20; i++)
			egt_eq(take(im), i % step ? i * i : -1000 - i);
		egt_eq(take(im), END);
		drop(im, pool);
	}
}

static void failed_item_leaves_the_result_alone(long is_unordered)
{
	struct work w = { .count = 1, .fail_step = 1 };
	eg_imap_options o = options_of(&w, is_unordered);
	eg_pool *pool = pool_make(1);
	eg_imap *im = begin(pool, &o);
	int64_t result = 77;
	int error = 0;

	egt_eq(eg_imap_next(im, &result, &error, EG_FOREVER), 1);
	egt_eq(error, -1000);
	egt_eq(result, 77);
	error = 7;
	egt_eq(eg_imap_next(im, &result, &error, EG_FOREVER), 0);
	egt_eq(error, 7);
	drop(im, pool);
}

static void source_that_fails_comes_last(long count)
{
	for (int is_unordered = 0; is_unordered < 2; is_unordered++) {
		struct work w = { .count = count, .source_end = -EIO };
		eg_imap_options o = options_of(&w, is_unordered);
		eg_pool *pool = pool_make(2);
		eg_imap *im = begin(pool, &o);

		for (long i = 0; i < count; i++)
			egt_eq(take(im), i * i);
		egt_eq(take(im), -EIO);
		egt_eq(take(im), END);
		egt_eq(take(im), END);
		drop(im, pool);
	}
}

/* So far ahead, and no further, whether they are done or not. */
static void looks_ahead_so_far(long ahead)
{
	for (int is_gated = 0; is_gated < 2; is_gated++) {
		struct work w = { .count = 1000, .is_gated = is_gated };
		eg_imap_options o = options_of(&w, false);
		eg_pool *pool = pool_make(100);
		eg_imap *im;

		o.ahead_max = (size_t)ahead;
		im = begin(pool, &o);
		for (int i = 0; i < 300; i++)
			egt_eq(eg_yield(), 0);
		egt_eq(w.given, ahead);
		egt_eq(w.done, is_gated ? 0 : ahead);
		egt_le(0, eg_event_set(&w.gate.open));
		for (long i = 0; i < 10; i++) {
			egt_eq(take(im), i * i);
			settle();
			egt_eq(w.given, ahead + 1 + i);
		}
		drop(im, pool);
	}
}

/* As many as the pool has places. */
static void looks_ahead_by_the_pool(long size)
{
	struct work w = { .count = 5000 };
	eg_imap_options o = options_of(&w, true);
	eg_pool *pool = pool_make((int)size);
	eg_imap *im = begin(pool, &o);

	for (int i = 0; i < 5000; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(w.given,
	       size < EG_POOL_SIZE_DEFAULT ? size : EG_POOL_SIZE_DEFAULT);
	drop(im, pool);
}

static void has_so_many_at_a_time(long size)
{
	struct work w = { .count = 40, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make((int)size);
	eg_imap *im;

	o.ahead_max = 40;
	im = begin(pool, &o);
	for (int i = 0; i < 100; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(w.gate.inside, size < 40 ? size : 40);
	egt_eq(pool_stats(pool).running, w.gate.inside);
	egt_le(0, eg_event_set(&w.gate.open));
	for (long i = 0; i < 40; i++)
		egt_eq(take(im), i * i);
	egt_eq(take(im), END);
	egt_eq(w.gate.inside_max, size < 40 ? size : 40);
	drop(im, pool);
}

/* It stands in line with others, and they have their places. */
static void shares_the_pool(long others)
{
	struct gate g = { .inside = 0 };
	struct work w = { .count = 10, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make_filled(3, &g, (int)others);
	eg_imap *im = begin(pool, &o);

	settle();
	egt_eq(w.gate.inside, 3 - others);
	egt_eq(g.inside, others);
	egt_le(0, eg_event_set(&g.open));
	settle();
	egt_eq(w.gate.inside, 3);
	egt_le(0, eg_event_set(&w.gate.open));
	for (long i = 0; i < 10; i++)
		egt_eq(take(im), i * i);
	drop(im, pool);
}

/* A reader is woken by the item, by the end, by what the source fails with. */
static void reader_waits(long end)
{
	for (int is_unordered = 0; is_unordered < 2; is_unordered++) {
		struct work w = { .count = 2,
				  .source_end = (int)end,
				  .pause = EG_MSEC };
		eg_imap_options o = options_of(&w, is_unordered);
		eg_pool *pool = pool_make(1);
		eg_imap *im = begin(pool, &o);

		egt_eq(take(im), 0);
		egt_eq(take(im), 1);
		if (end)
			egt_eq(take(im), end);
		egt_eq(take(im), END);
		drop(im, pool);
	}
}

static void trying_takes_what_is_done(long is_unordered)
{
	struct work w = { .count = 2, .is_gated = true };
	eg_imap_options o = options_of(&w, is_unordered);
	eg_pool *pool = pool_make(2);
	eg_imap *im = begin(pool, &o);
	int64_t result = -1;
	int error = 1;

	egt_eq(eg_imap_next(im, &result, &error, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_imap_next(im, &result, &error, eg_after(EG_MSEC)),
	       -ETIMEDOUT);
	egt_eq(error, 1);
	egt_eq(eg_event_set(&w.gate.open), 2);
	settle();
	egt_eq(eg_imap_next(im, &result, &error, EG_NOW), 1);
	egt_eq(error, 0);
	egt_eq(result, 0);
	egt_eq(eg_imap_next(im, NULL, &error, EG_NOW), 1);
	/* There was no room for the source to look further. */
	egt_eq(eg_imap_next(im, &result, &error, EG_NOW), -ETIMEDOUT);
	settle();
	egt_eq(eg_imap_next(im, &result, &error, EG_NOW), 0);
	drop(im, pool);
}

struct reader {
	eg_imap *imap;
	int result, error;
	int64_t value;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;

	r->result = eg_imap_next(r->imap, &r->value, &r->error, EG_FOREVER);
	return NULL;
}

static void reader_that_is_killed_takes_nothing(long error)
{
	struct work w = { .count = 2, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(2);
	struct reader r = { begin(pool, &o), 0, 1, -1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, read_one, &r), 0);
	settle();
	/* One reader at a time; and nobody takes the map from under it. */
	egt_eq(eg_imap_next(r.imap, NULL, &r.error, EG_NOW), -EBUSY);
	egt_eq(eg_imap_free(r.imap), -EBUSY);
	egt_eq(eg_kill(f, (int)error, EG_NOW), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(r.result, error);
	egt_eq(r.value, -1);
	egt_eq(eg_event_set(&w.gate.open), 2);
	egt_eq(take(r.imap), 0);
	egt_eq(take(r.imap), 1);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

/* What it was given before it was killed, it keeps. */
static void reader_keeps_what_it_was_given(long unused)
{
	struct work w = { .count = 2, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(1);
	struct reader r = { begin(pool, &o), 0, 1, -1 };
	eg_fiber *f;

	(void)unused;
	egt_eq(eg_spawn(&f, read_one, &r), 0);
	settle();
	egt_eq(eg_event_set(&w.gate.open), 1);
	while (!w.gate.left || w.done == 0 || r.value < 0)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(r.result, 1);
	egt_eq(r.value, 0);
	egt_eq(take(r.imap), 1);
	drop(r.imap, pool);
}

static const struct conform cases[] = {
	{ "PL-07", "in the order of input", gives_all_in_order, 0 },
	{ "PL-07", "in the order of input", gives_all_in_order, 1 },
	{ "PL-07", "in the order of input", gives_all_in_order, 2 },
	{ "PL-07", "in the order of input", gives_all_in_order, 2500 },
	{ "PL-12", "whoever is done first", comes_in_its_order, false },
	{ "PL-07", "as they are done", comes_in_its_order, true },
	{ "PL-07", "all of them, unordered", gives_all_unordered, 0 },
	{ "PL-07", "all of them, unordered", gives_all_unordered, 1 },
	{ "PL-07", "all of them, unordered", gives_all_unordered, 500 },
	{ "PL-07", "a failure in its turn", failure_comes_in_its_turn, 1 },
	{ "PL-07", "a failure in its turn", failure_comes_in_its_turn, 2 },
	{ "PL-12", "a failure in its turn", failure_comes_in_its_turn, 19 },
	{ "PL-07", "a failure has no result",
	  failed_item_leaves_the_result_alone, false },
	{ "PL-07", "a failure has no result",
	  failed_item_leaves_the_result_alone, true },
	{ "PL-06", "the source fails", source_that_fails_comes_last, 0 },
	{ "PL-06", "the source fails", source_that_fails_comes_last, 1 },
	{ "PL-06", "the source fails", source_that_fails_comes_last, 9 },
	{ "PL-07", "so far ahead", looks_ahead_so_far, 1 },
	{ "PL-07", "so far ahead", looks_ahead_so_far, 2 },
	{ "PL-07", "so far ahead", looks_ahead_so_far, 50 },
	{ "PL-12", "ahead by the pool's size", looks_ahead_by_the_pool, 1 },
	{ "PL-12", "ahead by the pool's size", looks_ahead_by_the_pool, 30 },
	{ "PL-12", "ahead by the pool's size", looks_ahead_by_the_pool, 2000 },
	{ "PL-12", "ahead by the pool's size", looks_ahead_by_the_pool,
	  EG_POOL_UNLIMITED },
	{ "PL-03", "so many at a time", has_so_many_at_a_time, 1 },
	{ "PL-03", "so many at a time", has_so_many_at_a_time, 3 },
	{ "PL-03", "so many at a time", has_so_many_at_a_time, 60 },
	{ "PL-03", "a pool with others in it", shares_the_pool, 1 },
	{ "PL-03", "a pool with others in it", shares_the_pool, 3 },
	{ "PL-12", "the reader waits", reader_waits, 0 },
	{ "PL-12", "the reader waits", reader_waits, -EIO },
	{ "PL-07", "trying", trying_takes_what_is_done, false },
	{ "PL-07", "trying", trying_takes_what_is_done, true },
	{ "PL-07", "a reader that is killed",
	  reader_that_is_killed_takes_nothing, -ECANCELED },
	{ "PL-07", "a reader that is killed",
	  reader_that_is_killed_takes_nothing, -EIO },
	{ "PL-07", "a reader that is killed too late",
	  reader_keeps_what_it_was_given, 0 },
};
CONFORMANCE(pool_imaps, cases)
