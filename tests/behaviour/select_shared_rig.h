/* SPDX-License-Identifier: MIT */
/*
 * One of every object that threads share and of some that they do not, none of
 * it ready, with a case for each: for the tests of select over them. Tests
 * nothing itself.
 */
#ifndef TESTS_SELECT_SHARED_RIG_H
#define TESTS_SELECT_SHARED_RIG_H

#include "fiber_trace.h"
#include "shared_kit.h"

enum world_case {
	W_EVENT,
	W_SEM,
	W_PEEK,
	W_GET,
	W_PUT,
	W_RECV,
	W_SEND,
	W_SHARED, /* of those that threads share there are so many */
	W_LOCAL_SEM = W_SHARED,
	W_LOCAL_EVENT,
	W_LOCAL_RESULT,
	W_LOCAL_RECV,
	W_LOCAL_SEND,
	W_LOCAL_GET,
	W_LOCAL_PUT,
	W_CASES,
};

struct world {
	eg_shared_event event;
	eg_shared_sem sem, peeked;
	eg_shared_queue *queue, *full_queue;
	eg_shared_chan *chan, *full_chan; /* both a rendezvous */
	eg_sem local_sem;
	eg_event local_event;
	eg_result local_result;
	eg_chan *local_chan, *local_full_chan; /* likewise */
	eg_queue *local_queue, *local_full_queue;
	eg_case cases[W_CASES];
	long in, out;
	void *value;
	enum world_case kind; /* to be brought */
	int result;	      /* of a fiber that selects */
};

enum { WORLD_IN = 7, WORLD_OUT = 5 };

static inline void world_open_local(struct world *w)
{
	eg_queue_options one = EG_QUEUE_OPTIONS_INIT;

	one.capacity = 1;
	egt_eq(eg_chan_new(&w->local_chan, sizeof(long), 0), 0);
	egt_eq(eg_chan_new(&w->local_full_chan, sizeof(long), 0), 0);
	egt_eq(eg_queue_new(&w->local_queue, sizeof(long), &one), 0);
	egt_eq(eg_queue_new(&w->local_full_queue, sizeof(long), &one), 0);
	egt_eq(eg_queue_put(w->local_full_queue, &w->out, EG_NOW), 0);
	w->cases[W_LOCAL_SEM] = eg_case_sem(&w->local_sem);
	w->cases[W_LOCAL_EVENT] = eg_case_event(&w->local_event);
	w->cases[W_LOCAL_RESULT] = eg_case_result(&w->local_result, &w->value);
	w->cases[W_LOCAL_RECV] = eg_case_recv(w->local_chan, &w->in);
	w->cases[W_LOCAL_SEND] = eg_case_send(w->local_full_chan, &w->out);
	w->cases[W_LOCAL_GET] = eg_case_get(w->local_queue, &w->in);
	w->cases[W_LOCAL_PUT] = eg_case_put(w->local_full_queue, &w->out);
}

static inline void world_open(struct world *w)
{
	*w = (struct world){ .out = WORLD_OUT, .result = 1000 };
	egt_eq(eg_shared_queue_new(&w->queue, sizeof(long), 1), 0);
	egt_eq(eg_shared_queue_new(&w->full_queue, sizeof(long), 1), 0);
	egt_eq(eg_shared_queue_put(w->full_queue, &w->out, EG_NOW), 0);
	egt_eq(eg_shared_chan_new(&w->chan, sizeof(long), 0), 0);
	egt_eq(eg_shared_chan_new(&w->full_chan, sizeof(long), 0), 0);
	w->cases[W_EVENT] = eg_case_shared_event(&w->event);
	w->cases[W_SEM] = eg_case_shared_sem(&w->sem);
	w->cases[W_PEEK] = eg_case_shared_sem_peek(&w->peeked);
	w->cases[W_GET] = eg_case_shared_get(w->queue, &w->in);
	w->cases[W_PUT] = eg_case_shared_put(w->full_queue, &w->out);
	w->cases[W_RECV] = eg_case_shared_recv(w->chan, &w->in);
	w->cases[W_SEND] = eg_case_shared_send(w->full_chan, &w->out);
	world_open_local(w);
}

