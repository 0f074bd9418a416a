/* SPDX-License-Identifier: MIT */
/*
 * Whether a library can be loaded into a binary, and live with what is in
 * there. Does not look at the machine, nor at who owns the file.
 */
#ifndef CLI_CHECK_ELF_H
#define CLI_CHECK_ELF_H

/* Returns 0, or an exit status after a complaint about @path, which is open as
 * @fd. */
int cli_check_elf(const char *path, int fd);

#endif
