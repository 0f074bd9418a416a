/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several things: gevent's wait and iwait (SP-16, HB-15), over each
 * kind of waitable, those that threads share too, and what select adds.
 */
#include "conformance.h"

#include <stdint.h>

enum waitable {
	FIBER,
	EVENT,
	RESULT,
	SEM,
	PEEK,
	CHAN,
	QUEUE,
	SHARED_EVENT,
	SHARED_SEM,
	SHARED_PEEK,
	SHARED_CHAN,
	SHARED_QUEUE,
	TIME,
	WAITABLES,
};

/* Two of a kind. */
struct pair {
	enum waitable kind;
	eg_fiber *fiber[2];
	eg_event event[2];
	eg_result result[2];
	eg_sem sem[2];
	eg_chan *chan[2];
	eg_queue *queue[2];
	eg_shared_event shared_event[2];
	eg_shared_sem shared_sem[2];
	eg_shared_chan *shared_chan[2];
	eg_shared_queue *shared_queue[2];
	long value[2];
	eg_case cases[2];
};

static void *wait_for(void *event)
{
	egt_eq(eg_event_wait(event, EG_FOREVER), 0);
	return event;
}

static eg_case make_case(struct pair *p, int i)
{
	switch (p->kind) {
	case FIBER:
		return eg_case_fiber(p->fiber[i], NULL);
	case EVENT:
		return eg_case_event(&p->event[i]);
	case RESULT:
		return eg_case_result(&p->result[i], NULL);
	case SEM:
		return eg_case_sem(&p->sem[i]);
	case PEEK:
		return eg_case_sem_peek(&p->sem[i]);
	case CHAN:
		return eg_case_recv(p->chan[i], &p->value[i]);
	case QUEUE:
		return eg_case_get(p->queue[i], &p->value[i]);
	case SHARED_EVENT:
		return eg_case_shared_event(&p->shared_event[i]);
	case SHARED_SEM:
		return eg_case_shared_sem(&p->shared_sem[i]);
	case SHARED_PEEK:
		return eg_case_shared_sem_peek(&p->shared_sem[i]);
	case SHARED_CHAN:
		return eg_case_shared_recv(p->shared_chan[i], &p->value[i]);
	case SHARED_QUEUE:
		return eg_case_shared_get(p->shared_queue[i], &p->value[i]);
	default:
		return eg_case_time(eg_after((2 - i) * EG_MSEC));
	}
}

/* A sender waits for who receives. */
static bool is_chan(long kind)
{
	return kind == CHAN || kind == SHARED_CHAN;
}

static void open_pair(struct pair *p, long kind)
{
	*p = (struct pair){ .kind = (enum waitable)kind };
	for (int i = 0; i < 2; i++) {
		if (kind == FIBER)
			egt_eq(eg_spawn(&p->fiber[i], wait_for, &p->event[i]),
			       0);
		if (kind == CHAN)
			egt_eq(eg_chan_new(&p->chan[i], sizeof(long), 0), 0);
		if (kind == QUEUE)
			egt_eq(eg_queue_new(&p->queue[i], sizeof(long), NULL),
			       0);
		if (kind == SHARED_CHAN)
			egt_eq(eg_shared_chan_new(&p->shared_chan[i],
						  sizeof(long), 0),
			       0);
		if (kind == SHARED_QUEUE)
			egt_eq(eg_shared_queue_new(&p->shared_queue[i],
						   sizeof(long), 1),
			       0);
		p->cases[i] = make_case(p, i);
	}
	egt_eq(eg_yield(), 0);
}

