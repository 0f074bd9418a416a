/* SPDX-License-Identifier: MIT */
/*
 * For tests of what watches times: a loop, its wall clock, and a callback that
 * remembers when it was called. The tests decide what the times should be.
 */
#ifndef TESTS_WATCH_TIMES_H
#define TESTS_WATCH_TIMES_H

#include "egt.h"
#include "watch/clock.h"

#include <evergreen/loop.h>
#include <evergreen/time.h>

struct calls {
	int count;
	int events;	  /* of the last */
	int64_t now;	  /* the loop's, in the last */
	int64_t realtime; /* the same */
};

static inline eg_loop *new_loop(uint32_t flags)
{
	eg_loop_options o = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop = NULL;

	o.flags = flags;
	egt_eq(eg_loop_new(&loop, &o), 0);
	return loop;
}

/* A callback; the watcher's data is a struct calls. */
static inline void note_call(eg_loop *loop, eg_watcher *w, int events)
{
	struct calls *c = w->data;

	c->count++;
	c->events = events;
	c->now = eg_loop_now(loop);
	c->realtime = eg_loop_realtime(loop);
}

static inline void start_timer(eg_loop *loop, eg_watch_timer *t,
			       eg_watcher_fn *fn, struct calls *c,
			       int64_t after)
{
	egt_eq(eg_watch_timer_init(t, fn, after, 0), 0);
	t->watcher.data = c;
	egt_eq(eg_watcher_start(loop, &t->watcher), 0);
}

static inline void start_periodic(eg_loop *loop, eg_watch_periodic *p,
				  struct calls *c, int64_t offset,
				  int64_t interval)
{
	egt_eq(eg_watch_periodic_init(p, note_call, offset, interval, NULL), 0);
	p->watcher.data = c;
	egt_eq(eg_watcher_start(loop, &p->watcher), 0);
}

/* Turns that do not sleep. */
static inline void run_turns(eg_loop *loop, int n)
{
	while (n--)
		egt_le(0, eg_loop_run(loop, EG_RUN_NOWAIT));
}

/* Runs for @ns of loop time. */
static inline void run_for(eg_loop *loop, int64_t ns)
{
	struct calls c = { 0 };
	eg_watch_timer t;

	start_timer(loop, &t, note_call, &c, ns);
	while (!c.count)
		egt_le(0, eg_loop_run(loop, EG_RUN_ONCE));
}

/* As if somebody set the machine's clock, and the kernel said so. */
static inline void set_wall_clock(eg_loop *loop, int64_t ns)
{
	eg__watch_set_wall_clock(loop, ns);
	if (loop->timerfd >= 0) {
		egt_eq(eg_watcher_feed(loop, &loop->timerfd_io.watcher,
				       EG_READ),
		       0);
		run_turns(loop, 1);
	} else {
		/* Nobody says so: the loop looks every half second. */
		run_for(loop, 600 * EG_MSEC);
	}
}

#endif
