/* SPDX-License-Identifier: MIT */
/*
 * How much memory the vector registers need, by what is in use of them.
 */
#ifndef EG_RUN_XSTATE_H
#define EG_RUN_XSTATE_H

#include <stddef.h>
#include <stdint.h>

/* x87 and SSE: the legacy area that every form of the state begins with. */
enum { EG_RUN_XSTATE_ALWAYS = 3 };

/* -ENOSYS: the processor has no compact form (XSAVEC, XGETBV with 1). */
int eg__run_xstate_init(void);

/* Of the compact form, for these components. */
size_t eg__run_xstate_bytes(uint64_t components);

#endif
