/* SPDX-License-Identifier: MIT */
/*
 * Waiting for many fibers: SP-15 and SP-16. For other things than fibers there
 * is eg_select(3).
 */
#include "conform_kit.h"

enum { MOST = 40 };

struct end {
	eg_event event;
	int error;
};

static void *end_so(void *arg)
{
	struct end *e = arg;

	if (eg_event_wait(&e->event, EG_FOREVER) < 0)
		return NULL;
	return e->error ? eg_fail(e->error, e) : e;
}

struct crowd {
	struct end e[MOST];
	eg_fiber *f[MOST], *ended[MOST];
	long n;
};

static struct crowd crowd;

static struct crowd *spawn_crowd(long n)
{
	crowd = (struct crowd){ .n = n };
	for (long i = 0; i < n; i++)
		egt_eq(eg_spawn(&crowd.f[i], end_so, &crowd.e[i]), 0);
	settle();
	return &crowd;
}

static void let_end(struct crowd *c, long i, int error)
{
	c->e[i].error = error;
	egt_le(0, eg_event_set(&c->e[i].event));
	egt_eq(eg_fiber_wait(c->f[i], EG_FOREVER), 0);
}

static void end_crowd(struct crowd *c)
{
	egt_eq(eg_kill_all(c->f, (size_t)c->n, -ECANCELED, EG_FOREVER), 0);
	for (long i = 0; i < c->n; i++) {
		eg_fiber_error(c->f[i], NULL);
		eg_unref(c->f[i]);
	}
}

static ssize_t join(struct crowd *c, size_t wanted, int64_t deadline,
		    uint32_t flags)
{
	return eg_join_all(c->f, (size_t)c->n, wanted, c->ended, deadline,
			   flags);
}

/* One in another fiber, which waits. */
struct joiner {
	struct crowd *crowd;
	size_t wanted;
	uint32_t flags;
};

static int join_in_fiber(void *arg, int64_t deadline)
{
	struct joiner *j = arg;

	return (int)join(j->crowd, j->wanted, deadline, j->flags);
}

static void returns_all(long n)
{
	struct crowd *c = spawn_crowd(n);
	struct joiner j = { .crowd = c };
	struct act a = { .trace = NULL };

	act_begin(&a, join_in_fiber, &j);
	for (long i = 0; i < n; i++) {
		egt_eq(a.result, ACT_WAITS);
		let_end(c, n - 1 - i, 0);
		settle();
	}
	egt_eq(act_end(&a), n);
	/* In the order of their ends. */
	for (long i = 0; i < n; i++)
		egt_ptr_eq(c->ended[i], c->f[n - 1 - i]);
	end_crowd(c);
}

/* All dead when asked: in the order of asking. */
static void returns_the_dead_at_once(long n)
{
	struct crowd *c = spawn_crowd(n);

	for (long i = n - 1; i >= 0; i--)
		let_end(c, i, 0);
	egt_eq(join(c, 0, EG_NOW, 0), n);
	egt_eq(join(c, 0, -1, 0), n);
	for (long i = 0; i < n; i++)
		egt_ptr_eq(c->ended[i], c->f[i]);
	end_crowd(c);
}

/* arg: how many of ten are wanted, 0 being all. */
static void returns_when_so_many_have_ended(long wanted)
{
	long want = wanted && wanted < 10 ? wanted : 10;
	struct crowd *c = spawn_crowd(10);
	struct joiner j = { c, (size_t)wanted, 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, join_in_fiber, &j);
	for (long i = 0; i < want; i++) {
		egt_eq(a.result, ACT_WAITS);
		let_end(c, i, 0);
		settle();
	}
	egt_eq(act_end(&a), want);
	end_crowd(c);
}

/* arg: how many of five end before the deadline. */
static void returns_who_has_ended_in_time(long in_time)
{
	struct crowd *c = spawn_crowd(5);
	int64_t start = eg_now();

	for (long i = 0; i < in_time; i++)
		let_end(c, i, 0);
	egt_eq(join(c, 0, start + EG_MSEC, 0), in_time);
	egt_took(start, in_time < 5 ? EG_MSEC : 0);
	end_crowd(c);
}

static void duplicates_are_as_one(long n)
{
	struct crowd *c = spawn_crowd(1);
	struct joiner j = { .crowd = c };
	struct act a = { .trace = NULL };

	for (long i = 1; i < n; i++)
		c->f[i] = c->f[0];
	c->n = n;
	act_begin(&a, join_in_fiber, &j);
	egt_eq(a.result, ACT_WAITS);
	let_end(c, 0, 0);
	egt_eq(act_end(&a), 1);
	egt_ptr_eq(c->ended[0], c->f[0]);
	egt_ptr_eq(c->ended[1], NULL);
	egt_eq(join(c, 0, EG_NOW, 0), 1);
	c->n = 1;
	end_crowd(c);
}

/* The @which-th of four to end fails. */
static void raises_the_first_failure(long which)
{
	struct crowd *c = spawn_crowd(4);
	struct joiner j = { c, 0, EG_JOIN_RAISE };
	struct act a = { .trace = NULL };

	act_begin(&a, join_in_fiber, &j);
	for (long i = 0; i <= which; i++) {
		egt_eq(a.result, ACT_WAITS);
		let_end(c, i, i == which ? -EIO : 0);
		settle();
	}
	egt_eq(act_end(&a), -EIO);
	egt_eq(join(c, 0, EG_NOW, EG_JOIN_RAISE), -EIO);
	/* Without raising it is one of those that have ended. */
	egt_eq(join(c, 0, EG_NOW, 0), which + 1);
	end_crowd(c);
}

