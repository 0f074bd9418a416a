/* SPDX-License-Identifier: MIT */
/*
 * Tests of the harness: does what must fail fail, and say why? Runs the tests
 * of subjects.c by name, in their own program, and reads what it prints.
 */
#include "egt.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct result {
	int status; /* the program's exit status */
	char text[8192];
};

/* Runs "egsubjects ARGS", which meson builds beside this program. */
static struct result run_subjects(const char *args)
{
	char path[PATH_MAX], command[PATH_MAX + 256];
	struct result result = { .status = -1 };
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	FILE *program;
	size_t got;

	egt_lt(0, len);
	path[len] = '\0';
	*strrchr(path, '/') = '\0';
	snprintf(command, sizeof(command), "%s/egsubjects %s 2>&1", path, args);
	program = popen(command, "r");
	egt_true(program);
	got = fread(result.text, 1, sizeof(result.text) - 1, program);
	result.text[got] = '\0';
	result.status = WEXITSTATUS(pclose(program));
	return result;
}

EG_TEST_PLAIN(each_way_to_fail_is_reported_with_its_cause)
{
	static const struct {
		const char *name;
		const char *cause;
	} cases[] = {
		{ "compares_unequal", "a row: six == 7" },
		{ "compares_unequal", "left:  6\n      right: 7" },
		{ "compares_unequal", "| printed before the failure" },
		{ "compares_with_an_error", "left:  -110 (-ETIMEDOUT)" },
		{ "leaks_a_descriptor", ": /dev/null" },
		{ "leaks_two_fibers", "leaked fibers: 0 before, 2 after" },
		{ "closes_what_is_not_its_own", "closed descriptor 0" },
		{ "hangs", "still running at its time limit, 1" },
		{ "prints_without_end", "prints without end" },
		{ "crashes", "died of SIGSEGV" },
		{ "exits", "exited inside the test, status 0" },
		{ "should_die_and_does_not", "died of SIGABRT: it ended well" },
		{ "should_die_saying_more", "without saying \"other words\"" },
		{ "should_fail_and_passes", "should have failed, and passed" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result result;
		char args[128], title[128];

		egt_casef("%s, %s", cases[i].name, cases[i].cause);
		snprintf(args, sizeof(args), "-k ':%s'", cases[i].name);
		snprintf(title, sizeof(title), "FAIL %s (tests/selftest/",
			 cases[i].name);
		result = run_subjects(args);
		egt_eq(result.status, 1);
		egt_str_has(result.text, title);
		egt_str_has(result.text, cases[i].cause);
		egt_str_has(result.text, "\n0 passed, 1 failed, 0 skipped\n");
	}
}

EG_TEST_PLAIN(a_pass_prints_the_total_alone)
{
	struct result result = run_subjects("-k :passes");

	egt_eq(result.status, 0);
	egt_str_eq(result.text, "1 passed, 0 failed, 0 skipped\n");
}

EG_TEST_PLAIN(a_skip_is_counted_and_explained)
{
	struct result result = run_subjects("-k :skips");

	egt_eq(result.status, 0);
	egt_str_eq(result.text, "skipped 1: because of reasons\n"
				"0 passed, 0 failed, 1 skipped\n");
}

EG_TEST_PLAIN(one_failure_does_not_stop_the_others)
{
	struct result result = run_subjects("");

	egt_eq(result.status, 1);
	egt_str_has(result.text, "1 passed, 12 failed, 1 skipped\n");
}

EG_TEST_PLAIN(tap_numbers_every_test)
{
	struct result result = run_subjects("--tap -j 1 -k 's*s'");

	egt_str_has(result.text, "TAP version 13\n1..0\n");
	result = run_subjects("--tap -j 1 -k '*:*ps'");
	egt_str_eq(result.text, "TAP version 13\n1..1\n"
				"ok 1 - skips # SKIP because of reasons\n");
	result = run_subjects("--tap -j 1 -k :exits");
	egt_str_has(result.text, "1..1\nnot ok 1 - exits\n# the process");
}

EG_TEST_PLAIN(list_names_the_tests_and_runs_none)
{
	struct result result = run_subjects("--list -k hangs");

	egt_eq(result.status, 0);
	egt_str_eq(result.text, "tests/selftest/subjects.c:hangs\n");
}

EG_TEST_PLAIN(an_unknown_backend_is_refused)
{
	struct result result = run_subjects("--backend kqueue");

	egt_eq(result.status, 2);
	egt_str_has(result.text, "no such backend");
}

EG_TEST_FAILS(a_failing_assertion_fails, "1 == 2")
{
	egt_eq(1, 2);
}

EG_TEST_FAILS(a_string_without_the_words_fails, "has no \"cab\"")
{
	const char *text = "abc";

	egt_str_has(text, "cab");
}

EG_TEST_PLAIN_DIES(a_death_with_its_words_passes, SIGABRT, "the last words")
{
	fprintf(stderr, "these are the last words\n");
	abort();
}
