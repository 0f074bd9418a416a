/* SPDX-License-Identifier: MIT */
/*
 * Piles: PL-13. Pools are in pool.c.
 */
#include "../behaviour/pool_kit.h"
#include "conformance.h"

enum { CALLS_MAX = 300 };

/* A call of a pile: it sleeps, and returns or fails. */
struct call {
	int64_t pause;
	int error;
};

static void *make_call(void *arg)
{
	const struct call *c = arg;

	if (c->pause && eg_sleep(c->pause) < 0)
		return eg_fail(-EINTR, arg);
	return c->error ? eg_fail(c->error, arg) : arg;
}

static eg_pile *pile_make(eg_pool *pool)
{
	eg_pile *pile;

	egt_eq(eg_pile_new(&pile, pool), 0);
	return pile;
}

/* What came of the next call must be of @c. */
static void take(eg_pile *pile, struct call *c)
{
	void *value = NULL;
	int error = 1;

	egt_eq(eg_pile_next(pile, &value, &error, EG_FOREVER), 1);
	egt_ptr_eq(value, c);
	egt_eq(error, c->error);
}

static void take_end(eg_pile *pile)
{
	int error = 1;

	egt_eq(eg_pile_next(pile, NULL, &error, EG_FOREVER), 0);
	egt_eq(error, 1);
}

static void gives_all_in_order(long count)
{
	static struct call c[CALLS_MAX];
	static const int sizes[] = { 1, 2, 50, EG_POOL_UNLIMITED };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		eg_pool *pool = pool_make(sizes[i]);
		eg_pile *pile = pile_make(pool);

		for (long j = 0; j < count; j++) {
			c[j] = (struct call){ j % 3 ? (count - j) * EG_USEC : 0,
					      j % 5 ? 0 : -1000 - (int)j };
			egt_eq(eg_pile_spawn(pile, make_call, &c[j],
					     EG_FOREVER),
			       0);
		}
		for (long j = 0; j < count; j++)
			take(pile, &c[j]);
		take_end(pile);
		take_end(pile);
		egt_eq(eg_pile_free(pile), 0);
		egt_eq(eg_pool_free(pool), 0);
	}
}

/* One of its own will do. */
static void pool_may_be_its_own(long count)
{
	static struct call c[CALLS_MAX];
	eg_pile *pile = pile_make(NULL);

	take_end(pile);
	for (int round = 0; round < 2; round++) {
		for (long j = 0; j < count; j++) {
			c[j] = (struct call){ 0, 0 };
			egt_eq(eg_pile_spawn(pile, make_call, &c[j], EG_NOW),
			       0);
		}
		for (long j = 0; j < count; j++)
			take(pile, &c[j]);
		take_end(pile);
	}
	egt_eq(eg_pile_free(pile), 0);
}

static void empty_one_ends(long deadline)
{
	eg_pile *pile = pile_make(NULL);
	int error;

	egt_eq(eg_pile_next(pile, NULL, &error, deadline), 0);
	egt_eq(eg_pile_free(pile), 0);
}

