/* SPDX-License-Identifier: MIT */
/*
 * eg_join_all(): how many have ended, in the order of their ends, by a time, or
 * until one fails (semantics SP-14 to SP-16).
 */
#include "fiber_trace.h"

enum { MOST = 200 };

struct end {
	int64_t sleeps;
	int error;
};

static void *end_so(void *arg)
{
	struct end *e = arg;
	int r = eg_sleep(e->sleeps);

	if (r < 0)
		return NULL;
	return e->error ? eg_fail(e->error, e) : e;
}

static void spawn_ends(eg_fiber **f, struct end *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_spawn(&f[i], end_so, &e[i]), 0);
}

static void end_all(eg_fiber **f, size_t n)
{
	egt_eq(eg_kill_all(f, n, -ECANCELED, EG_FOREVER), 0);
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_detach(f[i]), 0);
}

/* The virtual clock: each ends in a turn of its own. */
EG_TEST(join_all_returns_them_in_the_order_of_their_ends, .backends = EGT_SIM)
{
	static const size_t counts[] = { 0, 1, 2, 3, 15, 16, 17, 33, MOST };
	static struct end e[MOST];
	eg_fiber *f[MOST], *ended[MOST];

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		size_t n = counts[i];

		egt_casef("%zu", n);
		/* 7 and n have no common divisor: a permutation. */
		for (size_t k = 0; k < n; k++)
			e[k] = (struct end){
				(int64_t)(k * 7 % n) * EG_MSEC + EG_USEC, 0
			};
		spawn_ends(f, e, n);
		egt_eq(eg_join_all(f, n, 0, ended, EG_FOREVER, 0), n);
		for (size_t k = 0; k < n; k++)
			egt_ptr_eq(ended[k * 7 % n], f[k]);
		/* All have ended: in the order of asking. */
		egt_eq(eg_join_all(f, n, 0, ended, EG_NOW, 0), n);
		for (size_t k = 0; k < n; k++)
			egt_ptr_eq(ended[k], f[k]);
		end_all(f, n);
	}
}

