/* SPDX-License-Identifier: MIT */
/*
 * Functions that the hub is to call in its own context, first in, first out,
 * and in one line with the fibers that are ready. Allocates nothing.
 */
#ifndef EG_CORE_CALLS_H
#define EG_CORE_CALLS_H

#include "base/list.h"

struct eg_hub;

/* Caller's storage: must stay in place until @fn is called. */
struct eg_hub_call {
	struct eg_list link; /* next == NULL: not queued */
	void (*fn)(struct eg_hub_call *call);
};

/* Queues @call, if it is not queued. Only on @hub's thread. */
void eg__call_queue(struct eg_hub *hub, struct eg_hub_call *call);

/* Takes it back, if it is queued. */
void eg__call_stop(struct eg_hub_call *call);

/* Calls what is queued, and what is queued meanwhile, for a while at most. */
void eg__calls_run(struct eg_hub *hub);

/* Calls what is queued as the hub ends. */
void eg__calls_shut(struct eg_hub *hub);

#endif
