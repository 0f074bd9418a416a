/* SPDX-License-Identifier: MIT */
/*
 * Every call that can wait, in one table, so that what holds for all of them
 * is tested on each: how to make it wait, and how to let it go on.
 */
#ifndef TESTS_TIMEOUT_CALLS_H
#define TESTS_TIMEOUT_CALLS_H

#include "egt.h"

#include <evergreen/evergreen.h>
#include <evergreen/loop.h>

#include <errno.h>

/* What a call needs; each uses a part. */
struct call_rig {
	eg_event event, release;
	eg_sem sem;
	eg_result result;
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_cond cond;
	eg_rwlock rwlock;
	eg_barrier barrier;
	eg_group group;
	eg_chan *chan;	  /* owned */
	eg_queue *queue;  /* owned */
	eg_fiber *helper; /* owned: waits for release, or reads */
	int fd[2];	  /* owned, of the hub; -1: none */
	int peer[4];	  /* owned, nobody waits on them; -1: none */
	int peers;
	eg_loop *loop; /* owned, unless it is the hub's */
	eg_watch_io io;
	eg_watch_async async;
	int async_calls;
};

struct blocking_call {
	const char *name;
	void (*set_up)(
		struct call_rig *r); /* from here on, call() has to wait */
	int64_t (*call)(struct call_rig *r,
			int64_t deadline); /* >= 0: success */
	void (*wake)(
		struct call_rig *r); /* who waits goes on; NULL: nobody can */
	int64_t at_deadline;	     /* what it returns then: 0 for sleeping */
};

extern const struct blocking_call blocking_calls[];
extern const size_t blocking_calls_count;

/* Goes through the table, naming each row. */
#define FOR_EACH_BLOCKING_CALL(c)                            \
	for (const struct blocking_call *c = blocking_calls; \
	     c < blocking_calls + blocking_calls_count && name_call(c); c++)

static inline bool name_call(const struct blocking_call *c)
{
	egt_case(c->name);
	return true;
}

void call_rig_init(struct call_rig *r, const struct blocking_call *c);
/* Lets the helper end, closes all, and checks that nothing is left. */
void call_rig_done(struct call_rig *r);

#endif
