/* SPDX-License-Identifier: MIT */
/*
 * What semaphores have of their own: counts, looks and bounds (LK-01, LK-02,
 * LK-04, LK-06, LK-09, LK-12). What all locks have in common is in locks.c.
 */
#include "conform_kit.h"

#include <limits.h>

static int take(void *sem, int64_t deadline)
{
	return eg_sem_wait(sem, deadline);
}

static int look(void *sem, int64_t deadline)
{
	return eg_sem_peek(sem, deadline);
}

static int post_wait(void *sem, int64_t deadline)
{
	return eg_sem_post_wait(sem, deadline);
}

static void negative_count_is_refused(long units)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, (int)units), -EINVAL);
	egt_eq(eg_sem_init_bounded(&sem, (int)units, 1), -EINVAL);
}

static void holds_what_it_started_with(long units)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, (int)units), 0);
	egt_eq(eg_sem_units(&sem), units);
	for (long i = units; i > 0; i--) {
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_units(&sem), i - 1);
	}
	egt_eq(eg_sem_wait(&sem, EG_NOW), -ETIMEDOUT);
}

static void all_zero_is_one_without_units(long posts)
{
	eg_sem sem = { 0 };

	egt_eq(eg_sem_units(&sem), 0);
	for (long i = 0; i < posts; i++)
		egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_units(&sem), posts);
}

/* Fewer units than waiters, as many, and more. */
static void each_post_is_one_waiters(long posts)
{
	enum { WAITERS = 4 };
	struct trace t = { .len = 0 };
	struct act a[WAITERS];
	long woken = posts < WAITERS ? posts : WAITERS;
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 0), 0);
	act_begin_all(a, WAITERS, take, &sem, &t);
	for (long i = 0; i < posts; i++)
		egt_eq(eg_sem_post(&sem), 0);
	egt_eq(t.len, 0);
	egt_eq(eg_sem_units(&sem), posts - woken);
	for (long i = 0; i < WAITERS; i++)
		egt_eq(i < woken ? act_end(&a[i]) : act_cancel(&a[i]),
		       i < woken ? 0 : -ECANCELED);
	egt_in_order(&t, (int)woken);
}

static void look_takes_nothing(long looks)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 1), 0);
	for (long i = 0; i < looks; i++)
		egt_eq(eg_sem_peek(&sem, EG_NOW), 0);
	egt_eq(eg_sem_units(&sem), 1);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_peek(&sem, EG_NOW), -ETIMEDOUT);
}

/* All who look, and the first who takes. */
static void one_unit_is_shown_to_all_who_look(long looks)
{
	struct act a[8], last = { .trace = NULL };
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 0), 0);
	act_begin_all(a, (int)looks, look, &sem, NULL);
	act_begin(&last, take, &sem);
	egt_eq(eg_sem_post(&sem), 0);
	for (long i = 0; i < looks; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(act_end(&last), 0);
	egt_eq(eg_sem_units(&sem), 0);
}

/* The unit goes to who came first, and is not free for those behind. */
static void look_behind_a_taker_sees_the_next_unit(long deadline)
{
	struct act taker = { .trace = NULL }, looker = { .trace = NULL };
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 0), 0);
	act_begin(&taker, take, &sem);
	act_begin_until(&looker, look, &sem, eg_after(deadline));
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(act_end(&taker), 0);
	egt_eq(looker.result, ACT_WAITS);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(act_end(&looker), 0);
	egt_eq(eg_sem_units(&sem), 1);
}

static void look_that_gives_up(long error)
{
	struct act a[2];
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 0), 0);
	act_begin_all(a, 2, look, &sem, NULL);
	egt_eq(act_kill(&a[0], (int)error), error);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(act_end(&a[1]), 0);
	egt_eq(eg_sem_units(&sem), 1);
}

static void post_above_the_bound(long max)
{
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, (int)max - 1, (int)max), 0);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_post(&sem), -EOVERFLOW);
	egt_eq(eg_sem_units(&sem), max);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_post(&sem), 0);
}

static void post_above_all_bounds(long posts)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, INT_MAX), 0);
	while (posts--)
		egt_eq(eg_sem_post(&sem), -EOVERFLOW);
	egt_eq(eg_sem_units(&sem), INT_MAX);
}

static void bound_that_makes_no_sense(long max)
{
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, 0, (int)max), -EINVAL);
	egt_eq(eg_sem_init_bounded(&sem, 2, 1), -EINVAL);
}

/* The poster's unit is in from when the place is free. */
static void full_one_makes_posters_wait(long posters)
{
	struct trace t = { .len = 0 };
	struct act a[8];
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, 2, 2), 0);
	act_begin_all(a, (int)posters, post_wait, &sem, &t);
	for (long i = 0; i < posters; i++) {
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_units(&sem), 2);
	}
	for (long i = 0; i < posters; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, (int)posters);
}

