/* SPDX-License-Identifier: MIT */
/*
 * A set of cases that one fiber waits for, and each case's place in lines. The
 * kinds of cases are kinds.c's, when a set is over is set.c's.
 */
#ifndef EG_SELECT_SELECT_H
#define EG_SELECT_SELECT_H

#include "base/timers.h"
#include "core/park.h"

#include <evergreen/select.h>

struct case_set;

/* In a case's own storage, from the set's beginning to its end. */
struct case_wait {
	struct eg_proxy proxy;
	struct eg_list done_link; /* on the set's, from its end to its giving */
	struct case_set *set;
	struct eg_fiber_end end; /* of the fiber of EG_CASE_FIBER, or @helper */
	struct eg_fiber *helper; /* with a reference; waits for a descriptor */
	struct eg__timer timer;
};

struct case_set {
	struct eg_fiber *owner;
	struct eg_case *cases; /* borrowed */
	size_t count;
	struct eg_list done;	  /* of done_link: to be given */
	struct eg_waiter *waiter; /* the owner's, while it waits */
	size_t expected;	  /* cases that can come */
	uint32_t came;
	uint32_t helpers;   /* that have not ended */
	int reason;	    /* why the owner's wait was cut short, or 0 */
	bool is_first_only; /* the first that is done ends the set */
	bool is_over;
};

static inline struct case_wait *case_wait_of(eg_case *c)
{
	return (struct case_wait *)(void *)c->_opaque;
}

static inline eg_case *case_of(struct case_wait *w)
{
	return eg_container_of(w, struct eg_case, _opaque);
}

/* Kinds */

bool eg__case_is_known(const eg_case *c);
/* Does @c for @self if it need not wait: true, with the result set. */
bool eg__case_try(eg_case *c, struct eg_fiber *self);
/* Begins to wait for @c, which eg__case_try() could not do. -ENOMEM. */
int eg__case_line_up(struct case_set *s, eg_case *c);
/* Stops it. A helper ends later. */
void eg__case_leave(eg_case *c);

/* Sets */

/* @c is done with @result, outside of any line. */
void eg__case_done(eg_case *c, int result);
/* A helper has ended. */
void eg__case_helper_ended(struct case_set *s);

#endif
