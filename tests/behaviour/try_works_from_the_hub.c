/* SPDX-License-Identifier: MIT */
/*
 * What never waits, because its deadline is EG_NOW, may be called where nothing
 * can wait: in a callback of the hub (semantics HB-06). What would wait is
 * refused there. Queues: queue_works_from_the_hub.c.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <pthread.h>

/* Calls @fn in the hub, and has run all that it woke. */
static void in_hub(eg_callback_fn *fn, void *arg)
{
	eg_callback callback;

	egt_eq(eg_callback_init(&callback, fn, arg), 0);
	egt_eq(eg_callback_queue(&callback), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_yield(), 0);
	egt_true(!eg_callback_is_pending(&callback));
}

/* A fiber on the other side. */
struct partner {
	eg_chan *chan;
	eg_sem *sem;
	int value;
	int result;
};

static void *receive_one(void *arg)
{
	struct partner *p = arg;

	p->result = eg_chan_recv(p->chan, &p->value, EG_FOREVER);
	return NULL;
}

static void *send_one(void *arg)
{
	struct partner *p = arg;

	p->result = eg_chan_send(p->chan, &p->value, EG_FOREVER);
	return NULL;
}

static eg_fiber *begin(eg_fiber_fn *fn, struct partner *p)
{
	eg_fiber *f;

	p->result = 1;
	egt_eq(eg_spawn(&f, fn, p), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(p->result, 1);
	return f;
}

static void try_channel(void *arg)
{
	eg_chan *chan = arg;
	int value = 7;

	egt_eq(eg_chan_recv(chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(value, 7);
	egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
	egt_eq(eg_chan_send(chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_chan_send(chan, NULL, EG_NOW), -EINVAL);
	egt_eq(eg_chan_len(chan), 1);
	value = 8;
	egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
	egt_eq(value, 7);
	egt_eq(eg_chan_send(chan, &value, EG_FOREVER), -EPERM);
	egt_eq(eg_chan_recv(chan, &value, eg_after(EG_MSEC)), -EPERM);
	egt_eq(eg_chan_len(chan), 0);
}

EG_TEST(channel_is_tried_in_the_hub)
{
	eg_chan *chan;

	egt_eq(eg_chan_new(&chan, sizeof(int), 1), 0);
	in_hub(try_channel, chan);
	egt_eq(eg_chan_close(chan), 0);
	eg_chan_unref(chan);
}

static void hand_to_receiver(void *arg)
{
	struct partner *p = arg;
	int value = 41;

	egt_eq(eg_chan_send(p->chan, &value, EG_NOW), 0);
}

static void take_from_sender(void *arg)
{
	struct partner *p = arg;
	int value = 0;

	egt_eq(eg_chan_recv(p->chan, &value, EG_NOW), 0);
	egt_eq(value, 42);
}

EG_TEST(rendezvous_is_had_in_the_hub)
{
	struct partner p = { .value = 0 };
	eg_fiber *f;

	egt_eq(eg_chan_new(&p.chan, sizeof(int), 0), 0);
	f = begin(receive_one, &p);
	in_hub(hand_to_receiver, &p);
	egt_eq(p.result, 0);
	egt_eq(p.value, 41);
	egt_eq(eg_detach(f), 0);
	p.value = 42;
	f = begin(send_one, &p);
	in_hub(take_from_sender, &p);
	egt_eq(p.result, 0);
	egt_eq(eg_detach(f), 0);
	eg_chan_unref(p.chan);
}

static void try_closed(void *arg)
{
	int value = 0;

	egt_eq(eg_chan_send(arg, &value, EG_NOW), -EPIPE);
	egt_eq(eg_chan_recv(arg, &value, EG_NOW), -EPIPE);
}

EG_TEST(closed_channel_says_so_in_the_hub)
{
	eg_chan *chan;

	egt_eq(eg_chan_new(&chan, sizeof(int), 1), 0);
	egt_eq(eg_chan_close(chan), 0);
	in_hub(try_closed, chan);
	eg_chan_unref(chan);
}

static void try_units(void *arg)
{
	eg_sem *sem = arg;

	egt_eq(eg_sem_peek(sem, EG_NOW), 0);
	egt_eq(eg_sem_wait(sem, EG_NOW), 0);
	egt_eq(eg_sem_peek(sem, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_sem_wait(sem, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_sem_post_wait(sem, EG_NOW), 0);
	egt_eq(eg_sem_units(sem), 1);
	egt_eq(eg_sem_wait(sem, EG_FOREVER), -EPERM);
	egt_eq(eg_sem_peek(sem, EG_FOREVER), -EPERM);
	egt_eq(eg_sem_post_wait(sem, EG_FOREVER), -EPERM);
	egt_eq(eg_sem_units(sem), 1);
}

EG_TEST(semaphore_is_tried_in_the_hub)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 1), 0);
	in_hub(try_units, &sem);
}

static void *post(void *arg)
{
	struct partner *p = arg;

	p->result = eg_sem_post_wait(p->sem, EG_FOREVER);
	return NULL;
}

static void try_full(void *arg)
{
	egt_eq(eg_sem_post_wait(arg, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_sem_wait(arg, EG_NOW), 0);
	/* Who waited to post has put one in its place. */
	egt_eq(eg_sem_units(arg), 2);
}

EG_TEST(full_semaphore_serves_its_poster_from_the_hub)
{
	struct partner p = { .result = 1 };
	eg_sem sem;
	eg_fiber *f;

	egt_eq(eg_sem_init_bounded(&sem, 2, 2), 0);
	p.sem = &sem;
	f = begin(post, &p);
	in_hub(try_full, &sem);
	egt_eq(p.result, 0);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_sem_units(&sem), 2);
}

struct sent {
	eg_event event;
	eg_result result;
	eg_fiber *fiber;
};

static void try_unsent(void *arg)
{
	struct sent *s = arg;
	void *value = s;

	egt_eq(eg_event_wait(&s->event, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_result_get(&s->result, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_get(s->fiber, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_fiber_wait(s->fiber, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_event_wait(&s->event, EG_FOREVER), -EPERM);
	egt_eq(eg_result_get(&s->result, &value, EG_FOREVER), -EPERM);
	egt_eq(eg_get(s->fiber, &value, EG_FOREVER), -EPERM);
	egt_ptr_eq(value, s);
}

static void try_sent(void *arg)
{
	struct sent *s = arg;
	void *value = NULL;

	egt_eq(eg_event_wait(&s->event, EG_NOW), 0);
	egt_eq(eg_result_get(&s->result, &value, EG_NOW), 0);
	egt_ptr_eq(value, s);
	/* It would not wait, but might have: a fault to be seen at once. */
	egt_eq(eg_event_wait(&s->event, EG_FOREVER), -EPERM);
}

static void *wait_for_event(void *arg)
{
	struct sent *s = arg;

	egt_eq(eg_event_wait(&s->event, EG_FOREVER), 0);
	return arg;
}

EG_TEST(what_is_sent_is_looked_at_in_the_hub)
{
	struct sent s = { .fiber = NULL };

	egt_eq(eg_spawn(&s.fiber, wait_for_event, &s), 0);
	egt_eq(eg_yield(), 0);
	in_hub(try_unsent, &s);
	egt_eq(eg_event_set(&s.event), 1);
	egt_eq(eg_result_set(&s.result, &s), 0);
	in_hub(try_sent, &s);
	egt_eq(eg_join(s.fiber, NULL, EG_FOREVER), 0);
}

static void *call_elsewhere(void *arg)
{
	struct sent *s = arg;
	void *value = NULL;

	egt_eq(eg_event_wait(&s->event, EG_NOW), -EPERM);
	egt_eq(eg_result_get(&s->result, &value, EG_NOW), -EPERM);
	return NULL;
}

/* There is no hub to be in. */
EG_TEST(thread_without_a_hub_may_not_try)
{
	struct sent s = { .fiber = NULL };
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, call_elsewhere, &s), 0);
	egt_eq(pthread_join(thread, NULL), 0);
}
