/* SPDX-License-Identifier: MIT */
/*
 * CPU time per thread, kept only once somebody has asked for it.
 */
#ifndef EG_RUN_CPU_TIME_H
#define EG_RUN_CPU_TIME_H

#include "run/thread.h"

extern bool eg__run_cpu_time_is_on;

void eg__run_cpu_time_stop(struct eg_run_thread *t);
void eg__run_cpu_time_start(void);

/* Used by @t so far, in ns; from the first call on. */
int64_t eg__run_cpu_time(struct eg_run_thread *t);
void eg__run_cpu_time_after_fork(struct eg_run_thread *self);

#endif
