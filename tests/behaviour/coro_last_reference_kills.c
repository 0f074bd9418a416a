/* SPDX-License-Identifier: MIT */
/*
 * The last reference is given back: what is suspended unwinds first (semantics
 * GL-20, GL-26).
 */
#include "coro_kit.h"

static struct trace trace;

static eg_coro_result says_when_it_ends(void *value)
{
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);

	trace_add(&trace, r.code == -ECANCELED ? 'x' : '?');
	return r;
}

/* GL-20 */
EG_TEST_PLAIN(coro_dropped_while_suspended_unwinds)
{
	eg_coro *c = coro_new(says_when_it_ends);

	coro_ask(c, 1);
	egt_str_eq(trace.text, "");
	eg_coro_unref(c);
	egt_str_eq(trace.text, "x");
}

/* GL-20: not before the last one. */
EG_TEST_PLAIN(coro_lives_while_it_is_referenced)
{
	eg_coro *c = coro_new(says_when_it_ends);

	coro_ask(c, 1);
	egt_ptr_eq(eg_coro_ref(c), c);
	eg_coro_unref(c);
	egt_str_eq(trace.text, "");
	eg_coro_unref(c);
	egt_str_eq(trace.text, "x");
}

static eg_coro_result looks_at_its_parent(void *value)
{
	eg_coro *self = eg_coro_self(), *dropper = eg_coro_data(self);
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);

	egt_ptr_eq(eg_coro_parent(self), dropper);
	trace_add(&trace, 'p');
	return r;
}

static eg_coro_result drops_it(void *value)
{
	eg_coro_unref(value);
	trace_add(&trace, 'd');
	return R(0, V(1));
}

/* GL-20: the one that dropped it is its parent then. */
EG_TEST_PLAIN(coro_dropped_ends_into_who_dropped_it)
{
	eg_coro *dropper = coro_new(drops_it);
	eg_coro *c = coro_new(looks_at_its_parent);

	eg_coro_set_data(c, dropper);
	coro_ask(c, 1);
	egt_eq(coro_ask(dropper, N(c)), 1);
	egt_str_eq(trace.text, "pd");
	eg_coro_unref(dropper);
}

static eg_coro *saved;

static eg_coro_result saves_itself(void *value)
{
	RESULT_EQ(eg_coro_switch(eg_coro_main(), value), -ECANCELED, 0);
	saved = eg_coro_ref(eg_coro_self());
	return eg_coro_switch(eg_coro_main(), V(50));
}

/* GL-20: referenced again by its own unwinding, it lives on. */
EG_TEST_PLAIN(coro_may_be_saved_while_it_is_killed)
{
	eg_coro *parent = coro_new(coro_adds_one);
	eg_coro *c = coro_under(parent, saves_itself);

	coro_log_catch();
	coro_ask(c, 1);
	eg_coro_unref(c);
	egt_ptr_eq(saved, c);
	egt_true(eg_coro_is_active(c));
	egt_str_eq(coro_log_line, "");
	/* Its old parent is back. */
	egt_ptr_eq(eg_coro_parent(c), parent);
	egt_eq(coro_ask(c, 6), 7);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(saved);
	eg_coro_unref(parent);
}

static eg_coro_result refuses_to_end(void *value)
{
	for (;;)
		if (eg_coro_switch(eg_coro_main(), value).code < 0)
			trace_add(&trace, 'n');
	return R(0, NULL);
}

/* What is leaked stays where a leak check finds it. */
static eg_coro *mule;

/* GL-20 */
EG_TEST_PLAIN(coro_that_does_not_end_is_reported)
{
	eg_coro_options o = EG_CORO_INIT;

	o.name = "mule";
	egt_eq(eg_coro_new(&mule, refuses_to_end, &o), 0);
	coro_ask(mule, 1);
	coro_log_catch();
	eg_coro_unref(mule);
	egt_str_has(coro_log_line, "'mule' did not end when it was killed");
	egt_str_eq(trace.text, "n");
}

static eg_coro_result fails_in_the_end(void *value)
{
	(void)eg_coro_switch(eg_coro_main(), value);
	return R(-EIO, NULL);
}

/* GL-20: an error then is nobody's. */
EG_TEST_PLAIN(coro_error_while_it_is_killed_is_reported)
{
	eg_coro *c = coro_new(fails_in_the_end);

	coro_ask(c, 1);
	coro_log_catch();
	eg_coro_unref(c);
	egt_str_has(coro_log_line, "was killed, and ended with error 5");
}

static eg_coro_result drops_itself(void *value)
{
	trace_add(&trace, 'a');
	eg_coro_unref(eg_coro_self());
	trace_add(&trace, 'b');
	egt_eq(eg_coro_switch(eg_coro_main(), value).code, -ECANCELED);
	trace_add(&trace, 'c');
	return R(-ECANCELED, NULL);
}

