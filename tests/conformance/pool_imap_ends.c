/* SPDX-License-Identifier: MIT */
/*
 * Maps with a source that end early: dropped, cancelled, left by exit (PL-07,
 * PL-12). Those that run to their end are in pool_imap.c.
 */
#include "conformance.h"
#include "pool_imap_kit.h"

/* Whatever is under way has ended when the map has. */
static void dropped_half_way(long taken)
{
	for (int is_gated = 0; is_gated < 2; is_gated++) {
		struct work w = { .count = 100000 };
		eg_imap_options o = options_of(&w, is_gated);
		eg_pool *pool = pool_make(7);
		eg_imap *im = begin(pool, &o);
		long given;

		for (long i = 0; i < taken; i++)
			egt_eq(take(im), i * i);
		w.is_gated = is_gated;
		settle();
		egt_eq(eg_imap_free(im), 0);
		egt_eq(w.gate.inside, 0);
		egt_eq(pool_stats(pool).running, 0);
		egt_eq(pool_stats(pool).waiting, 0);
		given = w.given;
		settle();
		egt_eq(w.given, given);
		/* The pool is as good as new. */
		egt_eq(eg_pool_wait(pool, EG_NOW), 0);
		egt_eq(eg_pool_free(pool), 0);
	}
}

static void dropped_in_line(long size)
{
	struct gate g = { .inside = 0 };
	struct work w = { .count = 10 };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make_filled((int)size, &g, (int)size);
	eg_imap *im = begin(pool, &o);

	settle();
	egt_eq(w.given, 1);
	egt_eq(pool_stats(pool).waiting, 1);
	egt_eq(eg_imap_free(im), 0);
	egt_eq(pool_stats(pool).waiting, 0);
	egt_eq(w.done, 0);
	pool_drop(pool, &g);
}

static void dropped_at_once(long unused)
{
	struct work w = { .count = 10 };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(2);

	(void)unused;
	drop(begin(pool, &o), pool);
	egt_eq(w.given, 0);
}

