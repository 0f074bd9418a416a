/* SPDX-License-Identifier: MIT */
/*
 * Recursive mutexes: the owner may lock again, and unlocks as often (semantics
 * LK-03, LK-05, LK-08).
 */
#include "fiber_trace.h"

struct locker {
	eg_rmutex *rmutex;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *lock_and_write(void *arg)
{
	struct locker *l = arg;

	l->result = eg_rmutex_lock(l->rmutex, l->deadline);
	write_letter(&l->letter);
	if (l->result == 0) {
		/* Handed over once, however often it was locked before. */
		egt_eq(eg_rmutex_unlock(l->rmutex), 0);
		egt_eq(eg_rmutex_unlock(l->rmutex), -EPERM);
	}
	return NULL;
}

static void *touch_anothers(void *arg)
{
	egt_eq(eg_rmutex_unlock(arg), -EPERM);
	egt_eq(eg_rmutex_lock(arg, EG_NOW), -ETIMEDOUT);
	return NULL;
}

static void check_is_held(eg_rmutex *rmutex)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, touch_anothers, rmutex), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(an_rmutex_is_free_after_as_many_unlocks)
{
	static const int depths[] = { 1, 2, 3, 50 };

	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		eg_rmutex rmutex;

		egt_casef("%d deep", depths[i]);
		egt_eq(eg_rmutex_init(&rmutex), 0);
		egt_eq(eg_rmutex_unlock(&rmutex), -EPERM);
		for (int j = 0; j < depths[i]; j++)
			egt_eq(eg_rmutex_lock(&rmutex,
					      j % 2 ? EG_NOW : EG_FOREVER),
			       0);
		for (int j = 0; j < depths[i]; j++) {
			check_is_held(&rmutex);
			egt_eq(eg_rmutex_unlock(&rmutex), 0);
		}
		egt_eq(eg_rmutex_unlock(&rmutex), -EPERM);
	}
}

EG_TEST(an_rmutex_is_handed_over_in_order)
{
	struct trace t = { .len = 0 };
	eg_rmutex rmutex = { 0 };
	struct locker l[5];

	egt_eq(eg_rmutex_lock(&rmutex, EG_FOREVER), 0);
	egt_eq(eg_rmutex_lock(&rmutex, EG_FOREVER), 0);
	for (size_t i = 0; i < ARRAY_LEN(l); i++) {
		l[i] = (struct locker){
			&rmutex, { &t, (char)('a' + i) }, EG_FOREVER, 1
		};
		egt_eq(eg_spawn(NULL, lock_and_write, &l[i]), 0);
	}
	settle();
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
	settle();
	egt_str_eq(t.text, "");
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
	egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_rmutex_lock(&rmutex, EG_FOREVER), 0);
	egt_str_eq(t.text, "abcde");
	egt_eq(eg_rmutex_unlock(&rmutex), 0);
}

EG_TEST(an_rmutex_skips_who_gave_up)
{
	static const struct {
		const char *name;
		bool is_cancelled, is_after;
		int want;
	} cases[] = {
		{ "timed out", false, false, -ETIMEDOUT },
		{ "cancelled", true, false, -ECANCELED },
		{ "cancelled when it owns it", true, true, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };
		eg_rmutex rmutex = { 0 };
		struct locker l[] = {
			{ &rmutex, { &t, 'a' }, EG_FOREVER, 1 },
			{ &rmutex, { &t, 'b' }, EG_FOREVER, 1 },
		};
		eg_fiber *f;

		egt_case(cases[i].name);
		if (!cases[i].is_cancelled)
			l[0].deadline = eg_after(EG_MSEC);
		egt_eq(eg_rmutex_lock(&rmutex, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f, lock_and_write, &l[0]), 0);
		egt_eq(eg_spawn(NULL, lock_and_write, &l[1]), 0);
		egt_eq(eg_sleep(2 * EG_MSEC), 0);
		if (cases[i].is_cancelled && !cases[i].is_after)
			egt_eq(eg_cancel(f), 0);
		egt_eq(eg_rmutex_unlock(&rmutex), 0);
		if (cases[i].is_after)
			egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		settle();
		egt_eq(l[0].result, cases[i].want);
		egt_eq(l[1].result, 0);
		egt_eq(eg_rmutex_lock(&rmutex, EG_NOW), 0);
		egt_eq(eg_rmutex_unlock(&rmutex), 0);
	}
}

struct tree {
	eg_rmutex rmutex;
	int inside, visits;
};

/* Locks on each level of the recursion, and lets others run there. */
static void visit(struct tree *t, int depth)
{
	egt_eq(eg_rmutex_lock(&t->rmutex, EG_FOREVER), 0);
	egt_eq(t->inside++, depth);
	t->visits++;
	egt_eq(eg_yield(), 0);
	if (depth < 4)
		visit(t, depth + 1);
	t->inside--;
	egt_eq(eg_rmutex_unlock(&t->rmutex), 0);
}

static void *visit_all(void *arg)
{
	visit(arg, 0);
	return NULL;
}

EG_TEST(what_an_rmutex_guards_is_one_fibers_at_every_depth)
{
	struct tree t = { .inside = 0 };
	eg_group group = { 0 };

	for (int i = 0; i < 20; i++)
		egt_eq(eg_group_spawn(&group, visit_all, &t, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(t.visits, 100);
	egt_eq(t.inside, 0);
}
