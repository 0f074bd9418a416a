/* SPDX-License-Identifier: MIT */
/*
 * The pool of helper threads, shared by all hubs of the process.
 */
#ifndef EG_IO_OFFLOAD_H
#define EG_IO_OFFLOAD_H

/* Helper threads that exist now: for tests. */
unsigned eg__offload_threads(void);

#endif
