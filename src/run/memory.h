/* SPDX-License-Identifier: MIT */
/*
 * What the layer must know of the program's mappings: which are shared with
 * other processes, which are thread stacks.
 */
#ifndef EG_RUN_MEMORY_H
#define EG_RUN_MEMORY_H

#include <stdbool.h>

void eg__run_memory_init(void);

/* Whether @address may be seen by other processes: a MAP_SHARED mapping or a
 * System V segment. May say yes for one that is gone. */
bool eg__run_memory_is_shared(const void *address);

#endif
