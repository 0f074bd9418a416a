/* SPDX-License-Identifier: MIT */
/*
 * Resource pools, as eventlet's Pool and TokenPool (semantics PL-15): who gets
 * what is free, who makes another, who waits, and the end of a pool.
 */
#include "../behaviour/resource_kit.h"
#include "conformance.h"

static void begin_sized(struct lender *l, size_t max_size)
{
	eg_resource_options o = lender_options(l);

	o.max_size = max_size;
	lender_begin(l, &o);
}

static void makes_when_nothing_is_free(long size)
{
	struct thing *things[8];
	struct lender l;

	begin_sized(&l, (size_t)size);
	egt_eq(l.create.calls, 0);
	for (long i = 0; i < size; i++) {
		things[i] = lender_get(&l);
		egt_eq(l.create.calls, i + 1);
	}
	egt_eq(lender_try(&l), -ETIMEDOUT);
	egt_eq(l.create.calls, size);
	for (long i = 0; i < size; i++)
		lender_put(&l, things[i]);
	egt_eq(l.destroy.calls, 0);
	lender_end(&l);
	egt_eq(l.destroy.calls, size);
}

static void takes_a_free_one_first(long uses)
{
	struct lender l;

	begin_sized(&l, 4);
	for (long i = 0; i < uses; i++)
		lender_put(&l, lender_get(&l));
	egt_eq(l.create.calls, 1);
	lender_end(&l);
}

static void reuses_in_order(long order)
{
	struct thing *things[3];
	struct lender l;
	eg_resource_options o = lender_options(&l);

	o.max_size = 3;
	o.order = (int)order;
	lender_begin(&l, &o);
	for (int i = 0; i < 3; i++)
		things[i] = lender_get(&l);
	for (int i = 0; i < 3; i++)
		lender_put(&l, things[i]);
	for (int i = 0; i < 3; i++)
		egt_ptr_eq(lender_get(&l),
			   things[order == EG_RESOURCE_FIFO ? i : 2 - i]);
	for (int i = 0; i < 3; i++)
		lender_put(&l, things[i]);
	lender_end(&l);
}

static void passes_on_what_create_returns(long error)
{
	struct lender l;

	begin_sized(&l, 1);
	l.create.error = (int)error;
	for (int i = 0; i < 3; i++) {
		egt_eq(lender_try(&l), error);
		egt_eq(lender_info(&l).total, 0);
	}
	l.create.error = 0;
	egt_eq(lender_try(&l), 0);
	lender_end(&l);
}

/* Whose making takes time, and then ends as @error says. */
static void gives_its_place_to_the_next(long error)
{
	struct taker first = { .result = 0 }, second = { .result = 0 };
	struct lender l;

	begin_sized(&l, 1);
	l.create.takes = EG_MSEC;
	l.create.error = (int)error;
	taker_begin(&first, &l, EG_FOREVER);
	taker_begin(&second, &l, EG_FOREVER);
	egt_eq(lender_info(&l).waiting, 1);
	egt_eq(taker_end(&first), error);
	l.create.error = 0;
	egt_eq(taker_end(&second), 0);
	egt_eq(l.create.calls, 2);
	lender_put(&l, second.thing);
	lender_end(&l);
}

static void is_cancelled_while_making(long takers)
{
	struct taker t[4] = { { .result = 0 } };
	struct lender l;

	begin_sized(&l, 1);
	l.create.takes = EG_MSEC;
	for (long i = 0; i <= takers; i++)
		taker_begin(&t[i], &l, EG_FOREVER);
	for (long i = 0; i < takers; i++) {
		egt_eq(eg_cancel(t[i].fiber), 0);
		egt_eq(taker_end(&t[i]), -ECANCELED);
	}
	egt_eq(taker_end(&t[takers]), 0);
	egt_eq(lender_info(&l).total, 1);
	lender_put(&l, t[takers].thing);
	lender_end(&l);
}

static void makes_within_the_deadline(long is_late)
{
	struct taker first = { .result = 0 };
	struct lender l;

	begin_sized(&l, 1);
	l.create.takes = is_late ? EG_SEC : EG_MSEC;
	taker_begin(&first, &l, eg_after(100 * EG_MSEC));
	egt_eq(taker_end(&first), is_late ? -ETIMEDOUT : 0);
	egt_eq(lender_info(&l).total, !is_late);
	if (!is_late)
		lender_put(&l, first.thing);
	lender_end(&l);
}

