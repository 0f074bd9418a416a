/* SPDX-License-Identifier: MIT */
/*
 * Who serves and who gives up meet at the lock (sync/shared.h), and one of them
 * wins: the test holds the lock until the other side stands before it, so that
 * each order is certain, for a thread and for a fiber (semantics LK-07).
 */
#include "shared_kit.h"

#include "sync/shared.h"

#include <sched.h>

enum { SERVED = 42 };

struct object {
	struct eg__shared shared;
	struct eg_list line;
	int left; /* how often the kind was told */
	int result;
	int waits; /* atomic */
};

static void count_left(struct eg__shared *s)
{
	eg_container_of(s, struct object, shared)->left++;
}

static const struct eg__shared_kind kind = {
	.wait = { .what = "test", .abort = eg__shared_abort },
	.left = count_left,
};

static void wait_a_while(void *arg)
{
	struct object *o = arg;

	eg__shared_lock(&o->shared);
	shared_count(&o->waits);
	o->result = eg__shared_wait(&o->shared, &o->line, &kind, NULL,
				    eg_after(EG_MSEC));
}

/* Locked before its deadline, or else it has given up: then once more. */
static bool lock_with_one_in_line(struct object *o, struct shared_thread *t,
				  bool has_hub)
{
	*o = (struct object){ .result = 1 };
	shared_start(t, wait_a_while, o, has_hub);
	shared_until(&o->waits, 1);
	eg__shared_lock(&o->shared);
	if (eg__shared_first(&o->line))
		return true;
	eg__shared_unlock(&o->shared);
	shared_end(t);
	return false;
}

/* Until it is late, and stands before the lock. */
static void until_it_gives_up(struct object *o)
{
	while (__atomic_load_n(&o->shared.lock, __ATOMIC_RELAXED) !=
	       EG_SHARED_CONTENDED)
		sched_yield();
}

static void served_first(bool has_hub)
{
	struct eg__shared_waiter *w;
	struct shared_thread t;
	struct object o;

	while (!lock_with_one_in_line(&o, &t, has_hub))
		;
	w = eg__shared_first(&o.line);
	until_it_gives_up(&o);
	eg__shared_take(w, SERVED);
	eg__shared_unlock(&o.shared);
	eg__shared_wake(w);
	shared_end(&t);
	egt_eq(o.result, SERVED);
	egt_eq(o.left, 0);
}

EG_TEST_BARE(shared_thread_that_was_served_is_not_late)
{
	served_first(false);
}

EG_TEST_BARE(shared_fiber_that_was_served_is_not_late)
{
	served_first(true);
}

static void gives_up_first(bool has_hub)
{
	struct shared_thread t;
	struct object o;

	while (!lock_with_one_in_line(&o, &t, has_hub))
		;
	until_it_gives_up(&o);
	eg__shared_unlock(&o.shared);
	shared_end(&t);
	egt_eq(o.result, -ETIMEDOUT);
	egt_eq(o.left, 1);
	egt_true(!eg__shared_first(&o.line));
}

EG_TEST_BARE(shared_thread_that_is_late_has_left_the_line)
{
	gives_up_first(false);
}

EG_TEST_BARE(shared_fiber_that_is_late_has_left_the_line)
{
	gives_up_first(true);
}

/* Served with all others at once: in order, each woken once. */
EG_TEST_BARE(shared_line_is_taken_in_order)
{
	struct eg__shared_waiter w[3] = { { .result = 0 } };
	struct eg_list taken, line;

	eg_list_init(&taken);
	eg_list_init(&line);
	egt_eq(eg__shared_take_all(&line, &taken, SERVED), 0);
	for (int i = 0; i < 3; i++)
		eg_list_push_back(&line, &w[i].link);
	egt_eq(eg__shared_take_all(&line, &taken, SERVED), 3);
	for (int i = 0; i < 3; i++) {
		egt_true(w[i].is_taken);
		egt_eq(w[i].result, SERVED);
		egt_ptr_eq(eg_list_pop_front(&taken), &w[i].link);
	}
	egt_true(eg_list_is_empty(&line));
	egt_true(eg_list_is_empty(&taken));
}
