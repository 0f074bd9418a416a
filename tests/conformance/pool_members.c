/* SPDX-License-Identifier: MIT */
/*
 * Fibers of a pool that use that pool themselves, when it is full: they make
 * progress without a place beyond the size (PL-05, PL-07, PL-08, PL-13).
 */
#include "conformance.h"
#include "pool_imap_kit.h"

/* What the fibers of one pool do, and how many are at an item. */
struct rig {
	eg_pool *pool;
	bool is_unordered;
	int inside, inside_max;
	int done;
	int64_t pause; /* of an item */
};

static int give_five(void *item, void *arg)
{
	int *given = arg;

	if (*given == 5)
		return 0;
	*(int32_t *)item = (int32_t)(*given)++;
	return 1;
}

static int double_it(void *result, const void *item, void *arg)
{
	const int32_t *number = item;
	struct rig *rig = arg;
	int r;

	if (++rig->inside > rig->inside_max)
		rig->inside_max = rig->inside;
	r = rig->pause ? eg_sleep(rig->pause) : eg_yield();
	rig->inside--;
	*(int64_t *)result = *number * 2;
	return r < 0 ? r : 0;
}

static eg_imap_options five_of(struct rig *rig, int *given)
{
	eg_imap_options o = EG_IMAP_INIT;

	*given = 0;
	o.source = give_five;
	o.source_arg = given;
	o.fn = double_it;
	o.arg = rig;
	o.item_bytes = sizeof(int32_t);
	o.result_bytes = sizeof(int64_t);
	o.flags = rig->is_unordered ? EG_IMAP_UNORDERED : 0;
	return o;
}

static void read_five(struct rig *rig, const eg_imap_options *o)
{
	eg_imap *im = begin(rig->pool, o);
	int64_t sum = 0;

	for (int64_t i = 0; i < 5; i++) {
		int64_t got = take(im);

		if (!rig->is_unordered)
			egt_eq(got, 2 * i);
		sum += got;
	}
	egt_eq(sum, 20);
	egt_eq(take(im), END);
	egt_eq(eg_imap_free(im), 0);
	rig->done++;
}

static void *read_as_member(void *arg)
{
	struct rig *rig = arg;
	int given;
	eg_imap_options o = five_of(rig, &given);

	read_five(rig, &o);
	return NULL;
}

/* All places are the readers'. */
static void readers_fill_the_pool(long size)
{
	for (int is_unordered = 0; is_unordered < 2; is_unordered++) {
		struct rig rig = {
			.pool = pool_make((int)size),
			.is_unordered = is_unordered,
		};

		for (long i = 0; i < size; i++)
			egt_eq(eg_pool_spawn(rig.pool, read_as_member, &rig,
					     EG_NOW),
			       0);
		egt_eq(eg_pool_wait(rig.pool, EG_FOREVER), 0);
		egt_eq(rig.done, size);
		egt_le(rig.inside_max, size);
		egt_eq(eg_pool_free(rig.pool), 0);
	}
}

/* More readers than places: some of them are handed over while others read. */
static void readers_wait_for_places(long pause)
{
	struct rig rig = { .pool = pool_make(3), .pause = pause };

	for (int i = 0; i < 9; i++)
		egt_eq(eg_pool_spawn(rig.pool, read_as_member, &rig,
				     EG_FOREVER),
		       0);
	egt_eq(eg_pool_wait(rig.pool, EG_FOREVER), 0);
	egt_eq(rig.done, 9);
	egt_le(rig.inside_max, 3);
	egt_eq(eg_pool_free(rig.pool), 0);
}

static int read_below(void *result, const void *item, void *arg)
{
	read_as_member(arg);
	return double_it(result, item, arg);
}

static void *read_with_readers_below(void *arg)
{
	struct rig *rig = arg;
	int given;
	eg_imap_options o = five_of(rig, &given);

	o.fn = read_below;
	read_five(rig, &o);
	return NULL;
}

/* Items that read maps of their own. */
static void readers_are_nested(long size)
{
	struct rig rig = { .pool = pool_make((int)size) };

	egt_eq(eg_pool_spawn(rig.pool, read_with_readers_below, &rig, EG_NOW),
	       0);
	egt_eq(eg_pool_wait(rig.pool, EG_FOREVER), 0);
	egt_eq(rig.done, 1 + 5);
	egt_le(rig.inside_max, size);
	egt_eq(eg_pool_free(rig.pool), 0);
}

/* Whoever reads @imap is what runs its items, in a pool of one place. */
struct reader {
	eg_imap *imap;
	int64_t deadline;
	int result, error;
	int64_t value;
	eg_fiber *self;
	eg_event begin;
	bool has_ended;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;

	r->self = eg_self();
	if (eg_event_wait(&r->begin, EG_FOREVER) == 0)
		r->result = eg_imap_next(r->imap, &r->value, &r->error,
					 r->deadline);
	r->has_ended = true;
	return NULL;
}