static void hands_over_in_line(long takers)
{
	struct taker t[8] = { { .result = 0 } };
	struct thing *thing;
	struct lender l;

	begin_sized(&l, 1);
	thing = lender_get(&l);
	for (long i = 0; i < takers; i++)
		taker_begin(&t[i], &l, EG_FOREVER);
	egt_eq(lender_info(&l).waiting, takers);
	for (long i = 0; i < takers; i++) {
		lender_put(&l, thing);
		/* It is the first one's already. */
		egt_eq(lender_try(&l), -ETIMEDOUT);
		egt_eq(taker_end(&t[i]), 0);
		egt_ptr_eq(t[i].thing, thing);
	}
	lender_put(&l, thing);
	egt_eq(l.create.calls, 1);
	egt_eq(lender_info(&l).idle, 1);
	lender_end(&l);
}

enum way { CANCELLED, TIMED_OUT, CANCELLED_TOO_LATE };

static void loses_nothing_to_who_gives_up(long way)
{
	struct taker t[2] = { { .result = 0 } };
	struct thing *thing;
	struct lender l;

	begin_sized(&l, 1);
	thing = lender_get(&l);
	taker_begin(&t[0], &l,
		    way == TIMED_OUT ? eg_after(EG_MSEC) : EG_FOREVER);
	taker_begin(&t[1], &l, EG_FOREVER);
	if (way == CANCELLED)
		egt_eq(eg_cancel(t[0].fiber), 0);
	if (way == TIMED_OUT)
		egt_eq(taker_end(&t[0]), -ETIMEDOUT);
	lender_put(&l, thing);
	if (way == CANCELLED_TOO_LATE)
		egt_eq(eg_cancel(t[0].fiber), 0);
	if (way == CANCELLED)
		egt_eq(taker_end(&t[0]), -ECANCELED);
	if (way == CANCELLED_TOO_LATE) {
		egt_eq(taker_end(&t[0]), 0);
		lender_put(&l, t[0].thing);
	}
	egt_eq(taker_end(&t[1]), 0);
	egt_ptr_eq(t[1].thing, thing);
	lender_put(&l, thing);
	lender_end(&l);
}

static void keeps_what_nobody_waits_for(long way)
{
	struct taker t = { .result = 0 };
	struct thing *thing;
	struct lender l;

	begin_sized(&l, 1);
	thing = lender_get(&l);
	taker_begin(&t, &l, way == TIMED_OUT ? eg_after(EG_MSEC) : EG_FOREVER);
	if (way == CANCELLED)
		egt_eq(eg_cancel(t.fiber), 0);
	egt_eq(taker_end(&t), way == CANCELLED ? -ECANCELED : -ETIMEDOUT);
	egt_eq(lender_info(&l).waiting, 0);
	lender_put(&l, thing);
	egt_ptr_eq(lender_get(&l), thing);
	lender_put(&l, thing);
	lender_end(&l);
}

static void drops_what_is_too_many(long size)
{
	struct thing *things[3];
	struct lender l;

	begin_sized(&l, 3);
	for (int i = 0; i < 3; i++)
		things[i] = lender_get(&l);
	egt_eq(eg_resource_pool_resize(l.pool, (size_t)size), 0);
	egt_eq(l.destroy.calls, 0);
	for (int i = 0; i < 3; i++) {
		lender_put(&l, things[i]);
		egt_eq(l.destroy.calls, i + 1 < 3 - size ? i + 1 : 3 - size);
	}
	/* What is dropped is not made ready for somebody else before. */
	egt_eq(l.reset.calls, size);
	egt_eq(lender_info(&l).idle, size);
	lender_end(&l);
}

static void drops_free_ones_at_once(long size)
{
	struct thing *things[3];
	struct lender l;

	begin_sized(&l, 3);
	for (int i = 0; i < 3; i++)
		things[i] = lender_get(&l);
	for (int i = 0; i < 3; i++)
		lender_put(&l, things[i]);
	egt_eq(eg_resource_pool_resize(l.pool, (size_t)size), 0);
	egt_eq(lender_info(&l).idle, size);
	egt_eq(lender_info(&l).max_size, size);
	egt_eq(l.destroy.calls, 3 - size);
	lender_end(&l);
}

