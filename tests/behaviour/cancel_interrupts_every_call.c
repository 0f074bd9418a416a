/* SPDX-License-Identifier: MIT */
/*
 * Cancelling and killing a fiber that waits, on every call that can wait: the
 * call fails with the code given, the next one too, and whoever comes after
 * finds the object in order.
 */
#include "timeout_calls.h"

struct victim {
	const struct blocking_call *call;
	struct call_rig *rig;
	int64_t first, second;
};

static void *call_twice(void *arg)
{
	struct victim *v = arg;

	v->first = v->call->call(v->rig, EG_FOREVER);
	v->second = v->call->call(v->rig, EG_FOREVER);
	return NULL;
}

static void *call_once(void *arg)
{
	struct victim *v = arg;

	v->first = v->call->call(v->rig, EG_FOREVER);
	return NULL;
}

static void *wake_later(void *arg)
{
	struct victim *v = arg;

	egt_eq(eg_sleep(EG_MSEC), 0);
	v->call->wake(v->rig);
	return NULL;
}

/* The call still works: it waits, and is woken. */
static void check_in_order(struct victim *v)
{
	eg_fiber *f;

	if (!v->call->wake)
		return;
	egt_eq(eg_spawn(&f, wake_later, v), 0);
	egt_le(0, v->call->call(v->rig, EG_FOREVER));
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(every_call_ends_when_cancelled)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		struct victim v = { .call = c, .rig = &r };
		eg_fiber *f;

		call_rig_init(&r, c);
		egt_eq(eg_spawn(&f, call_twice, &v), 0);
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(v.first, -ECANCELED);
		egt_eq(v.second, -ECANCELED);
		check_in_order(&v);
		call_rig_done(&r);
	}
}

EG_TEST(every_call_fails_when_cancelled_before_it)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		struct victim v = { .call = c, .rig = &r };
		eg_fiber *f;

		call_rig_init(&r, c);
		egt_eq(eg_spawn(&f, call_twice, &v), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(v.first, -ECANCELED);
		egt_eq(v.second, -ECANCELED);
		check_in_order(&v);
		call_rig_done(&r);
	}
}

/* Some codes are a call's own: a killer's comes out all the same. */
EG_TEST(every_call_passes_a_foreign_error)
{
	static const int errors[] = { -EOWNERDEAD, -EIO, -EDEADLK, -4095 };

	FOR_EACH_BLOCKING_CALL(c)
	{
		for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
			struct call_rig r;
			struct victim v = { .call = c, .rig = &r };
			eg_fiber *f;

			call_rig_init(&r, c);
			egt_eq(eg_spawn(&f, call_twice, &v), 0);
			egt_eq(eg_sleep(EG_MSEC), 0);
			egt_eq(eg_kill(f, errors[i], EG_NOW), 0);
			egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
			egt_eq(v.first, errors[i]);
			egt_eq(v.second, errors[i]);
			check_in_order(&v);
			call_rig_done(&r);
		}
	}
}

/* Two stand in line; the first is killed, and one wake is the second's. */
EG_TEST(every_call_serves_the_next_in_line)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		struct victim v[2] = {
			{ .call = c, .rig = &r },
			{ .call = c, .rig = &r },
		};
		eg_fiber *f[2];

		if (!c->wake || c->flags & CALL_BY_ONE)
			continue;
		call_rig_init(&r, c);
		egt_eq(eg_spawn(&f[0], call_once, &v[0]), 0);
		egt_eq(eg_spawn(&f[1], call_once, &v[1]), 0);
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_eq(eg_cancel(f[0]), 0);
		c->wake(&r);
		egt_eq(eg_join(f[0], NULL, EG_FOREVER), 0);
		egt_eq(eg_join(f[1], NULL, EG_FOREVER), 0);
		egt_eq(v[0].first, -ECANCELED);
		egt_le(0, v[1].first);
		check_in_order(&v[1]);
		call_rig_done(&r);
	}
}

/* Cancelled and woken in one turn, in both orders: one result, no crash. */
EG_TEST(every_call_survives_a_wake_and_a_cancel_at_once)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		for (int order = 0; c->wake && order < 2; order++) {
			struct call_rig r;
			struct victim v = { .call = c, .rig = &r };
			eg_fiber *f;

			if (!order && c->flags & CALL_WANTS_A_WAITER)
				continue;
			call_rig_init(&r, c);
			egt_eq(eg_spawn(&f, call_twice, &v), 0);
			egt_eq(eg_sleep(EG_MSEC), 0);
			if (!order)
				egt_eq(eg_cancel(f), 0);
			c->wake(&r);
			if (order)
				egt_eq(eg_cancel(f), 0);
			egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
			egt_true(v.first >= 0 || v.first == -ECANCELED);
			call_rig_done(&r);
		}
	}
}

static void *call_shielded(void *arg)
{
	struct victim *v = arg;
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	v->first = v->call->call(v->rig, EG_FOREVER);
	egt_eq(eg_shield_end(&shield), 0);
	v->second = eg_sleep(EG_USEC);
	return NULL;
}

EG_TEST(every_call_goes_on_in_a_shield)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		struct victim v = { .call = c, .rig = &r };
		eg_fiber *f;

		if (!c->wake)
			continue;
		call_rig_init(&r, c);
		egt_eq(eg_spawn(&f, call_shielded, &v), 0);
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_sleep(EG_MSEC), 0);
		c->wake(&r);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_le(0, v.first);
		egt_eq(v.second, -ECANCELED);
		call_rig_done(&r);
	}
}
