/* SPDX-License-Identifier: MIT */
/*
 * Ending fibers and regions early: what the rest of the core needs of it.
 */
#ifndef EG_CORE_CANCEL_H
#define EG_CORE_CANCEL_H

#include "core/fiber.h"

/* Runs and frees @self's cleanup stack, last pushed first. May switch. */
EG_MAY_SWITCH void eg__cleanups_run(struct eg_fiber *self);

/* As eg_cancel(), for a fiber of the calling hub. */
void eg__cancel(struct eg_fiber *f);

#endif
