/* SPDX-License-Identifier: MIT */
/*
 * Barriers: so many wait for each other, one of them is told that it opened,
 * and who gives up has not come (semantics EV-11, LK-05).
 */
#include "fiber_trace.h"

#include <string.h>

enum { COMERS_MAX = 8 };

struct comer {
	eg_barrier *barrier;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *come(void *arg)
{
	struct comer *c = arg;

	c->result = eg_barrier_wait(c->barrier, c->deadline);
	return write_letter(&c->letter);
}

static eg_fiber *spawn_comer(struct comer *c, eg_barrier *b, struct trace *t,
			     char letter)
{
	eg_fiber *f;

	*c = (struct comer){ b, { t, letter }, EG_FOREVER, -1 };
	egt_eq(eg_spawn(&f, come, c), 0);
	settle();
	return f;
}

EG_TEST(a_barrier_opens_for_the_last_of_so_many)
{
	static const struct {
		int count, comers;
		const char *ran; /* the opener does not wait */
	} cases[] = {
		{ 1, 3, "abc" },    { 2, 1, "" },	  { 2, 2, "ba" },
		{ 2, 4, "badc" },   { 3, 2, "" },	  { 3, 3, "cab" },
		{ 3, 7, "cabfde" }, { 4, 8, "dabchefg" }, { 8, 8, "habcdefg" },
		{ 2, 5, "badc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct comer c[COMERS_MAX];
		struct trace t = { .len = 0 };
		eg_fiber *f[COMERS_MAX];
		eg_barrier b;

		egt_casef("%d of %d", cases[i].comers, cases[i].count);
		egt_eq(eg_barrier_init(&b, cases[i].count), 0);
		for (int j = 0; j < cases[i].comers; j++)
			f[j] = spawn_comer(&c[j], &b, &t, (char)('a' + j));
		egt_str_eq(t.text, cases[i].ran);
		for (int j = 0; j < cases[i].comers; j++) {
			int is_inside = j >= (int)strlen(cases[i].ran);

			egt_eq(eg_cancel(f[j]), 0);
			egt_eq(eg_join(f[j], NULL, EG_FOREVER), 0);
			egt_eq(c[j].result,
			       is_inside ? -ECANCELED
					 : j % cases[i].count ==
						   cases[i].count - 1);
		}
	}
}

/* The place of who gave up is free again; who was let through, is. */
EG_TEST(who_gives_up_has_not_come_to_a_barrier)
{
	static const struct {
		const char *calls; /* c: comes; digit: that one is cancelled */
		const char
			*results; /* 0, 1: returned; -: cancelled; w: waits */
	} cases[] = {
		{ "cc0c", "-ww" },	{ "cc0cc", "-001" },
		{ "c0cc1c", "--ww" },	{ "c0c1c2", "---" },
		{ "cccc0", "001w" },	{ "cccc3cc", "001-ww" },
		{ "cc01ccc", "--001" }, { "cccccc012345", "001001" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct comer c[COMERS_MAX];
		struct trace t = { .len = 0 };
		eg_fiber *f[COMERS_MAX];
		eg_barrier b;
		size_t n = 0;

		egt_case(cases[i].calls);
		egt_eq(eg_barrier_init(&b, 3), 0);
		for (const char *call = cases[i].calls; *call; call++) {
			if (*call == 'c') {
				f[n] = spawn_comer(&c[n], &b, &t, 'x');
				n++;
			} else {
				egt_eq(eg_cancel(f[*call - '0']), 0);
			}
		}
		settle();
		for (size_t j = 0; j < n; j++) {
			char want = cases[i].results[j];

			egt_eq(c[j].result, want == '-'	  ? -ECANCELED
					    : want == 'w' ? -1
							  : want - '0');
			egt_eq(eg_cancel(f[j]), 0);
			egt_eq(eg_join(f[j], NULL, EG_FOREVER), 0);
		}
	}
}

/* It was let through before it was cancelled. */
EG_TEST(a_barrier_that_opened_is_passed_when_cancelled_after)
{
	struct trace t = { .len = 0 };
	struct comer c;
	eg_barrier b;
	eg_fiber *f;

	egt_eq(eg_barrier_init(&b, 2), 0);
	f = spawn_comer(&c, &b, &t, 'a');
	egt_eq(eg_barrier_wait(&b, EG_FOREVER), 1);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(c.result, 0);
}

EG_TEST(a_barrier_keeps_its_deadline)
{
	static const int64_t durations[] = { -EG_MSEC, EG_MSEC, 3 * EG_MSEC };

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		struct trace t = { .len = 0 };
		struct comer c;
		eg_barrier b;
		eg_fiber *f;

		egt_casef("%jd ns", (intmax_t)durations[i]);
		egt_eq(eg_barrier_init(&b, 2), 0);
		egt_eq(eg_barrier_wait(&b, eg_after(durations[i])), -ETIMEDOUT);
		egt_eq(eg_barrier_wait(&b, EG_NOW), -ETIMEDOUT);
		/* Neither has come; and the last one does not wait. */
		f = spawn_comer(&c, &b, &t, 'a');
		egt_str_eq(t.text, "");
		egt_eq(eg_barrier_wait(&b, EG_NOW), 1);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(c.result, 0);
	}
}

enum { FIBERS = 7, ROUNDS = 30 };

struct race {
	eg_barrier barrier;
	int at[FIBERS]; /* the round that each is in */
	int opened;
	int next;
};

static void *run_rounds(void *arg)
{
	struct race *r = arg;
	int self = r->next++;

	for (int i = 0; i < ROUNDS; i++) {
		int result;

		if ((i + self) % 3 == 0)
			egt_eq(eg_yield(), 0);
		r->at[self] = i;
		result = eg_barrier_wait(&r->barrier, EG_FOREVER);
		egt_true(result == 0 || result == 1);
		r->opened += result;
		/* All have come this far, and none is a whole round ahead. */
		for (int j = 0; j < FIBERS; j++)
			egt_true(r->at[j] == i || r->at[j] == i + 1);
	}
	return NULL;
}

EG_TEST(a_barrier_is_used_again_at_once)
{
	struct race r = { .opened = 0 };
	eg_group group = { 0 };

	egt_eq(eg_barrier_init(&r.barrier, FIBERS), 0);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_group_spawn(&group, run_rounds, &r, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(r.opened, ROUNDS);
}

EG_TEST(a_barrier_that_nobody_else_comes_to_is_a_deadlock)
{
	eg_barrier b;

	egt_eq(eg_barrier_init(&b, 2), 0);
	egt_eq(eg_barrier_wait(&b, EG_FOREVER), -EDEADLK);
	egt_eq(eg_barrier_wait(&b, EG_FOREVER), -EDEADLK);
}
