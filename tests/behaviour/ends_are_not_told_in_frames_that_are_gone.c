/* SPDX-License-Identifier: MIT */
/*
 * What is looked at when a fiber has ended must not lie in its frames: not on
 * its stack, not on those of its coroutines, not in what main's function has
 * called (semantics EH-03, SP-07, LT-01). Anywhere else it may.
 */
#include "fiber_trace.h"

#include <string.h>

/* All that would be looked at, somewhere. */
struct told {
	eg_timer timer;
	eg_link link;
	eg_owned owned;
};

static void never_fires(eg_timer *timer, void *arg)
{
	egt_fail("%p fires with %p", (void *)timer, arg);
}

static void never_called(eg_fiber *fiber, void *arg)
{
	egt_fail("called for %p with %p", (void *)fiber, arg);
}

static void never_closed(void *handle)
{
	egt_fail("%p is closed", handle);
}

static void refused(struct told *t, eg_fiber *f)
{
	bool is_self = f == eg_self();

	memset(t, 0, sizeof(*t));
	egt_eq(eg_fiber_link(f, &t->link, never_called, NULL, 0), -EINVAL);
	egt_eq(eg_fiber_link(f, &t->link, never_called, NULL, EG_LINK_SPAWN),
	       -EINVAL);
	if (!is_self)
		return;
	egt_eq(eg_own(&t->owned, "nothing", never_closed, NULL), -EINVAL);
	egt_eq(eg_disown(&t->owned), -ENOENT);
	egt_eq(eg_own_transfer(&t->owned, f), -EINVAL);
	egt_eq(eg_timer_init(&t->timer, never_fires, NULL), 0);
	egt_eq(eg_timer_start_local(&t->timer, eg_after(EG_SEC)), -EINVAL);
	/* A plain one is the function's own to stop. */
	egt_eq(eg_timer_start(&t->timer, eg_after(EG_SEC)), 0);
	egt_eq(eg_timer_stop(&t->timer), 0);
}

static void allowed(struct told *t, eg_fiber *f)
{
	bool is_self = f == eg_self();

	memset(t, 0, sizeof(*t));
	for (uint32_t flags = 0; flags <= EG_LINK_SPAWN;
	     flags += EG_LINK_SPAWN) {
		egt_eq(eg_fiber_link(f, &t->link, never_called, NULL, flags),
		       0);
		egt_eq(eg_fiber_unlink(&t->link), 1);
	}
	if (!is_self)
		return;
	egt_eq(eg_own(&t->owned, "nothing", never_closed, NULL), 0);
	egt_eq(eg_disown(&t->owned), 0);
	egt_eq(eg_timer_init(&t->timer, never_fires, NULL), 0);
	egt_eq(eg_timer_start_local(&t->timer, eg_after(EG_SEC)), 0);
	egt_eq(eg_timer_stop(&t->timer), 0);
}

static struct told in_static;

/* alloca(): with a sanitizer, too, it is the stack that it comes from. */
#define ON_STACK() __builtin_alloca(sizeof(struct told))

static eg_coro_result in_coroutine(void *arg)
{
	struct told *here = ON_STACK();
	struct told *below = arg;

	refused(here, eg_self());
	refused(below, eg_self());
	allowed(&in_static, eg_self());
	/* Suspended: its frames are the fiber's all the same. */
	return eg_coro_switch(eg_coro_main(), here);
}

static void try_coroutines(void)
{
	struct told *here = ON_STACK();
	eg_coro *c;
	struct told *there;

	egt_eq(eg_coro_new(&c, in_coroutine, NULL), 0);
	there = eg_coro_switch(c, here).value;
	refused(there, eg_self());
	refused(here, eg_self());
	allowed(&in_static, eg_self());
	egt_eq(eg_coro_switch(c, NULL).code, 0);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
	refused(here, eg_self());
}

static void *try_in_fiber(void *outside)
{
	struct told *here = ON_STACK();

	refused(here, eg_self());
	allowed(&in_static, eg_self());
	allowed(outside, eg_self());
	try_coroutines();
	refused(here, eg_self());
	return NULL;
}