static void grows_for_those_in_line(long size)
{
	struct taker t[4] = { { .result = 0 } };
	struct lender l;

	begin_sized(&l, 0);
	for (int i = 0; i < 4; i++)
		taker_begin(&t[i], &l, EG_FOREVER);
	egt_eq(lender_info(&l).waiting, 4);
	egt_eq(eg_resource_pool_resize(l.pool, (size_t)size), 0);
	egt_eq(lender_info(&l).waiting, 4 - size);
	for (int i = 0; i < 4; i++) {
		if (i >= size)
			egt_eq(eg_cancel(t[i].fiber), 0);
		egt_eq(taker_end(&t[i]), i < size ? 0 : -ECANCELED);
	}
	egt_eq(l.create.calls, size);
	for (int i = 0; i < size; i++)
		lender_put(&l, t[i].thing);
	lender_end(&l);
}

static void has_nothing_of_size_none(long until)
{
	struct taker t = { .result = 0 };
	struct lender l;

	begin_sized(&l, 0);
	egt_eq(lender_try(&l), -ETIMEDOUT);
	taker_begin(&t, &l, eg_after(until));
	egt_eq(taker_end(&t), -ETIMEDOUT);
	egt_eq(l.create.calls, 0);
	lender_end(&l);
}

static void refuses_what_is_not_lent(long which)
{
	struct thing *thing, other;
	struct lender l;

	begin_sized(&l, 2);
	thing = lender_get(&l);
	lender_put(&l, thing);
	if (which == 0)
		egt_eq(eg_resource_put(l.pool, thing), -EINVAL);
	if (which == 1)
		egt_eq(eg_resource_discard(l.pool, thing), -EINVAL);
	if (which == 2)
		egt_eq(eg_resource_put(l.pool, &other), -EINVAL);
	if (which == 3)
		egt_eq(eg_resource_put(l.pool, NULL), -EINVAL);
	egt_eq(lender_info(&l).idle, 1);
	lender_end(&l);
}

static void lends_tokens(long size)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;
	void *tokens[8], *none = NULL;
	eg_resource_pool *pool;

	o.max_size = (size_t)size;
	egt_eq(eg_resource_pool_new(&pool, size == 4 ? NULL : &o), 0);
	for (long i = 0; i < size; i++) {
		egt_eq(eg_resource_get(pool, &tokens[i], 0, EG_NOW), 0);
		egt_true(tokens[i]);
		for (long j = 0; j < i; j++)
			egt_true(tokens[i] != tokens[j]);
	}
	egt_eq(eg_resource_get(pool, &none, 0, EG_NOW), -ETIMEDOUT);
	egt_ptr_eq(none, NULL);
	for (long i = 0; i < size; i++)
		egt_eq(eg_resource_put(pool, tokens[i]), 0);
	egt_eq(eg_resource_pool_free(pool, EG_NOW), 0);
}

static void closes_for_all(long waiting)
{
	struct taker t[4] = { { .result = 0 } };
	struct thing *lent, *idle;
	struct lender l;

	begin_sized(&l, 2);
	lent = lender_get(&l);
	idle = lender_get(&l);
	for (long i = 0; i < waiting; i++)
		taker_begin(&t[i], &l, EG_FOREVER);
	if (!waiting)
		lender_put(&l, idle);
	egt_eq(eg_resource_pool_close(l.pool), 0);
	egt_eq(eg_resource_pool_close(l.pool), 0);
	for (long i = 0; i < waiting; i++)
		egt_eq(taker_end(&t[i]), -ESHUTDOWN);
	egt_eq(lender_try(&l), -ESHUTDOWN);
	egt_eq(l.destroy.calls, !waiting);
	if (waiting)
		lender_put(&l, idle);
	lender_put(&l, lent);
	egt_eq(lender_info(&l).total, 0);
	egt_eq(l.create.calls, 2);
	lender_end(&l);
}