/* The source is in line, and the reader in the only place. */
static eg_pool *pool_with_reader(struct reader *r, const eg_imap_options *o)
{
	eg_pool *pool = pool_make(1);

	*r = (struct reader){ .deadline = EG_FOREVER, .error = 1 };
	egt_eq(eg_pool_spawn(pool, read_one, r, EG_NOW), 0);
	r->imap = begin(pool, o);
	settle();
	egt_eq(pool_stats(pool).waiting, 1);
	return pool;
}

static void begin_to_read(struct reader *r)
{
	egt_eq(eg_event_set(&r->begin), 1);
	settle();
}

static void a_try_runs_nothing(long deadline)
{
	struct work w = { .count = 3 };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool = pool_with_reader(&r, &o);

	r.deadline = deadline;
	begin_to_read(&r);
	egt_eq(r.result, -ETIMEDOUT);
	egt_eq(r.error, 1);
	/* It has left its place to the items. */
	egt_eq(take(r.imap), 0);
	egt_eq(take(r.imap), 1);
	drop(r.imap, pool);
}

/* Cancelled or too late before: nothing is run, and nothing lost. */
static void a_cancelled_reader_runs_nothing(long unused)
{
	struct work w = { .count = 2 };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool = pool_with_reader(&r, &o);

	(void)unused;
	egt_eq(eg_event_set(&r.begin), 1);
	egt_eq(eg_cancel(r.self), 0);
	settle();
	egt_eq(r.result, -ECANCELED);
	for (long i = 0; i < 2; i++)
		egt_eq(take(r.imap), i * i);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

/* The item is the reader's to the end: nobody else reads, or frees the map. */
static void is_busy_while_it_runs_one(long unused)
{
	struct work w = { .count = 1, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool = pool_with_reader(&r, &o);
	int error;

	(void)unused;
	begin_to_read(&r);
	egt_eq(w.gate.inside, 1);
	egt_eq(pool_stats(pool).running, 1);
	egt_eq(eg_imap_next(r.imap, NULL, &error, EG_NOW), -EBUSY);
	egt_eq(eg_imap_free(r.imap), -EBUSY);
	egt_eq(eg_event_set(&w.gate.open), 1);
	settle();
	egt_eq(r.result, 1);
	egt_eq(r.error, 0);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

/* What comes to the reader meanwhile comes to the item. */
static void a_cancel_reaches_the_item(long unused)
{
	struct work w = { .count = 1, .is_gated = true };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool = pool_with_reader(&r, &o);

	(void)unused;
	begin_to_read(&r);
	egt_eq(eg_cancel(r.self), 0);
	settle();
	egt_eq(w.gate.cut, 1);
	/* It has returned a result all the same: that was taken. */
	egt_eq(r.result, 1);
	egt_eq(r.error, 0);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

static int fail_loudly(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	eg_fail(-EIO, NULL);
	return -ENOSPC;
}

static void an_error_is_the_items(long unused)
{
	struct work w = { .count = 1 };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool;

	(void)unused;
	o.fn = fail_loudly;
	pool = pool_with_reader(&r, &o);
	begin_to_read(&r);
	egt_eq(r.result, 1);
	egt_eq(r.error, -ENOSPC);
	/* Nor was it reported as the reader's: the harness would see that. */
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

static int exit_in_item(void *result, const void *item, void *arg)
{
	const int32_t *number = item;

	if (*number == 0)
		eg_exit(NULL);
	return square(result, item, arg);
}

/* That ends the reader; the map goes on with the next one. */
static void exit_ends_the_reader(long is_unordered)
{
	struct work w = { .count = 2 };
	eg_imap_options o = options_of(&w, is_unordered);
	struct reader r;
	eg_pool *pool;

	o.fn = exit_in_item;
	pool = pool_with_reader(&r, &o);
	begin_to_read(&r);
	egt_true(!r.has_ended);
	egt_eq(take(r.imap), -ECANCELED);
	egt_eq(take(r.imap), 1);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

static int free_own_map(void *result, const void *item, void *arg)
{
	struct reader *r = arg;

	(void)result;
	(void)item;
	return eg_imap_free(r->imap) == -EDEADLK ? -EXFULL : 0;
}

static void cannot_be_freed_by_its_item(long unused)
{
	int given = 4;
	struct reader r;
	eg_imap_options o = EG_IMAP_INIT;
	eg_pool *pool;

	(void)unused;
	o.source = give_five;
	o.source_arg = &given;
	o.item_bytes = sizeof(int32_t);
	o.fn = free_own_map;
	o.arg = &r;
	pool = pool_with_reader(&r, &o);
	begin_to_read(&r);
	egt_eq(r.result, 1);
	egt_eq(r.error, -EXFULL);
	drop(r.imap, pool);
}

/* A place that has come for the source meanwhile is used. */
static void a_place_comes_as_it_asks(long unused)
{
	struct work w = { .count = 3 };
	eg_imap_options o = options_of(&w, false);
	struct reader r;
	eg_pool *pool = pool_with_reader(&r, &o);

	(void)unused;
	egt_eq(eg_event_set(&r.begin), 1);
	egt_eq(eg_pool_resize(pool, 2), 0);
	egt_eq(pool_stats(pool).waiting, 0);
	settle();
	egt_eq(r.result, 1);
	egt_eq(r.error, 0);
	egt_eq(r.value, 0);
	egt_eq(take(r.imap), 1);
	egt_eq(take(r.imap), 4);
	egt_eq(take(r.imap), END);
	drop(r.imap, pool);
}

/* A pile's call that is made by a fiber of the full pool, and ends it. */
struct adder {
	eg_pool *pool;
	eg_pile *pile;
	eg_fiber_fn *fn;
	int result;
	int next;
};

static void *leave(void *arg)
{
	eg_exit(arg);
	return NULL;
}

static void *leave_with_error(void *arg)
{
	eg_fail(-EIO, NULL);
	eg_exit(arg);
	return NULL;
}

static void *add_to_pile(void *arg)
{
	struct adder *a = arg;

	a->result = eg_pile_spawn(a->pile, a->fn, a, EG_FOREVER);
	return NULL;
}

static void exit_in_a_pile(long fails)
{
	struct adder a = { .result = 1 };
	void *value = NULL;
	int error = 1;

	a.pool = pool_make(1);
	a.fn = fails ? leave_with_error : leave;
	egt_eq(eg_pile_new(&a.pile, a.pool), 0);
	egt_eq(eg_pool_spawn(a.pool, add_to_pile, &a, EG_NOW), 0);
	settle();
	egt_eq(a.result, 1);
	egt_eq(pool_stats(a.pool).running, 0);
	egt_eq(eg_pile_next(a.pile, &value, &error, EG_NOW), 1);
	egt_ptr_eq(value, &a);
	egt_eq(error, fails ? -EIO : 0);
	egt_eq(eg_pile_next(a.pile, &value, &error, EG_NOW), 0);
	egt_eq(eg_pile_free(a.pile), 0);
	egt_eq(eg_pool_free(a.pool), 0);
}

static void *ask_own_pile(void *arg)
{
	struct adder *a = arg;
	int error;

	a->next = eg_pile_next(a->pile, NULL, &error, EG_FOREVER);
	return a;
}

static void *make_pile_and_ask(void *arg)
{
	struct adder *a = arg;
	void *value = NULL;
	int error = 1;

	egt_eq(eg_pile_new(&a->pile, a->pool), 0);
	egt_eq(eg_pile_spawn(a->pile, ask_own_pile, a, EG_FOREVER), 0);
	egt_eq(eg_pile_next(a->pile, &value, &error, EG_FOREVER), 1);
	egt_ptr_eq(value, a);
	egt_eq(error, 0);
	egt_eq(eg_pile_free(a->pile), 0);
	return NULL;
}

/* A call made in the caller's place cannot wait for itself. */
static void a_call_asks_for_itself(long unused)
{
	struct adder a = { .pool = pool_make(1) };

	(void)unused;
	egt_eq(eg_pool_spawn(a.pool, make_pile_and_ask, &a, EG_NOW), 0);
	egt_eq(eg_pool_wait(a.pool, EG_FOREVER), 0);
	egt_eq(a.next, -EDEADLK);
	egt_eq(eg_pool_free(a.pool), 0);
}

static const struct conform cases[] = {
	{ "PL-07", "readers in all places", readers_fill_the_pool, 1 },
	{ "PL-07", "readers in all places", readers_fill_the_pool, 2 },
	{ "PL-07", "readers in all places", readers_fill_the_pool, 7 },
	{ "PL-07", "more readers than places", readers_wait_for_places, 0 },
	{ "PL-07", "more readers than places", readers_wait_for_places,
	  EG_MSEC },
	{ "PL-07", "items that read maps", readers_are_nested, 1 },
	{ "PL-07", "items that read maps", readers_are_nested, 2 },
	{ "PL-07", "items that read maps", readers_are_nested, 5 },
	{ "PL-07", "a try runs nothing", a_try_runs_nothing, EG_NOW },
	{ "PL-07", "a try runs nothing", a_try_runs_nothing, 1 },
	{ "PL-07", "cancelled before", a_cancelled_reader_runs_nothing, 0 },
	{ "PL-07", "busy with an item", is_busy_while_it_runs_one, 0 },
	{ "PL-07", "cancelled at an item", a_cancel_reaches_the_item, 0 },
	{ "PL-07", "an item's error", an_error_is_the_items, 0 },
	{ "PL-07", "exit in an item", exit_ends_the_reader, false },
	{ "PL-07", "exit in an item", exit_ends_the_reader, true },
	{ "PL-07", "freed by its item", cannot_be_freed_by_its_item, 0 },
	{ "PL-07", "a place comes meanwhile", a_place_comes_as_it_asks, 0 },
	{ "PL-13", "exit in a call", exit_in_a_pile, false },
	{ "PL-13", "exit in a call", exit_in_a_pile, true },
	{ "PL-13", "a call asks for itself", a_call_asks_for_itself, 0 },
};
CONFORMANCE(pool_members_that_use_it, cases)
