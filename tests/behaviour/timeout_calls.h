/* SPDX-License-Identifier: MIT */
/*
 * Every call that can wait, so that what holds for all of them is tested on
 * each: how to make it wait, and how to let it go on. To add a call:
 *
 * - In a file timeout_SUBJECT.c, write its set_up(), call(), wake() and
 *   tear_down(), and a row in that file's table, which ends in
 *   BLOCKING_CALLS(rows). What they need is kept in the rig's @own.
 * - The file is a line in tests/meson.build, if it is a new one.
 *
 * The row's name is the call's, so that timeout_covers_every_call.c can compare
 * the rows with the headers: it fails for a call that says "May switch" and has
 * no row.
 */
#ifndef TESTS_TIMEOUT_CALLS_H
#define TESTS_TIMEOUT_CALLS_H

#include "egt.h"

#include <evergreen/evergreen.h>
#include <evergreen/loop.h>

#include <errno.h>

/* What a call needs; each uses a part. */
struct call_rig {
	const struct blocking_call *row;
	eg_event event, release;
	eg_sem sem;
	eg_result result;
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_cond cond;
	eg_rwlock rwlock;
	eg_barrier barrier;
	eg_group group;
	eg_chan *chan;	  /* owned by the row */
	eg_queue *queue;  /* owned by the row */
	eg_fiber *helper; /* owned: waits for release, or reads */
	int fd[2];	  /* owned, of the hub; -1: none */
	int peer[4];	  /* owned, nobody waits on them; -1: none */
	int peers;
	eg_loop *loop; /* owned, unless it is the hub's */
	eg_watch_io io;
	eg_watch_async async;
	int async_calls;
	void *own; /* of the row: set_up() makes it, tear_down() frees it */
};

enum {
	/* wake() may be called only while somebody waits. */
	CALL_WANTS_A_WAITER = 1,
	/* No two fibers may wait in it, or they would wake each other. */
	CALL_BY_ONE = 2,
	/* The deadline is what it waits for: it returns 0 then. */
	CALL_SLEEPS = 4,
	/* Nothing tells it when to go on: it looks again in a while. */
	CALL_LOOKS_AGAIN = 8,
	/* Others run before it returns, also when it is too late. */
	CALL_GIVES_WAY = 32,
	/* The simulated clock stands still meanwhile: no row for sim. */
	CALL_STOPS_THE_CLOCK = 16,
};

struct blocking_call {
	const char *name; /* of the call, without eg_; ", " and what case */
	/* From here on, call() has to wait; NULL: it has anyway. */
	void (*set_up)(struct call_rig *r);
	/* >= 0: success. The object is then as before: the next one waits. */
	int64_t (*call)(struct call_rig *r, int64_t deadline);
	/* One who waits goes on; NULL: nobody can, as with sleeping. */
	void (*wake)(struct call_rig *r);
	/* Gives back what set_up() made; NULL: nothing. */
	void (*tear_down)(struct call_rig *r);
	unsigned flags; /* CALL_* */
};

static inline int64_t at_deadline(const struct blocking_call *c)
{
	return c->flags & CALL_SLEEPS ? 0 : -ETIMEDOUT;
}

struct blocking_table {
	const struct blocking_call *rows;
	size_t n;
};

/* Adds the rows of a file; see the top. */
/* clang-format off */
#define BLOCKING_CALLS(rows_)                                          \
	static const struct blocking_table blocking_table = {          \
		(rows_), ARRAY_LEN(rows_)                              \
	};                                                             \
	static const struct blocking_table *const blocking_entry       \
		__attribute__((used, section("blocking_tables"))) =    \
			&blocking_table;
/* clang-format on */

/* The row after @c in all files, NULL for the first; named as the case. */
const struct blocking_call *next_blocking_call(const struct blocking_call *c);

#define FOR_EACH_BLOCKING_CALL(c)                                         \
	for (const struct blocking_call *c = next_blocking_call(NULL); c; \
	     c = next_blocking_call(c))

void call_rig_init(struct call_rig *r, const struct blocking_call *c);
/* Lets the helper end, closes all, and checks that nothing is left. */
void call_rig_done(struct call_rig *r);

/* For set_up() and wake(): a fiber that holds something until it is released,
 * and runs up to its first wait at once. */
void rig_spawn_helper(struct call_rig *r, eg_fiber_fn *fn);
void *rig_wait_for_release(void *rig);
void rig_release(struct call_rig *r);

#endif
