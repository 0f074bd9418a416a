/* SPDX-License-Identifier: MIT */
/*
 * Errors of fibers that nobody asks for.
 */
#ifndef EG_CORE_FAILURE_H
#define EG_CORE_FAILURE_H

#include <stdbool.h>

struct eg_fiber;

/* @f is DEAD, has an error, and no reference is left. True: it is kept, to be
 * reported by the hub and freed after that. */
bool eg__failure_keep(struct eg_fiber *f);

#endif
