/* SPDX-License-Identifier: MIT */
/*
 * The program's own epoll: its calls that wait. Holds no state.
 */
#ifndef EG_RUN_EPOLL_CALLS_H
#define EG_RUN_EPOLL_CALLS_H

#include "run/layer.h"

int64_t eg__run_call_epoll_wait(struct eg_run_call *c);
int64_t eg__run_call_epoll_pwait(struct eg_run_call *c);
int64_t eg__run_call_epoll_pwait2(struct eg_run_call *c);

#endif