static void in_a_fiber(void *outside)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, try_in_fiber, outside), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(ends_of_a_fiber_are_not_told_in_its_frames)
{
	in_a_fiber(ON_STACK());
}

/* Each asks about the other's, which is parked, in a coroutine or not. */
struct pair {
	eg_fiber *other;
	eg_event is_there, is_done;
	bool in_coroutine;
	struct told *frame, *coroutine; /* of the other, which waits */
};

static void show_and_wait(struct pair *p)
{
	egt_eq(eg_event_set(&p->is_there), 1);
	egt_eq(eg_event_wait(&p->is_done, EG_FOREVER), 0);
}

static eg_coro_result wait_in_coroutine(void *arg)
{
	struct pair *p = arg;

	p->coroutine = ON_STACK();
	show_and_wait(p);
	return (eg_coro_result){ 0, NULL };
}

static void wait_for_asker(struct pair *p)
{
	eg_coro *c;

	p->frame = ON_STACK();
	if (!p->in_coroutine) {
		show_and_wait(p);
		return;
	}
	egt_eq(eg_coro_new(&c, wait_in_coroutine, NULL), 0);
	egt_eq(eg_coro_switch(c, p).code, 0);
	eg_coro_unref(c);
}

static void *ask(void *arg)
{
	struct pair *p = arg;
	struct told *here = ON_STACK();

	egt_eq(eg_event_wait(&p->is_there, EG_FOREVER), 0);
	refused(p->frame, p->other);
	if (p->in_coroutine)
		refused(p->coroutine, p->other);
	allowed(here, p->other);
	allowed(&in_static, p->other);
	egt_eq(eg_event_set(&p->is_done), 1);
	return NULL;
}

static void between_fibers(bool in_coroutine)
{
	static struct pair p;
	eg_fiber *asker;

	p = (struct pair){ .other = eg_self(), .in_coroutine = in_coroutine };
	egt_eq(eg_spawn(&asker, ask, &p), 0);
	egt_eq(eg_yield(), 0);
	wait_for_asker(&p);
	egt_eq(eg_join(asker, NULL, EG_FOREVER), 0);
}

static void *ask_and_be_asked(void *arg)
{
	between_fibers(false);
	between_fibers(true);
	return arg;
}

EG_TEST(ends_of_a_parked_fiber_are_not_told_in_its_frames)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, ask_and_be_asked, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static int be_main(void *outside)
{
	struct told *here = ON_STACK();

	refused(here, eg_self());
	allowed(outside, eg_self());
	allowed(&in_static, eg_self());
	try_coroutines();
	refused(here, eg_self());
	between_fibers(false);
	between_fibers(true);
	in_a_fiber(here);
	return 0;
}

EG_TEST_BARE(ends_of_main_are_not_told_in_its_frames)
{
	egt_eq(eg_run(be_main, ON_STACK(), NULL, NULL), 0);
}

/* A thread's coroutine has a stack of its own; what runs there may be a hub. */
static eg_coro_result run_in_coroutine(void *outside)
{
	egt_eq(eg_run(be_main, ON_STACK(), NULL, NULL), 0);
	egt_eq(eg_run(be_main, outside, NULL, NULL), 0);
	return (eg_coro_result){ 0, NULL };
}

EG_TEST_BARE(ends_of_main_in_a_coroutine_are_not_told_in_its_frames)
{
	eg_coro *c;

	egt_eq(eg_coro_new(&c, run_in_coroutine, NULL), 0);
	egt_eq(eg_coro_switch(c, ON_STACK()).code, 0);
	eg_coro_unref(c);
}

/* What was allowed is looked at, and may go away afterwards. */
static int leave_it(void *outside)
{
	struct told *t = outside;

	memset(t, 0, sizeof(*t));
	egt_eq(eg_timer_init(&t->timer, never_fires, NULL), 0);
	return eg_timer_start_local(&t->timer, eg_after(EG_SEC));
}

EG_TEST_BARE(ends_of_main_are_told_where_eg_run_was_called)
{
	for (int i = 0; i < 2; i++) {
		struct told t;

		egt_eq(eg_run(leave_it, &t, NULL, NULL), 0);
		memset(&t, 0x5a, sizeof(t));
	}
}
