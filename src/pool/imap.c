/* SPDX-License-Identifier: MIT */
/*
 * Maps under way: a source asked by a fiber of its own, a fiber of the pool for
 * each item, and results for who asks. Whole arrays are map.c's.
 */
#include "base/check.h"
#include "base/fault.h"
#include "core/cancel.h"
#include "pool/pool.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 1 << 20 };

/* What those are told who wait for something else. */
enum {
	DONE_BY_READER = 1, /* the source, in line for a place */
	LOOK_AGAIN = 2,	    /* the reader: the source stands in line */
};

/* An item and its result: free, being filled or done, or on its way out. */
struct cell {
	struct eg_fiber_end end;
	struct eg_list all;  /* of imap.cells */
	struct eg_list link; /* of imap.free, or .out */
	eg_imap *imap;
	struct eg_fiber *fiber; /* borrowed; NULL: not running */
	int error;
	bool is_done;
	alignas(max_align_t) char values[]; /* the item, then the result */
};

/*
 * The source fills a free cell, or waits for one; a fiber of the pool makes the
 * result; who asks gets it, and the cell is free again. In @out cells are in
 * the order in which they come: ordered ones from their beginning on, others
 * when they are done. Nobody waits for a result while one can be given.
 *
 * A fiber of the pool may ask, and hold the only place. So it makes the result
 * itself of what the source has @offered, if nothing is under way: what it
 * waits for is that, or comes after it.
 */
struct eg_imap {
	eg_pool *pool; /* borrowed, in use */
	eg_imap_options o;
	size_t result_at;     /* in cell.values */
	struct eg_list cells; /* owned: all of them */
	struct eg_list free;
	struct eg_list out;
	size_t made;	/* cells */
	size_t running; /* fibers at a cell */
	struct eg_fiber_end source_end;
	struct eg_fiber *source;       /* borrowed; NULL: it has ended */
	struct eg_waiter *source_wait; /* borrowed: the source, for a cell */
	struct eg_waiter *reader;      /* borrowed: who asks */
	struct eg_waiter *closer;      /* borrowed: who frees it */
	struct cell *offered; /* borrowed from the source, in line with it */
	int source_error;     /* to be given as the last one; 0: none */
	bool has_helper;      /* a reader that has yet to look, or does one */
};

/* Where a reader wants what it has asked for. */
struct wanted {
	eg_imap *imap;
	void *result;
	int *error;
};

static void unlink_reader(struct eg_waiter *w)
{
	struct wanted *wanted = w->value;

	wanted->imap->reader = NULL;
}

static void unlink_source(struct eg_waiter *w)
{
	eg_imap *im = w->value;

	im->source_wait = NULL;
}

static void unlink_closer(struct eg_waiter *w)
{
	eg_imap *im = w->value;

	im->closer = NULL;
}

static const struct eg_wait_kind reader_wait = {
	.what = "imap",
	.unlink = unlink_reader,
};
static const struct eg_wait_kind source_wait = {
	.what = "imap (look-ahead)",
	.unlink = unlink_source,
};
static const struct eg_wait_kind closer_wait = {
	.what = "imap (end)",
	.unlink = unlink_closer,
};

/* Giving */

static bool is_over(const eg_imap *im)
{
	return !im->source && !im->running && eg_list_is_empty(&im->out);
}

static struct cell *first_done(const eg_imap *im)
{
	struct eg_list *node = eg_list_first(&im->out);
	struct cell *c = node ? eg_list_entry(node, struct cell, link) : NULL;

	return c && c->is_done ? c : NULL;
}

static void give_cell(eg_imap *im, struct cell *c, const struct wanted *wanted)
{
	if (!c->error && wanted->result && im->o.result_bytes)
		memcpy(wanted->result, c->values + im->result_at,
		       im->o.result_bytes);
	*wanted->error = c->error;
	eg_list_remove(&c->link);
	eg_list_push_back(&im->free, &c->link);
	eg__pool_wake(im->source_wait, 0);
}

