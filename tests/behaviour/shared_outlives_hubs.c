/* SPDX-License-Identifier: MIT */
/*
 * Shared objects and hubs that sleep, close and end: no deadlock is reported
 * while somebody could wake, no hub ends under a fiber that is being woken, and
 * the object goes on without it (semantics HB-19, LK-07; class 17).
 */
#include "shared_kit.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

static void no_deadlock(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	if (strstr(line, "deadlock"))
		egt_fail("%s", line);
}

struct ping {
	eg_shared_sem there, back;
	int rounds;
};

static void answer(void *arg)
{
	struct ping *p = arg;

	for (int i = 0; i < p->rounds; i++) {
		egt_eq(eg_shared_sem_wait(&p->there, EG_FOREVER), 0);
		egt_eq(eg_shared_sem_post(&p->back), 0);
	}
}

/* Neither has anything else to wait for: a lost wake-up would hang. */
static void ping(bool has_hub)
{
	struct ping p = { .rounds = 2000 };
	struct shared_thread t;

	eg_set_log(no_deadlock, NULL);
	shared_start(&t, answer, &p, has_hub);
	for (int i = 0; i < p.rounds; i++) {
		egt_eq(eg_shared_sem_post(&p.there), 0);
		egt_eq(eg_shared_sem_wait(&p.back, EG_FOREVER), 0);
	}
	shared_end(&t);
	eg_set_log(NULL, NULL);
}

EG_TEST(shared_sem_wakes_a_hub_that_sleeps, .limit_ms = 60000)
{
	ping(false);
}

EG_TEST(shared_sem_wakes_one_hub_from_another, .limit_ms = 60000)
{
	ping(true);
}

/* The main fiber waits, and its hub has nothing else: until the thread, which
 * first sees it asleep, sets the event. */
struct sleeper {
	eg_shared_event event;
	struct shared_thread *hub;
};

static void sleep_for_event(void *arg)
{
	struct sleeper *s = arg;

	eg_set_log(no_deadlock, NULL);
	egt_eq(eg_shared_event_wait(&s->event, EG_FOREVER), 0);
}

EG_TEST_BARE(shared_wait_is_no_deadlock)
{
	struct shared_thread t;
	struct sleeper s = { .hub = &t };

	shared_start(&t, sleep_for_event, &s, true);
	shared_until_asleep(&t);
	egt_eq(eg_shared_event_set(&s.event), 1);
	shared_end(&t);
	eg_set_log(NULL, NULL);
}

/* A hub that ends with fibers in line: they are cancelled, and have left. */
struct ending {
	eg_shared_queue *queue;
	eg_shared_sem sem;
	int ended[2];
	bool shielded;
	int waiting; /* atomic */
};

