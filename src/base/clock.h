/* SPDX-License-Identifier: MIT */
/*
 * The monotonic clock in nanoseconds, read through the vDSO without libc.
 */
#ifndef EG_BASE_CLOCK_H
#define EG_BASE_CLOCK_H

#include <stdint.h>

/* About 30 ns; 110 where there is no vDSO. Callable from any thread. */
int64_t eg__clock_now(void);

#endif
