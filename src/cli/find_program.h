/* SPDX-License-Identifier: MIT */
/*
 * Where a program is, found as execvp(3) finds it. Does not look into the
 * file.
 */
#ifndef CLI_FIND_PROGRAM_H
#define CLI_FIND_PROGRAM_H

#include <limits.h>

/* -ENOENT: there is none; -EACCES, -EISDIR: there is one that cannot be
 * executed; others as of stat(2). @ret_path is
 * the path of the program only on success. */
int cli_find_program(const char *name, char ret_path[PATH_MAX]);

/* Says what such an error means; returns the exit status. */
int cli_complain_not_found(const char *name, int error);

#endif
