/* SPDX-License-Identifier: MIT */
/*
 * Where the thread goes when a coroutine ends, or is dead already (semantics
 * GL-05 to GL-09).
 */
#include "coro_kit.h"

static struct trace trace;

/* GL-06 */
EG_TEST_PLAIN(coro_result_is_the_parents_value)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(coro_ask(c, 9), 9);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static eg_coro_result returns_nothing(void *value)
{
	(void)value;
	return R(0, NULL);
}

/* GL-06 */
EG_TEST_PLAIN(coro_result_not_set_is_null)
{
	eg_coro *c = coro_new(returns_nothing);

	egt_eq(coro_ask(c, 9), 0);
	eg_coro_unref(c);
}

/* GL-05 */
EG_TEST_PLAIN(coro_switch_to_a_dead_one_returns_the_value)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(coro_ask(c, 1), 1);
	for (int i = 0; i < 10; i++)
		egt_eq(coro_ask(c, i), i);
	eg_coro_unref(c);
}

static eg_coro_result asks_twice(void *value)
{
	eg_coro *main = eg_coro_main();

	intptr_t n = coro_ask(main, N(value) + 1);

	n = coro_ask(main, n + 2);
	return R(0, V(n + 3));
}

/* GL-05: to the first ancestor that is alive, and only there. */
EG_TEST_PLAIN(coro_switch_to_a_dead_one_goes_to_its_ancestor)
{
	eg_coro *alive = coro_new(asks_twice);
	eg_coro *dead = coro_under(alive, coro_returns_it);
	eg_coro *deader = coro_under(dead, coro_returns_it);

	egt_eq(coro_ask(alive, 10), 11);
	/* Ends into alive, which answers. */
	egt_eq(coro_ask(dead, 20), 22);
	egt_true(eg_coro_is_dead(dead));
	egt_eq(coro_ask(deader, 30), 33);
	egt_true(eg_coro_is_dead(deader));
	egt_true(eg_coro_is_dead(alive));
	egt_eq(coro_ask(deader, 40), 40);
	eg_coro_unref(deader);
	eg_coro_unref(dead);
	eg_coro_unref(alive);
}

/* GL-07 */
EG_TEST_PLAIN(coro_result_walks_past_dead_parents)
{
	enum { DEPTH = 50 };
	eg_coro *c[DEPTH + 1];

	c[0] = coro_new(coro_returns_it);
	for (int i = 1; i <= DEPTH; i++)
		c[i] = coro_under(c[i - 1], coro_returns_it);
	for (int i = 0; i < DEPTH; i++) {
		egt_eq(coro_ask(c[i], i), i);
		egt_true(eg_coro_is_dead(c[i]));
	}
	egt_eq(coro_ask(c[DEPTH], 99), 99);
	for (int i = 0; i <= DEPTH; i++)
		eg_coro_unref(c[i]);
}

static eg_coro_result doubles_it(void *value)
{
	trace_add(&trace, 'd');
	return R(0, V(2 * N(value)));
}

