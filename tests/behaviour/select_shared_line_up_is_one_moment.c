/* SPDX-License-Identifier: MIT */
/*
 * The moment in which a select enters the lines of shared objects: what becomes
 * ready before it is done, what is refused after it may have been served, and
 * two selects never wait for each other's locks (semantics LK-07).
 */
#include "select_shared_rig.h"

#include "core/hub.h"
#include "sync/shared.h"

#include <sched.h>
#include <unistd.h>

/* Between the try and the line: the lock is held until it is wanted. */

struct late {
	eg_shared_event event;
	eg_shared_sem sems[2];
	int index;
};

static void select_late(void *arg)
{
	struct late *l = arg;
	eg_case cases[] = { eg_case_shared_sem(&l->sems[0]),
			    eg_case_shared_event(&l->event),
			    eg_case_shared_sem(&l->sems[1]) };

	l->index = eg_select(cases, ARRAY_LEN(cases), EG_FOREVER, 0);
}

static void until_wanted(struct eg__shared *s)
{
	while (__atomic_load_n(&s->lock, __ATOMIC_RELAXED) !=
	       EG_SHARED_CONTENDED)
		sched_yield();
}

/* The others were told that somebody waits, and are told that nobody does:
 * with a line that is marked and empty a post would look for ever. */
EG_TEST_BARE(select_shared_does_what_became_ready)
{
	for (int which = 0; which < 3; which++) {
		struct late l = { .index = 1000 };
		struct shared_thread t;
		void *objects[] = { &l.sems[0], &l.event, &l.sems[1] };
		struct eg__shared *held = objects[which];

		egt_casef("case %d", which);
		eg__shared_lock(held);
		shared_start(&t, select_late, &l, true);
		until_wanted(held);
		if (which == 1)
			egt_eq(eg_shared_event_set(&l.event), 0);
		else
			egt_eq(eg_shared_sem_post(objects[which]), 0);
		eg__shared_unlock(held);
		shared_end(&t);
		egt_eq(l.index, which);
		for (int i = 0; i < 2; i++) {
			egt_eq(eg_shared_sem_units(&l.sems[i]), 0);
			egt_eq(eg_shared_sem_post(&l.sems[i]), 0);
			egt_eq(eg_shared_sem_units(&l.sems[i]), 1);
		}
		egt_eq(eg_shared_event_set(&l.event), 0);
		egt_true(eg_shared_event_is_set(&l.event));
	}
}

/* A helper is refused when the select stands in the shared lines already. */

static struct world *served_meanwhile;

static int refuse(struct eg_fiber *child)
{
	(void)child;
	if (served_meanwhile)
		shared_run(world_bring_kind, served_meanwhile);
	return -ENOMEM;
}

static int select_refused(struct world *w, bool is_set)
{
	struct eg_hub *hub = eg__hub();
	int (*on_spawn)(struct eg_fiber * child) = hub->on_spawn;
	bool spawns_slowly = hub->spawns_slowly;
	eg_wait_set set;
	int r;

	hub->on_spawn = refuse;
	hub->spawns_slowly = true;
	r = is_set ? eg_wait_set_begin(&set, w->cases, W_CASES)
		   : eg_select(w->cases, W_CASES, EG_FOREVER, 0);
	hub->on_spawn = on_spawn;
	hub->spawns_slowly = spawns_slowly;
	return r;
}

EG_TEST(select_shared_that_is_refused_keeps_what_it_was_given)
{
	for (int kind = -1; kind < W_SHARED; kind++) {
		for (int is_set = 0; is_set < 2; is_set++) {
			struct world w;
			int r;

			egt_casef("case %d, set %d", kind, is_set);
			world_open(&w);
			w.cases[W_LOCAL_RESULT] = eg_case_process(getpid());
			w.kind = (enum world_case)(kind < 0 ? 0 : kind);
			served_meanwhile = kind < 0 ? NULL : &w;
			r = select_refused(&w, is_set);
			egt_eq(r, kind < 0 || is_set ? -ENOMEM : kind);
			if (kind >= 0)
				world_check(&w, w.kind);
			world_close(&w);
		}
	}
}

/* Locks */

enum { OBJECTS = 8, ROUNDS = 3000 };

struct crossing {
	eg_shared_sem *sems;
	int *began;
	bool is_backwards;
};

static void cross(void *arg)
{
	struct crossing *c = arg;
	eg_case cases[OBJECTS];

	for (int i = 0; i < OBJECTS; i++)
		cases[i] = eg_case_shared_sem(
			&c->sems[c->is_backwards ? OBJECTS - 1 - i : i]);
	shared_count(c->began);
	shared_until(c->began, 2);
	for (int i = 0; i < ROUNDS; i++)
		egt_eq(eg_select(cases, OBJECTS, eg_after(EG_USEC), 0),
		       -ETIMEDOUT);
}

EG_TEST_BARE(select_shared_takes_locks_in_one_order, .limit_ms = 120000)
{
	eg_shared_sem sems[OBJECTS] = { { { NULL } } };
	struct shared_thread t[2];
	struct crossing c[2];
	int began = 0;

	for (int i = 0; i < 2; i++) {
		c[i] = (struct crossing){ sems, &began, i };
		shared_start(&t[i], cross, &c[i], true);
	}
	for (int i = 0; i < 2; i++)
		shared_end(&t[i]);
	for (int i = 0; i < OBJECTS; i++) {
		egt_eq(eg_shared_sem_post(&sems[i]), 0);
		egt_eq(eg_shared_sem_units(&sems[i]), 1);
	}
}