EG_TEST(join_all_returns_when_so_many_have_ended, .backends = EGT_SIM)
{
	static const struct {
		size_t wanted;
		int64_t want, elapsed;
	} cases[] = {
		{ 1, 1, 1 }, { 2, 2, 2 }, { 3, 3, 3 },
		{ 4, 4, 4 }, { 0, 4, 4 }, { 99, 4, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct end e[] = { { 4 * EG_MSEC, 0 },
				   { 2 * EG_MSEC, 0 },
				   { 1 * EG_MSEC, 0 },
				   { 3 * EG_MSEC, 0 } };
		int64_t start = eg_now();
		eg_fiber *f[4], *ended[4] = { NULL };

		egt_casef("%zu", cases[i].wanted);
		spawn_ends(f, e, 4);
		egt_eq(eg_join_all(f, 4, cases[i].wanted, ended, EG_FOREVER, 0),
		       cases[i].want);
		egt_eq(eg_now() - start, cases[i].elapsed * EG_MSEC);
		egt_ptr_eq(ended[0], f[2]);
		if (cases[i].want < 4)
			egt_ptr_eq(ended[cases[i].want], NULL);
		end_all(f, 4);
	}
}

EG_TEST(join_all_counts_duplicates_once)
{
	struct end e[2] = { { EG_MSEC, 0 }, { 2 * EG_MSEC, 0 } };
	eg_fiber *f[2], *many[40], *ended[40];

	spawn_ends(f, e, 2);
	for (int i = 0; i < 40; i++)
		many[i] = f[i & 1];
	egt_eq(eg_join_all(many, 40, 30, ended, EG_FOREVER, 0), 2);
	egt_eq(eg_join_all(many, 40, 0, ended, EG_NOW, 0), 2);
	egt_ptr_eq(ended[0], f[0]);
	egt_ptr_eq(ended[1], f[1]);
	egt_eq(eg_join_all(many, 40, 1, ended, EG_NOW, 0), 1);
	end_all(f, 2);
}

/* Its own deadline is no error: what has ended is told. */
EG_TEST(join_all_tells_how_many_had_ended_in_time, .backends = EGT_SIM)
{
	static const struct {
		int64_t deadline; /* after the start; 0: EG_NOW */
		int64_t want;
	} cases[] = {
		{ 0, 0 }, { 1, 1 }, { 2, 2 }, { 5, 2 }, { 9, 3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct end e[] = { { 7 * EG_MSEC, 0 },
				   { EG_USEC, 0 },
				   { 2 * EG_MSEC - EG_USEC, 0 } };
		int64_t at = cases[i].deadline;
		eg_fiber *f[3], *ended[3];

		egt_casef("%zu", i);
		spawn_ends(f, e, 3);
		egt_eq(eg_join_all(f, 3, 0, ended,
				   at ? eg_after(at * EG_MSEC) : EG_NOW, 0),
		       cases[i].want);
		if (cases[i].want)
			egt_ptr_eq(ended[0], f[1]);
		end_all(f, 3);
	}
}

/* A region's is one: the caller must not go on as if it had asked for this. */
EG_TEST(join_all_passes_a_foreign_timeout)
{
	struct end e[2] = { { 0, 0 }, { 1000 * EG_SEC, 0 } };
	eg_fiber *f[2], *ended[2];
	eg_timeout t;

	spawn_ends(f, e, 2);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_join_all(f, 2, 0, ended, EG_FOREVER, 0), -ETIMEDOUT);
	egt_eq(eg_join_all(f, 2, 0, ended, eg_after(EG_SEC), 0), -ETIMEDOUT);
	/* What needs no wait, or is not to wait, is not its business. */
	egt_eq(eg_join_all(f, 2, 1, ended, EG_FOREVER, 0), 1);
	egt_eq(eg_join_all(f, 2, 0, ended, EG_NOW, 0), 1);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	end_all(f, 2);
}

EG_TEST(join_all_raises_the_first_error_in_time, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		struct end e[3];
		size_t wanted;
		int64_t want, elapsed;
	} cases[] = {
		{ "first to end",
		  { { 1, -EIO }, { 2, 0 }, { 3, 0 } },
		  0,
		  -EIO,
		  1 },
		{ "last", { { 1, 0 }, { 2, 0 }, { 3, -EIO } }, 0, -EIO, 3 },
		{ "earlier one",
		  { { 3, -EPIPE }, { 2, -EIO }, { 1, 0 } },
		  0,
		  -EIO,
		  2 },
		{ "after so many",
		  { { 1, 0 }, { 2, 0 }, { 3, -EIO } },
		  2,
		  2,
		  2 },
		{ "none", { { 1, 0 }, { 2, 0 }, { 3, 0 } }, 0, 3, 3 },
		{ "cancelled is none",
		  { { 1, -ECANCELED }, { 2, 0 }, { 3, 0 } },
		  0,
		  3,
		  3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t start = eg_now();
		struct end e[3];
		eg_fiber *f[3];

		egt_case(cases[i].name);
		for (int k = 0; k < 3; k++) {
			e[k] = cases[i].e[k];
			e[k].sleeps *= EG_MSEC;
		}
		spawn_ends(f, e, 3);
		egt_eq(eg_join_all(f, 3, cases[i].wanted, NULL, EG_FOREVER,
				   EG_JOIN_RAISE),
		       cases[i].want);
		egt_eq(eg_now() - start, cases[i].elapsed * EG_MSEC);
		/* Once more, of those that have ended by now. */
		egt_eq(eg_join_all(f, 3, cases[i].wanted, NULL, EG_FOREVER,
				   EG_JOIN_RAISE),
		       cases[i].want);
		for (int k = 0; k < 3; k++)
			eg_get(f[k], NULL, EG_FOREVER);
		end_all(f, 3);
	}
}

/* In the order given, among those that have ended already. */
EG_TEST(join_all_raises_for_who_has_ended)
{
	struct end e[] = { { 0, 0 }, { 0, -EIO }, { 0, -EPIPE } };
	eg_fiber *f[3], *turned[3];

	spawn_ends(f, e, 3);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_fiber_wait(f[i], EG_FOREVER), 0);
		turned[2 - i] = f[i];
	}
	egt_eq(eg_join_all(f, 3, 0, NULL, EG_NOW, EG_JOIN_RAISE), -EIO);
	egt_eq(eg_join_all(turned, 3, 0, NULL, EG_NOW, EG_JOIN_RAISE), -EPIPE);
	egt_eq(eg_join_all(f, 3, 1, NULL, EG_NOW, EG_JOIN_RAISE), 1);
	egt_eq(eg_join_all(f, 3, 0, NULL, EG_NOW, 0), 3);
	end_all(f, 3);
}

