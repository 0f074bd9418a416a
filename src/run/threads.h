/* SPDX-License-Identifier: MIT */
/*
 * The beginning of all threads: for boot.c and process.c.
 */
#ifndef EG_RUN_THREADS_H
#define EG_RUN_THREADS_H

#include "run/layer.h"

/* Makes the calling thread the first one. -ENOMEM. */
int eg__run_threads_init(struct eg_run_thread **ret_main);
/* In a fork child: @self is the only one, and the process's first. */
void eg__run_threads_after_fork(struct eg_run_thread *self);

/* tick.c: from the second thread on. */
void eg__run_tick_start(void);

#endif
