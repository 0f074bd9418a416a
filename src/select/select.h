/* SPDX-License-Identifier: MIT */
/*
 * A set of cases that one fiber waits for, and each case's place in lines. The
 * kinds of cases are kinds.c's, lines that threads share are shared.c's, when a
 * set is over is set.c's.
 */
#ifndef EG_SELECT_SELECT_H
#define EG_SELECT_SELECT_H

#include "base/timers.h"
#include "core/park.h"
#include "sync/shared.h"

#include <evergreen/select.h>

struct case_set;

/* In a case's own storage, from the set's beginning to its end. */
struct case_wait {
	struct eg_list done_link; /* on the set's, from its end to its giving */
	struct case_set *set;
	union {
		struct {
			struct eg_proxy proxy;
			/* Of the fiber of EG_CASE_FIBER, or @helper. */
			struct eg_fiber_end end;
			/* With a reference; waits for a descriptor. */
			struct eg_fiber *helper;
			struct eg__timer timer;
		};
		struct { /* of an object that threads share */
			struct eg__shared_waiter line; /* hub: it is in line */
			struct case_wait *next; /* in the order of locking */
		};
	};
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
	uint32_t shared;    /* in lines of threads, or served and on the way */
	uint32_t winner;    /* atomic: enum eg_winner, of is_first_only */
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
/* Begins to wait for @c, which eg__case_try() could not do. -ENOMEM. Not for
 * one that has a place. */
int eg__case_line_up(struct case_set *s, eg_case *c);
/* Stops it. A helper ends later, and what a thread has served comes. */
void eg__case_leave(eg_case *c);

/* Lines that threads share */

/* How to stand in @c's, or NULL: it is another kind of case. */
const struct eg__shared_place *eg__case_place(const eg_case *c);
/* Stands in all of them, or has done what need not wait. */
void eg__set_line_up_shared(struct case_set *s);
void eg__case_leave_shared(eg_case *c);

/* Sets */

/* Whether @c, which could be done by this hub, may be. No thread serves its
 * set's owner any more then. */
bool eg__case_wins(eg_case *c);
/* @c is done with @result, outside of any line; or nothing happens, if that
 * may not be. */
void eg__case_done(eg_case *c, int result);
/* The same, for one that may. */
void eg__case_came(eg_case *c, int result);
/* A helper has ended. */
void eg__case_helper_ended(struct case_set *s);

#endif
