/* SPDX-License-Identifier: MIT */
/*
 * Fibers of two hubs and threads without one, in one line: served first come,
 * first served, whoever they are (semantics LK-07, LK-11, QU-01).
 */
#include "shared_kit.h"

enum { WAITERS = 6 };

struct line {
	eg_shared_sem sem;
	eg_shared_event event;
	eg_shared_queue *queue;
	eg_shared_chan *chan;
	void (*wait)(struct line *l, int me);
	int next;	    /* who comes into the line next */
	int got[WAITERS];   /* the value that each was given */
	int order[WAITERS]; /* who was served when */
	int served;	    /* atomic */
	int failed;	    /* atomic */
};

static void note(struct line *l, int me, int error)
{
	if (error)
		shared_count(&l->failed);
	l->order[shared_read(&l->served)] = me;
	shared_count(&l->served);
}

static void wait_for_unit(struct line *l, int me)
{
	note(l, me, eg_shared_sem_wait(&l->sem, EG_FOREVER));
}

static void wait_for_value(struct line *l, int me)
{
	note(l, me, eg_shared_queue_get(l->queue, &l->got[me], EG_FOREVER));
}

static void wait_for_message(struct line *l, int me)
{
	note(l, me, eg_shared_chan_recv(l->chan, &l->got[me], EG_FOREVER));
}

static void wait_to_send(struct line *l, int me)
{
	note(l, me, eg_shared_chan_send(l->chan, &me, EG_FOREVER));
}

static void stand_in_line(void *arg)
{
	struct line *l = arg;

	l->wait(l, shared_read(&l->next));
}

static void *stand_in_line_as_fiber(void *arg)
{
	stand_in_line(arg);
	return NULL;
}

/* Fiber, thread, other hub's fiber, and again; each waits before the next. */
static void form(struct line *l, eg_fiber **fiber, struct shared_thread *t)
{
	for (int i = 0; i < WAITERS; i++) {
		__atomic_store_n(&l->next, i, __ATOMIC_RELEASE);
		if (i % 3 == 0) {
			egt_eq(eg_spawn(&fiber[i], stand_in_line_as_fiber, l),
			       0);
			egt_eq(eg_yield(), 0);
		} else {
			shared_start(&t[i], stand_in_line, l, i % 3 == 2);
			shared_until_asleep(&t[i]);
		}
	}
	egt_eq(shared_read(&l->served), 0);
}

static void dissolve(struct line *l, eg_fiber **fiber, struct shared_thread *t)
{
	for (int i = 0; i < WAITERS; i++) {
		if (i % 3 == 0)
			egt_eq(eg_join(fiber[i], NULL, EG_FOREVER), 0);
		else
			shared_end(&t[i]);
	}
	egt_eq(l->failed, 0);
	egt_eq(l->served, WAITERS);
}

/* Serves one after the other: @serve gives the i-th what it waits for. */
static void serve_each(struct line *l, void (*serve)(struct line *l, int i))
{
	struct shared_thread t[WAITERS];
	eg_fiber *fiber[WAITERS];

	form(l, fiber, t);
	for (int i = 0; i < WAITERS; i++) {
		egt_casef("waiter %d", i);
		serve(l, i);
		while (shared_read(&l->served) <= i)
			egt_eq(eg_yield(), 0);
		egt_eq(l->order[i], i);
	}
	dissolve(l, fiber, t);
}

static void give_unit(struct line *l, int i)
{
	(void)i;
	egt_eq(eg_shared_sem_post(&l->sem), 0);
	/* Given, not free: nobody overtakes who waits. */
	egt_eq(eg_shared_sem_units(&l->sem), 0);
	egt_eq(eg_shared_sem_wait(&l->sem, EG_NOW), -ETIMEDOUT);
}

EG_TEST(shared_sem_serves_in_line)
{
	struct line l = { .wait = wait_for_unit };

	serve_each(&l, give_unit);
	egt_eq(eg_shared_sem_units(&l.sem), 0);
}

