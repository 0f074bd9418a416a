/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of several descriptors: what poll and select have in common.
 * Says only that something has changed; what, the kernel is asked.
 */
#ifndef EG_RUN_WAIT_SET_H
#define EG_RUN_WAIT_SET_H

#include "run/descriptor.h"

enum { EG_RUN_FEW_WAITS = 8 }; /* on the stack, which may be small */

struct eg_run_wait_set {
	struct eg_run_thread *thread;
	struct eg_run_fd_wait *waits;
	size_t count, capacity;
	bool cannot_wait; /* for one of them */
	struct eg_run_fd_wait few[EG_RUN_FEW_WAITS];
};

/* -ENOMEM. @capacity: the most that will be added. */
int eg__run_wait_set_init(struct eg_run_wait_set *s, size_t capacity);
/* Nothing may be enlisted. */
void eg__run_wait_set_done(struct eg_run_wait_set *s);

/* Enlists for what poll() calls @events. */
void eg__run_wait_set_add(struct eg_run_wait_set *s, int fd, short events);

/*
 * Parks until an edge of any that were added, which leave the set. 0: ask the
 * kernel again. -ETIMEDOUT, -EINTR, EG_RUN_CANNOT_WAIT. May switch.
 */
int eg__run_wait_set_park(struct eg_run_wait_set *s, int64_t deadline);

#endif