static void cancelled_is_no_failure(long n)
{
	struct crowd *c = spawn_crowd(n);

	for (long i = 0; i < n; i++)
		let_end(c, i, -ECANCELED);
	egt_eq(join(c, 0, EG_FOREVER, EG_JOIN_RAISE), n);
	end_crowd(c);
}

static void enough_is_before_the_failure(long wanted)
{
	struct crowd *c = spawn_crowd(5);

	for (long i = 0; i < 5; i++)
		let_end(c, i, i == 3 ? -EIO : 0);
	egt_eq(join(c, (size_t)wanted, EG_FOREVER, EG_JOIN_RAISE),
	       wanted <= 3 ? wanted : -EIO);
	end_crowd(c);
}

static void foreign_timeout_passes(long ended)
{
	struct crowd *c = spawn_crowd(3);
	eg_timeout t;

	for (long i = 0; i < ended; i++)
		let_end(c, i, 0);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(join(c, 0, eg_after(1000 * EG_SEC), 0),
	       ended == 3 ? 3 : -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), ended == 3 ? 0 : -ETIMEDOUT);
	end_crowd(c);
}

static void killed_joiner_leaves_nothing(long n)
{
	struct crowd *c = spawn_crowd(n);
	struct joiner j = { .crowd = c };
	struct act a = { .trace = NULL };

	act_begin(&a, join_in_fiber, &j);
	egt_eq(act_kill(&a, -EPIPE), -EPIPE);
	end_crowd(c);
}

/* All are waited for, though one is wanted: the others end unheard. */
static void ends_after_the_return_are_nobodys(long n)
{
	struct crowd *c = spawn_crowd(n);
	struct joiner j = { c, 1, 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, join_in_fiber, &j);
	let_end(c, n - 1, 0);
	egt_eq(act_end(&a), 1);
	egt_ptr_eq(c->ended[0], c->f[n - 1]);
	for (long i = 0; i < n - 1; i++)
		let_end(c, i, 0);
	egt_ptr_eq(c->ended[1], NULL);
	end_crowd(c);
}

static const struct conform cases[] = {
	{ "SP-15", "none", returns_all, 0 },
	{ "SP-15", "one", returns_all, 1 },
	{ "SP-15", "in the order of their ends", returns_all, 2 },
	{ "SP-15", "in the order of their ends", returns_all, 16 },
	{ "SP-15", "in the order of their ends", returns_all, 17 },
	{ "SP-15", "in the order of their ends", returns_all, MOST },
	{ "SP-15", "a dead one", returns_the_dead_at_once, 1 },
	{ "SP-15", "all dead", returns_the_dead_at_once, 16 },
	{ "SP-15", "all dead", returns_the_dead_at_once, MOST },
	{ "SP-15", "all wanted", returns_when_so_many_have_ended, 0 },
	{ "SP-15", "one wanted", returns_when_so_many_have_ended, 1 },
	{ "SP-15", "nine wanted", returns_when_so_many_have_ended, 9 },
	{ "SP-15", "ten wanted", returns_when_so_many_have_ended, 10 },
	{ "SP-15", "more wanted than there are",
	  returns_when_so_many_have_ended, 11 },
	{ "SP-15", "none in time", returns_who_has_ended_in_time, 0 },
	{ "SP-15", "some in time", returns_who_has_ended_in_time, 3 },
	{ "SP-15", "all in time", returns_who_has_ended_in_time, 5 },
	{ "SP-15", "one twice", duplicates_are_as_one, 2 },
	{ "SP-15", "one often", duplicates_are_as_one, MOST },
	{ "SP-15", "the first fails", raises_the_first_failure, 0 },
	{ "SP-15", "the second fails", raises_the_first_failure, 1 },
	{ "SP-15", "the last fails", raises_the_first_failure, 3 },
	{ "SP-15", "cancelled is no failure", cancelled_is_no_failure, 1 },
	{ "SP-15", "cancelled is no failure", cancelled_is_no_failure, 20 },
	{ "SP-15", "enough before the failure", enough_is_before_the_failure,
	  3 },
	{ "SP-15", "not enough before the failure",
	  enough_is_before_the_failure, 4 },
	{ "SP-16", "a foreign timeout passes", foreign_timeout_passes, 0 },
	{ "SP-16", "a foreign timeout passes", foreign_timeout_passes, 2 },
	{ "SP-16", "a foreign timeout is too late", foreign_timeout_passes, 3 },
	{ "SP-16", "nothing stays linked", killed_joiner_leaves_nothing, 1 },
	{ "SP-16", "nothing stays linked", killed_joiner_leaves_nothing, MOST },
	{ "SP-16", "the others are let go", ends_after_the_return_are_nobodys,
	  2 },
	{ "SP-16", "the others are let go", ends_after_the_return_are_nobodys,
	  MOST },
};

CONFORMANCE(joining_all, cases)
