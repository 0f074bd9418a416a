/* SPDX-License-Identifier: MIT */
/*
 * Functions that the hub is to call in its own context, first in, first out,
 * and in one line with the fibers that are ready. Allocates nothing.
 */
#ifndef EG_CORE_CALLS_H
#define EG_CORE_CALLS_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct eg_hub;

/* Caller's storage: must stay in place until @fn is called. */
struct eg_hub_call {
	struct eg_list link; /* next == NULL: not queued */
	uint32_t place;	     /* where in the run queue it is its turn */
	void (*fn)(struct eg_hub_call *call);
	/* In place of @fn where the hub ends first; NULL: nothing is to do. */
	void (*drop)(struct eg_hub_call *call);
};

/* Queues @call, if it is not queued. Only on @hub's thread. */
void eg__call_queue(struct eg_hub *hub, struct eg_hub_call *call);

/* Takes it back, if it is queued. */
void eg__call_stop(struct eg_hub_call *call);

/* The hub's context has come to its turn in the run queue: calls what stands
 * there. True: fibers and calls have taken so long that it is time for I/O;
 * after that, what is left must be called before any fiber runs. */
bool eg__calls_run(struct eg_hub *hub);

/* Calls what is queued as the hub ends, but not what that queues. */
void eg__calls_shut(struct eg_hub *hub);

/* Drops what is queued. False: there was nothing. */
bool eg__calls_drop(struct eg_hub *hub);

#endif
