/* SPDX-License-Identifier: MIT */
/*
 * Transfers from descriptor to descriptor. Holds no state.
 */
#ifndef EG_RUN_COPY_CALLS_H
#define EG_RUN_COPY_CALLS_H

#include "run/layer.h"

int64_t eg__run_call_sendfile(struct eg_run_call *c);
int64_t eg__run_call_splice(struct eg_run_call *c);
int64_t eg__run_call_tee(struct eg_run_call *c);
int64_t eg__run_call_vmsplice(struct eg_run_call *c);
int64_t eg__run_call_copy_file_range(struct eg_run_call *c);

#endif
