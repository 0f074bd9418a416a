/* SPDX-License-Identifier: MIT */
/*
 * The cleanup stack: when it runs, in which order, and shielded from what.
 */
#include "fiber_trace.h"

static void write_cleanup(void *arg)
{
	write_letter(arg);
}

struct plan {
	struct trace trace;
	struct letter l[3];
};

static void plan_init(struct plan *p)
{
	p->trace = (struct trace){ .len = 0 };
	for (int i = 0; i < 3; i++)
		p->l[i] = (struct letter){ &p->trace, (char)('a' + i) };
}

static void push_all(struct plan *p)
{
	for (int i = 0; i < 3; i++)
		egt_eq(eg_cleanup_push(write_cleanup, &p->l[i]), 0);
}

static void *push_and_return(void *arg)
{
	push_all(arg);
	return arg;
}

static void *push_and_exit(void *arg)
{
	push_all(arg);
	eg_exit(arg);
	return NULL;
}

static void *push_and_be_cancelled(void *arg)
{
	push_all(arg);
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	return arg;
}

static void *push_and_pop_some(void *arg)
{
	struct plan *p = arg;

	push_all(p);
	egt_eq(eg_cleanup_pop(false), 0);
	egt_eq(eg_cleanup_pop(true), 0);
	trace_add(&p->trace, '-');
	return arg;
}

static void *push_and_pop_all(void *arg)
{
	struct plan *p = arg;

	push_all(p);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_cleanup_pop(true), 0);
	egt_eq(eg_cleanup_pop(true), -ENOENT);
	egt_eq(eg_cleanup_pop(false), -ENOENT);
	return arg;
}

EG_TEST(cleanups_run_at_each_kind_of_end)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		bool is_cancelled;
		const char *want;
	} cases[] = {
		{ "return", push_and_return, false, "cba" },
		{ "exit", push_and_exit, false, "cba" },
		{ "cancelled", push_and_be_cancelled, true, "cba" },
		{ "some popped", push_and_pop_some, false, "b-a" },
		{ "all popped", push_and_pop_all, false, "cba" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan p;
		void *result = NULL;
		eg_fiber *f;

		egt_case(cases[i].name);
		plan_init(&p);
		egt_eq(eg_spawn(&f, cases[i].fn, &p), 0);
		egt_eq(eg_yield(), 0);
		if (cases[i].is_cancelled)
			egt_eq(eg_cancel(f), 0);
		/* All of it before join returns. */
		egt_eq(eg_join(f, &result, EG_FOREVER), 0);
		egt_str_eq(p.trace.text, cases[i].want);
		egt_ptr_eq(result, &p);
	}
}

EG_TEST(a_fiber_that_never_ran_has_nothing_to_clean_up)
{
	struct plan p;
	eg_fiber *f;

	plan_init(&p);
	egt_eq(eg_spawn(&f, push_and_return, &p), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(p.trace.text, "");
}

struct slow {
	struct trace trace;
	eg_timeout region; /* still open when the fiber ends */
	int64_t took;
};

static void block_for_a_while(void *arg)
{
	struct slow *s = arg;
	int64_t start = eg_now();

	egt_eq(eg_sleep(3 * EG_MSEC), 0);
	egt_eq(eg_sleep(0), 0);
	s->took = eg_now() - start;
	trace_add(&s->trace, 'c');
}

static void *end_in_a_hurry(void *arg)
{
	struct slow *s = arg;

	egt_eq(eg_cleanup_push(block_for_a_while, s), 0);
	egt_eq(eg_timeout_begin(&s->region, EG_NOW), 0);
	egt_eq(eg_cancel(eg_self()), 0);
	egt_eq(eg_sleep(EG_SEC), -ECANCELED);
	return NULL;
}

/* Neither being cancelled nor a region left open hurries it. */
EG_TEST(a_cleanup_may_block)
{
	struct slow s = { .took = 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_in_a_hurry, &s), 0);
	egt_eq(eg_join(f, NULL, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(s.trace.text, "c");
	egt_le(3 * EG_MSEC, s.took);
}

static void *end_then_be_cancelled(void *arg)
{
	egt_eq(eg_cleanup_push(block_for_a_while, arg), 0);
	return arg;
}

EG_TEST(a_cancel_during_a_cleanup_waits)
{
	struct slow s = { .took = 0 };
	void *result = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_then_be_cancelled, &s), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &s);
	egt_le(3 * EG_MSEC, s.took);
}

static void push_another(void *arg)
{
	struct plan *p = arg;

	trace_add(&p->trace, '+');
	egt_eq(eg_cleanup_push(write_cleanup, &p->l[0]), 0);
}

static void *push_a_pusher(void *arg)
{
	struct plan *p = arg;

	egt_eq(eg_cleanup_push(write_cleanup, &p->l[2]), 0);
	egt_eq(eg_cleanup_push(push_another, p), 0);
	return NULL;
}

EG_TEST(a_cleanup_may_push_another)
{
	struct plan p;
	eg_fiber *f;

	plan_init(&p);
	egt_eq(eg_spawn(&f, push_a_pusher, &p), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(p.trace.text, "+ac");
}

static void exit_in_cleanup(void *arg)
{
	eg_exit(arg);
}

static void *push_an_exit(void *arg)
{
	struct plan *p = arg;

	egt_eq(eg_cleanup_push(write_cleanup, &p->l[0]), 0);
	egt_eq(eg_cleanup_push(exit_in_cleanup, p), 0);
	egt_eq(eg_cleanup_push(write_cleanup, &p->l[1]), 0);
	return NULL;
}

EG_TEST(exit_in_a_cleanup_runs_the_others)
{
	struct plan p;
	void *result = NULL;
	eg_fiber *f;

	plan_init(&p);
	egt_eq(eg_spawn(&f, push_an_exit, &p), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_str_eq(p.trace.text, "ba");
	egt_ptr_eq(result, &p);
}

static int push_in_main(void *arg)
{
	push_all(arg);
	return 0;
}

EG_TEST_PLAIN(mains_cleanups_run_before_the_hub_ends)
{
	struct plan p;

	plan_init(&p);
	egt_eq(eg_run(push_in_main, &p, NULL, NULL), 0);
	egt_str_eq(p.trace.text, "cba");
}

EG_TEST(many_cleanups_are_kept)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'x' };

	for (int i = 0; i < 10000; i++)
		egt_eq(eg_cleanup_push(write_cleanup, &l), 0);
	for (int i = 0; i < 10000; i++)
		egt_eq(eg_cleanup_pop(i % 1000 == 0), 0);
	egt_eq(eg_cleanup_pop(true), -ENOENT);
	egt_eq(t.len, 10);
}