/* GL-07 */
EG_TEST_PLAIN(coro_result_starts_an_unstarted_parent)
{
	eg_coro *parent = coro_new(doubles_it);
	eg_coro *c = coro_under(parent, coro_returns_it);

	egt_eq(coro_ask(c, 21), 42);
	egt_str_eq(trace.text, "d");
	egt_true(eg_coro_is_dead(parent));
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

/* GL-07: each by the result of the one below. */
EG_TEST_PLAIN(coro_result_starts_a_line_of_parents)
{
	enum { DEPTH = 10 };
	eg_coro *c[DEPTH];

	c[0] = coro_new(doubles_it);
	for (int i = 1; i < DEPTH; i++)
		c[i] = coro_under(c[i - 1], doubles_it);
	egt_eq(coro_ask(c[DEPTH - 1], 1), 1 << DEPTH);
	for (int i = 0; i < DEPTH; i++) {
		egt_true(eg_coro_is_dead(c[i]));
		eg_coro_unref(c[i]);
	}
}

/* GL-05: the same for what a dead one is sent. */
EG_TEST_PLAIN(coro_switch_to_a_dead_one_starts_its_parent)
{
	eg_coro *dead = coro_new(coro_returns_it);
	eg_coro *parent = coro_new(doubles_it);

	egt_eq(coro_ask(dead, 1), 1);
	egt_eq(eg_coro_set_parent(dead, parent), 0);
	egt_eq(coro_ask(dead, 4), 8);
	eg_coro_unref(dead);
	eg_coro_unref(parent);
}

/* GL-07: its start fails, so the next parent has the error. */
EG_TEST_PLAIN(coro_parent_that_cannot_start_is_passed_over)
{
	eg_coro *empty = coro_new(NULL);
	eg_coro *c = coro_under(empty, coro_returns_it);

	RESULT_EQ(eg_coro_switch(c, V(5)), -EINVAL, 0);
	egt_true(eg_coro_is_dead(c));
	egt_true(!eg_coro_is_started(empty));
	eg_coro_unref(c);
	eg_coro_unref(empty);
}

static eg_coro_result fails(void *value)
{
	return R(-EDOM, value);
}

/* GL-08 */
EG_TEST_PLAIN(coro_error_is_raised_in_the_parent)
{
	eg_coro *c = coro_new(fails);

	RESULT_EQ(eg_coro_switch(c, V(77)), -EDOM, 77);
	egt_true(eg_coro_is_dead(c));
	/* Once only. */
	egt_eq(coro_ask(c, 5), 5);
	eg_coro_unref(c);
}

static eg_coro_result catches(void *value)
{
	eg_coro *inner = coro_under(eg_coro_self(), fails);
	eg_coro_result r = eg_coro_switch(inner, value);

	egt_eq(r.code, -EDOM);
	eg_coro_unref(inner);
	return R(0, V(N(r.value) + 1));
}

/* GL-08: handled there, it goes no further. */
EG_TEST_PLAIN(coro_error_can_be_handled_on_its_way)
{
	eg_coro *c = coro_new(catches);

	egt_eq(coro_ask(c, 5), 6);
	eg_coro_unref(c);
}

static eg_coro_result lets_it_through(void *value)
{
	eg_coro *inner = coro_under(eg_coro_self(),
				    N(value) > 1 ? lets_it_through : fails);
	eg_coro_result r = eg_coro_switch(inner, V(N(value) - 1));

	trace_add(&trace, (char)('0' + N(value)));
	eg_coro_unref(inner);
	r.value = V(N(r.value) + 10);
	return r;
}

/* GL-08: through each on the way, which may add to the payload. */
EG_TEST_PLAIN(coro_error_goes_all_the_way_up)
{
	eg_coro *c = coro_new(lets_it_through);

	RESULT_EQ(eg_coro_switch(c, V(5)), -EDOM, 50);
	egt_str_eq(trace.text, "12345");
	eg_coro_unref(c);
}

/* GL-08, GL-11: an unstarted parent has nothing that could handle it. */
EG_TEST_PLAIN(coro_error_kills_an_unstarted_parent)
{
	eg_coro *parent = coro_new(doubles_it);
	eg_coro *c = coro_under(parent, fails);

	egt_eq(eg_coro_switch(c, V(3)).code, -EDOM);
	egt_str_eq(trace.text, "");
	egt_true(eg_coro_is_dead(parent));
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

static eg_coro_result ends_by_cancel(void *value)
{
	return R(-ECANCELED, value);
}

/* GL-09 */
EG_TEST_PLAIN(coro_cancel_uncaught_is_a_plain_return)
{
	eg_coro *c = coro_new(ends_by_cancel);

	egt_eq(coro_ask(c, 12), 12);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

/* GL-07, GL-09: so it starts a parent, which an error does not. */
EG_TEST_PLAIN(coro_cancel_uncaught_starts_an_unstarted_parent)
{
	eg_coro *parent = coro_new(doubles_it);
	eg_coro *c = coro_under(parent, ends_by_cancel);

	egt_eq(coro_ask(c, 12), 24);
	egt_str_eq(trace.text, "d");
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

static eg_coro_result returns_a_number(void *value)
{
	return R(5, value);
}

EG_TEST_PLAIN(coro_positive_result_is_success)
{
	eg_coro *c = coro_new(returns_a_number);

	egt_eq(coro_ask(c, 12), 12);
	eg_coro_unref(c);
}

/* GL-08: there is always a main coroutine, from however far below. */
EG_TEST_PLAIN(coro_error_in_the_end_reaches_main)
{
	enum { DEPTH = 200 };
	eg_coro *c[DEPTH];

	c[0] = coro_new(doubles_it);
	for (int i = 1; i < DEPTH; i++)
		c[i] = coro_under(c[i - 1],
				  i == DEPTH - 1 ? fails : doubles_it);
	egt_eq(eg_coro_switch(c[DEPTH - 1], V(1)).code, -EDOM);
	for (int i = 0; i < DEPTH; i++) {
		egt_true(eg_coro_is_dead(c[i]));
		eg_coro_unref(c[i]);
	}
}