static void *wait_for_value(void *arg)
{
	struct ending *e = arg;
	eg_timeout shield;
	int value;

	if (e->shielded)
		egt_eq(eg_shield_begin(&shield), 0);
	shared_count(&e->waiting);
	e->ended[0] = eg_shared_queue_get(e->queue, &value, EG_FOREVER);
	if (e->shielded)
		egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static void *wait_for_unit(void *arg)
{
	struct ending *e = arg;

	shared_count(&e->waiting);
	e->ended[1] = eg_shared_sem_wait(&e->sem, EG_FOREVER);
	return NULL;
}

static void leave_fibers_behind(void *arg)
{
	struct ending *e = arg;

	egt_eq(eg_spawn(NULL, wait_for_value, e), 0);
	egt_eq(eg_spawn(NULL, wait_for_unit, e), 0);
	egt_eq(eg_yield(), 0);
}

EG_TEST_BARE(shared_objects_forget_a_hub_that_ended)
{
	struct ending e = { .shielded = false };
	struct shared_thread t;
	int value = 5;

	egt_eq(eg_shared_queue_new(&e.queue, sizeof(int), 1), 0);
	shared_start(&t, leave_fibers_behind, &e, true);
	shared_end(&t);
	egt_eq(e.ended[0], -ECANCELED);
	egt_eq(e.ended[1], -ECANCELED);
	/* What is given now is nobody's yet. */
	egt_eq(eg_shared_queue_put(e.queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_len(e.queue), 1);
	egt_eq(eg_shared_sem_post(&e.sem), 0);
	egt_eq(eg_shared_sem_units(&e.sem), 1);
	eg_shared_queue_unref(e.queue);
}

/* One that may not be cancelled holds up the end of its hub until it is served,
 * by whatever thread. */
EG_TEST_BARE(shared_wait_in_a_shield_holds_up_the_end)
{
	struct ending e = { .shielded = true };
	struct shared_thread t;
	int value = 5;

	egt_eq(eg_shared_queue_new(&e.queue, sizeof(int), 0), 0);
	eg_set_log(no_deadlock, NULL);
	shared_start(&t, leave_fibers_behind, &e, true);
	shared_until(&e.waiting, 2);
	shared_until_asleep(&t);
	egt_eq(eg_shared_queue_put(e.queue, &value, EG_FOREVER), 0);
	shared_end(&t);
	egt_eq(e.ended[0], 0);
	egt_eq(e.ended[1], -ECANCELED);
	eg_set_log(NULL, NULL);
	eg_shared_queue_unref(e.queue);
}

/* Hubs that close while their fibers are served: each value is with a fiber, or
 * in the queue, and never with a fiber that was cancelled instead. */
enum { CLOSINGS = 200, GETTERS = 4 };

struct closing {
	eg_shared_queue *queue;
	int waiting; /* atomic */
	int got;     /* of the hub */
};

static void *get_one(void *arg)
{
	struct closing *c = arg;
	int value;

	shared_count(&c->waiting);
	if (eg_shared_queue_get(c->queue, &value, EG_FOREVER) == 0)
		c->got += value;
	return NULL;
}

static void close_soon(void *arg)
{
	struct closing *c = arg;

	for (int i = 0; i < GETTERS; i++)
		egt_eq(eg_spawn(NULL, get_one, c), 0);
	egt_eq(eg_yield(), 0);
}

EG_TEST_BARE(shared_values_survive_the_end_of_hubs, .limit_ms = 60000)
{
	for (int i = 0; i < CLOSINGS; i++) {
		struct closing c = { .got = 0 };
		struct shared_thread t;
		int put = 0, value = 1;

		egt_eq(eg_shared_queue_new(&c.queue, sizeof(int),
					   EG_QUEUE_UNBOUNDED),
		       0);
		shared_start(&t, close_soon, &c, true);
		shared_until(&c.waiting, 1 + i % GETTERS);
		for (; put < GETTERS; put++)
			egt_eq(eg_shared_queue_put(c.queue, &value, EG_NOW), 0);
		shared_end(&t);
		while (eg_shared_queue_get(c.queue, &value, EG_NOW) == 0)
			c.got += value;
		egt_eq(c.got, put);
		eg_shared_queue_unref(c.queue);
	}
}

/* The one who waited ends the object at once: whoever served it does not touch
 * it any more. A sanitizer sees it if it does. */
enum { LIVES = 3000 };

struct lives {
	eg_shared_chan *events, *sems;
};

static void set_each(void *arg)
{
	struct lives *l = arg;
	eg_shared_event *event;
	eg_shared_sem *sem;

	for (int i = 0; i < LIVES; i++) {
		egt_eq(eg_shared_chan_recv(l->events, &event, EG_FOREVER), 0);
		egt_le(0, eg_shared_event_set(event));
		egt_eq(eg_shared_chan_recv(l->sems, &sem, EG_FOREVER), 0);
		egt_eq(eg_shared_sem_post(sem), 0);
	}
}

EG_TEST(shared_objects_may_end_when_they_were_waited_for, .limit_ms = 60000)
{
	struct shared_thread t;
	struct lives l;

	egt_eq(eg_shared_chan_new(&l.events, sizeof(void *), 1), 0);
	egt_eq(eg_shared_chan_new(&l.sems, sizeof(void *), 1), 0);
	shared_start(&t, set_each, &l, false);
	for (int i = 0; i < LIVES; i++) {
		eg_shared_event *event = calloc(1, sizeof(*event));
		eg_shared_sem *sem = calloc(1, sizeof(*sem));

		egt_true(event && sem);
		egt_eq(eg_shared_chan_send(l.events, &event, EG_FOREVER), 0);
		egt_eq(eg_shared_event_wait(event, EG_FOREVER), 0);
		memset(event, 0xa5, sizeof(*event));
		free(event);
		egt_eq(eg_shared_chan_send(l.sems, &sem, EG_FOREVER), 0);
		egt_eq(eg_shared_sem_wait(sem, EG_FOREVER), 0);
		memset(sem, 0xa5, sizeof(*sem));
		free(sem);
	}
	shared_end(&t);
	eg_shared_chan_unref(l.events);
	eg_shared_chan_unref(l.sems);
}
