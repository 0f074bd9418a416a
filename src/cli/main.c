/* SPDX-License-Identifier: MIT */
/*
 * The command `evergreen`: picks the command that is asked for, and answers
 * for help and the version. Does not read the options of a command.
 */
#include "cli/cli.h"
#include "cli/options.h"

#include <evergreen/version.h>

#include <stdio.h>
#include <string.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define VERSION                  \
	STRING(EG_VERSION_MAJOR) \
	"." STRING(EG_VERSION_MINOR) "." STRING(EG_VERSION_PATCH)

static const char usage[] =
	"Usage: evergreen run [OPTION...] [--] PROGRAM [ARG...]\n"
	"       evergreen doctor\n"
	"       evergreen help [run|doctor]\n"
	"       evergreen --version\n"
	"\n"
	"Green threads for blocking code.\n"
	"\n"
	"  run      run a threaded program with its threads as fibers\n"
	"  doctor   say what this machine can do, and what it lacks for run\n"
	"  help     print this, or the options of a command\n"
	"\n"
	"See evergreen(1).\n";

static const char doctor_usage[] =
	"Usage: evergreen doctor\n"
	"\n"
	"Prints what this machine can do, a line each, and below it what to do\n"
	"where something is missing. Ends with 0 if evergreen run can work, "
	"else with 1.\n";

static int help(int argc, char **argv)
{
	if (argc > 2) {
		cli_complain("help: one command at a time, not also '%s'",
			     argv[2]);
		return CLI_FAILED;
	}
	if (argc < 2) {
		fputs(usage, stdout);
	} else if (strcmp(argv[1], "run") == 0) {
		return cli_print_run_options();
	} else if (strcmp(argv[1], "doctor") == 0) {
		fputs(doctor_usage, stdout);
	} else {
		cli_complain("help: there is no command '%s'; "
			     "see evergreen help",
			     argv[1]);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int print_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("evergreen " VERSION);
	return CLI_OK;
}

static bool is_asking_for_help(int argc, char **argv)
{
	return argc == 2 &&
	       (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static int doctor(int argc, char **argv)
{
	if (is_asking_for_help(argc, argv)) {
		fputs(doctor_usage, stdout);
		return CLI_OK;
	}
	return cli_doctor(argc, argv);
}

/* clang-format off */
static const struct {
	const char *name;
	int (*execute)(int argc, char **argv);
} commands[] = {
	{ "run", cli_run },
	{ "doctor", doctor },
	{ "help", help },
	{ "--help", help },
	{ "-h", help },
	{ "--version", print_version },
};
/* clang-format on */

static int execute(int argc, char **argv)
{
	if (argc < 2) {
		cli_complain("which command? see evergreen help");
		return CLI_FAILED;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].execute(argc - 1, argv + 1);
	cli_complain(argv[1][0] == '-'
			     ? "there is no option '%s'; see evergreen help"
			     : "there is no command '%s'; did you mean "
			       "evergreen run? see evergreen help",
		     argv[1]);
	return CLI_FAILED;
}

int main(int argc, char **argv)
{
	int status = execute(argc, argv);

	/* A full disk must not look like success. */
	if (fflush(stdout) == EOF || ferror(stdout)) {
		cli_complain("cannot write the output");
		return CLI_FAILED;
	}
	return status;
}
