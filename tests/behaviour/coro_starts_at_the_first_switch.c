/* SPDX-License-Identifier: MIT */
/*
 * A new coroutine is nothing but a promise: no code of it runs, and it has no
 * stack, before the first switch (semantics GL-01, GL-02, GL-16).
 */
#include "coro_kit.h"

#include "coro/coro.h"

static int runs;

static eg_coro_result counts_runs(void *value)
{
	runs++;
	return R(0, value);
}

/* GL-01 */
EG_TEST_PLAIN(coro_new_runs_nothing)
{
	eg_coro *c = coro_new(counts_runs);

	egt_eq(runs, 0);
	egt_true(!eg_coro_is_started(c));
	egt_ptr_eq(eg_coro_unref(c), NULL);
	egt_eq(runs, 0);
}

/* GL-01 */
EG_TEST_PLAIN(coro_new_has_no_stack_and_a_dead_one_neither)
{
	eg_coro *c = coro_new(coro_adds_one);

	egt_ptr_eq(c->stack, NULL);
	egt_eq(coro_ask(c, 1), 2);
	egt_true(c->stack);
	egt_eq(eg_coro_throw(c, -ECANCELED, NULL).code, 0);
	egt_ptr_eq(c->stack, NULL);
	eg_coro_unref(c);
}

/* GL-01: a stack is used again at once, by the next that starts. */
EG_TEST_PLAIN(coro_dead_gives_its_stack_to_the_next)
{
	struct coro_stack *stack;
	eg_coro *c = coro_new(coro_adds_one);

	egt_eq(coro_ask(c, 1), 2);
	stack = c->stack;
	egt_eq(eg_coro_throw(c, -ECANCELED, NULL).code, 0);
	eg_coro_unref(c);
	c = coro_new(coro_adds_one);
	egt_eq(coro_ask(c, 1), 2);
	egt_ptr_eq(c->stack, stack);
	eg_coro_unref(c);
}

static eg_coro_result makes_one(void *value)
{
	eg_coro **ret = value;

	*ret = coro_new(coro_returns_it);
	return R(0, NULL);
}

/* GL-01 */
EG_TEST_PLAIN(coro_parent_is_who_made_it)
{
	eg_coro *inner, *c = coro_new(makes_one);

	egt_ptr_eq(eg_coro_parent(c), eg_coro_self());
	egt_eq(eg_coro_switch(c, &inner).code, 0);
	egt_ptr_eq(eg_coro_parent(inner), c);
	eg_coro_unref(inner);
	eg_coro_unref(c);
}

/* GL-01 */
EG_TEST_PLAIN(coro_parent_may_be_chosen)
{
	eg_coro *a = coro_new(coro_returns_it);
	eg_coro *b = coro_under(a, coro_returns_it);

	egt_ptr_eq(eg_coro_parent(b), a);
	eg_coro_unref(a);
	/* The child holds it. */
	egt_ptr_eq(eg_coro_parent(eg_coro_parent(b)), eg_coro_main());
	eg_coro_unref(b);
}

/* GL-02 */
EG_TEST_PLAIN(coro_gets_the_first_value_as_argument)
{
	eg_coro *c = coro_new(counts_runs);

	egt_eq(coro_ask(c, 42), 42);
	egt_eq(runs, 1);
	eg_coro_unref(c);
}

/* GL-02: the caller is told, and it can still be given one. */
EG_TEST_PLAIN(coro_without_function_stays_unstarted)
{
	eg_coro *c = coro_new(NULL);

	RESULT_EQ(eg_coro_switch(c, V(1)), -EINVAL, 0);
	egt_true(!eg_coro_is_started(c));
	egt_eq(eg_coro_set_fn(c, coro_returns_it), 0);
	egt_eq(coro_ask(c, 3), 3);
	eg_coro_unref(c);
}

/* GL-16 */
EG_TEST_PLAIN(coro_function_changes_before_the_start)
{
	eg_coro *c = coro_new(counts_runs);

	egt_eq(eg_coro_set_fn(c, coro_adds_one), 0);
	egt_eq(coro_ask(c, 3), 4);
	egt_eq(runs, 0);
	egt_eq(eg_coro_set_fn(c, counts_runs), -EPERM);
	egt_eq(coro_ask(c, 5), 6);
	egt_eq(eg_coro_throw(c, -ECANCELED, NULL).code, 0);
	egt_eq(eg_coro_set_fn(c, counts_runs), -EPERM);
	eg_coro_unref(c);
}

EG_TEST_PLAIN(coro_options_are_kept)
{
	eg_coro_options o = EG_CORO_INIT;
	eg_coro *c;

	o.name = "a name that is much longer than it may be";
	o.data = &runs;
	egt_eq(eg_coro_new(&c, coro_returns_it, &o), 0);
	egt_str_eq(c->name, "a name that is much lon");
	egt_ptr_eq(eg_coro_data(c), &runs);
	egt_eq(eg_coro_set_data(c, NULL), 0);
	egt_ptr_eq(eg_coro_data(c), NULL);
	eg_coro_unref(c);
}

static eg_coro_result uses_bytes(void *value)
{
	size_t bytes = (size_t)N(value);
	volatile char *block = __builtin_alloca(bytes);

	for (size_t i = 0; i < bytes; i += 512)
		block[i] = 1;
	return R(0, V(block[0]));
}

EG_TEST_PLAIN(coro_stack_is_as_large_as_asked)
{
	static const size_t sizes[] = { 0, 4096, 1 << 16, 1 << 20, 1 << 24 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		eg_coro_options o = EG_CORO_INIT;
		size_t bytes = sizes[i] ? sizes[i] : 56 * 1024;
		eg_coro *c;

		egt_casef("%zu bytes", sizes[i]);
		o.stack_bytes = sizes[i];
		egt_eq(eg_coro_new(&c, uses_bytes, &o), 0);
		/* What is left is for the frames. */
		egt_eq(coro_ask(c, (intptr_t)(bytes - 2048)), 1);
		eg_coro_unref(c);
	}
}
