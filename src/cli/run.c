/* SPDX-License-Identifier: MIT */
/*
 * evergreen run: looks before it leaps, then turns into the program. So the
 * process, its status and its signals are the program's from there on.
 */
#include "cli/check_machine.h"
#include "cli/check_program.h"
#include "cli/cli.h"
#include "cli/environment.h"
#include "cli/find_program.h"
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int check_all(const struct cli_check *checks)
{
	struct cli_finding found;

	for (; checks->name; checks++) {
		checks->look(&found);
		if (found.verdict != CLI_IS_MISSING)
			continue;
		cli_complain("run does not work here: %s: %s; %s", checks->name,
			     found.text, found.advice);
		return CLI_FAILED;
	}
	return 0;
}

static int find_library(char ret_path[PATH_MAX])
{
	int r = cli_find_run_library(ret_path);

	if (r == 0)
		return 0;
	cli_complain("run does not work here: %s: %s; install evergreen "
		     "again, or set EVERGREEN_RUN_LIBRARY",
		     ret_path, strerror(-r));
	return CLI_FAILED;
}

static int execute(const char *path, char **program)
{
	int error;

	execv(path, program);
	error = errno;
	cli_complain("%s: %s", path, strerror(error));
	return error == ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_EXEC;
}

int cli_run(int argc, char **argv)
{
	char path[PATH_MAX], library[PATH_MAX];
	struct cli_run_options options;
	int r = cli_read_run_options(&options, argc, argv);

	if (r)
		return r;
	if (options.is_help_wanted)
		return cli_print_run_options();
	r = cli_find_program(*options.program, path);
	if (r < 0)
		return cli_complain_not_found(*options.program, r);
	r = check_all(cli_cpu_checks);
	if (r == 0)
		r = check_all(cli_system_checks);
	if (r == 0)
		r = cli_check_program(path);
	if (r == 0)
		r = find_library(library);
	if (r == 0)
		r = cli_set_environment(library, &options);
	return r ? r : execute(path, options.program);
}
