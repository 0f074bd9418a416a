/* SPDX-License-Identifier: MIT */
/*
 * Generators: the order of values, their end, and what ends them early
 * (semantics GL-03, GL-09, GL-20).
 */
#include "coro_kit.h"

static struct trace trace;

static int counts_to(void *arg)
{
	for (intptr_t i = 1; i <= N(arg); i++) {
		int r = eg_gen_yield(V(i)).code;

		if (r < 0) {
			trace_add(&trace, r == -ECANCELED ? 'x' : '?');
			return r;
		}
	}
	trace_add(&trace, 'e');
	return 0;
}

static eg_gen *gen_new(eg_gen_fn *fn, void *arg)
{
	eg_gen *g;

	egt_eq(eg_gen_new(&g, fn, arg, NULL), 0);
	return g;
}

static intptr_t next(eg_gen *g)
{
	eg_coro_result r = eg_gen_next(g);

	egt_eq(r.code, 1);
	return N(r.value);
}

EG_TEST_PLAIN(coro_generator_gives_values_in_order)
{
	eg_gen *g = gen_new(counts_to, V(1000));

	for (int i = 1; i <= 1000; i++)
		egt_eq(next(g), i);
	egt_str_eq(trace.text, "");
	egt_eq(eg_gen_next(g).code, 0);
	egt_str_eq(trace.text, "e");
	eg_gen_free(g);
}

EG_TEST_PLAIN(coro_generator_stays_at_its_end)
{
	eg_gen *g = gen_new(counts_to, V(0));

	for (int i = 0; i < 5; i++)
		RESULT_EQ(eg_gen_next(g), 0, 0);
	egt_str_eq(trace.text, "e");
	eg_gen_free(g);
}

EG_TEST_PLAIN(coro_generator_value_may_be_ignored)
{
	eg_gen *g = gen_new(counts_to, V(3));

	egt_eq(eg_gen_next(g).code, 1);
	egt_eq(next(g), 2);
	eg_gen_free(g);
}

struct tree {
	struct tree *left, *right;
	intptr_t value;
};

static int walk(const struct tree *t)
{
	int r = 0;

	if (t->left)
		r = walk(t->left);
	if (r == 0)
		r = eg_gen_yield(V(t->value)).code;
	if (r == 0 && t->right)
		r = walk(t->right);
	return r;
}

static int walks(void *arg)
{
	return walk(arg);
}

EG_TEST_PLAIN(coro_generator_yields_from_any_depth)
{
	struct tree t[63];
	eg_gen *g;

	for (int i = 0; i < 63; i++) {
		t[i].left = 2 * i + 1 < 63 ? &t[2 * i + 1] : NULL;
		t[i].right = 2 * i + 2 < 63 ? &t[2 * i + 2] : NULL;
		t[i].value = i;
	}
	g = gen_new(walks, t);
	/* In order: leaves are every second. */
	for (int i = 0; i < 63; i++)
		egt_eq(next(g) >= 31, i % 2 == 0);
	egt_eq(eg_gen_next(g).code, 0);
	eg_gen_free(g);
}

static int fails_after_one(void *arg)
{
	egt_eq(eg_gen_yield(arg).code, 0);
	return -EDOM;
}

/* GL-08, with the one that asked in place of the parent. */
EG_TEST_PLAIN(coro_generator_error_reaches_who_asked)
{
	eg_gen *g = gen_new(fails_after_one, V(2));

	egt_eq(next(g), 2);
	RESULT_EQ(eg_gen_next(g), -EDOM, 0);
	RESULT_EQ(eg_gen_next(g), 0, 0);
	eg_gen_free(g);
}

static eg_coro_result asks_it(void *value)
{
	for (;;) {
		eg_coro_result r = eg_gen_next(value);

		if (r.code <= 0)
			return R(0, V(r.code));
		r = eg_coro_switch(eg_coro_main(), r.value);
		if (r.code < 0)
			return r;
	}
}

/* The value goes to who asked for it, not to who made the generator. */
EG_TEST_PLAIN(coro_generator_serves_whoever_asks)
{
	eg_gen *g = gen_new(counts_to, V(6));
	eg_coro *a = coro_new(asks_it), *b = coro_new(asks_it);

	egt_eq(coro_ask(a, N(g)), 1);
	egt_eq(coro_ask(b, N(g)), 2);
	egt_eq(next(g), 3);
	egt_eq(coro_ask(b, 0), 4);
	egt_eq(coro_ask(a, 0), 5);
	egt_eq(next(g), 6);
	/* The end goes there too, and it was not its parent. */
	egt_eq(coro_ask(a, 0), 0);
	egt_true(eg_coro_is_dead(a));
	egt_eq(coro_ask(b, 0), 0);
	eg_coro_unref(a);
	eg_coro_unref(b);
	eg_gen_free(g);
}

