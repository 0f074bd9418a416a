/* SPDX-License-Identifier: MIT */
/*
 * A resource that is tied to a fiber cannot outlive it unnoticed, however the
 * fiber ends; one that was put back in time is forgotten (semantics PL-16).
 */
#include "resource_kit.h"

#include <stdio.h>
#include <string.h>

/* How a fiber ends. */
enum way { RETURNS, EXITS, IS_CANCELLED, ENDS };

struct holder {
	struct lender *lender;
	enum way way;
	uint32_t flags;
	bool is_put;	/* by itself, in time */
	bool is_pushed; /* by a cleanup */
	void *thing;
};

static void put_it(void *arg)
{
	struct holder *h = arg;

	lender_put(h->lender, h->thing);
}

static void *hold(void *arg)
{
	struct holder *h = arg;

	egt_eq(eg_resource_get(h->lender->pool, &h->thing, h->flags, EG_NOW),
	       0);
	if (h->is_pushed)
		egt_eq(eg_cleanup_push(put_it, h), 0);
	if (h->way == IS_CANCELLED)
		egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	if (h->is_put)
		put_it(h);
	if (h->way == EXITS)
		eg_exit(NULL);
	return NULL;
}

static void run_holder(struct holder *h)
{
	eg_fiber *fiber;

	egt_eq(eg_spawn(&fiber, hold, h), 0);
	egt_eq(eg_set_name(fiber, "forgetful"), 0);
	egt_eq(eg_yield(), 0);
	if (h->way == IS_CANCELLED)
		egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
}

static void begin(struct lender *l, size_t size)
{
	eg_resource_options o = lender_options(l);

	o.max_size = size;
	lender_begin(l, &o);
}

EG_TEST(resource_of_a_fiber_that_ended_is_reclaimed)
{
	for (enum way way = RETURNS; way < ENDS; way++) {
		struct lender l;
		struct holder h = { &l,	   way,	  EG_RESOURCE_TIED,
				    false, false, NULL };
		char want[64];

		egt_casef("way %d", way);
		begin(&l, 1);
		l.destroy.takes = EG_MSEC;
		run_holder(&h);
		lender_wait_destroyed(&l, 1);
		egt_eq(lender_info(&l).total, 0);
		egt_eq(lender_info(&l).reclaimed, 1);
		egt_str_has(l.log, "'forgetful' has ended");
		snprintf(want, sizeof(want), "resource %p", h.thing);
		egt_str_has(l.log, want);
		egt_str_has(l.log, "'things'");
		lender_end(&l);
	}
}

EG_TEST(resource_of_a_fiber_that_ended_makes_room)
{
	struct taker t[2] = { { .result = 0 } };
	struct lender l;
	struct holder h = { &l,	   IS_CANCELLED, EG_RESOURCE_TIED,
			    false, false,	 NULL };
	eg_fiber *fiber;

	begin(&l, 1);
	egt_eq(eg_spawn(&fiber, hold, &h), 0);
	egt_eq(eg_yield(), 0);
	taker_begin(&t[0], &l, EG_FOREVER);
	taker_begin(&t[1], &l, EG_FOREVER);
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(taker_end(&t[0]), 0);
	egt_true(t[0].thing != h.thing);
	egt_eq(l.create.calls, 2);
	lender_put(&l, t[0].thing);
	egt_eq(taker_end(&t[1]), 0);
	lender_put(&l, t[1].thing);
	egt_eq(l.destroy.calls, 1);
	lender_end(&l);
}

EG_TEST(resource_that_was_put_back_is_forgotten)
{
	for (enum way way = RETURNS; way < ENDS; way++) {
		for (int by_cleanup = 0; by_cleanup < 2; by_cleanup++) {
			struct lender l;
			struct holder h = {
				&l,	     way,	 EG_RESOURCE_TIED,
				!by_cleanup, by_cleanup, NULL
			};

			egt_casef("way %d, by a cleanup: %d", way, by_cleanup);
			begin(&l, 1);
			run_holder(&h);
			egt_str_eq(l.log, "");
			egt_eq(lender_info(&l).idle, 1);
			egt_eq(lender_info(&l).reclaimed, 0);
			lender_end(&l);
		}
	}
}

/* The pool may be gone before the fiber is. */
static void *use_many_pools(void *arg)
{
	struct lender *l = arg;
	void *thing;

	for (int i = 0; i < 3; i++) {
		begin(l, 1);
		for (int j = 0; j < 3; j++) {
			egt_eq(eg_resource_get(l->pool, &thing,
					       EG_RESOURCE_TIED, EG_NOW),
			       0);
			egt_eq(eg_resource_put(l->pool, thing), 0);
		}
		egt_str_eq(l->log, "");
		lender_end(l);
	}
	return NULL;
}

