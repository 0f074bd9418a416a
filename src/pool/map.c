/* SPDX-License-Identifier: MIT */
/*
 * Mapping a function over an array: workers that each take the next item, in
 * place of a fiber for each (decision 0017). Sources of items are imap.c's.
 */
#include "base/check.h"
#include "base/fault.h"
#include "core/cancel.h"
#include "pool/pool.h"

#include <stdlib.h>

/*
 * Whoever is about to begin an item sees to it that somebody else is ready to
 * begin the next one, should it block: a worker between two items ("idle"), or
 * a new one if there is a place, or else the mapper, in line for a place. So
 * there are as many workers as items that block at a time, and one more.
 */
struct map {
	eg_pool *pool; /* borrowed */
	eg_map work;
	size_t next;		  /* the first item that was not begun */
	struct eg_list workers;	  /* of worker.link */
	size_t idle;		  /* workers that are not at an item */
	struct eg_waiter *mapper; /* borrowed; NULL: it is not waiting */
	const void *caller;
	int error; /* of item work.failed */
	bool is_stopped;
	bool is_members;  /* the mapper is a fiber of the pool */
	bool is_orphaned; /* the last worker frees it */
};

struct worker {
	struct eg_fiber_end end;
	struct eg_list link;
	struct map *map;	/* borrowed */
	struct eg_fiber *fiber; /* borrowed */
	size_t item;		/* that it is at, or NO_ITEM */
	bool has_run;
};

#define NO_ITEM SIZE_MAX

enum { WAKE_AGAIN = 1 }; /* what the mapper is told if it is not a place */

static void unlink_mapper(struct eg_waiter *w)
{
	struct map *m = w->value;

	m->mapper = NULL;
}

static const struct eg_wait_kind map_wait = {
	.what = "pool (map)",
	.unlink = unlink_mapper,
};

static inline bool is_all_begun(const struct map *m)
{
	return m->is_stopped || m->next == m->work.count;
}

static inline bool has_workers(const struct map *m)
{
	return !eg_list_is_empty(&m->workers);
}

static inline void note_failure(struct map *m, size_t item, int error)
{
	if (item >= m->work.failed)
		return;
	m->work.failed = item;
	m->error = error;
}

/* Takes the next item. A mapper in line wants no place after the last one. */
static inline size_t begin_item(struct map *m)
{
	size_t item = m->next++;

	if (eg_unlikely(is_all_begun(m)) && m->mapper &&
	    eg_list_is_linked(&m->mapper->link))
		eg_list_remove(&m->mapper->link);
	return item;
}

static inline void do_item(struct map *m, size_t item)
{
	const eg_map *w = &m->work;
	char *result = w->results;
	const char *from = w->items;
	int r;

	/* NULL stays so. */
	if (w->result_bytes)
		result += item * w->result_bytes;
	if (w->item_bytes)
		from += item * w->item_bytes;
	r = w->fn(result, from, w->arg);
	if (eg_unlikely(r < 0))
		note_failure(m, item, r);
}

/* In a place that was taken. */
static int add_worker(struct map *m);

/* 0, or why no worker could be spawned in a place that is free. */
static EG_NOINLINE int provide_slowly(struct map *m)
{
	int r;

	if (eg__pool_try(m->pool)) {
		r = add_worker(m);
		if (r < 0)
			eg__pool_give(m->pool);
		return r;
	}
	if (!m->mapper)
		return 0;
	if (m->is_members)
		eg__pool_wake(m->mapper, WAKE_AGAIN);
	else if (!eg_list_is_linked(&m->mapper->link))
		eg__queue_push(&m->pool->line, m->mapper);
	return 0;
}

static inline int provide(struct map *m)
{
	return m->idle || is_all_begun(m) ? 0 : provide_slowly(m);
}

/*
 * Whether a worker that gave its place back now would have got it again: it is
 * the mapper's turn, who goes to the end of the line then, or nobody's.
 */
static inline bool keep_place(struct map *m)
{
	struct eg_waiter *first = eg__queue_first(&m->pool->line);

	if (m->pool->taken > m->pool->size)
		return false;
	if (eg_likely(!first))
		return true;
	if (first != m->mapper)
		return false;
	eg_list_remove(&first->link);
	eg__queue_push(&m->pool->line, first);
	return true;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct map *m = w->map;
	struct eg_fiber *self = w->fiber;

	w->has_run = true;
	/* Each place is for an item at least. */
	do {
		if (is_all_begun(m) || self->flags & EG_FIBER_CANCELLED)
			break;
		w->item = begin_item(m);
		m->idle--;
		provide(m);
		do_item(m, w->item);
		w->item = NO_ITEM;
		m->idle++;
		eg_yield();
	} while (keep_place(m));
	return NULL;
}

/* Cancelled before it ran, a worker has failed at an item: as many as there are
 * can be cancelled by who cancels the pool. */
