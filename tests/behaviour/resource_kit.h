/* SPDX-License-Identifier: MIT */
/*
 * Things to be lent, and fibers that want them: what tests of resource pools
 * share. Counts what a pool does with the things, and claims nothing.
 */
#ifndef TESTS_RESOURCE_KIT_H
#define TESTS_RESOURCE_KIT_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>

enum { THINGS = 64 };

struct thing {
	bool is_alive;
	int uses; /* resets */
};

/* How one of the pool's functions behaves. */
struct manner {
	int calls;
	int error;     /* returned, unless 0 */
	int64_t takes; /* ns that it sleeps first; 0: it does not */
	int result;    /* of the last sleep */
};

struct lender {
	eg_resource_pool *pool; /* owned */
	struct thing things[THINGS];
	struct manner create, destroy, check, reset;
	char log[512]; /* what the library has said */
};

/* Of a pool of 2, whose functions are the lender's. */
eg_resource_options lender_options(struct lender *l);
void lender_begin(struct lender *l, const eg_resource_options *options);
/* Everything must have come back. */
void lender_end(struct lender *l);

/* With EG_NOW; must succeed. */
struct thing *lender_get(struct lender *l);
void lender_put(struct lender *l, struct thing *thing);
/* With EG_NOW; what the call returns, whatever that is. */
int lender_try(struct lender *l);
eg_resource_info lender_info(const struct lender *l);
/* Lets the pool's own fibers run until so many were destroyed. */
void lender_wait_destroyed(struct lender *l, int count);

enum { TAKER_WAITS = 1 };

/* A fiber that gets a thing, and ends with it. */
struct taker {
	struct lender *lender;
	int64_t deadline;
	uint32_t flags;
	int result; /* TAKER_WAITS until the call returns */
	struct thing *thing;
	eg_fiber *fiber; /* owned until taker_end() */
};

/* Begins the call, and lets it wait. */
void taker_begin(struct taker *t, struct lender *l, int64_t deadline);
/* Waits for the fiber. Returns what the call did. */
int taker_end(struct taker *t);

#endif