EG_TEST(resource_pool_ends_before_a_fiber_that_was_tied_to_it)
{
	eg_fiber *fiber;
	struct lender l;

	egt_eq(eg_spawn(&fiber, use_many_pools, &l), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	/* The main fiber's end comes after all. */
	use_many_pools(&l);
}

EG_TEST(resource_that_is_not_tied_is_handed_on)
{
	struct lender l;
	struct holder h = { &l, RETURNS, 0, false, false, NULL };

	begin(&l, 1);
	run_holder(&h);
	egt_str_eq(l.log, "");
	egt_eq(lender_info(&l).lent, 1);
	lender_put(&l, h.thing);
	lender_end(&l);
}

/* Tied to one, put back by another: the tie is off. */
EG_TEST(resource_may_be_put_back_by_another_fiber)
{
	struct lender l;
	struct holder h = { &l,	   IS_CANCELLED, EG_RESOURCE_TIED,
			    false, false,	 NULL };
	eg_fiber *fiber;

	begin(&l, 1);
	egt_eq(eg_spawn(&fiber, hold, &h), 0);
	egt_eq(eg_yield(), 0);
	lender_put(&l, h.thing);
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_str_eq(l.log, "");
	egt_eq(lender_info(&l).idle, 1);
	lender_end(&l);
}

/* The user's own stack of cleanups is as it was. */
EG_TEST(resource_tie_is_not_a_cleanup)
{
	struct lender l;
	void *thing;

	begin(&l, 1);
	egt_eq(eg_resource_get(l.pool, &thing, EG_RESOURCE_TIED, EG_NOW), 0);
	egt_eq(eg_cleanup_pop(true), -ENOENT);
	lender_put(&l, thing);
	lender_end(&l);
}

static void *free_own_pool(void *arg)
{
	struct lender *l = arg, other;
	void *thing, *others;

	begin(&other, 1);
	egt_eq(eg_resource_get(l->pool, &thing, EG_RESOURCE_TIED, EG_NOW), 0);
	egt_eq(eg_resource_get(other.pool, &others, EG_RESOURCE_TIED, EG_NOW),
	       0);
	egt_eq(eg_resource_pool_free(l->pool, EG_FOREVER), -EDEADLK);
	lender_put(&other, others);
	lender_end(&other);
	lender_put(l, thing);
	return l;
}

/* That nothing else runs has no part in it. */
EG_TEST(resource_pool_is_not_freed_by_who_is_tied_to_it)
{
	eg_fiber *fiber;
	struct lender l;

	begin(&l, 1);
	egt_eq(eg_spawn(&fiber, free_own_pool, &l), 0);
	egt_eq(eg_join(fiber, NULL, eg_after(EG_SEC)), 0);
	lender_end(&l);
}

/* What is reclaimed while the pool is being freed lets that end. */
EG_TEST(resource_pool_is_freed_when_its_holders_have_ended)
{
	struct lender l;
	struct holder h = { &l,	   IS_CANCELLED, EG_RESOURCE_TIED,
			    false, false,	 NULL };
	eg_fiber *fiber;

	begin(&l, 1);
	egt_eq(eg_spawn(&fiber, hold, &h), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(fiber), 0);
	l.destroy.takes = EG_MSEC;
	egt_eq(eg_resource_pool_free(l.pool, EG_FOREVER), 0);
	egt_eq(l.destroy.calls, 1);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
}

static eg_resource_pool *left_to_the_end;

static void *free_at_the_end(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_resource_pool_free(left_to_the_end, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
	left_to_the_end = NULL;
	return arg;
}

static int leave_all(void *arg)
{
	struct holder *h = arg;

	begin(h->lender, 2);
	left_to_the_end = h->lender->pool;
	egt_eq(eg_spawn(NULL, free_at_the_end, NULL), 0);
	egt_eq(eg_spawn(NULL, hold, h), 0);
	return eg_yield();
}

/* The hub closes, and spawns no fiber any more that could destroy things. */
EG_TEST_PLAIN(resource_is_reclaimed_when_the_hub_closes)
{
	struct lender l;
	struct holder h = { &l,	   IS_CANCELLED, EG_RESOURCE_TIED,
			    false, false,	 NULL };
	int status = 1;

	egt_eq(eg_run(leave_all, &h, NULL, &status), 0);
	egt_eq(status, 0);
	egt_ptr_eq(left_to_the_end, NULL);
	egt_eq(l.destroy.calls, 1);
	eg_set_log(NULL, NULL);
}
