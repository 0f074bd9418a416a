/* SPDX-License-Identifier: MIT */
/*
 * The options of `evergreen run`. Does not know what they do, nor whether the
 * program exists.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>

struct cli_run_options {
	const char *backend; /* "epoll", "io_uring", "auto" */
	const char *files;   /* "block", "offload" */
	int tick_us;	     /* 0: no tick */
	bool has_stats;
	bool is_following; /* the program's children run on fibers too */
	bool is_verbose;
	bool is_help_wanted; /* then there may be no program */
	char **program;	     /* borrowed from argv; NULL ends it */
};

/* Returns 0, or an exit status after a complaint. The strings belong to argv
 * or are static. */
int cli_read_run_options(struct cli_run_options *ret_options, int argc,
			 char **argv);

/* Returns an exit status. */
int cli_print_run_options(void);

#endif
