/* SPDX-License-Identifier: MIT */
/*
 * Ending fibers and regions early: what the rest of the core needs of it.
 */
#ifndef EG_CORE_CANCEL_H
#define EG_CORE_CANCEL_H

#include "core/fiber.h"

#include <errno.h>

enum { EG_ERRNO_MAX = 4095 };

/* Ends what @self has to leave behind: extras, and its cleanup stack, last
 * pushed first. May switch. */
EG_MAY_SWITCH void eg__cleanups_run(struct eg_fiber *self);

/* Makes @f, of the calling hub, return @error from its blocking calls. The
 * first one stays. */
void eg__kill(struct eg_fiber *f, int error);
/* -ETIMEDOUT would be taken for the deadline of the call that it ends. */
static inline bool eg__is_fatal(int error)
{
	return error < 0 && error >= -EG_ERRNO_MAX && error != -ETIMEDOUT;
}

/* The same, with -ECANCELED. */
void eg__cancel(struct eg_fiber *f);

#endif