/* What stood in a line still would take or give what is not there. */
static inline void world_check_lines(struct world *w)
{
	long value = 1;

	egt_eq(eg_shared_event_clear(&w->event), 0);
	egt_eq(eg_shared_event_set(&w->event), 0);
	while (eg_shared_sem_wait(&w->sem, EG_NOW) == 0)
		;
	egt_eq(eg_shared_sem_post(&w->sem), 0);
	egt_eq(eg_shared_sem_units(&w->sem), 1);
	while (eg_shared_queue_get(w->queue, &value, EG_NOW) == 0)
		;
	egt_eq(eg_shared_queue_put(w->queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_len(w->queue), 1);
	while (eg_shared_queue_get(w->full_queue, &value, EG_NOW) == 0)
		;
	egt_eq(eg_shared_queue_put(w->full_queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_get(w->full_queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_len(w->full_queue), 0);
	egt_eq(eg_shared_chan_send(w->chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_shared_chan_recv(w->full_chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_sem_post(&w->local_sem), 0);
	egt_le(1, eg_sem_units(&w->local_sem));
	egt_eq(eg_chan_send(w->local_chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_chan_recv(w->local_full_chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_getters(w->local_queue), 0);
	egt_eq(eg_queue_putters(w->local_full_queue), 0);
}

static inline void world_close(struct world *w)
{
	world_check_lines(w);
	eg_shared_queue_unref(w->queue);
	eg_shared_queue_unref(w->full_queue);
	eg_shared_chan_unref(w->chan);
	eg_shared_chan_unref(w->full_chan);
	eg_chan_unref(w->local_chan);
	eg_chan_unref(w->local_full_chan);
	eg_queue_unref(w->local_queue);
	eg_queue_unref(w->local_full_queue);
}

/* Makes the case of @kind come; any thread. Returns what that says: with nobody
 * in line a rendezvous is late. */
static inline int world_bring(struct world *w, enum world_case kind)
{
	long value = WORLD_IN;

	switch (kind) {
	case W_EVENT:
		return eg_shared_event_set(&w->event);
	case W_SEM:
		return eg_shared_sem_post(&w->sem);
	case W_PEEK:
		return eg_shared_sem_post(&w->peeked);
	case W_GET:
		return eg_shared_queue_put(w->queue, &value, EG_NOW);
	case W_PUT:
		return eg_shared_queue_get(w->full_queue, &value, EG_NOW);
	case W_RECV:
		return eg_shared_chan_send(w->chan, &value, EG_NOW);
	case W_SEND:
		return eg_shared_chan_recv(w->full_chan, &value, EG_NOW);
	case W_LOCAL_SEM:
		return eg_sem_post(&w->local_sem);
	case W_LOCAL_EVENT:
		return eg_event_set(&w->local_event);
	case W_LOCAL_RESULT:
		return eg_result_set(&w->local_result, w);
	case W_LOCAL_RECV:
		return eg_chan_send(w->local_chan, &value, EG_NOW);
	case W_LOCAL_SEND:
		return eg_chan_recv(w->local_full_chan, &value, EG_NOW);
	case W_LOCAL_GET:
		return eg_queue_put(w->local_queue, &value, EG_NOW);
	case W_LOCAL_PUT:
		return eg_queue_get(w->local_full_queue, &value, EG_NOW);
	default:
		return 0;
	}
}

/* As shared_run() and shared_call() want it. */
static inline void world_bring_kind(void *arg)
{
	struct world *w = arg;

	egt_le(0, world_bring(w, w->kind));
}

static inline bool world_is_received(enum world_case kind)
{
	return kind == W_GET || kind == W_RECV || kind == W_LOCAL_GET ||
	       kind == W_LOCAL_RECV;
}

/* @kind was done, and no other was tried. */
static inline void world_check(const struct world *w, enum world_case kind)
{
	egt_eq(w->in, world_is_received(kind) ? WORLD_IN : 0);
	egt_ptr_eq(w->value, kind == W_LOCAL_RESULT ? w : NULL);
	egt_eq(w->cases[kind].result, 0);
	for (int k = 0; k < W_CASES; k++)
		egt_eq(w->cases[k].order, k == (int)kind);
}

static inline void *world_select(void *arg)
{
	struct world *w = arg;

	w->result = eg_select(w->cases, W_CASES, EG_FOREVER, 0);
	return NULL;
}

/* A fiber that selects, and stands in all lines. */
static inline eg_fiber *world_spawn(struct world *w)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, world_select, w), 0);
	settle();
	egt_eq(w->result, 1000);
	return f;
}

static inline void world_join(eg_fiber *f)
{
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

#endif
