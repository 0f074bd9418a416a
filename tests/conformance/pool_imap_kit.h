/* SPDX-License-Identifier: MIT */
/*
 * Maps with a source to be tested: the source, the function, and what comes.
 * Claims nothing.
 */
#ifndef TESTS_POOL_IMAP_KIT_H
#define TESTS_POOL_IMAP_KIT_H

#include "../behaviour/pool_kit.h"

enum { END = 1 << 30 };

/* What the source gives, and what the items do. */
struct work {
	long count;	/* of items; the source ends there */
	int source_end; /* with this */
	long given, done;
	long fail_step; /* every so many items fail; 0: none */
	bool is_gated;	/* items wait at the gate */
	int64_t pause;	/* of the source */
	struct gate gate;
};

static inline int give_numbers(void *item, void *arg)
{
	struct work *w = arg;

	if (w->pause && eg_sleep(w->pause) < 0)
		return -EINTR;
	if (w->given == w->count)
		return w->source_end;
	*(int32_t *)item = (int32_t)w->given++;
	return 1;
}

static inline int square(void *result, const void *item, void *arg)
{
	const int32_t *number = item;
	struct work *w = arg;

	if (w->is_gated)
		pass_gate(&w->gate);
	w->done++;
	if (w->fail_step && *number % w->fail_step == 0)
		return -1000 - *number;
	*(int64_t *)result = (int64_t)*number * *number;
	return 0;
}

static inline eg_imap_options options_of(struct work *w, bool is_unordered)
{
	eg_imap_options o = EG_IMAP_INIT;

	o.source = give_numbers;
	o.source_arg = w;
	o.fn = square;
	o.arg = w;
	o.item_bytes = sizeof(int32_t);
	o.result_bytes = sizeof(int64_t);
	o.flags = is_unordered ? EG_IMAP_UNORDERED : 0;
	return o;
}

static inline eg_imap *begin(eg_pool *pool, const eg_imap_options *o)
{
	eg_imap *im;

	egt_eq(eg_pool_imap(pool, &im, o), 0);
	return im;
}

/* END, the item's error, or the result. */
static inline int64_t take(eg_imap *im)
{
	int64_t result = -1;
	int error = 1;
	int r = eg_imap_next(im, &result, &error, EG_FOREVER);

	if (r == 0)
		return END;
	egt_eq(r, 1);
	return error ? error : result;
}

static inline void drop(eg_imap *im, eg_pool *pool)
{
	egt_eq(eg_imap_free(im), 0);
	egt_eq(pool_stats(pool).running, 0);
	egt_eq(eg_pool_free(pool), 0);
}

#endif