/* GL-20, GL-26: put off while it runs, and before its target goes on. */
EG_TEST_PLAIN(coro_may_drop_itself)
{
	eg_coro *c = coro_new(drops_itself);

	egt_eq(coro_ask(c, 4), 4);
	egt_str_eq(trace.text, "abc");
}

static eg_coro_result drops_itself_and_starts(void *value)
{
	eg_coro_result r;

	eg_coro_unref(eg_coro_self());
	r = eg_coro_switch(value, V(2));
	trace_add(&trace, r.code == -ECANCELED ? 'x' : '?');
	return r;
}

static eg_coro_result notes_its_start(void *value)
{
	trace_add(&trace, 's');
	return R(0, V(N(value) + 1));
}

/* GL-20: its end comes before a start, too, and who is started gets what it was
 * brought. */
EG_TEST_PLAIN(coro_may_drop_itself_and_start_another)
{
	eg_coro *other = coro_new(notes_its_start);
	eg_coro *c = coro_new(drops_itself_and_starts);

	egt_eq(coro_ask(c, N(other)), 3);
	egt_str_eq(trace.text, "xs");
	eg_coro_unref(other);
}

static int counts_calls(enum eg_coro_event event, eg_coro *origin,
			eg_coro *target, void *arg)
{
	int *calls = arg;

	(void)event;
	(void)origin;
	(void)target;
	++*calls;
	return 0;
}

/* GL-20, GL-24: the callback first, with the origin still there. */
EG_TEST_PLAIN(coro_may_drop_itself_while_traced)
{
	int calls = 0;
	eg_coro *c = coro_new(drops_itself);

	egt_eq(eg_coro_set_trace(counts_calls, &calls, NULL, NULL), 0);
	egt_eq(coro_ask(c, 4), 4);
	egt_str_eq(trace.text, "abc");
	egt_eq(calls, 2);
	egt_eq(eg_coro_set_trace(NULL, NULL, NULL, NULL), 0);
}

static eg_coro_result drops_itself_and_ends(void *value)
{
	eg_coro_unref(eg_coro_self());
	return R(0, value);
}

/* GL-20 */
EG_TEST_PLAIN(coro_may_drop_itself_and_end)
{
	for (int i = 0; i < 100; i++)
		egt_eq(coro_ask(coro_new(drops_itself_and_ends), i), i);
}

/* GL-20: chains of what holds each other, without recursion. */
EG_TEST_PLAIN(coro_dropped_takes_a_long_line_of_parents_along)
{
	eg_coro *c = coro_new(coro_returns_it), *next;

	for (int i = 0; i < 100000; i++) {
		next = coro_under(c, coro_returns_it);
		eg_coro_unref(c);
		c = next;
	}
	eg_coro_unref(c);
}

/* GL-20: of which each must unwind. */
EG_TEST_PLAIN(coro_dropped_takes_suspended_parents_along)
{
	eg_coro *c = coro_new(says_when_it_ends), *next;

	coro_ask(c, 1);
	for (int i = 0; i < 20; i++) {
		next = coro_under(c, says_when_it_ends);
		coro_ask(next, 1);
		eg_coro_unref(c);
		c = next;
	}
	egt_str_eq(trace.text, "");
	eg_coro_unref(c);
	egt_eq(trace.len, 21);
}

static eg_coro_result switches_while_it_ends(void *value)
{
	eg_coro *helper = eg_coro_data(eg_coro_self());
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);

	egt_eq(coro_ask(helper, 5), 5);
	trace_add(&trace, 'h');
	return r;
}

static eg_coro_result helps(void *value)
{
	eg_coro *friend = eg_coro_data(eg_coro_self());

	for (;;) {
		eg_coro_result r = eg_coro_switch(friend, value);

		if (r.code < 0)
			return r;
		value = r.value;
	}
}

/* GL-26: what is killed in the middle of a switch may switch, too. */
EG_TEST_PLAIN(coro_pending_values_survive_a_kill_that_switches)
{
	eg_coro *helper = coro_new(helps);
	eg_coro *adder = coro_new(coro_adds_one);
	eg_coro *c = coro_new(switches_while_it_ends);

	eg_coro_set_data(helper, c);
	eg_coro_set_data(c, helper);
	coro_ask(c, 1);
	egt_eq(coro_ask(adder, 1), 2);
	/* Dropped while it runs: killed by the next switch, to somebody else. */
	egt_eq(eg_coro_set_fn(helper, helps), 0);
	eg_coro_unref(c);
	egt_str_eq(trace.text, "h");
	egt_eq(coro_ask(adder, 10), 11);
	eg_coro_unref(adder);
	eg_coro_unref(helper);
}
