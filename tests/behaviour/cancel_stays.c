/* SPDX-License-Identifier: MIT */
/*
 * Cancelling is a state: each blocking call after it fails, what need not wait
 * succeeds, and doing it again changes nothing (semantics SP-10, SP-13).
 */
#include "fiber_trace.h"

static void *meet_it_again_and_again(void *arg)
{
	struct trace *t = arg;

	egt_true(!eg_cancelled());
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_true(eg_cancelled());
	egt_eq(eg_sleep(EG_SEC), -ECANCELED);
	egt_eq(eg_sleep(0), -ECANCELED);
	egt_eq(eg_sleep_until(EG_NOW), -ECANCELED);
	egt_eq(eg_yield(), 0);
	trace_add(t, 'e');
	return t;
}

EG_TEST(each_blocking_call_after_a_cancel_fails)
{
	struct trace t = { .len = 0 };
	void *result = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, meet_it_again_and_again, &t), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &t);
	egt_str_eq(t.text, "e");
}

static void *yield_then_sleep(void *arg)
{
	egt_eq(eg_yield(), 0);
	*(int *)arg = eg_sleep(EG_SEC);
	return NULL;
}

EG_TEST(a_ready_fiber_meets_it_at_its_next_wait)
{
	eg_fiber *f;
	int r = 0;

	egt_eq(eg_spawn(&f, yield_then_sleep, &r), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(r, -ECANCELED);
}

static void *cancel_myself(void *arg)
{
	eg_event set = { 0 };
	eg_sem sem;
	eg_mutex mutex = { 0 };
	eg_group group = { 0 };
	eg_chan *chan;
	eg_fiber *f;
	long value = 7;

	egt_eq(eg_cancel(eg_self()), 0);
	egt_true(eg_cancelled());
	egt_eq(eg_event_set(&set), 0);
	egt_eq(eg_event_wait(&set, EG_FOREVER), 0);
	egt_eq(eg_sem_init(&sem, 1), 0);
	egt_eq(eg_sem_wait(&sem, EG_FOREVER), 0);
	egt_eq(eg_sem_wait(&sem, EG_FOREVER), -ECANCELED);
	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), 0);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(eg_chan_new(&chan, sizeof(value), 1), 0);
	egt_eq(eg_chan_send(chan, &value, EG_FOREVER), 0);
	egt_eq(eg_chan_send(chan, &value, EG_FOREVER), -ECANCELED);
	egt_eq(eg_chan_recv(chan, &value, EG_FOREVER), 0);
	egt_eq(eg_chan_recv(chan, &value, EG_FOREVER), -ECANCELED);
	eg_chan_unref(chan);
	/* It may still spawn; only waiting is over. */
	egt_eq(eg_spawn(&f, write_letter, arg), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), -ECANCELED);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	return NULL;
}

EG_TEST(what_need_not_wait_succeeds)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'a' };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, cancel_myself, &l), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "a");
}

EG_TEST(a_dead_fiber_is_left_alone)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'a' };
	void *result = &t;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, write_letter, &l), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, NULL);
}

static void *cancel_main(void *arg)
{
	egt_eq(eg_cancel(arg), 0);
	return NULL;
}

EG_TEST(main_can_be_cancelled_too)
{
	egt_eq(eg_spawn(NULL, cancel_main, eg_self()), 0);
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_sleep(EG_SEC), -ECANCELED);
	egt_true(eg_cancelled());
}

static void *sleep_long(void *arg)
{
	*(int *)arg = eg_sleep(EG_FOREVER);
	return NULL;
}

EG_TEST(cancelling_is_served_in_order)
{
	int r[10];
	eg_fiber *f[ARRAY_LEN(r)];

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		egt_eq(eg_spawn(&f[i], sleep_long, &r[i]), 0);
	settle();
	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		egt_eq(eg_cancel(f[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_eq(r[i], -ECANCELED);
	}
}
