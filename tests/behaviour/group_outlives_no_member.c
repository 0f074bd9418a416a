/* SPDX-License-Identifier: MIT */
/*
 * Groups: waiting for all, cancelling all, and that no member outlives
 * eg_group_done() (semantics SP-14).
 */
#include "fiber_trace.h"

#include <string.h>

static void *sleep_and_count(void *arg)
{
	egt_eq(eg_sleep(EG_MSEC), 0);
	++*(int *)arg;
	return NULL;
}

EG_TEST(wait_returns_when_the_last_has_ended)
{
	eg_group group = { 0 };
	int count = 0;

	egt_eq(eg_group_init(&group), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(eg_group_wait(&group, EG_NOW), 0);
	for (int i = 0; i < 100; i++)
		egt_eq(eg_group_spawn(&group, sleep_and_count, &count, NULL),
		       0);
	egt_eq(eg_group_count(&group), 100);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(count, 100);
	egt_eq(eg_group_count(&group), 0);
	/* And again. */
	egt_eq(eg_group_spawn(&group, sleep_and_count, &count, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(count, 101);
}

struct spawner {
	eg_group *group;
	int depth;
	int *count;
};

static void *spawn_two_more(void *arg)
{
	struct spawner *s = arg;
	struct spawner below[2] = { { s->group, s->depth - 1, s->count },
				    { s->group, s->depth - 1, s->count } };

	++*s->count;
	if (!s->depth)
		return NULL;
	for (int i = 0; i < 2; i++)
		egt_eq(eg_group_spawn(s->group, spawn_two_more, &below[i],
				      NULL),
		       0);
	/* Our children read what lies here. */
	egt_eq(eg_sleep(s->depth * EG_MSEC), 0);
	return NULL;
}

EG_TEST(wait_counts_who_is_spawned_meanwhile)
{
	eg_group group = { 0 };
	int count = 0;
	struct spawner s = { &group, 6, &count };

	egt_eq(eg_group_spawn(&group, spawn_two_more, &s, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(count, (1 << 7) - 1);
}

struct member {
	struct trace *trace;
	int result;
};

static void *wait_for_the_end(void *arg)
{
	struct member *m = arg;

	m->result = eg_sleep(EG_FOREVER);
	trace_add(m->trace, 'm');
	return NULL;
}

EG_TEST(cancel_reaches_every_member)
{
	struct trace t = { .len = 0 };
	struct member m[5];
	eg_group group = { 0 };

	egt_eq(eg_group_cancel(&group), 0);
	for (int i = 0; i < 5; i++) {
		m[i] = (struct member){ &t, 1 };
		egt_eq(eg_group_spawn(&group, wait_for_the_end, &m[i], NULL),
		       0);
		/* The last two never run. */
		if (i == 2)
			settle();
	}
	egt_eq(eg_group_cancel(&group), 0);
	egt_eq(eg_group_cancel(&group), 0);
	egt_str_eq(t.text, "");
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_str_eq(t.text, "mmm");
	for (int i = 0; i < 5; i++)
		egt_eq(m[i].result, i < 3 ? -ECANCELED : 1);
}

static void *end_slowly(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(5 * EG_MSEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	++*(int *)arg;
	return NULL;
}

static void *scope(void *arg)
{
	eg_group group = { 0 };

	for (int i = 0; i < 3; i++)
		egt_eq(eg_group_spawn(&group, end_slowly, arg, NULL), 0);
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_group_count(&group), 0);
	egt_eq(*(int *)arg, 3);
	return NULL;
}

EG_TEST(done_waits_though_the_caller_is_cancelled)
{
	eg_fiber *f;
	int ended = 0;

	egt_eq(eg_spawn(&f, scope, &ended), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(ended, 3);
}

EG_TEST(done_waits_though_a_timeout_is_over)
{
	eg_group group = { 0 };
	eg_timeout timeout;
	int ended = 0;

	egt_eq(eg_group_spawn(&group, end_slowly, &ended, NULL), 0);
	settle();
	egt_eq(eg_timeout_begin(&timeout, EG_NOW), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(ended, 1);
	egt_eq(eg_timeout_end(&timeout), -ETIMEDOUT);
	/* Of an empty group too. */
	egt_eq(eg_group_done(&group), 0);
}

static void *nest(void *arg)
{
	eg_group inner = { 0 };

	for (int i = 0; i < 3; i++)
		egt_eq(eg_group_spawn(&inner, end_slowly, arg, NULL), 0);
	egt_eq(eg_group_wait(&inner, EG_FOREVER), -ECANCELED);
	egt_eq(eg_group_done(&inner), 0);
	return NULL;
}

EG_TEST(groups_nest)
{
	eg_group outer = { 0 };
	int ended = 0;

	for (int i = 0; i < 3; i++)
		egt_eq(eg_group_spawn(&outer, nest, &ended, NULL), 0);
	settle();
	egt_eq(eg_group_done(&outer), 0);
	egt_eq(ended, 9);
}

struct insider {
	eg_group *group;
	int wait, done, busy;
};

static void *wait_for_myself(void *arg)
{
	struct insider *i = arg;

	i->wait = eg_group_wait(i->group, EG_FOREVER);
	i->done = eg_group_done(i->group);
	return NULL;
}

EG_TEST(a_member_cannot_wait_for_its_own_group)
{
	eg_group group = { 0 };
	struct insider i = { .group = &group };

	egt_eq(eg_group_spawn(&group, wait_for_myself, &i, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(i.wait, -EDEADLK);
	egt_eq(i.done, -EDEADLK);
	/* It is not ending: who comes runs. */
	egt_eq(eg_group_spawn(&group, sleep_and_count, &i.busy, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(i.busy, 1);
}

static void *wait_too(void *arg)
{
	struct insider *i = arg;

	i->wait = eg_group_wait(i->group, EG_FOREVER);
	return NULL;
}

EG_TEST(any_number_of_fibers_may_wait)
{
	enum { WAITERS = 5 };
	eg_group group = { 0 };
	struct insider i[WAITERS];
	eg_fiber *f[WAITERS];
	int count = 0;

	egt_eq(eg_group_spawn(&group, sleep_and_count, &count, NULL), 0);
	for (int k = 0; k < WAITERS; k++) {
		i[k] = (struct insider){ .group = &group, .wait = 1 };
		egt_eq(eg_spawn(&f[k], wait_too, &i[k]), 0);
	}
	settle();
	egt_eq(eg_cancel(f[2]), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	/* Who was woken looks at it no more. */
	memset(&group, 0x5a, sizeof(group));
	for (int k = 0; k < WAITERS; k++) {
		egt_eq(eg_join(f[k], NULL, EG_FOREVER), 0);
		egt_eq(i[k].wait, k == 2 ? -ECANCELED : 0);
	}
	egt_eq(count, 1);
}

EG_TEST(a_waiter_that_gave_up_has_left_the_line)
{
	eg_group group = { 0 };
	struct insider i = { .group = &group, .wait = 1 };
	eg_fiber *f;
	int count = 0;

	egt_eq(eg_group_spawn(&group, sleep_and_count, &count, NULL), 0);
	egt_eq(eg_spawn(&f, wait_too, &i), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(i.wait, -ECANCELED);
	egt_eq(count, 1);
}

static void *exit_at_once(void *arg)
{
	eg_exit(arg);
	return NULL;
}

EG_TEST(members_that_exit_are_counted_out)
{
	eg_group group = { 0 };

	for (int i = 0; i < 10; i++)
		egt_eq(eg_group_spawn(&group, exit_at_once, NULL, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(eg_group_count(&group), 0);
}

/* One that is cancelled spawns two more, which would never end by themselves;
 * none of them runs. */
static void *spawn_as_it_ends(void *arg)
{
	struct spawner *s = arg;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	++*s->count;
	for (int i = 0; i < 2; i++)
		egt_eq(eg_group_spawn(s->group, spawn_as_it_ends, s, NULL), 0);
	return NULL;
}

EG_TEST(done_cancels_who_is_added_meanwhile)
{
	eg_group group = { 0 };
	int count = 0;
	struct spawner s = { &group, 0, &count };
	struct member late = { .result = 1 };
	struct trace t = { .len = 0 };

	for (int i = 0; i < 3; i++)
		egt_eq(eg_group_spawn(&group, spawn_as_it_ends, &s, NULL), 0);
	settle();
	egt_eq(eg_group_done(&group), 0);
	egt_eq(count, 3);
	egt_eq(eg_group_count(&group), 0);
	/* It has ended: the next ones run. */
	late.trace = &t;
	egt_eq(eg_group_spawn(&group, wait_for_the_end, &late, NULL), 0);
	settle();
	egt_eq(eg_group_done(&group), 0);
	egt_eq(late.result, -ECANCELED);
}