/* One who was given it before keeps it. */
static void closes_behind_a_hand_over(long is_good)
{
	struct taker t = { .result = 0 };
	struct thing *thing;
	struct lender l;

	begin_sized(&l, 1);
	thing = lender_get(&l);
	taker_begin(&t, &l, EG_FOREVER);
	egt_eq(is_good ? eg_resource_put(l.pool, thing)
		       : eg_resource_discard(l.pool, thing),
	       0);
	egt_eq(eg_resource_pool_close(l.pool), 0);
	egt_eq(taker_end(&t), is_good ? 0 : -ESHUTDOWN);
	if (is_good)
		lender_put(&l, t.thing);
	lender_end(&l);
}

static void *put_later(void *arg)
{
	struct taker *t = arg;

	egt_eq(eg_sleep(EG_MSEC), 0);
	lender_put(t->lender, t->thing);
	return NULL;
}

static void waits_for_what_is_lent(long order)
{
	eg_fiber *fiber;
	struct lender l;
	struct taker t = { .lender = &l };
	eg_resource_options o = lender_options(&l);

	o.order = (int)order;
	lender_begin(&l, &o);
	t.thing = lender_get(&l);
	egt_eq(eg_resource_pool_free(l.pool, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_resource_pool_free(l.pool, eg_after(EG_USEC)), -ETIMEDOUT);
	egt_eq(lender_try(&l), -ESHUTDOWN);
	egt_eq(eg_spawn(&fiber, put_later, &t), 0);
	egt_eq(eg_resource_pool_free(l.pool, EG_FOREVER), 0);
	egt_eq(l.destroy.calls, 1);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
}

static void *free_pool(void *arg)
{
	struct lender *l = arg;

	return (void *)(intptr_t)eg_resource_pool_free(l->pool, EG_FOREVER);
}

static void is_freed_by_one_alone(long is_cancelled)
{
	struct thing *thing;
	eg_fiber *fiber;
	struct lender l;
	void *result;

	begin_sized(&l, 1);
	thing = lender_get(&l);
	egt_eq(eg_spawn(&fiber, free_pool, &l), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_resource_pool_free(l.pool, EG_FOREVER), -EBUSY);
	if (is_cancelled)
		egt_eq(eg_cancel(fiber), 0);
	else
		lender_put(&l, thing);
	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, is_cancelled ? -ECANCELED : 0);
	if (is_cancelled) {
		lender_put(&l, thing);
		lender_end(&l);
	}
	eg_set_log(NULL, NULL);
}

static void counts(long lent)
{
	struct thing *things[8];
	eg_resource_info info;
	struct taker t = { .result = 0 };
	struct lender l;

	begin_sized(&l, (size_t)lent + 1);
	for (long i = 0; i <= lent; i++)
		things[i] = lender_get(&l);
	taker_begin(&t, &l, EG_FOREVER);
	info = lender_info(&l);
	egt_eq(info.waiting, 1);
	egt_eq(info.idle, 0);
	egt_eq(info.lent, lent + 1);
	egt_eq(eg_resource_discard(l.pool, things[lent]), 0);
	egt_eq(taker_end(&t), 0);
	lender_put(&l, t.thing);
	info = lender_info(&l);
	egt_eq(info.total, lent + 1);
	egt_eq(info.max_size, lent + 1);
	egt_eq(info.idle, 1);
	egt_eq(info.lent, lent);
	egt_eq(info.waiting, 0);
	egt_eq(info.created, lent + 2);
	egt_eq(info.destroyed, 1);
	egt_eq(info.reclaimed, 0);
	for (long i = 0; i < lent; i++)
		lender_put(&l, things[i]);
	lender_end(&l);
}

