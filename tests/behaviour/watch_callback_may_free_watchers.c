/* SPDX-License-Identifier: MIT */
/*
 * A callback stops a watcher and takes its memory back: its own, or any other
 * that is pending, or all and the loop. Freed memory is overwritten first.
 */
#include "watch_trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 6 };

/* One of each kind that can be pending in the same turn. */
union any {
	eg_watcher watcher;
	eg_watch_io io;
	eg_watch_timer timer;
	eg_watch_check check;
	eg_watch_async async;
	eg_watch_prepare prepare;
};

static union any *watchers[MANY];
static int ends[2];

static void drop(int i)
{
	if (!watchers[i])
		return;
	egt_eq(eg_watcher_stop(&watchers[i]->watcher), 0);
	memset(watchers[i], 0xa5, sizeof(*watchers[i]));
	free(watchers[i]);
	watchers[i] = NULL;
}

static void begin(eg_loop *loop, eg_watcher_fn *fn)
{
	egt_eq(pipe(ends), 0);
	for (int i = 0; i < MANY; i++)
		watchers[i] = malloc(sizeof(*watchers[i]));
	egt_eq(eg_watch_io_init(&watchers[0]->io, fn, ends[1], EG_WRITE), 0);
	egt_eq(eg_watch_io_init(&watchers[1]->io, fn, ends[1], EG_WRITE), 0);
	egt_eq(eg_watch_timer_init(&watchers[2]->timer, fn, 0, 1), 0);
	egt_eq(eg_watch_timer_init(&watchers[3]->timer, fn, 0, 0), 0);
	egt_eq(eg_watch_check_init(&watchers[4]->check, fn), 0);
	egt_eq(eg_watch_async_init(&watchers[5]->async, fn), 0);
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_watcher_start(loop, &watchers[i]->watcher), 0);
	egt_eq(eg_watch_async_send(&watchers[5]->async), 0);
}

static void end(void)
{
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

static int index_of(const eg_watcher *w)
{
	for (int i = 0; i < MANY; i++)
		if (watchers[i] && w == &watchers[i]->watcher)
			return i;
	egt_fail("a watcher that is gone was called");
}

static void drop_self(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	trace_add("x");
	drop(index_of(w));
}

WATCH_TEST(callback_frees_its_watcher)
{
	begin(loop, drop_self);
	egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 0);
	egt_str_eq(trace_take(), "xxxxxx");
	end();
}

static void drop_others(eg_loop *loop, eg_watcher *w, int events)
{
	int self = index_of(w);

	(void)loop;
	(void)events;
	trace_add("x");
	for (int i = 0; i < MANY; i++)
		if (i != self)
			drop(i);
}

WATCH_TEST(callback_frees_all_others_that_are_pending)
{
	begin(loop, drop_others);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "x");
	egt_eq(eg_loop_verify(loop), 0);
	for (int i = 0; i < MANY; i++)
		drop(i);
	egt_eq(trace_turn(loop), 0);
	end();
}

static int first;

/* Neighbours in every order: each callback frees the next one still there. */
static void drop_next(eg_loop *loop, eg_watcher *w, int events)
{
	int self = index_of(w);

	(void)loop;
	(void)events;
	trace_add("x");
	for (int i = 1; i <= MANY; i++)
		if (watchers[(self + i * first) % MANY]) {
			drop((self + i * first) % MANY);
			break;
		}
}

WATCH_TEST(callback_frees_its_neighbour)
{
	static const int steps[] = { 1, 5 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		egt_casef("step %d", steps[i]);
		first = steps[i];
		begin(loop, drop_next);
		egt_le(0, trace_turn(loop));
		egt_str_has(trace_take(), "x");
		egt_eq(eg_loop_verify(loop), 0);
		for (int j = 0; j < MANY; j++)
			drop(j);
		end();
	}
}

static void drop_all_and_loop(eg_loop *loop, eg_watcher *w, int events)
{
	(void)w;
	(void)events;
	trace_add("x");
	for (int i = 0; i < MANY; i++)
		drop(i);
	egt_eq(eg_loop_free(loop), 0);
}

static void drop_loop_then_all(eg_loop *loop, eg_watcher *w, int events)
{
	(void)w;
	(void)events;
	trace_add("x");
	egt_eq(eg_loop_free(loop), 0);
	for (int i = 0; i < MANY; i++)
		drop(i);
}

EG_TEST_BARE(watch_callback_frees_everything)
{
	static eg_watcher_fn *const fns[] = { drop_all_and_loop,
					      drop_loop_then_all };

	for (size_t i = 0; i < ARRAY_LEN(fns); i++) {
		eg_loop *loop = trace_loop(NULL, 0);

		egt_casef("way %zu", i);
		begin(loop, fns[i]);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
		egt_str_eq(trace_take(), "x");
		end();
	}
}

/* Of a list of several, while the list is what is being called. */
static void drop_prepare(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	trace_add("p");
	for (int i = 0; i < MANY; i++)
		if (watchers[i] && w != &watchers[i]->watcher && i % 2)
			drop(i);
}

WATCH_TEST(callback_frees_members_of_its_list)
{
	for (int i = 0; i < MANY; i++) {
		watchers[i] = malloc(sizeof(*watchers[i]));
		egt_eq(eg_watch_prepare_init(&watchers[i]->prepare,
					     drop_prepare),
		       0);
		egt_eq(eg_watcher_start(loop, &watchers[i]->watcher), 0);
	}
	egt_eq(trace_turn(loop), 1);
	/* The fifth is called first and frees the others of its kind. */
	egt_str_eq(trace_take(), "pppp");
	egt_eq(eg_loop_verify(loop), 0);
	for (int i = 0; i < MANY; i++)
		drop(i);
	egt_eq(trace_turn(loop), 0);
}