/* The items that were under way have failed; the others come. */
static void pool_cancelled_under_it(long size)
{
	struct work w = { .count = 6, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make((int)size);
	eg_imap *im = begin(pool, &o);

	o.ahead_max = 6;
	for (int i = 0; i < 30; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(w.gate.inside, size);
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(w.gate.cut, size);
	egt_le(0, eg_event_set(&w.gate.open));
	/* Who was cut short has returned as it liked; those added meanwhile
	 * have not run. */
	for (long i = 0; i < 6; i++) {
		int64_t got = take(im);

		egt_true(got == i * i || (i >= size && got == -ECANCELED));
	}
	egt_eq(take(im), END);
	drop(im, pool);
}

static int leave_by_exit(void *result, const void *item, void *arg)
{
	const int32_t *number = item;

	if (*number == 1)
		eg_exit(NULL);
	return square(result, item, arg);
}

static void item_that_exits_has_failed(long is_unordered)
{
	struct work w = { .count = 3 };
	eg_imap_options o = options_of(&w, is_unordered);
	eg_pool *pool = pool_make(1);
	eg_imap *im;

	o.fn = leave_by_exit;
	im = begin(pool, &o);
	egt_eq(take(im), 0);
	egt_eq(take(im), -ECANCELED);
	egt_eq(take(im), 4);
	egt_eq(take(im), END);
	drop(im, pool);
}

static int exit_instead(void *item, void *arg)
{
	struct work *w = arg;

	if (w->given == w->count)
		eg_exit(NULL);
	return give_numbers(item, arg);
}

static void source_that_exits_has_failed(long count)
{
	struct work w = { .count = count };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(2);
	eg_imap *im;

	o.source = exit_instead;
	im = begin(pool, &o);
	for (long i = 0; i < count; i++)
		egt_eq(take(im), i * i);
	egt_eq(take(im), -ECANCELED);
	egt_eq(take(im), END);
	drop(im, pool);
}

/* The place comes for an item that must not begin any more. */
static void dropped_as_a_place_comes(long size)
{
	struct gate g = { .inside = 0 };
	struct work w = { .count = 10, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make_filled((int)size, &g, (int)size);
	eg_imap *im = begin(pool, &o);

	settle();
	egt_eq(pool_stats(pool).waiting, 1);
	egt_eq(eg_event_set(&g.open), size);
	egt_eq(eg_yield(), 0);
	egt_eq(pool_stats(pool).waiting, 0);
	egt_eq(eg_imap_free(im), 0);
	egt_eq(w.gate.entered, 0);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

static int give_regardless(void *item, void *arg)
{
	struct work *w = arg;

	eg_yield();
	if (w->given == w->count)
		return 0;
	*(int32_t *)item = (int32_t)w->given++;
	return 1;
}

/* A source that ignores it brings no more either. */
static void dropped_as_it_gives(long count)
{
	struct work w = { .count = count, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(100);
	eg_imap *im;

	o.source = give_regardless;
	im = begin(pool, &o);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_imap_free(im), 0);
	egt_eq(w.gate.entered, 0);
	egt_eq(eg_pool_free(pool), 0);
}

struct dropper {
	eg_imap *imap;
	int result;
};

static void *free_imap(void *arg)
{
	struct dropper *d = arg;

	d->result = eg_imap_free(d->imap);
	return NULL;
}

static int finish_later(void *result, const void *item, void *arg)
{
	eg_timeout shield;
	int r;

	egt_eq(eg_shield_begin(&shield), 0);
	r = square(result, item, arg);
	egt_eq(eg_shield_end(&shield), 0);
	return r;
}

static void is_freed_by_one(long unused)
{
	struct work w = { .count = 1, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	eg_pool *pool = pool_make(1);
	struct dropper d = { .result = 1 };
	eg_fiber *f;

	(void)unused;
	o.fn = finish_later;
	d.imap = begin(pool, &o);
	settle();
	egt_eq(eg_spawn(&f, free_imap, &d), 0);
	settle();
	egt_eq(d.result, 1);
	egt_eq(eg_imap_free(d.imap), -EBUSY);
	egt_eq(eg_event_set(&w.gate.open), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(d.result, 0);
	egt_eq(eg_pool_free(pool), 0);
}

struct freer {
	eg_imap *imap;
	int result;
	long count;
};

static int free_from_source(void *item, void *arg)
{
	struct freer *f = arg;

	(void)item;
	f->result = eg_imap_free(f->imap);
	return f->count-- > 0;
}

static int free_from_item(void *result, const void *item, void *arg)
{
	struct freer *f = arg;

	(void)result;
	(void)item;
	f->result = eg_imap_free(f->imap);
	return 0;
}

static int do_nothing(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	return 0;
}

static int count_down(void *item, void *arg)
{
	struct freer *f = arg;

	(void)item;
	return f->count-- > 0;
}

static void cannot_be_ended_by_itself(long by_item)
{
	struct freer f = { .result = 1, .count = 1 };
	eg_imap_options o = EG_IMAP_INIT;
	eg_pool *pool = pool_make(2);

	o.source = by_item ? count_down : free_from_source;
	o.fn = by_item ? free_from_item : do_nothing;
	o.source_arg = &f;
	o.arg = &f;
	f.imap = begin(pool, &o);
	/* And a pool is not freed under it. */
	egt_eq(eg_pool_free(pool), -EBUSY);
	settle();
	egt_eq(f.result, -EDEADLK);
	drop(f.imap, pool);
}

static const struct conform cases[] = {
	{ "PL-07", "dropped half-way", dropped_half_way, 0 },
	{ "PL-07", "dropped half-way", dropped_half_way, 1 },
	{ "PL-07", "dropped half-way", dropped_half_way, 50 },
	{ "PL-07", "dropped while in line", dropped_in_line, 1 },
	{ "PL-07", "dropped while in line", dropped_in_line, 3 },
	{ "PL-07", "dropped at once", dropped_at_once, 0 },
	{ "PL-07", "dropped as a place comes", dropped_as_a_place_comes, 1 },
	{ "PL-07", "dropped as a place comes", dropped_as_a_place_comes, 2 },
	{ "PL-07", "dropped as it gives", dropped_as_it_gives, 1 },
	{ "PL-07", "dropped as it gives", dropped_as_it_gives, 50 },
	{ "PL-07", "freed by one fiber alone", is_freed_by_one, 0 },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 1 },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 4 },
	{ "PL-07", "exit is a failure", item_that_exits_has_failed, false },
	{ "PL-07", "exit is a failure", item_that_exits_has_failed, true },
	{ "PL-12", "exit of the source", source_that_exits_has_failed, 0 },
	{ "PL-12", "exit of the source", source_that_exits_has_failed, 3 },
	{ "PL-07", "freed by the source", cannot_be_ended_by_itself, false },
	{ "PL-07", "freed by an item", cannot_be_ended_by_itself, true },
};
CONFORMANCE(pool_imaps_that_end_early, cases)
