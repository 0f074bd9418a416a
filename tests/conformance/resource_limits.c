/* SPDX-License-Identifier: MIT */
/*
 * Resource pools, as eventlet's pools of database connections (semantics
 * PL-16): age, health, rollback, and who makes the next one.
 */
#include "../behaviour/resource_kit.h"
#include "conformance.h"

enum { NEVER, IDLE, AGE };

/* Of @size, where what is limited is limited to a millisecond. */
static void begin_limited(struct lender *l, size_t size, int what, int order)
{
	eg_resource_options o = lender_options(l);

	o.max_size = size;
	o.order = order;
	if (what == IDLE)
		o.max_idle = EG_MSEC;
	if (what == AGE)
		o.max_age = EG_MSEC;
	lender_begin(l, &o);
}

static void check_elapsed(int64_t start, int64_t want)
{
	int64_t elapsed = eg_now() - start;

	egt_le(want, elapsed);
	if (egt_is_sim())
		egt_le(elapsed, want + EG_USEC);
}

static void destroys_in_time(long what)
{
	struct thing *thing;
	struct lender l;
	int64_t start;

	begin_limited(&l, 2, (int)what, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	start = eg_now();
	lender_put(&l, thing);
	egt_eq(l.destroy.calls, 0);
	lender_wait_destroyed(&l, 1);
	check_elapsed(start, EG_MSEC);
	egt_true(!thing->is_alive);
	egt_eq(lender_info(&l).total, 0);
	/* And another one after that. */
	egt_true(lender_get(&l) != thing);
	lender_put(&l, &l.things[1]);
	lender_end(&l);
}

static void destroys_all_in_time(long order)
{
	struct thing *things[4];
	struct lender l;
	int64_t start;

	begin_limited(&l, 4, IDLE, (int)order);
	for (int i = 0; i < 4; i++)
		things[i] = lender_get(&l);
	start = eg_now();
	for (int i = 0; i < 4; i++)
		lender_put(&l, things[i]);
	lender_wait_destroyed(&l, 4);
	check_elapsed(start, EG_MSEC);
	lender_end(&l);
}

/* Each in its own time. */
static void destroys_one_after_the_other(long order)
{
	struct thing *things[2];
	int64_t start;
	struct lender l;

	begin_limited(&l, 2, IDLE, (int)order);
	things[0] = lender_get(&l);
	things[1] = lender_get(&l);
	lender_put(&l, things[0]);
	egt_eq(eg_sleep(EG_MSEC / 2), 0);
	start = eg_now();
	lender_put(&l, things[1]);
	lender_wait_destroyed(&l, 1);
	egt_true(!things[0]->is_alive);
	if (egt_is_sim())
		egt_true(things[1]->is_alive);
	lender_wait_destroyed(&l, 2);
	check_elapsed(start, EG_MSEC);
	lender_end(&l);
}

static void *use_one(void *arg)
{
	lender_put(arg, lender_get(arg));
	return NULL;
}

/* Who comes in the very turn in which it is too old, before it is destroyed. */
static void is_not_lent_any_more(long what)
{
	int64_t due = eg_after(EG_MSEC);
	struct lender l;

	if (!egt_is_sim())
		return;
	begin_limited(&l, 2, (int)what, EG_RESOURCE_LIFO);
	egt_eq(eg_spawn(NULL, use_one, &l), 0);
	egt_eq(eg_sleep_until(due), 0);
	egt_eq(l.destroy.calls, 0);
	lender_put(&l, lender_get(&l));
	egt_eq(l.destroy.calls, 1);
	egt_eq(l.create.calls, 2);
	lender_end(&l);
}

/* Used all the time: the idle limit never comes, the age does. */
static void is_used_all_the_time(long what)
{
	int64_t start = eg_now();
	struct thing *thing;
	struct lender l;

	if (!egt_is_sim())
		return;
	begin_limited(&l, 1, (int)what, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	lender_put(&l, thing);
	for (int i = 0; i < 8; i++) {
		egt_eq(eg_sleep(EG_MSEC / 4), 0);
		thing = lender_get(&l);
		lender_put(&l, thing);
	}
	egt_eq(eg_now() - start, 2 * EG_MSEC);
	egt_eq(l.create.calls, what == AGE ? 3 : 1);
	lender_end(&l);
}

/* Too old when it is put back: destroyed, and not made ready before. */
static void is_too_old_when_put(long is_awaited)
{
	struct taker t = { .result = 0 };
	struct thing *thing;
	struct lender l;

	begin_limited(&l, 1, AGE, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	egt_eq(eg_sleep(EG_MSEC), 0);
	if (is_awaited)
		taker_begin(&t, &l, EG_FOREVER);
	lender_put(&l, thing);
	egt_eq(l.destroy.calls, 1);
	if (is_awaited) {
		egt_eq(taker_end(&t), 0);
		egt_true(t.thing != thing);
		lender_put(&l, t.thing);
	}
	lender_end(&l);
}

static void is_never_kept(long what)
{
	struct lender l;
	eg_resource_options o = lender_options(&l);

	if (what == IDLE)
		o.max_idle = 0;
	else
		o.max_age = 0;
	lender_begin(&l, &o);
	for (int i = 1; i <= 3; i++) {
		lender_put(&l, lender_get(&l));
		egt_eq(l.create.calls, i);
		egt_eq(l.destroy.calls, i);
	}
	lender_end(&l);
}

static void keeps_some(long min_idle)
{
	struct thing *things[4];
	struct lender l;
	eg_resource_options o = lender_options(&l);

	o.max_size = 4;
	o.max_idle = EG_MSEC;
	o.min_idle = (size_t)min_idle;
	lender_begin(&l, &o);
	for (int i = 0; i < 4; i++)
		things[i] = lender_get(&l);
	for (int i = 0; i < 4; i++)
		lender_put(&l, things[i]);
	lender_wait_destroyed(&l, 4 - (int)min_idle);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(l.destroy.calls, 4 - min_idle);
	for (long i = 0; i < min_idle; i++)
		things[i] = lender_get(&l);
	egt_eq(l.create.calls, 4);
	for (long i = 0; i < min_idle; i++)
		lender_put(&l, things[i]);
	lender_end(&l);
}

static void fills(long min_idle)
{
	struct lender l;
	eg_resource_options o = lender_options(&l);

	o.max_size = 4;
	o.min_idle = (size_t)min_idle;
	lender_begin(&l, &o);
	egt_eq(eg_resource_pool_fill(l.pool, EG_NOW), min_idle);
	egt_eq(l.create.calls, min_idle);
	egt_eq(eg_resource_pool_fill(l.pool, EG_NOW), 0);
	egt_eq(lender_info(&l).idle, min_idle);
	/* Not beyond the size. */
	if (min_idle == 4) {
		struct thing *thing = lender_get(&l);

		egt_eq(eg_resource_pool_fill(l.pool, EG_NOW), 0);
		lender_put(&l, thing);
	}
	lender_end(&l);
}

static void fills_until_it_fails(long takes)
{
	struct lender l;
	eg_resource_options o = lender_options(&l);

	o.max_size = 4;
	o.min_idle = 4;
	lender_begin(&l, &o);
	l.create.takes = takes;
	l.create.error = takes ? 0 : -EIO;
	egt_eq(eg_resource_pool_fill(l.pool, eg_after(5 * EG_MSEC)),
	       takes ? -ETIMEDOUT : -EIO);
	egt_eq(lender_info(&l).total, l.create.calls - 1);
	egt_eq(lender_info(&l).idle, l.create.calls - 1);
	egt_eq(eg_resource_pool_close(l.pool), 0);
	egt_eq(eg_resource_pool_fill(l.pool, EG_NOW), -ESHUTDOWN);
	lender_end(&l);
}

static void rolls_back(long uses)
{
	struct thing *thing;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	for (long i = 0; i < uses; i++) {
		thing = lender_get(&l);
		egt_eq(thing->uses, i);
		lender_put(&l, thing);
		egt_eq(l.reset.calls, i + 1);
	}
	lender_end(&l);
}

static void is_too_many_after_the_rollback(long size)
{
	struct lender l;
	eg_fiber *fiber;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	l.reset.takes = EG_MSEC;
	egt_eq(eg_spawn(&fiber, use_one, &l), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_resource_pool_resize(l.pool, (size_t)size), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(lender_info(&l).idle, size);
	egt_eq(l.destroy.calls, 1 - size);
	lender_end(&l);
}

static void cannot_roll_back(long is_awaited)
{
	struct taker t = { .result = 0 };
	struct thing *thing;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	if (is_awaited)
		taker_begin(&t, &l, EG_FOREVER);
	l.reset.error = -EPIPE;
	lender_put(&l, thing);
	egt_eq(l.destroy.calls, 1);
	egt_eq(lender_info(&l).total, is_awaited);
	if (is_awaited) {
		egt_eq(taker_end(&t), 0);
		egt_eq(l.create.calls, 2);
		lender_put(&l, t.thing);
	}
	lender_end(&l);
}

struct user {
	struct lender *lender;
	bool is_broken;
};

static void *use_and_be_cancelled(void *arg)
{
	struct user *u = arg;
	struct thing *thing = lender_get(u->lender);

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	if (u->is_broken)
		egt_eq(eg_resource_discard(u->lender->pool, thing), 0);
	else
		lender_put(u->lender, thing);
	/* And it is cancelled still. */
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	return NULL;
}

static void is_shielded(long is_broken)
{
	struct user u = { .is_broken = is_broken };
	eg_fiber *fiber;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	l.reset.takes = l.destroy.takes = EG_MSEC;
	l.reset.result = l.destroy.result = -EINVAL;
	u.lender = &l;
	egt_eq(eg_spawn(&fiber, use_and_be_cancelled, &u), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	egt_eq(is_broken ? l.destroy.result : l.reset.result, 0);
	egt_eq(lender_info(&l).idle, !is_broken);
	lender_end(&l);
}

static void is_found_bad(long bad)
{
	struct thing *things[3];
	struct lender l;

	begin_limited(&l, 3, NEVER, EG_RESOURCE_FIFO);
	for (int i = 0; i < 3; i++)
		things[i] = lender_get(&l);
	/* A new one is not looked at. */
	egt_eq(l.check.calls, 0);
	for (int i = 0; i < 3; i++)
		lender_put(&l, things[i]);
	for (int i = 0; i < 3; i++) {
		l.check.error = i < bad ? -EPIPE : 0;
		things[i] = lender_get(&l);
	}
	egt_eq(l.check.calls, 3);
	egt_eq(l.destroy.calls, bad);
	egt_eq(l.create.calls, 3 + bad);
	egt_eq(lender_info(&l).total, 3);
	l.check.error = 0;
	for (int i = 0; i < 3; i++)
		lender_put(&l, things[i]);
	lender_end(&l);
}

static void is_found_bad_after_a_hand_over(long error)
{
	struct taker t[2] = { { .result = 0 } };
	struct thing *thing;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	taker_begin(&t[0], &l, EG_FOREVER);
	taker_begin(&t[1], &l, EG_FOREVER);
	l.check.error = -EPIPE;
	l.create.error = (int)error;
	l.create.takes = EG_MSEC;
	lender_put(&l, thing);
	egt_eq(taker_end(&t[0]), error);
	l.check.error = l.create.error = 0;
	egt_eq(l.destroy.calls, 1);
	if (!error)
		lender_put(&l, t[0].thing);
	egt_eq(taker_end(&t[1]), 0);
	egt_eq(lender_info(&l).total, 1);
	lender_put(&l, t[1].thing);
	lender_end(&l);
}

static void looks_within_the_deadline(long is_late)
{
	struct taker t = { .result = 0 };
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	lender_put(&l, lender_get(&l));
	l.check.takes = is_late ? EG_SEC : EG_MSEC;
	l.create.takes = 1;
	taker_begin(&t, &l, eg_after(100 * EG_MSEC));
	egt_eq(taker_end(&t), is_late ? -ETIMEDOUT : 0);
	/* What was not found good is not lent. */
	egt_eq(l.destroy.calls, is_late);
	egt_eq(lender_info(&l).total, !is_late);
	if (!is_late)
		lender_put(&l, t.thing);
	lender_end(&l);
}

static void replaces_what_is_broken(long takers)
{
	struct taker t[4] = { { .result = 0 } };
	struct thing *thing;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	thing = lender_get(&l);
	for (long i = 0; i < takers; i++)
		taker_begin(&t[i], &l, EG_FOREVER);
	egt_eq(eg_resource_discard(l.pool, thing), 0);
	egt_eq(l.reset.calls, 0);
	for (long i = 0; i < takers; i++) {
		egt_eq(taker_end(&t[i]), 0);
		egt_eq(l.create.calls, i + 2);
		egt_eq(eg_resource_discard(l.pool, t[i].thing), 0);
	}
	egt_eq(lender_info(&l).total, 0);
	lender_end(&l);
}

static void *discard_one(void *arg)
{
	struct taker *t = arg;

	egt_eq(eg_resource_discard(t->lender->pool, t->thing), 0);
	return NULL;
}

/* There are never more than so many, not even for a moment. */
static void waits_until_it_is_destroyed(long is_deadline_short)
{
	struct taker t = { .result = 0 }, holder = { .result = 0 };
	eg_fiber *fiber;
	struct lender l;

	begin_limited(&l, 1, NEVER, EG_RESOURCE_LIFO);
	l.destroy.takes = 2 * EG_MSEC;
	holder.lender = &l;
	holder.thing = lender_get(&l);
	egt_eq(eg_spawn(&fiber, discard_one, &holder), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(l.destroy.calls, 1);
	taker_begin(&t, &l, is_deadline_short ? eg_after(EG_MSEC) : EG_FOREVER);
	egt_eq(taker_end(&t), is_deadline_short ? -ETIMEDOUT : 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	l.destroy.takes = 0;
	if (!is_deadline_short)
		lender_put(&l, t.thing);
	lender_end(&l);
}

/* clang-format off */
static const struct conform cases[] = {
	{ "PL-16", "one that lies too long is destroyed on time", destroys_in_time, IDLE },
	{ "PL-16", "one that is too old is destroyed on time", destroys_in_time, AGE },
	{ "PL-16", "all that lie too long are destroyed", destroys_all_in_time, EG_RESOURCE_LIFO },
	{ "PL-16", "all that lie too long are destroyed", destroys_all_in_time, EG_RESOURCE_FIFO },
	{ "PL-16", "each is destroyed in its own time", destroys_one_after_the_other, EG_RESOURCE_LIFO },
	{ "PL-16", "each is destroyed in its own time", destroys_one_after_the_other, EG_RESOURCE_FIFO },
	{ "PL-16", "one that has lain too long is not lent before it is destroyed", is_not_lent_any_more, IDLE },
	{ "PL-16", "one too old is not lent before it is destroyed", is_not_lent_any_more, AGE },
	{ "PL-16", "what is used does not lie too long", is_used_all_the_time, IDLE },
	{ "PL-16", "what is used grows old all the same", is_used_all_the_time, AGE },
	{ "PL-16", "one too old is destroyed when it is put back", is_too_old_when_put, false },
	{ "PL-16", "one too old is not handed over: the next one makes one", is_too_old_when_put, true },
	{ "PL-16", "a longest time unused of 0 keeps none", is_never_kept, IDLE },
	{ "PL-16", "a greatest age of 0 keeps none", is_never_kept, AGE },
	{ "PL-16", "so many are kept however long they lie", keeps_some, 0 },
	{ "PL-16", "so many are kept however long they lie", keeps_some, 1 },
	{ "PL-16", "so many are kept however long they lie", keeps_some, 3 },
	{ "PL-16", "so many are made ahead", fills, 0 },
	{ "PL-16", "so many are made ahead", fills, 2 },
	{ "PL-16", "so many are made ahead", fills, 4 },
	{ "PL-16", "making ahead fails with what create returns", fills_until_it_fails, 0 },
	{ "PL-16", "making ahead has a deadline", fills_until_it_fails, 2 * EG_MSEC },
	{ "PL-16", "put rolls back", rolls_back, 1 },
	{ "PL-16", "each put rolls back", rolls_back, 4 },
	{ "PL-16", "one too many when it is rolled back is dropped", is_too_many_after_the_rollback, 0 },
	{ "PL-16", "one that is rolled back is kept", is_too_many_after_the_rollback, 1 },
	{ "PL-16", "one that cannot be rolled back is destroyed", cannot_roll_back, false },
	{ "PL-16", "one that cannot be rolled back: the next one makes one", cannot_roll_back, true },
	{ "PL-16", "a rollback of a cancelled fiber is finished", is_shielded, false },
	{ "PL-16", "what a cancelled fiber discards is destroyed in peace", is_shielded, true },
	{ "PL-16", "one found bad is replaced", is_found_bad, 0 },
	{ "PL-16", "one found bad is replaced", is_found_bad, 1 },
	{ "PL-16", "each found bad is replaced", is_found_bad, 3 },
	{ "PL-16", "one found bad after a hand-over is replaced", is_found_bad_after_a_hand_over, 0 },
	{ "PL-16", "one found bad that cannot be replaced: the next one tries", is_found_bad_after_a_hand_over, -EIO },
	{ "PL-16", "the look has the deadline of get", looks_within_the_deadline, true },
	{ "PL-16", "the look may block before the deadline", looks_within_the_deadline, false },
	{ "PL-16", "who is woken for one that is broken makes one", replaces_what_is_broken, 0 },
	{ "PL-16", "who is woken for one that is broken makes one", replaces_what_is_broken, 1 },
	{ "PL-16", "who is woken for one that is broken makes one", replaces_what_is_broken, 4 },
	{ "PL-16", "a place is free when the old one is destroyed", waits_until_it_is_destroyed, false },
	{ "PL-16", "a place is not free before the old one is destroyed", waits_until_it_is_destroyed, true },
};
/* clang-format on */

CONFORMANCE(resource_limits, cases)
