/* SPDX-License-Identifier: MIT */
/*
 * Sync objects as naively as can be: lines are arrays, and who is woken is
 * looked up. Knows actors and what they call, not how they are run.
 */
#ifndef TESTS_MODEL_SYNC_NAIVE_H
#define TESTS_MODEL_SYNC_NAIVE_H

#include <evergreen/evergreen.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ACTORS = 8,
	UNITS_MAX = 2,
	BARRIER_COUNT = 3,
};

enum naive_op {
	LOCK,
	UNLOCK,
	RLOCK,
	RUNLOCK,
	COND_WAIT,
	COND_RWAIT,
	SIGNAL,
	BROADCAST,
	RDLOCK,
	WRLOCK,
	RWUNLOCK,
	TAKE,
	POST,
	POST_WAIT,
	PEEK,
	COME,
	RANDOM_OPS,
	QUIT = RANDOM_OPS,
};

struct actor {
	int number;
	eg_fiber *fiber; /* owned */
	eg_sem go;	 /* a unit: make the call */
	enum naive_op op;
	int64_t deadline;
	/* The model's */
	struct naive_line *line; /* where it waits; NULL: nowhere */
	int64_t timeout;	 /* of that wait */
	struct naive_mutex *m;	 /* in cond: to be taken again */
	int depth;		 /* how often */
	bool is_relocking;	 /* in m's line: cannot be ended */
	int relock_result;
	int reads;
	bool is_doomed; /* cancelled: to be replaced */
};

struct naive_line {
	struct actor *a[ACTORS];
	size_t n;
};

struct naive_mutex {
	struct actor *owner;
	int depth;
	bool is_recursive;
	struct naive_line line;
};

/* The end of a call. */
struct end {
	int actor, result;
};

/* What there is, and which calls ended since @end_count was last set to 0. */
extern struct naive {
	struct naive_mutex mutex, rmutex;
	struct naive_line cond;
	struct actor *writer;
	int readers;
	struct naive_line rwlock;
	int units;
	struct naive_line sem;
	struct naive_line barrier;
	struct end ends[2 * ACTORS];
	size_t end_count;
} naive;

/* @a makes the call it has to make, as its op and its deadline say. */
void naive_call(struct actor *a);
/* @a, which stands in a line, is cancelled or times out. */
void naive_give_up(struct actor *a, int reason);

#endif
