/* SPDX-License-Identifier: MIT */
/*
 * Who may become whose parent, and the main coroutine, which has none
 * (semantics GL-14, GL-15, GL-17, GL-28).
 */
#include "coro_kit.h"

static eg_coro_result adds_ten(void *value)
{
	return R(0, V(N(value) + 10));
}

/* GL-14 */
EG_TEST_PLAIN(coro_new_parent_gets_the_result)
{
	eg_coro *parent = coro_new(adds_ten);
	eg_coro *c = coro_new(coro_returns_it);

	egt_eq(eg_coro_set_parent(c, parent), 0);
	egt_ptr_eq(eg_coro_parent(c), parent);
	egt_eq(coro_ask(c, 5), 15);
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

static eg_coro_result takes_another_parent(void *value)
{
	egt_eq(eg_coro_set_parent(eg_coro_self(), value), 0);
	return R(0, V(1));
}

/* GL-14 */
EG_TEST_PLAIN(coro_parent_changes_while_it_runs)
{
	eg_coro *parent = coro_new(adds_ten);
	eg_coro *c = coro_new(takes_another_parent);

	egt_eq(coro_ask(c, N(parent)), 11);
	eg_coro_unref(c);
	eg_coro_unref(parent);
}

/* GL-14 */
EG_TEST_PLAIN(coro_parents_form_no_cycle)
{
	eg_coro *a = coro_new(coro_returns_it);
	eg_coro *b = coro_under(a, coro_returns_it);
	eg_coro *c = coro_under(b, coro_returns_it);

	egt_eq(eg_coro_set_parent(a, a), -ELOOP);
	egt_eq(eg_coro_set_parent(a, b), -ELOOP);
	egt_eq(eg_coro_set_parent(a, c), -ELOOP);
	egt_ptr_eq(eg_coro_parent(a), eg_coro_main());
	egt_eq(eg_coro_set_parent(c, a), 0);
	egt_eq(eg_coro_set_parent(b, c), 0);
	egt_ptr_eq(eg_coro_parent(b), c);
	eg_coro_unref(a);
	eg_coro_unref(b);
	eg_coro_unref(c);
}

static void *returns_new(void *arg)
{
	eg_coro **ret = arg;

	*ret = coro_new(coro_returns_it);
	return NULL;
}

/* GL-14 */
EG_TEST_PLAIN(coro_parent_is_of_the_same_thread)
{
	eg_coro *theirs, *ours = coro_new(coro_returns_it);
	eg_coro_options o = EG_CORO_INIT;
	eg_coro *none = NULL;

	coro_log_catch();
	in_thread(returns_new, &theirs);
	egt_eq(eg_coro_set_parent(ours, theirs), -EPERM);
	egt_eq(eg_coro_set_parent(theirs, ours), -EPERM);
	o.parent = theirs;
	egt_eq(eg_coro_new(&none, coro_returns_it, &o), -EPERM);
	egt_ptr_eq(none, NULL);
	egt_ptr_eq(eg_coro_parent(ours), eg_coro_main());
	eg_coro_unref(ours);
	eg_coro_unref(theirs);
}

/* GL-14: it has none, and cannot be given one. */
EG_TEST_PLAIN(coro_main_has_no_parent)
{
	eg_coro *c = coro_new(coro_returns_it);

	egt_ptr_eq(eg_coro_parent(eg_coro_main()), NULL);
	egt_eq(eg_coro_set_parent(eg_coro_main(), c), -EPERM);
	egt_eq(eg_coro_set_fn(eg_coro_main(), adds_ten), -EPERM);
	eg_coro_unref(c);
}

/* GL-14: one that a child holds is not lost. */
EG_TEST_PLAIN(coro_parent_is_held_by_its_child)
{
	eg_coro *parent = coro_new(adds_ten);
	eg_coro *c = coro_under(parent, coro_returns_it);

	eg_coro_unref(parent);
	egt_eq(coro_ask(c, 1), 11);
	eg_coro_unref(c);
}

static eg_coro_result tells_main(void *value)
{
	(void)value;
	egt_true(eg_coro_self() != eg_coro_main());
	return R(0, eg_coro_main());
}

/* GL-15 */
EG_TEST_PLAIN(coro_main_is_there_from_the_start)
{
	eg_coro *main = eg_coro_self(), *c;

	egt_true(main);
	egt_ptr_eq(main, eg_coro_main());
	egt_true(eg_coro_is_started(main));
	egt_true(eg_coro_is_active(main));
	egt_true(!eg_coro_is_dead(main));
	c = coro_new(tells_main);
	egt_ptr_eq(V(coro_ask(c, 0)), main);
	eg_coro_unref(c);
}

static void *tells_self(void *arg)
{
	eg_coro **ret = arg;

	*ret = eg_coro_ref(eg_coro_self());
	egt_ptr_eq(*ret, eg_coro_main());
	return NULL;
}

/* GL-15, GL-22: one for each thread; it ends with it. */
EG_TEST_PLAIN(coro_main_is_the_threads_own)
{
	eg_coro *theirs;

	in_thread(tells_self, &theirs);
	egt_true(theirs != eg_coro_main());
	egt_true(eg_coro_is_dead(theirs));
	egt_true(!eg_coro_is_dead(eg_coro_main()));
	eg_coro_unref(theirs);
}

static eg_coro_result looks_at_itself(void *value)
{
	eg_coro *self = eg_coro_self();

	egt_true(eg_coro_is_active(self));
	egt_true(!eg_coro_is_dead(self));
	return eg_coro_switch(eg_coro_main(), value);
}

/* GL-17, GL-28 */
EG_TEST_PLAIN(coro_states_follow_its_life)
{
	eg_coro *c = coro_new(looks_at_itself);

	egt_true(!eg_coro_is_started(c));
	egt_true(!eg_coro_is_active(c));
	egt_true(!eg_coro_is_dead(c));
	coro_ask(c, 1);
	egt_true(eg_coro_is_started(c));
	egt_true(eg_coro_is_active(c));
	egt_true(!eg_coro_is_dead(c));
	coro_ask(c, 1);
	egt_true(eg_coro_is_started(c));
	egt_true(!eg_coro_is_active(c));
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

static eg_gen *above;
static eg_coro *below;

static int is_cancelled_by_its_child(void *arg)
{
	eg_coro *stranger = coro_new(looks_at_itself);

	egt_eq(eg_gen_yield(arg).code, -ECANCELED);
	/* Its killer stands in for its parent, and is below it. */
	egt_true(eg_coro_parent(eg_coro_self()) == below);
	egt_eq(eg_coro_set_parent(below, eg_coro_self()), 0);
	egt_eq(eg_coro_set_parent(stranger, eg_coro_self()), 0);
	egt_eq(eg_coro_set_parent(eg_coro_self(), below), -ELOOP);
	eg_coro_unref(stranger);
	return 0;
}

static eg_coro_result cancels_its_parent(void *value)
{
	egt_eq(eg_gen_cancel(above), 0);
	return R(0, value);
}

/* GL-14, GL-20: while a child kills it, the tree is no circle to be lost in. */
EG_TEST_PLAIN(coro_killed_by_a_child_changes_parents)
{
	eg_coro_options o = EG_CORO_INIT;

	egt_eq(eg_gen_new(&above, is_cancelled_by_its_child, V(1), NULL), 0);
	egt_eq(eg_gen_next(above).code, 1);
	/* A generator begins with its coroutine. */
	o.parent = (eg_coro *)(void *)above;
	egt_eq(eg_coro_new(&below, cancels_its_parent, &o), 0);
	egt_eq(coro_ask(below, 7), 7);
	egt_true(eg_coro_parent((eg_coro *)(void *)above) == eg_coro_main());
	eg_coro_unref(below);
	eg_gen_free(above);
}
