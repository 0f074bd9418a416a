/* SPDX-License-Identifier: MIT */
/*
 * What a test may ask of the simulated backend: answers of descriptors that do
 * not exist, at times that never pass. The backend itself is sim.c.
 */
#ifndef EG_LOOP_SIM_H
#define EG_LOOP_SIM_H

#include "loop/poller.h"

/* Numbers from here on are no descriptors: a script says what they do. */
enum { EG_SIM_FD_BASE = 1000000 };

/* When the virtual clock starts. */
#define EG_SIM_START INT64_C(1000000000)

/*
 * One answer: an op of @kind on @fd completes at @at, or when it is submitted
 * if that is later, with @result. An op that asks for input gets @data, cut to
 * the room it has; @data must stay valid until then. The answers of one
 * descriptor and kind are used up in the order in which they were given. An op
 * without an answer waits for one.
 * -ENOMEM. -EINVAL: @l is not simulated, or @fd is not a scripted number.
 */
int eg__sim_script(struct eg_poller *l, int fd, int64_t at,
		   enum eg_op_kind kind, int32_t result, const void *data,
		   size_t len);

/*
 * While held, the clock stands: an OS thread works for this loop in real time,
 * and will wake it. Nest; any thread; nothing on a real backend.
 */
void eg__sim_hold(struct eg_poller *l);
void eg__sim_release(struct eg_poller *l);

/*
 * The same for an OS thread that may come to wait for what fibers do: while it
 * sleeps in the one system call that it names, the clock goes on. Between begin
 * and end, which are the hub's, it is the backend's.
 */
struct eg_sim_helper {
	struct eg_list link;
	int tid; /* atomic; 0: it works */
	long nr;
};
void eg__sim_helper_begin(struct eg_poller *l, struct eg_sim_helper *h);
void eg__sim_helper_end(struct eg_sim_helper *h);
/* The thread's own: from here on it makes the system call @nr, until it says
 * that it works again. */
void eg__sim_helper_waits(struct eg_sim_helper *h, int tid, long nr);
void eg__sim_helper_works(struct eg_sim_helper *h);

#endif
