/* SPDX-License-Identifier: MIT */
/*
 * evergreen doctor: prints what this machine can do, a line each. Does not
 * change anything, and looks at no program.
 */
#include "cli/check_machine.h"
#include "cli/cli.h"
#include "cli/environment.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_COLUMNS = 22,
	VERDICT_COLUMNS = 9,
};

static void look_at_library(struct cli_finding *f)
{
	char path[PATH_MAX];
	int r = cli_find_run_library(path);

	if (r == 0)
		cli_find(f, CLI_IS_OK, NULL, "%s", path);
	else
		cli_find(f, CLI_IS_MISSING,
			 "install evergreen again, or set "
			 "EVERGREEN_RUN_LIBRARY",
			 "%s: %s", path, strerror(-r));
}

static const struct cli_check library_checks[] = {
	{ "run library", look_at_library },
	{ NULL, NULL },
};

static const struct cli_check *const tables[] = {
	cli_system_checks,
	cli_cpu_checks,
	library_checks,
	cli_limit_checks,
};

static bool print(const struct cli_check *check)
{
	static const char *const words[] = { "ok", "note", "missing" };
	struct cli_finding found;

	check->look(&found);
	printf("%-*s%-*s%s\n", NAME_COLUMNS, check->name, VERDICT_COLUMNS,
	       words[found.verdict], found.text);
	if (found.advice)
		printf("%*s%s\n", NAME_COLUMNS + VERDICT_COLUMNS, "",
		       found.advice);
	return found.verdict != CLI_IS_MISSING;
}

int cli_doctor(int argc, char **argv)
{
	bool can_run = true;

	if (argc > 1) {
		cli_complain("doctor: takes no argument, not even '%s'",
			     argv[1]);
		return CLI_FAILED;
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct cli_check *c = tables[i]; c->name; c++)
			can_run &= print(c);
	puts(can_run ? "\nevergreen run works here."
		     : "\nevergreen run does not work here: see what is "
		       "missing.");
	return can_run ? CLI_OK : CLI_UNABLE;
}
