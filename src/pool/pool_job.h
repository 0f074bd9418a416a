/* SPDX-License-Identifier: MIT */
/*
 * A job: one call in a pool for the sake of its result, as apply and piles make
 * them. Who gets the result is for their maker to say.
 */
#ifndef EG_POOL_POOL_JOB_H
#define EG_POOL_POOL_JOB_H

#include "pool/pool.h"

/* Owned by who made it; while it runs, its fiber's end leads here too. */
struct eg__job {
	struct eg_fiber_end end;
	struct eg_list link; /* its maker's */
	void *maker;
	void (*done)(struct eg__job *job); /* may free it */
	eg_pool *pool;			   /* borrowed; unused once done */
	struct eg_fiber *fiber;		   /* borrowed; NULL: not running */
	void *value;			   /* once done: what @fn returned */
	int error; /* once done: 0, or what @fn failed with */
	bool has_place;
};

struct eg__job *eg__job_new(eg_pool *pool, void *maker,
			    void (*done)(struct eg__job *job));

/* Starts it in a place that was taken; has_place false: puts it in line. */
int eg__job_start(struct eg__job *job, eg_fiber_fn *fn, void *arg,
		  bool has_place, const void *caller);

#endif