static void account_for_end(struct worker *w, const struct eg_fiber *f)
{
	struct map *m = w->map;

	if (w->item != NO_ITEM)
		note_failure(m, w->item, -ECANCELED);
	else
		m->idle--;
	if (!w->has_run && !is_all_begun(m))
		note_failure(m, begin_item(m), f->error);
}

/* To a successor: so that to who waits for the pool, it is not without fibers
 * in between. */
static bool pass_place_on(struct map *m)
{
	return !m->idle && !is_all_begun(m) && keep_place(m) &&
	       add_worker(m) == 0;
}

static void worker_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct worker *w = eg_container_of(end, struct worker, end);
	struct map *m = w->map;

	account_for_end(w, f);
	eg_list_remove(&w->link);
	free(w);
	eg__pool_leave(m->pool, f, !pass_place_on(m));
	f->flags |= EG_FIBER_ERROR_SEEN;
	provide(m);
	if (has_workers(m))
		return;
	if (m->is_orphaned)
		free(m);
	else
		eg__pool_wake(m->mapper, WAKE_AGAIN);
}

static int add_worker(struct map *m)
{
	struct worker *w;
	struct eg__member member = { .fn = work, .caller = m->caller };
	int r;

	w = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct worker){
		.end.fn = worker_ended,
		.map = m,
		.item = NO_ITEM,
	};
	member.arg = w;
	member.end = &w->end;
	r = eg__pool_spawn(m->pool, &member, &w->fiber);
	if (r < 0) {
		free(w);
		return r;
	}
	eg_list_push_back(&m->workers, &w->link);
	m->idle++;
	return 0;
}

static void expect(struct map *m, struct eg_fiber *self)
{
	struct eg_waiter *w = eg__waiter(self, &map_wait, m->pool);

	w->value = m;
	m->mapper = w;
}

/* Waits until there is something to do for the mapper. */
static int await(struct map *m, struct eg_fiber *self, int64_t deadline)
{
	int r;

	expect(m, self);
	provide(m);
	r = eg__park(self, deadline);
	if (r != 0)
		return r;
	/* Handed a place, which others may have done without meanwhile. */
	if (!is_all_begun(m))
		r = add_worker(m);
	else
		r = -ENOENT;
	if (r < 0)
		eg__pool_give(m->pool);
	return 0;
}

/* The mapper, whose place is one of the pool's, does an item itself. */
static int take_part(struct map *m, struct eg_fiber *self, int64_t deadline)
{
	int r = eg__park_check(self, deadline);

	if (r < 0)
		return r;
	do_item(m, begin_item(m));
	return eg_yield();
}

static int drive(struct map *m, struct eg_fiber *self, int64_t deadline)
{
	int r;

	do {
		r = provide(m);
		if (m->is_members && !m->idle && !is_all_begun(m))
			r = take_part(m, self, deadline);
		else if (has_workers(m) || (r == 0 && !is_all_begun(m)))
			r = await(m, self, deadline);
		if (r < 0)
			return r;
	} while (!is_all_begun(m) || has_workers(m));
	return 0;
}

/* Ends what was begun. Whether that succeeded, the list of workers tells. */
static void stop(struct map *m, struct eg_fiber *self, int reason)
{
	note_failure(m, m->next, reason);
	m->is_stopped = true;
	eg_list_for_each(node, &m->workers)
		eg__cancel(eg_list_entry(node, struct worker, link)->fiber);
	if (!has_workers(m))
		return;
	expect(m, self);
	eg__pool_park_shielded(self);
}

static bool is_array(const void *first, size_t bytes, size_t count)
{
	size_t all;

	if (!bytes || !count)
		return true;
	return first && !__builtin_mul_overflow(bytes, count, &all);
}

static bool is_map(const eg_map *map)
{
	return map && map->size == sizeof(*map) && map->fn &&
	       is_array(map->items, map->item_bytes, map->count) &&
	       is_array(map->results, map->result_bytes, map->count);
}

static int run(struct map *m, struct eg_fiber *self, int64_t deadline)
{
	int r;

	m->pool->users++;
	r = drive(m, self, deadline);
	if (r < 0)
		stop(m, self, r);
	m->pool->users--;
	return r < 0 ? r : m->error;
}

int eg_pool_map(eg_pool *pool, eg_map *map, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct map *m;
	int r;

	if (!pool || !is_map(map))
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_pool_map");
	if (pool->hub != self->hub)
		return -EPERM;
	map->failed = map->count;
	if (!map->count)
		return 0;
	r = eg__park_check(self, deadline);
	m = r < 0 || eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*m));
	if (!m) {
		map->failed = 0;
		return r < 0 ? r : -ENOMEM;
	}
	*m = (struct map){
		.pool = pool,
		.work = *map,
		.caller = __builtin_return_address(0),
		.is_members = eg__pool_has(pool, self),
	};
	eg_list_init(&m->workers);
	r = run(m, self, deadline);
	map->failed = m->work.failed;
	/* They do not end: then they are left to themselves. */
	m->is_orphaned = has_workers(m);
	if (!m->is_orphaned)
		free(m);
	return r;
}
