/* SPDX-License-Identifier: MIT */
/*
 * The pool of helper threads, shared by all hubs of the process.
 */
#ifndef EG_IO_OFFLOAD_H
#define EG_IO_OFFLOAD_H

#include "core/park.h"
#include "loop/sim.h"

#include <evergreen/io.h>

enum eg_job_state { EG_JOB_QUEUED, EG_JOB_RUNNING };

/* A function to be called by a helper thread. Its caller fills the first three
 * and waits; the rest is offload.c's. */
struct eg_job {
	eg_offload_fn *fn;
	void *arg;
	/* For a function that can be ended by making it fail, NULL for others.
	 * Called by the hub while @fn may be running: the system call that @fn
	 * makes next, or again after a signal, has to fail. */
	void (*spoil)(void *arg);

	int64_t result; /* of fn, when the wait returned 0 */
	int reason;	/* why it was spoilt, or 0 */

	struct eg_list link;	  /* while QUEUED */
	struct eg_waiter *waiter; /* borrowed: the fiber's */
	struct eg_task done;	  /* posted to the hub when fn has returned */
	struct eg_sim_helper helper;
	enum eg_job_state state; /* under the pool's lock, as what follows: */
	int tid;    /* the thread's while it may be interrupted, else 0 */
	int signal; /* by this */
};

/*
 * As eg_offload(3), but a job that can be spoilt is ended early. May switch.
 * 0: @fn has returned, spoilt or not.
 */
EG_MAY_SWITCH int eg__offload(struct eg_job *j, const char *name,
			      int64_t deadline);

/*
 * For functions, around a system call that may last: until the end of it the
 * thread does not count among those that others may have, and can be
 * interrupted. @nr: the call's number.
 *
 * -EAGAIN: no thread is left for others, or no signal.
 */
int eg__job_begin_lasting(struct eg_job *j, long nr);
void eg__job_end_lasting(struct eg_job *j);

/* Helper threads that exist now: for tests. */
unsigned eg__offload_threads(void);

#endif