static int doubles(void *arg)
{
	eg_coro_result r;

	while ((r = eg_gen_next(arg)).code == 1) {
		r = eg_gen_yield(V(N(r.value) + 1));
		if (r.code < 0)
			break;
	}
	return r.code;
}

EG_TEST_PLAIN(coro_generators_nest_a_thousand_deep)
{
	enum { DEPTH = 1000 };
	eg_gen *g[DEPTH];

	g[0] = gen_new(counts_to, V(10));
	for (int i = 1; i < DEPTH; i++)
		g[i] = gen_new(doubles, g[i - 1]);
	for (int i = 1; i <= 10; i++)
		egt_eq(next(g[DEPTH - 1]), i + DEPTH - 1);
	egt_eq(eg_gen_next(g[DEPTH - 1]).code, 0);
	for (int i = 0; i < DEPTH; i++) {
		egt_eq(eg_gen_next(g[i]).code, 0);
		eg_gen_free(g[i]);
	}
}

static int owns_another(void *arg)
{
	eg_gen *inner = gen_new(counts_to, arg);
	eg_coro_result r;

	while ((r = eg_gen_next(inner)).code == 1) {
		r = eg_gen_yield(r.value);
		if (r.code < 0)
			break;
	}
	eg_gen_free(inner);
	trace_add(&trace, 'o');
	return r.code;
}

/* GL-20: each frees what it owns. */
EG_TEST_PLAIN(coro_generator_freed_early_unwinds)
{
	eg_gen *g = gen_new(owns_another, V(5));

	egt_eq(next(g), 1);
	egt_ptr_eq(eg_gen_free(g), NULL);
	egt_str_eq(trace.text, "xo");
}

/* GL-09 */
EG_TEST_PLAIN(coro_generator_cancelled_is_at_its_end)
{
	eg_gen *g = gen_new(counts_to, V(5));

	egt_eq(next(g), 1);
	egt_eq(eg_gen_cancel(g), 0);
	egt_str_eq(trace.text, "x");
	egt_eq(eg_gen_next(g).code, 0);
	egt_eq(eg_gen_cancel(g), 0);
	eg_gen_free(g);
}

/* GL-11 */
EG_TEST_PLAIN(coro_generator_cancelled_unstarted_never_runs)
{
	eg_gen *g = gen_new(counts_to, V(5));

	egt_eq(eg_gen_cancel(g), 0);
	egt_eq(eg_gen_next(g).code, 0);
	egt_str_eq(trace.text, "");
	eg_gen_free(g);
}

static int yields_while_cancelled(void *arg)
{
	(void)arg;
	while (eg_gen_yield(V(1)).code != -ECANCELED)
		continue;
	/* Nobody asks. */
	egt_eq(eg_gen_yield(V(2)).code, -EPERM);
	return -EIO;
}

EG_TEST_PLAIN(coro_generator_cannot_yield_to_nobody)
{
	eg_gen *g = gen_new(yields_while_cancelled, NULL);

	egt_eq(next(g), 1);
	coro_log_catch();
	egt_eq(eg_gen_cancel(g), -EIO);
	egt_str_has(coro_log_line, "nobody waits");
	eg_gen_free(g);
}

static int goes_away_when_cancelled(void *arg)
{
	(void)arg;
	while (eg_gen_yield(V(1)).code != -ECANCELED)
		continue;
	egt_eq(eg_coro_switch(eg_coro_main(), NULL).code, -ECANCELED);
	return 0;
}

EG_TEST_PLAIN(coro_generator_that_does_not_end_is_told_of)
{
	eg_gen *g = gen_new(goes_away_when_cancelled, NULL);

	egt_eq(next(g), 1);
	egt_eq(eg_gen_cancel(g), -EAGAIN);
	egt_eq(eg_gen_cancel(g), 0);
	eg_gen_free(g);
}

static eg_gen *itself;

static int asks_itself(void *arg)
{
	(void)arg;
	RESULT_EQ(eg_gen_next(itself), -EBUSY, 0);
	egt_eq(eg_gen_cancel(itself), -EBUSY);
	return eg_gen_yield(V(4)).code;
}

EG_TEST_PLAIN(coro_generator_cannot_ask_itself)
{
	itself = gen_new(asks_itself, NULL);
	egt_eq(next(itself), 4);
	eg_gen_free(itself);
}

EG_TEST_PLAIN(coro_generators_cannot_ask_in_a_circle)
{
	eg_gen *outer;

	itself = gen_new(asks_itself, NULL);
	outer = gen_new(doubles, itself);
	egt_eq(next(outer), 5);
	eg_gen_free(outer);
	eg_gen_free(itself);
}

