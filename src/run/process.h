/* SPDX-License-Identifier: MIT */
/*
 * Children: fork in its forms, and execve.
 */
#ifndef EG_RUN_PROCESS_H
#define EG_RUN_PROCESS_H

#include "run/layer.h"

/* What boot.c found: the value of LD_PRELOAD to hand on, and the variable that
 * carries the options. Borrowed for ever. */
void eg__run_process_init(char **environment);

/* clone() without CLONE_THREAD. @sp: the child's stack, or 0 for the same. */
int64_t eg__run_fork(struct eg_run_call *c, uint64_t flags, uint64_t sp);

/* Switches system call dispatch on, for this OS thread. Negative errno. */
int eg__run_dispatch_on(void);

#endif