static void poster_that_gives_up(long error)
{
	struct act a[2];
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, 1, 1), 0);
	act_begin_all(a, 2, post_wait, &sem, NULL);
	egt_eq(act_kill(&a[0], (int)error), error);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(act_end(&a[1]), 0);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_wait(&sem, EG_NOW), -ETIMEDOUT);
}

static void poster_finds_no_room_in_time(long deadline)
{
	struct act a = { .trace = NULL };
	int64_t start = eg_now();
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, 1, 1), 0);
	act_begin_until(&a, post_wait, &sem, start + deadline);
	egt_eq(act_end(&a), -ETIMEDOUT);
	egt_took(start, deadline);
	egt_eq(eg_sem_units(&sem), 1);
	egt_eq(eg_sem_post_wait(&sem, EG_NOW), -ETIMEDOUT);
}

static void count_is_never_negative(long waiters)
{
	struct act a[8];
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 0), 0);
	act_begin_all(a, (int)waiters, take, &sem, NULL);
	egt_eq(eg_sem_units(&sem), 0);
	for (long i = 0; i < waiters; i++)
		egt_eq(act_cancel(&a[i]), -ECANCELED);
	egt_eq(eg_sem_units(&sem), 0);
}

static const struct conform semaphore_cases[] = {
	{ "LK-01", "a negative count is refused", negative_count_is_refused,
	  -1 },
	{ "LK-01", "a negative count is refused", negative_count_is_refused,
	  INT_MIN },
	{ "LK-01", "holds what it started with", holds_what_it_started_with,
	  0 },
	{ "LK-01", "holds what it started with", holds_what_it_started_with,
	  1 },
	{ "LK-01", "holds what it started with", holds_what_it_started_with,
	  100 },
	{ "LK-01", "all zero has no unit", all_zero_is_one_without_units, 0 },
	{ "LK-01", "all zero has no unit", all_zero_is_one_without_units, 3 },
	{ "LK-02", "each post is one waiter's", each_post_is_one_waiters, 0 },
	{ "LK-02", "each post is one waiter's", each_post_is_one_waiters, 1 },
	{ "LK-02", "each post is one waiter's", each_post_is_one_waiters, 4 },
	{ "LK-02", "more posts than waiters", each_post_is_one_waiters, 6 },
	{ "LK-04", "a look takes nothing", look_takes_nothing, 1 },
	{ "LK-04", "a look takes nothing", look_takes_nothing, 3 },
	{ "LK-04", "one unit is shown to all who look",
	  one_unit_is_shown_to_all_who_look, 1 },
	{ "LK-04", "one unit is shown to all who look",
	  one_unit_is_shown_to_all_who_look, 5 },
	{ "LK-04", "behind a taker the next unit is seen",
	  look_behind_a_taker_sees_the_next_unit, 10 * EG_SEC },
	{ "LK-04", "who looks and is cancelled has left the line",
	  look_that_gives_up, -ECANCELED },
	{ "LK-04", "who looks and is killed has left the line",
	  look_that_gives_up, -EIO },
	{ "LK-06", "a post above the bound is refused", post_above_the_bound,
	  1 },
	{ "LK-06", "a post above the bound is refused", post_above_the_bound,
	  2 },
	{ "LK-06", "a post above the bound is refused", post_above_the_bound,
	  INT_MAX },
	{ "LK-06", "a post above all bounds is refused", post_above_all_bounds,
	  2 },
	{ "LK-06", "no bound, and a count above it, are refused",
	  bound_that_makes_no_sense, 0 },
	{ "LK-06", "a negative bound is refused", bound_that_makes_no_sense,
	  -1 },
	{ "LK-12", "a poster waits for room, first come, first served",
	  full_one_makes_posters_wait, 1 },
	{ "LK-12", "posters wait for room, first come, first served",
	  full_one_makes_posters_wait, 5 },
	{ "LK-12", "a poster that is cancelled has posted nothing",
	  poster_that_gives_up, -ECANCELED },
	{ "LK-12", "a poster that is killed has posted nothing",
	  poster_that_gives_up, -EPIPE },
	{ "LK-12", "no room in time", poster_finds_no_room_in_time, EG_MSEC },
	{ "LK-12", "no room in time", poster_finds_no_room_in_time,
	  3 * EG_MSEC },
	{ "LK-12", "a count is never negative", count_is_never_negative, 1 },
	{ "LK-12", "a count is never negative", count_is_never_negative, 8 },
};
CONFORMANCE(semaphores_count_units, semaphore_cases)
