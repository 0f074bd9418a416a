/* SPDX-License-Identifier: MIT */
/*
 * Ending fibers and regions early: what the rest of the core needs of it.
 */
#ifndef EG_CORE_CANCEL_H
#define EG_CORE_CANCEL_H

#include "core/fiber.h"

#include <evergreen/time.h>

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

/*
 * A region that somebody else may cancel: until it is closed, the blocking
 * calls inside return -ECANCELED then, but for those in a shield inside. What
 * lies around it is not cancelled.
 */
struct eg_region {
	struct eg_timeout scope;
	uint16_t shields; /* open around it */
};

void eg__region_open(struct eg_region *region, struct eg_fiber *self);
/* With all that was opened inside and not closed: its frames may be gone. */
void eg__region_close(struct eg_region *region, struct eg_fiber *self);
/* Of a fiber of the calling hub, open or not. */
void eg__region_cancel(struct eg_region *region, struct eg_fiber *f);

#endif