static int asks_who_asks(void *arg)
{
	egt_eq(eg_gen_next(*(eg_gen **)arg).code, -EBUSY);
	return eg_gen_yield(V(1)).code;
}

EG_TEST_PLAIN(coro_generator_that_waits_for_another_is_busy)
{
	eg_gen *outer, *inner = gen_new(asks_who_asks, &outer);

	outer = gen_new(doubles, inner);
	egt_eq(next(outer), 2);
	eg_gen_free(outer);
	eg_gen_free(inner);
}

static int visits_main(void *arg)
{
	(void)arg;
	trace_add(&trace, 'v');
	egt_eq(eg_coro_switch(eg_coro_main(), V(30)).code, -ECANCELED);
	trace_add(&trace, 'x');
	return -ECANCELED;
}

static eg_coro_result consumes_one(void *value)
{
	return eg_gen_next(value);
}

/* It has left with somebody waiting: the value is still that one's. */
EG_TEST_PLAIN(coro_generator_that_went_elsewhere_is_busy)
{
	eg_gen *g = gen_new(visits_main, NULL);
	eg_coro *c = coro_new(consumes_one);

	egt_eq(coro_ask(c, N(g)), 30);
	RESULT_EQ(eg_gen_next(g), -EBUSY, 0);
	egt_eq(eg_gen_cancel(g), -EBUSY);
	egt_true(eg_coro_is_active(c));
	/* GL-20: and if it is killed now, who waited waits for ever. */
	eg_gen_free(g);
	egt_str_eq(trace.text, "vx");
	egt_true(eg_coro_is_active(c));
	egt_eq(coro_ask(c, 3), 3);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static int comes_and_goes(void *arg)
{
	int r;

	(void)arg;
	r = eg_coro_switch(eg_coro_main(), eg_coro_self()).code;
	egt_eq(eg_gen_yield(V(40)).code, -EPERM);
	return r;
}

/* Somebody switches to it: it no longer waits, and nobody gets the value. */
EG_TEST_PLAIN(coro_waiting_for_a_generator_may_be_interrupted)
{
	eg_gen *g = gen_new(comes_and_goes, NULL);
	eg_coro *c = coro_new(consumes_one), *inside;

	coro_log_catch();
	inside = V(coro_ask(c, N(g)));
	RESULT_EQ(eg_coro_switch(c, V(8)), -EINTR, 8);
	egt_true(eg_coro_is_dead(c));
	egt_eq(eg_coro_switch(inside, NULL).code, 0);
	egt_true(eg_coro_is_dead(inside));
	egt_str_has(coro_log_line, "nobody waits");
	eg_coro_unref(c);
	eg_gen_free(g);
}

EG_TEST_PLAIN(coro_waiting_for_a_generator_may_be_thrown_into)
{
	eg_gen *g = gen_new(comes_and_goes, NULL);
	eg_coro *c = coro_new(consumes_one);

	coro_log_catch();
	coro_ask(c, N(g));
	RESULT_EQ(eg_coro_throw(c, -EDOM, V(6)), -EDOM, 6);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
	/* The generator has nobody now, and can be ended. */
	egt_eq(eg_gen_cancel(g), 0);
	eg_gen_free(g);
}

static eg_coro_result yields_in_vain(void *value)
{
	return eg_gen_yield(value);
}

EG_TEST_PLAIN(coro_yield_is_for_generators)
{
	eg_coro *c = coro_new(yields_in_vain);

	coro_log_catch();
	egt_eq(eg_gen_yield(V(1)).code, -EPERM);
	egt_str_has(coro_log_line, "not called in a generator");
	egt_eq(eg_coro_switch(c, V(1)).code, -EPERM);
	eg_coro_unref(c);
}

static void *asks_elsewhere(void *arg)
{
	RESULT_EQ(eg_gen_next(arg), -EPERM, 0);
	egt_eq(eg_gen_cancel(arg), -EPERM);
	return NULL;
}

/* GL-18 */
EG_TEST_PLAIN(coro_generator_of_another_thread_is_refused)
{
	eg_gen *g = gen_new(counts_to, V(3));

	egt_eq(next(g), 1);
	coro_log_catch();
	in_thread(asks_elsewhere, g);
	egt_str_has(coro_log_line, "another thread");
	egt_eq(next(g), 2);
	eg_gen_free(g);
}

static void *frees_elsewhere(void *arg)
{
	eg_gen_free(arg);
	return NULL;
}

/* GL-21 */
EG_TEST_PLAIN(coro_generator_freed_elsewhere_ends_here)
{
	eg_gen *g = gen_new(counts_to, V(3));

	egt_eq(next(g), 1);
	in_thread(frees_elsewhere, g);
	egt_str_eq(trace.text, "");
	eg_gen_free(gen_new(counts_to, V(3)));
	egt_str_eq(trace.text, "x");
}