static void spawn_waits_for_a_place(long ms)
{
	struct gate g = { .inside = 0 };
	struct call c = { 0, 0 };
	eg_pool *pool = pool_make_filled(2, &g, 2);
	eg_pile *pile = pile_make(pool);
	int64_t start = eg_now();

	egt_eq(eg_pile_spawn(pile, make_call, &c, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_pile_spawn(pile, make_call, &c, start + ms * EG_MSEC),
	       -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	/* What was not spawned is not in it. */
	take_end(pile);
	egt_eq(eg_event_set(&g.open), 2);
	egt_eq(eg_pile_spawn(pile, make_call, &c, EG_FOREVER), 0);
	take(pile, &c);
	egt_eq(eg_pile_free(pile), 0);
	pool_drop(pool, &g);
}

static void trying_takes_what_has_ended(long unused)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(2);
	eg_pile *pile = pile_make(pool);
	void *value = NULL;
	int error = 1;

	(void)unused;
	egt_eq(eg_pile_spawn(pile, pass_gate, &g, EG_NOW), 0);
	egt_eq(eg_pile_next(pile, &value, &error, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_pile_next(pile, &value, &error, eg_after(EG_MSEC)),
	       -ETIMEDOUT);
	egt_ptr_eq(value, NULL);
	egt_eq(error, 1);
	egt_eq(eg_event_set(&g.open), 1);
	settle();
	egt_eq(eg_pile_next(pile, &value, &error, EG_NOW), 1);
	egt_ptr_eq(value, &g);
	egt_eq(error, 0);
	egt_eq(eg_pile_free(pile), 0);
	pool_drop(pool, &g);
}

struct thief {
	eg_pile *pile;
	int next, spawn;
	struct call call;
};

static void *use_it(void *arg)
{
	struct thief *t = arg;
	int error;

	t->next = eg_pile_next(t->pile, NULL, &error, EG_NOW);
	t->spawn = eg_pile_spawn(t->pile, make_call, &t->call, EG_FOREVER);
	return NULL;
}

static void is_for_its_maker(long unused)
{
	struct thief t = { .pile = pile_make(NULL) };
	struct call c = { 0, 0 };
	eg_fiber *f;

	(void)unused;
	egt_eq(eg_pile_spawn(t.pile, make_call, &c, EG_FOREVER), 0);
	settle();
	egt_eq(eg_spawn(&f, use_it, &t), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(t.next, -EPERM);
	/* Anybody may add to it. */
	egt_eq(t.spawn, 0);
	take(t.pile, &c);
	take(t.pile, &t.call);
	take_end(t.pile);
	egt_eq(eg_pile_free(t.pile), 0);
}

struct nested {
	eg_pool *pool;
	struct call calls[3];
	int depth;
};

static void *pile_up(void *arg)
{
	struct nested *n = arg;
	eg_pile *pile = pile_make(n->pool);

	for (int i = 0; i < 3; i++)
		egt_eq(eg_pile_spawn(pile, make_call, &n->calls[i], EG_FOREVER),
		       0);
	for (int i = 0; i < 3; i++)
		take(pile, &n->calls[i]);
	take_end(pile);
	egt_eq(eg_pile_free(pile), 0);
	return arg;
}

/* A fiber of a full pool makes the calls itself. */
static void member_makes_them_itself(long size)
{
	struct nested n = {
		.pool = pool_make((int)size),
		.calls = { { 0, 0 }, { EG_MSEC, -EIO }, { 0, 0 } },
	};
	void *value = NULL;

	egt_eq(eg_pool_apply(n.pool, pile_up, &n, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &n);
	egt_eq(eg_pool_free(n.pool), 0);
}

static void freed_before_the_end(long taken)
{
	struct gate g = { .inside = 0 };
	struct call c = { 0, -EIO };
	eg_pool *pool = pool_make(10);
	eg_pile *pile = pile_make(pool);

	for (int i = 0; i < 3; i++)
		egt_eq(eg_pile_spawn(pile, make_call, &c, EG_NOW), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_pile_spawn(pile, pass_gate, &g, EG_NOW), 0);
	settle();
	/* Not run yet. */
	for (int i = 0; i < 3; i++)
		egt_eq(eg_pile_spawn(pile, pass_gate, &g, EG_NOW), 0);
	for (long i = 0; i < taken; i++)
		take(pile, &c);
	egt_eq(eg_pool_free(pool), -EBUSY);
	egt_eq(eg_pile_free(pile), 0);
	egt_eq(g.cut, 3);
	egt_eq(g.entered, 3);
	egt_eq(pool_stats(pool).running, 0);
	pool_drop(pool, &g);
}

struct freer {
	eg_pile *pile;
	int result;
};

static void *free_it(void *arg)
{
	struct freer *f = arg;

	f->result = eg_pile_free(f->pile);
	return arg;
}

static void cannot_be_ended_by_its_calls(long unused)
{
	struct freer f = { pile_make(NULL), 1 };
	void *value = NULL;
	int error;

	(void)unused;
	egt_eq(eg_pile_spawn(f.pile, free_it, &f, EG_NOW), 0);
	egt_eq(eg_pile_next(f.pile, &value, &error, EG_FOREVER), 1);
	egt_ptr_eq(value, &f);
	egt_eq(f.result, -EDEADLK);
	egt_eq(eg_pile_free(f.pile), 0);
}

static void *wait_in_pile(void *arg)
{
	struct freer *f = arg;
	struct gate g = { .inside = 0 };
	int error;

	f->pile = pile_make(NULL);
	egt_eq(eg_pile_spawn(f->pile, pass_gate, &g, EG_NOW), 0);
	f->result = eg_pile_next(f->pile, NULL, &error, EG_FOREVER);
	egt_eq(eg_pile_free(f->pile), 0);
	return NULL;
}

static void not_freed_under_its_maker(long error)
{
	struct freer f = { NULL, 1 };
	eg_fiber *fiber;

	egt_eq(eg_spawn(&fiber, wait_in_pile, &f), 0);
	settle();
	egt_eq(eg_pile_free(f.pile), -EBUSY);
	egt_eq(eg_kill(fiber, (int)error, EG_NOW), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(f.result, error);
}

static void pool_cancelled_under_it(long runs_first)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(5);
	eg_pile *pile = pile_make(pool);
	int error;

	for (int i = 0; i < 5; i++)
		egt_eq(eg_pile_spawn(pile, pass_gate, &g, EG_NOW), 0);
	if (runs_first)
		settle();
	egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	for (int i = 0; i < 5; i++) {
		egt_eq(eg_pile_next(pile, NULL, &error, EG_NOW), 1);
		/* What ran has returned as it liked. */
		egt_eq(error, runs_first ? 0 : -ECANCELED);
	}
	take_end(pile);
	egt_eq(eg_pile_free(pile), 0);
	pool_drop(pool, &g);
}

static const struct conform cases[] = {
	{ "PL-13", "in the order of spawning", gives_all_in_order, 0 },
	{ "PL-13", "in the order of spawning", gives_all_in_order, 1 },
	{ "PL-13", "in the order of spawning", gives_all_in_order, 2 },
	{ "PL-13", "in the order of spawning", gives_all_in_order, CALLS_MAX },
	{ "PL-13", "a pool of its own", pool_may_be_its_own, 1 },
	{ "PL-13", "a pool of its own", pool_may_be_its_own, 200 },
	{ "PL-13", "empty: at its end", empty_one_ends, EG_NOW },
	{ "PL-13", "empty: at its end", empty_one_ends, LONG_MAX },
	{ "PL-13", "waits for a place", spawn_waits_for_a_place, 1 },
	{ "PL-13", "waits for a place", spawn_waits_for_a_place, 15 },
	{ "PL-13", "trying", trying_takes_what_has_ended, 0 },
	{ "PL-13", "not from another fiber", is_for_its_maker, 0 },
	{ "PL-08", "a member of a full pool", member_makes_them_itself, 1 },
	{ "PL-08", "a member of a full pool", member_makes_them_itself, 2 },
	{ "PL-08", "a member, and room", member_makes_them_itself, 9 },
	{ "PL-13", "freed before the end", freed_before_the_end, 0 },
	{ "PL-13", "freed before the end", freed_before_the_end, 3 },
	{ "PL-13", "freed by a call", cannot_be_ended_by_its_calls, 0 },
	{ "PL-13", "freed while its maker waits", not_freed_under_its_maker,
	  -ECANCELED },
	{ "PL-13", "freed while its maker waits", not_freed_under_its_maker,
	  -EIO },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 0 },
	{ "PL-02", "the pool is cancelled", pool_cancelled_under_it, 1 },
};
CONFORMANCE(pool_piles, cases)
