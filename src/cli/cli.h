/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the command `evergreen` share: its own exit statuses, as
 * env(1) and timeout(1) have them, and how it complains. Not what a program
 * ends with: run turns into that program, which reports for itself.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

enum {
	CLI_OK = 0,
	CLI_UNABLE = 1,	       /* doctor: run cannot work here */
	CLI_FAILED = 125,      /* evergreen itself failed, or refused */
	CLI_CANNOT_EXEC = 126, /* the program was found, but cannot be run */
	CLI_NOT_FOUND = 127,
};

/* Prints one line, "evergreen: ...", whatever bytes a file's name has. */
__attribute__((format(printf, 1, 2))) void cli_complain(const char *format,
							...);

/* The commands. argv[0] is the command's name. Each returns an exit status. */
int cli_run(int argc, char **argv);
int cli_doctor(int argc, char **argv);

#endif
