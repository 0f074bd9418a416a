/* SPDX-License-Identifier: MIT */
/*
 * A link is called once, however late its fiber ends: after main has returned,
 * too, where its own fiber is cancelled like any other (semantics SP-08).
 */
#include "fiber_trace.h"

enum { LINKS = 3 };

static struct trace trace;
static eg_link links[LINKS];
static eg_fiber *linked;
static eg_sem never;

static void note_cancelled(eg_fiber *fiber, void *arg)
{
	egt_true(eg_fiber_is_done(fiber));
	trace_add(&trace, *(const char *)arg);
	egt_true(eg_cancelled());
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	trace_add(&trace, '.');
}

static void link_three(eg_fiber *f)
{
	static char letters[] = "abc";

	trace.len = 0;
	for (int i = 0; i < LINKS; i++)
		egt_eq(eg_fiber_link(f, &links[i], note_cancelled, &letters[i],
				     EG_LINK_SPAWN),
		       0);
}

static void *wait_for_cancel(void *arg)
{
	egt_eq(eg_sem_wait(&never, EG_FOREVER), -ECANCELED);
	return arg;
}

/* It takes its time to end, in a shield. */
static void *end_slowly(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_sem_wait(&never, EG_FOREVER), -ECANCELED);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	return arg;
}

static void *just_return(void *arg)
{
	return arg;
}

static int link_and_return(void *fn)
{
	eg_fiber_fn *const *run = fn;

	egt_eq(eg_spawn(&linked, *run, NULL), 0);
	link_three(linked);
	linked = eg_unref(linked);
	return 0;
}

static int let_it_run_and_return(void *fn)
{
	link_and_return(fn);
	return eg_yield();
}

/* Its fiber has ended, and the links' are about to run. */
static int return_between(void *fn)
{
	eg_fiber_fn *const *run = fn;

	egt_eq(eg_spawn(&linked, *run, NULL), 0);
	egt_eq(eg_fiber_wait(linked, EG_FOREVER), 0);
	link_three(linked);
	linked = eg_unref(linked);
	return 0;
}

static int link_main(void *fn)
{
	(void)fn;
	link_three(eg_self());
	return 0;
}

EG_TEST_BARE(links_in_fibers_are_called_as_the_hub_ends)
{
	static const struct {
		const char *name;
		eg_main_fn *main;
		eg_fiber_fn *run;
	} cases[] = {
		{ "never ran", link_and_return, wait_for_cancel },
		{ "waits", let_it_run_and_return, wait_for_cancel },
		{ "ends slowly", let_it_run_and_return, end_slowly },
		{ "about to be called", return_between, just_return },
		{ "of main", link_main, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber_fn *run = cases[i].run;

		egt_case(cases[i].name);
		egt_eq(eg_run(cases[i].main, &run, NULL, NULL), 0);
		egt_str_eq(trace.text, "a.b.c.");
		for (int k = 0; k < LINKS; k++)
			egt_eq(eg_fiber_unlink(&links[k]), 0);
	}
}

/* What is not wanted lets its fiber go, then as ever. */
static void must_not_be_called(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	egt_fail("called with %p", arg);
}

static int link_for_errors(void *arg)
{
	egt_eq(eg_spawn(&linked, wait_for_cancel, arg), 0);
	for (int i = 0; i < LINKS; i++)
		egt_eq(eg_fiber_link(linked, &links[i], must_not_be_called,
				     NULL, EG_LINK_ERROR | EG_LINK_SPAWN),
		       0);
	egt_eq(eg_fiber_unlink(&links[1]), 1);
	linked = eg_unref(linked);
	return eg_yield();
}

EG_TEST_BARE(links_that_are_not_wanted_let_the_hub_end)
{
	egt_eq(eg_run(link_for_errors, NULL, NULL, NULL), 0);
	for (int i = 0; i < LINKS; i++)
		egt_eq(eg_fiber_unlink(&links[i]), 0);
}

/* Linked anew by its own function, for ever: dropped with what is left. */
static void link_again(eg_fiber *fiber, void *arg)
{
	++*(int *)arg;
	egt_eq(eg_fiber_link(fiber, &links[0], link_again, arg, 0), 0);
}

static int link_for_ever(void *arg)
{
	egt_eq(eg_spawn(&linked, just_return, NULL), 0);
	egt_eq(eg_fiber_link(linked, &links[0], link_again, arg, 0), 0);
	egt_eq(eg_fiber_wait(linked, EG_FOREVER), 0);
	linked = eg_unref(linked);
	return 0;
}

EG_TEST_BARE(link_that_links_itself_lets_the_hub_end)
{
	for (int i = 0; i < 2; i++) {
		int calls = 0;

		egt_eq(eg_run(link_for_ever, &calls, NULL, NULL), 0);
		egt_lt(0, calls);
		egt_eq(eg_fiber_unlink(&links[0]), 0);
	}
}

/* The fiber goes with the link, and its error is reported. */
static void *fail(void *arg)
{
	return eg_fail(-EIO, arg);
}

static void link_a_failed_one(eg_fiber *fiber, void *arg)
{
	egt_eq(eg_fiber_link(linked, &links[1], must_not_be_called, NULL,
			     EG_LINK_ERROR),
	       0);
	linked = eg_unref(linked);
	(void)fiber;
	trace_add(arg, 'a');
}

static int link_to_the_last(void *arg)
{
	trace.len = 0;
	egt_eq(eg_spawn(&linked, fail, NULL), 0);
	egt_eq(eg_fiber_wait(linked, EG_FOREVER), 0);
	return eg_fiber_link(eg_self(), &links[0], link_a_failed_one, arg, 0);
}

EG_TEST_BARE(link_made_last_is_dropped)
{
	egt_eq(eg_run(link_to_the_last, &trace, NULL, NULL), 0);
	egt_str_eq(trace.text, "a");
	egt_eq(eg_fiber_unlink(&links[0]), 0);
	egt_eq(eg_fiber_unlink(&links[1]), 0);
}
