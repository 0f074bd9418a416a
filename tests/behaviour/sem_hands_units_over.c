/* SPDX-License-Identifier: MIT */
/*
 * Semaphores: first come, first served, no overtaking, no unit lost (semantics
 * LK-03, LK-05, LK-11). Cancelling is cancel_and_success_in_one_turn.c's.
 */
#include "fiber_trace.h"

#include <limits.h>

struct taker {
	eg_sem *sem;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *take(void *arg)
{
	struct taker *t = arg;

	t->result = eg_sem_wait(t->sem, t->deadline);
	return write_letter(&t->letter);
}

EG_TEST(sem_wait_keeps_its_deadline)
{
	static const struct {
		const char *name;
		int units;
		int64_t duration;
		int want;
		int64_t want_elapsed;
	} cases[] = {
		{ "unit free: no wait", 1, 5 * EG_MSEC, 0, 0 },
		{ "none: full deadline", 0, 5 * EG_MSEC, -ETIMEDOUT,
		  5 * EG_MSEC },
		{ "deadline past, none", 0, -EG_MSEC, -ETIMEDOUT, 0 },
		{ "deadline past, free", 1, -EG_MSEC, 0, 0 },
		{ "forever, free", 1, EG_FOREVER, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t start = eg_now();
		eg_sem sem;

		egt_case(cases[i].name);
		egt_eq(eg_sem_init(&sem, cases[i].units), 0);
		egt_eq(eg_sem_wait(&sem, eg_after(cases[i].duration)),
		       cases[i].want);
		egt_le(cases[i].want_elapsed, eg_now() - start);
		if (egt_is_sim())
			egt_eq(eg_now() - start, cases[i].want_elapsed);
		egt_eq(eg_sem_units(&sem), 0);
	}
}

EG_TEST(units_are_handed_over_in_order)
{
	struct trace t = { .len = 0 };
	struct taker takers[6];
	eg_sem sem = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(takers); i++) {
		takers[i] = (struct taker){
			&sem, { &t, (char)('a' + i) }, EG_FOREVER, 1
		};
		egt_eq(eg_spawn(NULL, take, &takers[i]), 0);
	}
	settle();
	egt_str_eq(t.text, "");
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_units(&sem), 0);
	settle();
	egt_str_eq(t.text, "ab");
	for (int i = 0; i < 5; i++)
		egt_eq(eg_sem_post(&sem), 0);
	settle();
	egt_str_eq(t.text, "abcdef");
	egt_eq(eg_sem_units(&sem), 1);
}

/* The unit is the waiter's from the post on, though it has not run yet. */
EG_TEST(nobody_overtakes_a_waiter)
{
	struct trace t = { .len = 0 };
	eg_sem sem = { 0 };
	struct taker taker = { &sem, { &t, 'w' }, EG_FOREVER, 1 };

	egt_eq(eg_spawn(NULL, take, &taker), 0);
	settle();
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_wait(&sem, EG_NOW), -ETIMEDOUT);
	settle();
	egt_eq(taker.result, 0);
}

EG_TEST(a_waiter_that_times_out_leaves_the_line)
{
	struct trace t = { .len = 0 };
	eg_sem sem = { 0 };
	struct taker takers[] = {
		{ &sem, { &t, 'a' }, eg_after(EG_MSEC), 1 },
		{ &sem, { &t, 'b' }, EG_FOREVER, 1 },
	};

	egt_eq(eg_spawn(NULL, take, &takers[0]), 0);
	egt_eq(eg_spawn(NULL, take, &takers[1]), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(takers[0].result, -ETIMEDOUT);
	egt_eq(eg_sem_post(&sem), 0);
	settle();
	egt_eq(takers[1].result, 0);
	egt_str_eq(t.text, "ab");
}

EG_TEST(a_semaphore_holds_at_most_int_max)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, INT_MAX - 1), 0);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_sem_post(&sem), -EOVERFLOW);
	egt_eq(eg_sem_units(&sem), INT_MAX);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_post(&sem), 0);
}

struct worker {
	eg_sem *sem;
	int *inside, *inside_max, *done;
};

static void *work(void *arg)
{
	const struct worker *w = arg;

	for (int i = 0; i < 10; i++) {
		egt_eq(eg_sem_wait(w->sem, EG_FOREVER), 0);
		if (++*w->inside > *w->inside_max)
			*w->inside_max = *w->inside;
		egt_eq(i % 3 ? eg_yield() : eg_sleep(EG_USEC), 0);
		--*w->inside;
		egt_eq(eg_sem_post(w->sem), 0);
	}
	++*w->done;
	return NULL;
}

EG_TEST(no_more_are_inside_than_there_are_units)
{
	int inside = 0, inside_max = 0, done = 0;
	eg_group group = { 0 };
	eg_sem sem;
	struct worker w = { &sem, &inside, &inside_max, &done };

	egt_eq(eg_sem_init(&sem, 3), 0);
	for (int i = 0; i < 100; i++)
		egt_eq(eg_group_spawn(&group, work, &w, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(inside_max, 3);
	egt_eq(done, 100);
	egt_eq(eg_sem_units(&sem), 3);
}
