/* SPDX-License-Identifier: MIT */
/*
 * A broken invariant ends the process by SIGABRT, with its text, whatever the
 * program did to that signal.
 */
#include "base/check.h"

#include "base/log.h"
#include "egt.h"

#include <stdio.h>

EG_TEST_PLAIN(a_check_that_holds_does_nothing)
{
	int evaluated = 0;

	EG_CHECK(++evaluated);
	egt_eq(evaluated, 1);
	EG_DEBUG_CHECK(evaluated);
}

EG_TEST_PLAIN_DIES(a_failed_check_says_what_and_where, SIGABRT,
		   "evergreen: check failed: one == two (")
{
	int one = 1, two = 2;

	EG_CHECK(one == two);
}

EG_TEST_PLAIN_DIES(a_failed_check_names_its_file, SIGABRT, "base_check.c:")
{
	bool no = false;

	EG_CHECK(no);
}

EG_TEST_PLAIN_DIES(debug_checks_are_on_in_the_test_library, SIGABRT,
		   "check failed: no")
{
#ifndef EG_DEBUG
	egt_skip("not the test library");
#endif
	bool no = false;

	EG_DEBUG_CHECK(no);
}

static void print_line(int level, const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "hook at %d: %s\n", level, line);
}

EG_TEST_PLAIN_DIES(a_failed_check_goes_through_the_hook, SIGABRT,
		   "hook at 4: check failed: ")
{
	bool no = false;

	eg__log_set(print_line, NULL);
	EG_CHECK(no);
}

EG_TEST_PLAIN_DIES(abort_works_while_the_signal_is_ignored, SIGABRT, "")
{
	signal(SIGABRT, SIG_IGN);
	eg__abort();
}

EG_TEST_PLAIN_DIES(abort_works_while_the_signal_is_blocked, SIGABRT, "")
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	eg__abort();
}

static void say_caught(int signal)
{
	(void)signal;
	fprintf(stderr, "caught\n");
}

EG_TEST_PLAIN_DIES(abort_runs_a_handler_and_is_final, SIGABRT, "caught")
{
	signal(SIGABRT, say_caught);
	eg__abort();
}