/* The next result: 1; 0 at the end; -EAGAIN if there is none yet. */
static int give(eg_imap *im, const struct wanted *wanted)
{
	struct cell *c = first_done(im);

	if (c) {
		give_cell(im, c, wanted);
		return 1;
	}
	if (!is_over(im))
		return -EAGAIN;
	if (!im->source_error)
		return 0;
	*wanted->error = im->source_error;
	im->source_error = 0;
	return 1;
}

/* After anything that may be what somebody waits for. */
static void serve(eg_imap *im)
{
	int r;

	if (im->reader) {
		r = give(im, im->reader->value);
		if (r >= 0)
			eg__pool_wake(im->reader, r);
	}
	if (!im->source && !im->running)
		eg__pool_wake(im->closer, 0);
}

/* An item, in a fiber of the pool */

static void *do_item(void *arg)
{
	struct cell *c = arg;
	const eg_imap_options *o = &c->imap->o;
	int r = o->fn(c->values + c->imap->result_at, c->values, o->arg);

	c->error = r < 0 ? r : 0;
	return NULL;
}

static void note_end(struct cell *c)
{
	eg_imap *im = c->imap;

	im->running--;
	c->fiber = NULL;
	c->is_done = true;
	if (im->o.flags & EG_IMAP_UNORDERED)
		eg_list_push_back(&im->out, &c->link);
}

static void item_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct cell *c = eg_container_of(end, struct cell, end);
	eg_imap *im = c->imap;

	eg__pool_leave(im->pool, f, true);
	f->flags |= EG_FIBER_ERROR_SEEN;
	note_end(c);
	serve(im);
}

static void note_beginning(struct cell *c)
{
	eg_imap *im = c->imap;

	c->error = -ECANCELED; /* until it has returned */
	c->is_done = false;
	im->running++;
	if (!(im->o.flags & EG_IMAP_UNORDERED))
		eg_list_push_back(&im->out, &c->link);
}

/* In a place that was taken. */
static int begin_item(eg_imap *im, struct cell *c, const void *caller)
{
	const struct eg__member m = {
		.fn = do_item,
		.arg = c,
		.end = &c->end,
		.caller = caller,
	};
	int r;

	c->end.fn = item_ended;
	r = eg__pool_spawn(im->pool, &m, &c->fiber);
	if (r == 0)
		note_beginning(c);
	return r;
}

/* Items, by a reader that is a fiber of the pool */

/* Nothing is under way, and what comes next has no place. */
static bool needs_help(const eg_imap *im)
{
	return im->offered && !im->running &&
	       eg_list_is_linked(&im->source->wait.link);
}

/* By eg_exit(3): the reader has ended, and the item with it. */
static void helper_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct cell *c = eg_container_of(end, struct cell, end);

	(void)f;
	c->imap->has_helper = false;
	note_end(c);
}

/* May switch. In the place of @self, the reader. */
static void do_offered(eg_imap *im, struct eg_fiber *self)
{
	struct cell *c = im->offered;

	im->offered = NULL;
	eg__pool_wake(&im->source->wait, DONE_BY_READER);
	c->fiber = self;
	c->end.fn = helper_ended;
	eg__fiber_at_end(self, &c->end);
	im->has_helper = true;
	note_beginning(c);
	eg__pool_call_here(self, do_item, c, NULL);
	note_end(c);
	im->has_helper = false;
	eg_list_remove(&c->end.link);
}

/* Tells the reader that waits for a result, if it is the one to make it. */
static void ask_for_help(eg_imap *im)
{
	if (!im->reader || im->running ||
	    !eg__pool_has(im->pool, eg__fiber_of(im->reader)))
		return;
	eg__pool_wake(im->reader, LOOK_AGAIN);
	im->has_helper = true;
}

/* The source, in a fiber of its own */

