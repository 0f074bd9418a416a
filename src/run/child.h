/* SPDX-License-Identifier: MIT */
/*
 * Waiting for child processes without blocking the OS thread.
 */
#ifndef EG_RUN_CHILD_H
#define EG_RUN_CHILD_H

#include "run/schedule.h"

/*
 * Parks @t until waitid(@which, @id, ..., @options) has something to report,
 * which is left there: 0. -EINTR: a signal. -ECHILD, -EINVAL as the kernel
 * says; -ENOSYS: it cannot wait so. In futex_shared.c, whose ring this uses.
 */
int eg__run_wait_for_child(struct eg_run_thread *t, int which, int id,
			   int options);

#endif
