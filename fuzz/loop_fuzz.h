/* SPDX-License-Identifier: MIT */
/*
 * What the parts of fuzz_loop.c share: the loop and its model, the watchers,
 * the descriptors, and what each part lets the others do.
 */
#ifndef EG_FUZZ_LOOP_FUZZ_H
#define EG_FUZZ_LOOP_FUZZ_H

#include "fuzz.h"
#include "loop_model.h"

#include <evergreen/time.h>

#include <errno.h>
#include <string.h>

enum {
	FDS = 5, /* three sockets, a pipe, a file */
	SOCKETS = 3,
	PIPE = SOCKETS,
	FILE_ = PIPE + 1,
	FD_BASE = 200, /* numbers that nobody else takes meanwhile */
	NEST_MAX = 8,
	BUSY_STEP_NS = 100000, /* the sim backend's */
	GUARD_SIM = 3600,      /* seconds */
	EVENTS = EG_READ | EG_WRITE,
};

union any_watcher {
	eg_watcher common;
	eg_watch_io io;
	eg_watch_timer timer;
	eg_watch_periodic periodic;
	eg_watch_idle idle;
	eg_watch_prepare prepare;
	eg_watch_check check;
	eg_watch_async async;
	eg_watch_cleanup cleanup;
};

struct slot {
	union any_watcher *w; /* owned, in memory of its own; NULL: none */
	bool may_come;	      /* not on sim: a callback would be right */
	bool is_stale;	      /* io: the number means another file now */
};

/* One at a time. */
extern struct fuzz {
	struct fuzz_bytes bytes;
	struct model m;
	eg_loop *loop; /* NULL: freed */
	bool is_exact; /* the sim backend */
	bool is_ending;
	const char *backend;
	struct slot slots[MODEL_WATCHERS];
	int onces[MODEL_ONCES]; /* their numbers, for the callbacks */
	bool is_once[MODEL_ONCES];
	int fds[FDS], peers[FDS];
	int nest;
	int invoked, invoked_events; /* by eg_watcher_invoke(); -1: none */
} z;

static inline int take(int n)
{
	return fuzz_take(&z.bytes) % n;
}

/* fuzz_loop.c. A few, each checked. */
void do_operations(void);

/* loop_ops.c */
typedef void operation(void);
extern operation *const operations[];
extern const int operation_count;
void free_loop(void);

/* loop_fds.c */
void open_fd(int i);
void close_peer(int i);
int pick_fd(void);
operation op_fd_write, op_fd_drain, op_fd_fill, op_fd_hang_up, op_fd_close,
	op_fd_reopen;

/* loop_watchers.c */
int pick(void);
/* One that was initialised, or NULL. */
eg_watcher *pick_watcher(int *ret);
/* Of that kind, if there is one behind the one picked. */
union any_watcher *pick_kind(enum model_kind kind, int *ret);
/* What is stopped is the caller's memory again. */
void destroy(int i);
void make(int i, enum model_kind kind, int priority);
void start(int i);
void on_once(int events, void *arg);

#endif