static struct cell *make_cell(eg_imap *im)
{
	size_t bytes = sizeof(struct cell) + im->result_at + im->o.result_bytes;
	struct cell *c = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(bytes);

	if (!c)
		return NULL;
	c->imap = im;
	c->fiber = NULL;
	c->link.next = NULL;
	eg_list_push_back(&im->cells, &c->all);
	im->made++;
	return c;
}

/* A cell off all lists but that of all. With one, memory is no excuse. */
static int take_cell(eg_imap *im, struct eg_fiber *self, struct cell **ret_cell)
{
	struct eg_list *node = eg_list_pop_front(&im->free);
	struct eg_waiter *w;
	int r;

	if (!node && im->made < im->o.ahead_max) {
		*ret_cell = make_cell(im);
		if (*ret_cell)
			return 0;
		if (!im->made)
			return -ENOMEM;
	}
	while (!node) {
		w = eg__waiter(self, &source_wait, im);
		w->value = im;
		im->source_wait = w;
		r = eg__park(self, EG_FOREVER);
		if (r < 0)
			return r;
		node = eg_list_pop_front(&im->free);
	}
	*ret_cell = eg_list_entry(node, struct cell, link);
	return 0;
}

/* A place for @c: 0; or DONE_BY_READER, without one. */
static int find_place(eg_imap *im, struct cell *c, struct eg_fiber *self)
{
	int r;

	if (eg__pool_try(im->pool))
		return 0;
	im->offered = c;
	ask_for_help(im);
	r = eg__pool_take(im->pool, self, EG_FOREVER);
	im->offered = NULL;
	return r;
}

/* Has the result of a filled cell made: 0. */
static int pass_on(eg_imap *im, struct cell *c, struct eg_fiber *self)
{
	int r = find_place(im, c, self);

	if (r == DONE_BY_READER)
		return 0;
	if (r < 0)
		return r;
	/* The place can have come after the end; so can the item. */
	r = im->closer ? -ECANCELED : begin_item(im, c, self->spawned_at);
	if (r < 0)
		eg__pool_give(im->pool);
	return r;
}

/* 1; 0 at the end; or why there are no more. */
static int ask_once(eg_imap *im, struct eg_fiber *self)
{
	struct cell *c;
	int r = take_cell(im, self, &c);

	if (r < 0)
		return r;
	r = im->o.source(c->values, im->o.source_arg);
	if (r > 0) {
		r = pass_on(im, c, self);
		if (r == 0)
			return 1;
	}
	eg_list_push_back(&im->free, &c->link);
	return r;
}

static void *ask(void *arg)
{
	eg_imap *im = arg;
	struct eg_fiber *self = im->source;
	int r;

	do
		r = ask_once(im, self);
	while (r > 0);
	im->source_error = r;
	return NULL;
}

static void source_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	eg_imap *im = eg_container_of(end, eg_imap, source_end);

	f->flags |= EG_FIBER_ERROR_SEEN;
	im->source = NULL;
	serve(im);
}

/* The map */

static bool are_options(const eg_imap_options *o)
{
	return o && o->size == sizeof(*o) && o->source && o->fn &&
	       o->item_bytes <= VALUE_MAX && o->result_bytes <= VALUE_MAX &&
	       !(o->flags & ~EG_IMAP_UNORDERED) && !o->reserved;
}

static size_t default_ahead(const eg_pool *pool)
{
	if (pool->size > EG_POOL_SIZE_DEFAULT)
		return EG_POOL_SIZE_DEFAULT;
	return pool->size ? (size_t)pool->size : 1;
}