struct joiner {
	eg_fiber **f;
	size_t n;
	int64_t result;
};

static void *join_them(void *arg)
{
	struct joiner *j = arg;

	j->result = eg_join_all(j->f, j->n, 0, NULL, EG_FOREVER, 0);
	return NULL;
}

/* Killed in the middle: nothing stays linked, be they few or many. */
EG_TEST(join_all_that_is_killed_leaves_nothing)
{
	static const size_t counts[] = { 1, 16, 17, MOST };
	static struct end e[MOST];
	eg_fiber *f[MOST], *j;

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct joiner joiner = { f, counts[i], 0 };

		egt_casef("%zu", counts[i]);
		for (size_t k = 0; k < counts[i]; k++)
			e[k] = (struct end){ k & 1 ? 0 : 1000 * EG_SEC, 0 };
		spawn_ends(f, e, counts[i]);
		egt_eq(eg_spawn(&j, join_them, &joiner), 0);
		settle();
		egt_eq(eg_kill(j, -EPIPE, EG_FOREVER), 0);
		egt_eq(joiner.result, -EPIPE);
		egt_eq(eg_detach(j), 0);
		/* Their ends touch no frame that is gone. */
		end_all(f, counts[i]);
	}
}

/* Several at once, over the same fibers. */
EG_TEST(many_may_join_the_same, .backends = EGT_ALL)
{
	enum { JOINERS = 5, FIBERS = 20 };
	static struct end e[FIBERS];
	struct joiner joiners[JOINERS];
	eg_fiber *f[FIBERS], *j[JOINERS];

	for (int i = 0; i < FIBERS; i++)
		e[i] = (struct end){ i * 10 * EG_USEC, 0 };
	spawn_ends(f, e, FIBERS);
	for (int i = 0; i < JOINERS; i++) {
		joiners[i] = (struct joiner){ f + i, FIBERS - (size_t)i, 0 };
		egt_eq(eg_spawn(&j[i], join_them, &joiners[i]), 0);
	}
	egt_eq(eg_join_all(j, JOINERS, 0, NULL, EG_FOREVER, 0), JOINERS);
	for (int i = 0; i < JOINERS; i++)
		egt_eq(joiners[i].result, FIBERS - i);
	end_all(j, JOINERS);
	end_all(f, FIBERS);
}

static void *join_with_self(void *arg)
{
	struct joiner *j = arg;

	j->f[1] = eg_self();
	j->result = eg_join_all(j->f, 2, 1, NULL, EG_FOREVER, 0);
	return NULL;
}

EG_TEST(fiber_cannot_join_itself_among_others)
{
	struct end e = { 0, 0 };
	eg_fiber *f[2], *g;
	struct joiner j = { f, 2, 0 };

	spawn_ends(f, &e, 1);
	egt_eq(eg_spawn(&g, join_with_self, &j), 0);
	egt_eq(eg_join(g, NULL, EG_FOREVER), 0);
	egt_eq(j.result, -EDEADLK);
	egt_eq(eg_join(f[0], NULL, EG_FOREVER), 0);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

/* Those that never ran have ended, too. */
EG_TEST(join_all_counts_the_cancelled)
{
	eg_fiber *f[3], *ended[3];

	for (int i = 0; i < 3; i++)
		egt_eq(eg_spawn_later(&f[i], must_not_run, NULL, EG_FOREVER),
		       0);
	egt_eq(eg_cancel_unstarted(f[1]), 1);
	egt_eq(eg_cancel_unstarted(f[2]), 1);
	egt_eq(eg_cancel_unstarted(f[0]), 1);
	egt_eq(eg_join_all(f, 3, 0, ended, EG_FOREVER, EG_JOIN_RAISE), 3);
	egt_ptr_eq(ended[0], f[1]);
	egt_ptr_eq(ended[1], f[2]);
	egt_ptr_eq(ended[2], f[0]);
	end_all(f, 3);
}
