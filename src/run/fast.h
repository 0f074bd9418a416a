/* SPDX-License-Identifier: MIT */
/*
 * The fast paths: libc's own names, answered without a system call.
 */
#ifndef EG_RUN_FAST_H
#define EG_RUN_FAST_H

/* Finds libc's functions, for what the fast paths do not answer. Before
 * dispatch is on, because the loader makes system calls. */
void eg__run_fast_init(void);

#endif
