/* SPDX-License-Identifier: MIT */
/*
 * eg_join() on success: the result, when the target ended before, during or
 * without ever having run (semantics SP-04, SP-05).
 */
#include "fiber_trace.h"

static int value;

static void *return_value(void *arg)
{
	(void)arg;
	return &value;
}

static void *exit_with_value(void *arg)
{
	(void)arg;
	eg_exit(&value);
	return NULL;
}

static void *sleep_then_return(void *arg)
{
	(void)arg;
	egt_eq(eg_sleep(EG_MSEC), 0);
	return &value;
}

static void *return_null(void *arg)
{
	(void)arg;
	return NULL;
}

EG_TEST(join_gives_what_the_function_returned)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		bool is_dead; /* when it is joined */
		bool is_cancelled;
		void *want;
	} cases[] = {
		{ "returns, joined before", return_value, false, false,
		  &value },
		{ "returns, joined dead", return_value, true, false, &value },
		{ "exits, joined before", exit_with_value, false, false,
		  &value },
		{ "exits, joined dead", exit_with_value, true, false, &value },
		{ "sleeps", sleep_then_return, false, false, &value },
		{ "NULL is a result", return_null, false, false, NULL },
		{ "never ran", return_value, false, true, EG_CANCELED },
		{ "never ran, dead", return_value, true, true, EG_CANCELED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *result = &i;
		eg_fiber *f;

		egt_case(cases[i].name);
		egt_eq(eg_spawn(&f, cases[i].fn, NULL), 0);
		if (cases[i].is_cancelled)
			egt_eq(eg_cancel(f), 0);
		if (cases[i].is_dead)
			settle();
		egt_eq(eg_join(f, &result, EG_FOREVER), 0);
		egt_ptr_eq(result, cases[i].want);

		egt_eq(eg_spawn(&f, cases[i].fn, NULL), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	}
}

EG_TEST(join_of_a_dead_fiber_returns_at_once)
{
	static const int64_t deadlines[] = { EG_NOW, -1, INT64_MIN,
					     EG_FOREVER };

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		struct trace t = { .len = 0 };
		struct letter l = { &t, 'x' };
		void *result = NULL;
		eg_fiber *f;

		egt_casef("deadline %jd", (intmax_t)deadlines[i]);
		egt_eq(eg_spawn(&f, return_value, NULL), 0);
		settle();
		egt_eq(eg_spawn(NULL, write_letter, &l), 0);
		egt_eq(eg_join(f, &result, deadlines[i]), 0);
		egt_ptr_eq(result, &value);
		egt_str_eq(t.text, "");
		settle();
	}
}

EG_TEST(join_twice_with_two_references)
{
	void *first = NULL, *second = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, sleep_then_return, NULL), 0);
	egt_ptr_eq(eg_ref(f), f);
	egt_eq(eg_join(f, &first, EG_FOREVER), 0);
	egt_eq(eg_join(f, &second, EG_FOREVER), 0);
	egt_ptr_eq(first, &value);
	egt_ptr_eq(second, &value);
}

struct joining {
	eg_fiber *target;
	struct trace *trace;
};

static void *join_and_write(void *arg)
{
	struct joining *j = arg;

	egt_eq(eg_join(j->target, NULL, EG_FOREVER), 0);
	trace_add(j->trace, 'j');
	return NULL;
}

/* The target's last act, cleanups included, comes first. */
EG_TEST(join_returns_after_the_end)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'e' };
	struct joining j = { NULL, &t };
	eg_fiber *joiner;

	egt_eq(eg_spawn(&j.target, write_letter, &l), 0);
	egt_eq(eg_spawn(&joiner, join_and_write, &j), 0);
	egt_eq(eg_join(joiner, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "ej");
}

EG_TEST(chains_of_joins_unwind)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'e' };
	struct joining j[20];
	eg_fiber *last;

	egt_eq(eg_spawn(&last, write_letter, &l), 0);
	for (size_t i = 0; i < ARRAY_LEN(j); i++) {
		j[i] = (struct joining){ last, &t };
		egt_eq(eg_spawn(&last, join_and_write, &j[i]), 0);
	}
	egt_eq(eg_join(last, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "ejjjjjjjjjjjjjjjjjjjj");
}