static void bring(struct pair *p, int i)
{
	long value = 5;

	if (p->kind == FIBER || p->kind == EVENT)
		egt_le(0, eg_event_set(&p->event[i]));
	if (p->kind == RESULT)
		egt_le(0, eg_result_set(&p->result[i], NULL));
	if (p->kind == SEM || p->kind == PEEK)
		egt_eq(eg_sem_post(&p->sem[i]), 0);
	if (p->kind == CHAN)
		egt_eq(eg_chan_send(p->chan[i], &value, EG_FOREVER), 0);
	if (p->kind == QUEUE)
		egt_eq(eg_queue_put(p->queue[i], &value, EG_FOREVER), 0);
	if (p->kind == SHARED_EVENT)
		egt_le(0, eg_shared_event_set(&p->shared_event[i]));
	if (p->kind == SHARED_SEM || p->kind == SHARED_PEEK)
		egt_eq(eg_shared_sem_post(&p->shared_sem[i]), 0);
	if (p->kind == SHARED_CHAN)
		egt_eq(eg_shared_chan_send(p->shared_chan[i], &value,
					   EG_FOREVER),
		       0);
	if (p->kind == SHARED_QUEUE)
		egt_eq(eg_shared_queue_put(p->shared_queue[i], &value,
					   EG_FOREVER),
		       0);
}

/* Has what @p's sender of @i waits for. */
static void take(struct pair *p, int i)
{
	if (p->kind == CHAN)
		egt_eq(eg_chan_recv(p->chan[i], NULL, EG_FOREVER), 0);
	if (p->kind == SHARED_CHAN)
		egt_eq(eg_shared_chan_recv(p->shared_chan[i], NULL, EG_FOREVER),
		       0);
}

static int send_now(struct pair *p, int i)
{
	return p->kind == CHAN ? eg_chan_send(p->chan[i], &p->value[i], EG_NOW)
			       : eg_shared_chan_send(p->shared_chan[i],
						     &p->value[i], EG_NOW);
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->kind == FIBER) {
			egt_le(0, eg_event_set(&p->event[i]));
			egt_eq(eg_join(p->fiber[i], NULL, EG_FOREVER), 0);
		}
		eg_chan_unref(p->chan[i]);
		eg_queue_unref(p->queue[i]);
		eg_shared_chan_unref(p->shared_chan[i]);
		eg_shared_queue_unref(p->shared_queue[i]);
	}
}

static void *bring_second_then_first(void *arg)
{
	bring(arg, 1);
	egt_eq(eg_sleep(EG_USEC), 0);
	bring(arg, 0);
	return NULL;
}

