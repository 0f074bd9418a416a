/* SPDX-License-Identifier: MIT */
/*
 * One call in a fiber of its own, for cases in which somebody has to wait.
 * Knows no object: the call is a function with a deadline. Claims nothing.
 */
#ifndef TESTS_CONFORM_KIT_H
#define TESTS_CONFORM_KIT_H

#include "../behaviour/fiber_trace.h"
#include "conformance.h"

#include <pthread.h>

typedef int act_fn(void *object, int64_t deadline);

/* What a call that has not returned has returned. */
enum { ACT_WAITS = 4711 };

struct act {
	act_fn *run;
	void *object;
	int64_t deadline;
	eg_fiber *fiber;     /* owned until act_end() */
	struct trace *trace; /* borrowed; NULL: none */
	int result;	     /* ACT_WAITS until the call returns */
	char letter;	     /* written when the call has returned 0 or more */
};

static inline void *act_run(void *arg)
{
	struct act *a = arg;

	a->result = a->run(a->object, a->deadline);
	if (a->trace && a->result >= 0)
		trace_add(a->trace, a->letter);
	return NULL;
}

/* Begins the call, and lets it wait. */
static inline void act_begin_until(struct act *a, act_fn *run, void *object,
				   int64_t deadline)
{
	a->run = run;
	a->object = object;
	a->deadline = deadline;
	a->result = ACT_WAITS;
	egt_eq(eg_spawn(&a->fiber, act_run, a), 0);
	settle();
}

static inline void act_begin(struct act *a, act_fn *run, void *object)
{
	act_begin_until(a, run, object, EG_FOREVER);
}

/* The same for @n, in order, with the letters from a on into @trace. */
static inline void act_begin_all(struct act *a, int n, act_fn *run,
				 void *object, struct trace *trace)
{
	for (int i = 0; i < n; i++) {
		a[i].trace = trace;
		a[i].letter = (char)('a' + i);
		act_begin(&a[i], run, object);
		egt_eq(a[i].result, ACT_WAITS);
	}
}

/* Waits for the fiber. Returns what the call did. */
static inline int act_end(struct act *a)
{
	egt_eq(eg_join(a->fiber, NULL, EG_FOREVER), 0);
	return a->result;
}

static inline int act_kill(struct act *a, int error)
{
	egt_eq(eg_kill(a->fiber, error, EG_NOW), 0);
	return act_end(a);
}

static inline int act_cancel(struct act *a)
{
	return act_kill(a, -ECANCELED);
}

/* What the trace is when the first @n letters came in order. */
static inline void egt_in_order(const struct trace *t, int n)
{
	egt_eq(t->len, n);
	for (int i = 0; i < n; i++)
		egt_eq(t->text[i], 'a' + i);
}

/* Since @start: exactly on the simulated clock, at least that on others. */
static inline void egt_took(int64_t start, int64_t want)
{
	int64_t elapsed = eg_now() - start;

	egt_le(want, elapsed);
	if (egt_is_sim())
		egt_eq(elapsed, want);
}

/* A hub from beginning to end, on a thread of its own. */
struct hub_run {
	eg_main_fn *main;
	void *arg;
	int result;
};

static inline void *hub_run_thread(void *arg)
{
	struct hub_run *h = arg;

	h->result = eg_run(h->main, h->arg, NULL, NULL);
	return NULL;
}

static inline void hub_run(eg_main_fn *main, void *arg)
{
	struct hub_run h = { main, arg, ACT_WAITS };
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, hub_run_thread, &h), 0);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(h.result, 0);
}

static inline uint64_t switches_now(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.switches;
}

#endif
