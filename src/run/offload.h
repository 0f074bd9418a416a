/* SPDX-License-Identifier: MIT */
/*
 * Helper threads: the last resort for system calls that block and cannot be
 * waited for in any other way.
 */
#ifndef EG_RUN_OFFLOAD_H
#define EG_RUN_OFFLOAD_H

#include "run/layer.h"

/*
 * Makes the call on a helper OS thread; the calling thread parks meanwhile.
 * Its result; EG_RUN_RESTART if a signal ended it. With no other thread alive,
 * or no helper to be had, the call is made here. @is_interruptible: a signal
 * interrupts the helper as it would have the thread.
 */
int64_t eg__run_offload(const struct eg_run_call *c, bool is_interruptible);

/* In a fork child there are no helpers. */
void eg__run_offload_after_fork(void);

#endif