/* Waits for both while another fiber brings them. */
static void comes_in_its_order(long kind)
{
	struct pair p;
	eg_fiber *f;

	open_pair(&p, kind);
	egt_eq(eg_spawn(&f, bring_second_then_first, &p), 0);
	egt_eq(eg_wait_many(p.cases, 2, 0, EG_FOREVER), 2);
	egt_eq(p.cases[1].order, 1);
	egt_eq(p.cases[0].order, 2);
	egt_eq(p.cases[0].result, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	close_pair(&p);
}

static void count_of_one_returns_at_once(long kind)
{
	struct pair p;
	eg_fiber *f;

	open_pair(&p, kind);
	egt_eq(eg_spawn(&f, bring_second_then_first, &p), 0);
	egt_eq(eg_wait_many(p.cases, 2, 1, EG_FOREVER), 1);
	egt_eq(p.cases[1].order, 1);
	egt_eq(p.cases[0].order, 0);
	/* The first is left in no line: who brings it would wait for ever. */
	take(&p, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	close_pair(&p);
}

static void its_deadline_gives_what_has_come(long kind)
{
	struct pair p;

	open_pair(&p, kind);
	egt_eq(eg_wait_many(p.cases, 2, 0, eg_after(EG_USEC)), 0);
	egt_eq(p.cases[0].order, 0);
	close_pair(&p);
}

static void a_regions_deadline_is_foreign(long kind)
{
	struct pair p;
	eg_timeout region;

	open_pair(&p, kind);
	egt_eq(eg_timeout_begin(&region, eg_after(EG_USEC)), 0);
	egt_eq(eg_wait_many(p.cases, 2, 0, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
	close_pair(&p);
}

static void ready_before_is_given_without_waiting(long kind)
{
	struct pair p;
	eg_fiber *f;

	open_pair(&p, kind);
	egt_eq(eg_spawn(&f, bring_second_then_first, &p), 0);
	egt_eq(eg_sleep(5 * EG_MSEC), 0);
	egt_eq(eg_wait_many(p.cases, 2, is_chan(kind) ? 1 : 0, EG_FOREVER),
	       is_chan(kind) ? 1 : 2);
	take(&p, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	close_pair(&p);
}

static void *select_two(void *arg)
{
	struct pair *p = arg;

	return (void *)(intptr_t)eg_select(p->cases, 2, EG_FOREVER, 0);
}

static void kill_leaves_every_line(long kind)
{
	struct pair p;
	eg_fiber *f;
	void *r;

	open_pair(&p, kind);
	egt_eq(eg_spawn(&f, select_two, &p), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EOWNERDEAD, EG_FOREVER), 0);
	egt_eq(eg_join(f, &r, EG_FOREVER), 0);
	egt_eq((intptr_t)r, -EOWNERDEAD);
	if (is_chan(kind)) {
		egt_eq(send_now(&p, 0), -ETIMEDOUT);
	} else {
		bring(&p, 0);
		egt_eq(eg_select(p.cases, 1, EG_FOREVER, 0), 0);
	}
	close_pair(&p);
}

static void none_to_wait_for(long count)
{
	eg_case none[3] = { { 0 } };

	egt_eq(eg_wait_many(none, (size_t)count, 0, EG_FOREVER), 0);
}

static void the_same_fiber_twice(long wanted)
{
	eg_event e = { 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_for, &e), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_event_set(&e), 1);
	{
		eg_case cases[] = { eg_case_fiber(f, NULL),
				    eg_case_fiber(f, NULL) };

		egt_le(wanted,
		       eg_wait_many(cases, 2, (size_t)wanted, EG_FOREVER));
	}
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

#define EACH_BUT_TIME(says, check)                                         \
	{ "SP-16", says ": fiber", check, FIBER },                         \
		{ "SP-16", says ": event", check, EVENT },                 \
		{ "SP-16", says ": result", check, RESULT },               \
		{ "SP-16", says ": semaphore", check, SEM },               \
		{ "SP-16", says ": semaphore, not taken", check, PEEK },   \
		{ "SP-16", says ": channel", check, CHAN },                \
		{ "SP-16", says ": queue", check, QUEUE },                 \
		{ "SP-16", says ": shared event", check, SHARED_EVENT },   \
		{ "SP-16", says ": shared semaphore", check, SHARED_SEM }, \
		{ "SP-16", says ": shared semaphore, not taken", check,    \
		  SHARED_PEEK },                                           \
		{ "SP-16", says ": shared channel", check, SHARED_CHAN },  \
	{                                                                  \
		"SP-16", says ": shared queue", check, SHARED_QUEUE        \
	}

/* clang-format off */
static const struct conform cases[] = {
	EACH_BUT_TIME("given in the order of coming", comes_in_its_order),
	{ "SP-16", "given in the order of coming: time",
	  comes_in_its_order, TIME },
	EACH_BUT_TIME("a count of one ends the wait, the other is unlinked",
		      count_of_one_returns_at_once),
	EACH_BUT_TIME("a deadline ends the iteration, and is no error",
		      its_deadline_gives_what_has_come),
	EACH_BUT_TIME("a foreign timeout passes", a_regions_deadline_is_foreign),
	EACH_BUT_TIME("ready before the call", ready_before_is_given_without_waiting),
	EACH_BUT_TIME("killed: nothing is left in a line", kill_leaves_every_line),
	{ "SP-16", "no object: returns at once", none_to_wait_for, 0 },
	{ "SP-16", "one that never comes is not counted", none_to_wait_for, 1 },
	{ "SP-16", "three that never come", none_to_wait_for, 3 },
	{ "SP-16", "a duplicate ends too", the_same_fiber_twice, 2 },
	{ "SP-16", "a duplicate, and a count of one", the_same_fiber_twice, 1 },
};
/* clang-format on */

CONFORMANCE(waits_for_several_things, cases)