/* clang-format off */
static const struct conform cases[] = {
	{ "PL-15", "get makes one when none is free, up to the size", makes_when_nothing_is_free, 0 },
	{ "PL-15", "get makes one when none is free, up to the size", makes_when_nothing_is_free, 1 },
	{ "PL-15", "get makes one when none is free, up to the size", makes_when_nothing_is_free, 5 },
	{ "PL-15", "get takes a free one before it makes one", takes_a_free_one_first, 1 },
	{ "PL-15", "get takes a free one before it makes one", takes_a_free_one_first, 4 },
	{ "PL-15", "free ones are used last in, first out", reuses_in_order, EG_RESOURCE_LIFO },
	{ "PL-15", "free ones are used first in, first out", reuses_in_order, EG_RESOURCE_FIFO },
	{ "PL-15", "what create returns is passed on, and the size restored", passes_on_what_create_returns, -ECONNREFUSED },
	{ "PL-15", "what create returns is passed on, and the size restored", passes_on_what_create_returns, -ETIMEDOUT },
	{ "PL-15", "who failed to make one lets the next one try", gives_its_place_to_the_next, -EIO },
	{ "PL-15", "who failed to make one lets the next one try", gives_its_place_to_the_next, -ENOMEM },
	{ "PL-15", "cancelled while making: the next one makes it", is_cancelled_while_making, 1 },
	{ "PL-15", "cancelled while making: the next one makes it", is_cancelled_while_making, 3 },
	{ "PL-15", "create ends with the deadline of get", makes_within_the_deadline, true },
	{ "PL-15", "create may block before the deadline", makes_within_the_deadline, false },
	{ "PL-15", "put hands over to the first in line", hands_over_in_line, 1 },
	{ "PL-15", "put hands over to the first in line", hands_over_in_line, 5 },
	{ "PL-15", "cancelled in line: it goes to the next", loses_nothing_to_who_gives_up, CANCELLED },
	{ "PL-15", "timed out in line: it goes to the next", loses_nothing_to_who_gives_up, TIMED_OUT },
	{ "PL-15", "cancelled after the hand-over: it is kept", loses_nothing_to_who_gives_up, CANCELLED_TOO_LATE },
	{ "PL-15", "cancelled in line alone: it lies free", keeps_what_nobody_waits_for, CANCELLED },
	{ "PL-15", "timed out in line alone: it lies free", keeps_what_nobody_waits_for, TIMED_OUT },
	{ "PL-15", "put of one too many drops it", drops_what_is_too_many, 0 },
	{ "PL-15", "put of one too many drops it", drops_what_is_too_many, 2 },
	{ "PL-15", "put of as many as allowed keeps them", drops_what_is_too_many, 3 },
	{ "PL-15", "a smaller size drops free ones", drops_free_ones_at_once, 0 },
	{ "PL-15", "a smaller size drops free ones", drops_free_ones_at_once, 1 },
	{ "PL-15", "a larger size lets those in line make some", grows_for_those_in_line, 1 },
	{ "PL-15", "a larger size lets those in line make some", grows_for_those_in_line, 3 },
	{ "PL-15", "a larger size lets all in line make some", grows_for_those_in_line, 4 },
	{ "PL-15", "a size of none lends nothing", has_nothing_of_size_none, 0 },
	{ "PL-15", "a size of none lends nothing", has_nothing_of_size_none, EG_MSEC },
	{ "PL-15", "what was put back is not put again", refuses_what_is_not_lent, 0 },
	{ "PL-15", "what was put back is not discarded", refuses_what_is_not_lent, 1 },
	{ "PL-15", "a stranger is not put", refuses_what_is_not_lent, 2 },
	{ "PL-15", "nothing is not put", refuses_what_is_not_lent, 3 },
	{ "PL-15", "without create: tokens", lends_tokens, 1 },
	{ "PL-15", "without options: 4 tokens", lends_tokens, 4 },
	{ "PL-15", "without create: tokens", lends_tokens, 8 },
	{ "PL-15", "closing drops what is free", closes_for_all, 0 },
	{ "PL-15", "closing wakes who waits", closes_for_all, 1 },
	{ "PL-15", "closing wakes all who wait", closes_for_all, 4 },
	{ "PL-15", "closing leaves what was handed over", closes_behind_a_hand_over, true },
	{ "PL-15", "closing takes a place back in which nothing was made", closes_behind_a_hand_over, false },
	{ "PL-15", "free waits for what is lent", waits_for_what_is_lent, EG_RESOURCE_LIFO },
	{ "PL-15", "free waits for what is lent", waits_for_what_is_lent, EG_RESOURCE_FIFO },
	{ "PL-15", "only one frees a pool", is_freed_by_one_alone, false },
	{ "PL-15", "free that was cancelled leaves the pool closed", is_freed_by_one_alone, true },
	{ "PL-15", "free, lent and waiting are counted", counts, 0 },
	{ "PL-15", "free, lent and waiting are counted", counts, 4 },
};
/* clang-format on */

CONFORMANCE(resource_pools, cases)
