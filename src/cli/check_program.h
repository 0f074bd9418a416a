/* SPDX-License-Identifier: MIT */
/*
 * Whether a program can be run on fibers, as far as its files tell. Does not
 * look at the machine.
 */
#ifndef CLI_CHECK_PROGRAM_H
#define CLI_CHECK_PROGRAM_H

/* @path is as cli_find_program() gives it. Returns 0, or an exit status after a complaint. */
int cli_check_program(const char *path);

#endif
