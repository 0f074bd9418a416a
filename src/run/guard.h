/* SPDX-License-Identifier: MIT */
/*
 * Calls that hardly ever block, and of which nothing cheap tells when they do:
 * opening a FIFO, writing to a full terminal. They are made directly, and end
 * early when they block after all. Knows no descriptor.
 */
#ifndef EG_RUN_GUARD_H
#define EG_RUN_GUARD_H

#include "run/layer.h"

#include <ucontext.h>

/*
 * Makes the call as it is. If it holds the OS thread up for about two
 * milliseconds, where a signal can end it, -EINTR: then it has done nothing,
 * and a helper thread can do it. So may a signal that came just then. What it
 * has done of a transfer by then is its result.
 */
int64_t eg__run_guarded(const struct eg_run_call *c);

/* The same, going to a helper at once when it blocks. A result, or
 * EG_RUN_RESTART. May switch. */
int64_t eg__run_guarded_or_offload(const struct eg_run_call *c);

/* For the handler of SIGSYS: true if the signal was the guard's own. */
bool eg__run_guard_fired(const siginfo_t *info, ucontext_t *uc);

/* In guard_x86_64.S. */
int64_t eg__run_guard_call(const struct eg_run_call *c);
extern const char eg__run_guard_instruction[];

#endif
