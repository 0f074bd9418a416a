/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a pool, and for what runs in one: rows for
 * timeout_calls.h. Tests no behaviour itself.
 */
#include "timeout_calls.h"

#include <stdlib.h>

struct rig_pool {
	eg_pool *pool;
	eg_imap *imap;
	eg_pile *pile;
	eg_fiber *maker; /* of the pile */
	bool has_job;	 /* the pile of the maker */
	eg_sem leave;	 /* a unit for each who may end */
};

static struct rig_pool *pool_of(struct call_rig *r)
{
	return r->own;
}

static void *occupy(void *arg)
{
	struct rig_pool *p = arg;

	eg_sem_wait(&p->leave, EG_FOREVER);
	return NULL;
}

/* Being cancelled is no reason to leave. */
static void *insist(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	occupy(arg);
	egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static void set_up(struct call_rig *r, int size, eg_fiber_fn *occupant)
{
	struct rig_pool *p = calloc(1, sizeof(*p));

	r->own = p;
	egt_true(p);
	egt_eq(eg_pool_new(&p->pool, size), 0);
	if (occupant)
		egt_eq(eg_pool_spawn(p->pool, occupant, p, EG_NOW), 0);
	egt_eq(eg_yield(), 0);
}

static void set_up_room(struct call_rig *r)
{
	set_up(r, 2, NULL);
}

static void set_up_full(struct call_rig *r)
{
	set_up(r, 1, occupy);
}

static void set_up_insisting(struct call_rig *r)
{
	set_up(r, 1, insist);
}

static void let_one_leave(struct call_rig *r)
{
	egt_eq(eg_sem_post(&pool_of(r)->leave), 0);
}

static void tear_down(struct call_rig *r)
{
	struct rig_pool *p = pool_of(r);

	for (int i = 0; i < 4; i++)
		egt_eq(eg_sem_post(&p->leave), 0);
	if (p->imap)
		egt_eq(eg_imap_free(p->imap), 0);
	if (p->pile)
		egt_eq(eg_pile_free(p->pile), 0);
	egt_eq(eg_pool_free(p->pool), 0);
	free(p);
}

static int64_t call_spawn(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);

	/* In the hub, EG_NOW would try. */
	return eg_pool_spawn(p->pool, occupy, p,
			     eg_self() ? deadline : EG_FOREVER);
}

static int64_t call_apply(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);

	return eg_pool_apply(p->pool, occupy, p, NULL, deadline);
}

/* Somebody has to be there again for the next one. */
static int64_t call_wait(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);
	int result = eg_pool_wait(p->pool, deadline);

	if (result == 0)
		egt_eq(eg_pool_spawn(p->pool, occupy, p, EG_NOW), 0);
	return result;
}

static int64_t call_cancel(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);
	int result = eg_pool_cancel(p->pool, deadline);

	if (result == 0) {
		egt_eq(eg_pool_spawn(p->pool, insist, p, EG_NOW), 0);
		egt_eq(eg_yield(), 0);
	}
	return result;
}

static int map_occupying(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	occupy(arg);
	return 0;
}

static int64_t call_map(struct call_rig *r, int64_t deadline)
{
	eg_map map = EG_MAP_INIT;

	map.fn = map_occupying;
	map.arg = pool_of(r);
	map.count = 1;
	return eg_pool_map(pool_of(r)->pool, &map, deadline);
}

static int do_nothing(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	return 0;
}

static int next_when_let(void *item, void *arg)
{
	struct rig_pool *p = arg;
	int r = eg_sem_wait(&p->leave, EG_FOREVER);

	(void)item;
	return r < 0 ? r : 1;
}

static void set_up_imap(struct call_rig *r)
{
	eg_imap_options options = EG_IMAP_INIT;

	set_up_room(r);
	options.source = next_when_let;
	options.source_arg = pool_of(r);
	options.fn = do_nothing;
	egt_eq(eg_pool_imap(pool_of(r)->pool, &pool_of(r)->imap, &options), 0);
	egt_eq(eg_yield(), 0);
}

static int64_t call_imap(struct call_rig *r, int64_t deadline)
{
	int error = 0, result;

	result = eg_imap_next(pool_of(r)->imap, NULL, &error, deadline);
	egt_eq(error, 0);
	return result;
}

static void set_up_full_pile(struct call_rig *r)
{
	set_up_full(r);
	egt_eq(eg_pile_new(&pool_of(r)->pile, pool_of(r)->pool), 0);
}

static int64_t call_pile_spawn(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);

	return eg_pile_spawn(p->pile, occupy, p, deadline);
}

static void set_up_pile(struct call_rig *r)
{
	struct rig_pool *p;

	set_up_room(r);
	p = pool_of(r);
	p->maker = eg_self();
	egt_eq(eg_pile_new(&p->pile, p->pool), 0);
}

/* The pile's own fiber, or in the hub. */
static int64_t take_from_pile(struct rig_pool *p, int64_t deadline)
{
	int error = 0, result;

	if (eg_self() && !p->has_job)
		egt_eq(eg_pile_spawn(p->pile, occupy, p, EG_NOW), 0);
	p->has_job = true;
	result = eg_pile_next(p->pile, NULL, &error, deadline);
	if (result > 0)
		p->has_job = false;
	return result;
}

/* A pile is for who made it: any other caller has its own. */
static int64_t call_pile_next(struct call_rig *r, int64_t deadline)
{
	struct rig_pool *p = pool_of(r);
	eg_fiber *self = eg_self();
	int error = 0, result;
	eg_pile *pile;

	if (!self || self == p->maker)
		return take_from_pile(p, deadline);
	egt_eq(eg_pile_new(&pile, p->pool), 0);
	egt_eq(eg_pile_spawn(pile, occupy, p, EG_NOW), 0);
	result = eg_pile_next(pile, NULL, &error, deadline);
	egt_eq(eg_pile_free(pile), 0);
	return result;
}

static const struct blocking_call rows[] = {
	{ "pool_spawn", set_up_full, call_spawn, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER },
	{ "pool_apply", set_up_room, call_apply, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER | CALL_BY_ONE },
	{ "pool_wait", set_up_full, call_wait, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER | CALL_BY_ONE },
	{ "pool_cancel", set_up_insisting, call_cancel, let_one_leave,
	  tear_down, CALL_WANTS_A_WAITER | CALL_BY_ONE },
	{ "pool_map", set_up_room, call_map, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER | CALL_BY_ONE },
	{ "imap_next", set_up_imap, call_imap, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER | CALL_BY_ONE },
	{ "pile_spawn", set_up_full_pile, call_pile_spawn, let_one_leave,
	  tear_down, CALL_WANTS_A_WAITER },
	{ "pile_next", set_up_pile, call_pile_next, let_one_leave, tear_down,
	  CALL_WANTS_A_WAITER | CALL_BY_ONE },
};
BLOCKING_CALLS(rows)
