/* SPDX-License-Identifier: MIT */
/*
 * Errors of fibers that nobody asks for.
 */
#ifndef EG_CORE_FAILURE_H
#define EG_CORE_FAILURE_H

struct eg_fiber;

/* @f is DEAD, has an error, and no reference is left: frees it, if need be
 * after the hub has reported the error. */
void eg__failure_settle(struct eg_fiber *f);

#endif