int eg_pool_imap(eg_pool *pool, eg_imap **ret_imap,
		 const eg_imap_options *options)
{
	const size_t align = alignof(max_align_t);
	eg_imap *im;
	int r;

	if (!pool || !ret_imap || !are_options(options))
		return -EINVAL;
	if (pool->hub != eg__hub())
		return -EPERM;
	im = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*im));
	if (!im)
		return -ENOMEM;
	*im = (eg_imap){
		.pool = pool,
		.o = *options,
		.result_at = (options->item_bytes + align - 1) & ~(align - 1),
		.source_end.fn = source_ended,
		.source_error = -ECANCELED, /* until it has ended by itself */
	};
	if (!im->o.ahead_max)
		im->o.ahead_max = default_ahead(pool);
	eg_list_init(&im->cells);
	eg_list_init(&im->free);
	eg_list_init(&im->out);
	r = eg__spawn_at(&im->source, ask, im, NULL,
			 __builtin_return_address(0));
	if (r < 0) {
		free(im);
		return r;
	}
	eg__fiber_at_end(im->source, &im->source_end);
	eg__fiber_unref(im->source);
	pool->users++;
	*ret_imap = im;
	return 0;
}

/* The calls' common mistakes. */
static int check_caller(const eg_imap *im, const struct eg_fiber *self,
			const char *call)
{
	if (!im)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking(call);
	return im->pool->hub == self->hub ? 0 : -EPERM;
}

static bool is_in_use(const eg_imap *im)
{
	return im->reader || im->has_helper || im->closer;
}

/* There is no result yet. Once it has one, who waits does not look at the map
 * again: it may be gone. */
static int wait_for_result(eg_imap *im, struct wanted *wanted,
			   struct eg_fiber *self, int64_t deadline)
{
	im->reader = eg__waiter(self, &reader_wait, im);
	im->reader->value = wanted;
	return eg__park(self, deadline);
}

/* The same, for a fiber of the pool. */
static int wait_or_help(eg_imap *im, struct wanted *wanted,
			struct eg_fiber *self, int64_t deadline)
{
	int r;

	do {
		if (needs_help(im)) {
			r = eg__park_check(self, deadline);
			if (r < 0)
				return r;
			do_offered(im, self);
		} else {
			r = wait_for_result(im, wanted, self, deadline);
			if (r != LOOK_AGAIN)
				return r;
			im->has_helper = false;
		}
		r = give(im, wanted);
	} while (r < 0);
	return r;
}

int eg_imap_next(eg_imap *imap, void *ret_result, int *ret_error,
		 int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct wanted wanted = { imap, ret_result, ret_error };
	int r;

	if (!ret_error)
		return -EINVAL;
	r = check_caller(imap, self, "eg_imap_next");
	if (r < 0)
		return r;
	if (is_in_use(imap))
		return -EBUSY;
	r = give(imap, &wanted);
	if (r >= 0)
		return r;
	if (eg__pool_has(imap->pool, self))
		return wait_or_help(imap, &wanted, self, deadline);
	return wait_for_result(imap, &wanted, self, deadline);
}

static bool is_own(const eg_imap *im, const struct eg_fiber *f)
{
	if (f == im->source)
		return true;
	eg_list_for_each(node, &im->cells)
		if (eg_list_entry(node, struct cell, all)->fiber == f)
			return true;
	return false;
}

static void cancel_all(eg_imap *im)
{
	if (im->source)
		eg__cancel(im->source);
	eg_list_for_each(node, &im->cells) {
		struct cell *c = eg_list_entry(node, struct cell, all);

		if (c->fiber)
			eg__cancel(c->fiber);
	}
}

int eg_imap_free(eg_imap *imap)
{
	struct eg_fiber *self = eg__current();
	int r = check_caller(imap, self, "eg_imap_free");

	if (r < 0)
		return r;
	if (is_own(imap, self))
		return -EDEADLK;
	if (is_in_use(imap))
		return -EBUSY;
	cancel_all(imap);
	if (imap->source || imap->running) {
		imap->closer = eg__waiter(self, &closer_wait, imap);
		imap->closer->value = imap;
		r = eg__pool_park_shielded(self);
		if (r < 0)
			return r;
	}
	eg_list_for_each(node, &imap->cells)
		free(eg_list_entry(node, struct cell, all));
	imap->pool->users--;
	free(imap);
	return 0;
}
