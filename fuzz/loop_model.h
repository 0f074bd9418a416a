/* SPDX-License-Identifier: MIT */
/*
 * A loop of watchers as arrays: what must be pending, who is called next, when,
 * by the rules LV-02 to LV-24 and nothing else. Calls no loop; the one thing
 * that it asks of the kernel is which descriptors are ready.
 */
#ifndef EG_FUZZ_LOOP_MODEL_H
#define EG_FUZZ_LOOP_MODEL_H

#include <evergreen/loop.h>

#include <stdbool.h>
#include <stdint.h>

enum model_kind {
	MODEL_NONE,
	MODEL_IO,
	MODEL_TIMER,
	MODEL_PERIODIC,
	MODEL_IDLE,
	MODEL_PREPARE,
	MODEL_CHECK,
	MODEL_ASYNC,
	MODEL_CLEANUP,
	MODEL_KINDS,
};

enum {
	MODEL_WATCHERS = 14, /* the first is the guard */
	MODEL_ONCES = 4,     /* each has two watchers behind those */
	MODEL_ALL = MODEL_WATCHERS + 2 * MODEL_ONCES,
	MODEL_FRAMES = 16,
};

/* A reschedule function that the model may call too: no state. */
typedef int64_t model_reschedule_fn(int64_t now);

struct model_watcher {
	enum model_kind kind;
	int priority;
	bool is_active, is_pending;
	int events;	 /* pending */
	uint64_t queued; /* pending: the last one has the highest */
	uint64_t batch;	 /* pending: equal ones come in any order; 0: none */
	uint64_t started;

	int fd, wanted; /* io */
	bool is_sent;	/* async */

	int64_t after, repeat;	  /* timer */
	int64_t offset, interval; /* periodic */
	model_reschedule_fn *reschedule;
	int64_t at;	/* active timers and periodics */
	uint64_t armed; /* of those with the same time, the first has less */
};

/* Who calls callbacks: a run, or a call of all that is pending. */
struct model_frame {
	enum {
		MODEL_PENDING,
		MODEL_TURN,
		MODEL_PREPARED,
		MODEL_WAITED,
		MODEL_DONE,
	} phase;
	bool is_run;
	int mode;
};

struct model {
	struct model_watcher all[MODEL_ALL];
	struct model_frame frames[MODEL_FRAMES];
	int depth; /* frames */
	int break_how;
	bool is_woken, is_freed;
	int64_t references;
	int64_t now, wall_lead; /* the wall clock is ahead by that */
	int64_t collect;	/* timers may be late by that */
	int64_t busy_step;	/* by which time may pass in a busy turn */
	int64_t (*read_now)(void);
	uint64_t turns, counter;
};

void model_init(struct model *m, int64_t now, int64_t wall);

int model_start(struct model *m, int i);
void model_stop(struct model *m, int i);
void model_feed(struct model *m, int i, int events);
int model_clear(struct model *m, int i);
int model_timer_again(struct model *m, int i);
int model_periodic_again(struct model *m, int i);
void model_feed_fd(struct model *m, int fd, int events);
/* The wall clock is @wall now, and that was found out. */
void model_set_wall(struct model *m, int64_t wall);
/* The parts of eg_loop_once() number @once. */
int model_once_io(int once);
int model_once_timer(int once);
/* Nothing is pending but cleanup watchers. */
void model_begin_free(struct model *m);
void model_end_free(struct model *m);

void model_enter(struct model *m, bool is_run, int mode);
/* Goes on until somebody is to be called; false: the frame is done. */
bool model_settle(struct model *m);
void model_leave(struct model *m);
/* Watcher @i is called: the events, or aborts if it is not its turn. */
int model_call(struct model *m, int i);
int model_call_once(struct model *m, int once);
int model_pending_count(const struct model *m);

#endif
