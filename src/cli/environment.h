/* SPDX-License-Identifier: MIT */
/*
 * What evergreen run tells the layer in the program, and where its library is.
 * Does not execute anything.
 */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include "cli/options.h"

#include <limits.h>

/*
 * Finds the library that is loaded into programs: what EVERGREEN_RUN_LIBRARY
 * names, else that of the build tree this command is in, else the installed
 * one. Returns 0 or negative errno; either way *ret_path says where it was
 * looked for last.
 */
int cli_find_run_library(char ret_path[PATH_MAX]);

/* Sets LD_PRELOAD and EVERGREEN_RUN. Returns 0, or an exit status after a
 * complaint. */
int cli_set_environment(const char *library,
			const struct cli_run_options *options);

#endif