static void put_value(struct line *l, int i)
{
	int value = 100 + i;

	egt_eq(eg_shared_queue_put(l->queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_len(l->queue), 0);
}

EG_TEST(shared_queue_serves_in_line)
{
	static const size_t capacities[] = { 0, 1, 4, EG_QUEUE_UNBOUNDED };

	for (size_t c = 0; c < ARRAY_LEN(capacities); c++) {
		struct line l = { .wait = wait_for_value };

		egt_eq(eg_shared_queue_new(&l.queue, sizeof(int),
					   capacities[c]),
		       0);
		serve_each(&l, put_value);
		for (int i = 0; i < WAITERS; i++)
			egt_eq(l.got[i], 100 + i);
		eg_shared_queue_unref(l.queue);
	}
}

static void send_value(struct line *l, int i)
{
	int value = 100 + i;

	egt_eq(eg_shared_chan_send(l->chan, &value, EG_NOW), 0);
}

EG_TEST(shared_chan_serves_receivers_in_line)
{
	struct line l = { .wait = wait_for_message };

	egt_eq(eg_shared_chan_new(&l.chan, sizeof(int), 0), 0);
	serve_each(&l, send_value);
	for (int i = 0; i < WAITERS; i++)
		egt_eq(l.got[i], 100 + i);
	eg_shared_chan_unref(l.chan);
}

static void take_value(struct line *l, int i)
{
	int value = -1;

	egt_eq(eg_shared_chan_recv(l->chan, &value, EG_NOW), 0);
	egt_eq(value, i);
}

EG_TEST(shared_chan_serves_senders_in_line)
{
	struct line l = { .wait = wait_to_send };

	egt_eq(eg_shared_chan_new(&l.chan, sizeof(int), 0), 0);
	serve_each(&l, take_value);
	eg_shared_chan_unref(l.chan);
}

/* Without order[]: those served at once would write the same place in it. */
static void wait_for_own_value(struct line *l, int me)
{
	if (eg_shared_queue_get(l->queue, &l->got[me], EG_FOREVER))
		shared_count(&l->failed);
	shared_count(&l->served);
}

/* All at once: who is where in the line says what each gets. */
EG_TEST(shared_queue_gives_each_in_line_its_value)
{
	struct line l = { .wait = wait_for_own_value };
	struct shared_thread t[WAITERS];
	eg_fiber *fiber[WAITERS];

	egt_eq(eg_shared_queue_new(&l.queue, sizeof(int), 2), 0);
	form(&l, fiber, t);
	for (int i = 0; i < WAITERS; i++)
		put_value(&l, i);
	dissolve(&l, fiber, t);
	for (int i = 0; i < WAITERS; i++)
		egt_eq(l.got[i], 100 + i);
	eg_shared_queue_unref(l.queue);
}

static void wait_for_event(struct line *l, int me)
{
	(void)me;
	if (eg_shared_event_wait(&l->event, EG_FOREVER))
		shared_count(&l->failed);
	shared_count(&l->served);
}

/* Whoever waits is woken, though the event is cleared before any of them runs
 * (EV-02), and whoever comes later waits. */
EG_TEST(shared_event_wakes_all_in_line)
{
	struct line l = { .wait = wait_for_event };
	struct shared_thread t[WAITERS];
	eg_fiber *fiber[WAITERS];

	form(&l, fiber, t);
	egt_eq(eg_shared_event_set(&l.event), WAITERS);
	egt_eq(eg_shared_event_clear(&l.event), 0);
	egt_eq(eg_shared_event_wait(&l.event, EG_NOW), -ETIMEDOUT);
	dissolve(&l, fiber, t);
}

/* Closing is for all of them. */
static void wait_until_closed(struct line *l, int me)
{
	int value;

	if (eg_shared_chan_recv(l->chan, &value, EG_FOREVER) != -EPIPE)
		shared_count(&l->failed);
	(void)me;
	shared_count(&l->served);
}

static void send_until_closed(struct line *l, int me)
{
	if (eg_shared_chan_send(l->chan, &me, EG_FOREVER) != -EPIPE)
		shared_count(&l->failed);
	shared_count(&l->served);
}

EG_TEST(shared_chan_closes_for_all_in_line)
{
	for (int sends = 0; sends < 2; sends++) {
		struct line l = { .wait = sends ? send_until_closed
						: wait_until_closed };
		struct shared_thread t[WAITERS];
		eg_fiber *fiber[WAITERS];

		egt_eq(eg_shared_chan_new(&l.chan, sizeof(int), 0), 0);
		form(&l, fiber, t);
		egt_eq(eg_shared_chan_close(l.chan), 0);
		dissolve(&l, fiber, t);
		egt_eq(eg_shared_chan_recv(l.chan, NULL, EG_FOREVER), -EPIPE);
		eg_shared_chan_unref(l.chan);
	}
}
