/* SPDX-License-Identifier: MIT */
/*
 * A fiber that is served by a thread, and cancelled or too late before it runs:
 * it keeps what it was given, and returns success. One that gave up before is
 * given nothing (semantics LK-05, LK-07, QU-04). The hub stands still while the
 * thread works, so both orders are certain.
 */
#include "shared_kit.h"

#include <sched.h>

struct wait {
	eg_shared_event event;
	eg_shared_sem sem;
	eg_shared_queue *queue;
	eg_shared_chan *chan;
	int64_t deadline;
	int first, second;
	int value;
};

struct kind {
	const char *name;
	int (*wait)(struct wait *w, int64_t deadline);
	void (*serve)(void *w); /* by another thread */
	void (*check)(struct wait *w, bool was_served);
	int want; /* what one that was served returns */
};

static int wait_event(struct wait *w, int64_t deadline)
{
	return eg_shared_event_wait(&w->event, deadline);
}

static void set_and_clear(void *arg)
{
	struct wait *w = arg;

	w->value = eg_shared_event_set(&w->event);
	egt_eq(eg_shared_event_clear(&w->event), 0);
}

static void check_event(struct wait *w, bool was_served)
{
	egt_eq(w->value, was_served);
}

static int wait_sem(struct wait *w, int64_t deadline)
{
	return eg_shared_sem_wait(&w->sem, deadline);
}

static void post(void *arg)
{
	struct wait *w = arg;

	egt_eq(eg_shared_sem_post(&w->sem), 0);
}

static void check_sem(struct wait *w, bool was_served)
{
	egt_eq(eg_shared_sem_units(&w->sem), !was_served);
}

static int wait_get(struct wait *w, int64_t deadline)
{
	return eg_shared_queue_get(w->queue, &w->value, deadline);
}

static void put(void *arg)
{
	struct wait *w = arg;
	int seven = 7;

	egt_eq(eg_shared_queue_put(w->queue, &seven, EG_NOW), 0);
}

static void check_get(struct wait *w, bool was_served)
{
	egt_eq(w->value, was_served ? 7 : 0);
	egt_eq(eg_shared_queue_len(w->queue), !was_served);
}

static int wait_send(struct wait *w, int64_t deadline)
{
	int nine = 9;

	return eg_shared_chan_send(w->chan, &nine, deadline);
}

static void receive(void *arg)
{
	struct wait *w = arg;

	if (eg_shared_chan_recv(w->chan, &w->value, EG_NOW) < 0)
		w->value = -1;
}

static void check_send(struct wait *w, bool was_served)
{
	egt_eq(w->value, was_served ? 9 : -1);
}

static int wait_recv(struct wait *w, int64_t deadline)
{
	return eg_shared_chan_recv(w->chan, &w->value, deadline);
}

static void close_chan(void *arg)
{
	struct wait *w = arg;

	egt_eq(eg_shared_chan_close(w->chan), 0);
}

static void check_nothing(struct wait *w, bool was_served)
{
	(void)was_served;
	egt_eq(w->value, 0);
}

static const struct kind kinds[] = {
	{ "event", wait_event, set_and_clear, check_event, 0 },
	{ "sem", wait_sem, post, check_sem, 0 },
	{ "get", wait_get, put, check_get, 0 },
	{ "send", wait_send, receive, check_send, 0 },
	{ "closed", wait_recv, close_chan, check_nothing, -EPIPE },
};

struct one {
	const struct kind *kind;
	struct wait w;
};

static void *wait_twice(void *arg)
{
	struct one *o = arg;

	o->w.first = o->kind->wait(&o->w, o->w.deadline);
	/* Cancelled is cancelled: the next wait knows. */
	o->w.second = eg_sleep(0);
	return NULL;
}

static void begin(struct one *o, const struct kind *kind, int64_t deadline,
		  eg_fiber **fiber)
{
	*o = (struct one){ .kind = kind, .w.deadline = deadline };
	egt_eq(eg_shared_queue_new(&o->w.queue, sizeof(int), 1), 0);
	egt_eq(eg_shared_chan_new(&o->w.chan, sizeof(int), 0), 0);
	egt_eq(eg_spawn(fiber, wait_twice, o), 0);
	egt_eq(eg_yield(), 0);
}

static void end(struct one *o)
{
	eg_shared_queue_unref(o->w.queue);
	eg_shared_chan_unref(o->w.chan);
}

static void each(void (*check)(const struct kind *kind))
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		egt_case(kinds[i].name);
		check(&kinds[i]);
	}
}

static void served_then_cancelled(const struct kind *kind)
{
	eg_fiber *f;
	struct one o;

	begin(&o, kind, EG_FOREVER, &f);
	shared_run(kind->serve, &o.w);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(o.w.first, kind->want);
	egt_eq(o.w.second, -ECANCELED);
	kind->check(&o.w, true);
	end(&o);
}

EG_TEST(shared_wait_that_was_served_outdoes_a_cancel)
{
	each(served_then_cancelled);
}

static void cancelled_then_served(const struct kind *kind)
{
	eg_fiber *f;
	struct one o;

	begin(&o, kind, EG_FOREVER, &f);
	egt_eq(eg_cancel(f), 0);
	shared_run(kind->serve, &o.w);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(o.w.first, -ECANCELED);
	kind->check(&o.w, false);
	end(&o);
}

EG_TEST(shared_wait_that_was_cancelled_is_not_served)
{
	each(cancelled_then_served);
}

/* Timers run before what was posted: the wait is over by both. */
static void served_then_late(const struct kind *kind)
{
	int64_t deadline = eg_after(EG_MSEC);
	eg_fiber *f;
	struct one o;

	begin(&o, kind, deadline, &f);
	shared_run(kind->serve, &o.w);
	while (eg_now() <= deadline)
		sched_yield();
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	/* Begun too late, on a machine that stood still: nothing to see. */
	if (o.w.first != -ETIMEDOUT)
		egt_eq(o.w.first, kind->want);
	kind->check(&o.w, o.w.first != -ETIMEDOUT);
	end(&o);
}

EG_TEST(shared_wait_that_was_served_outdoes_its_deadline, .backends = EGT_REAL)
{
	each(served_then_late);
}

/* The deadline first: what comes then is for others. */
static void late_then_served(const struct kind *kind)
{
	eg_fiber *f;
	struct one o;

	begin(&o, kind, eg_after(EG_MSEC), &f);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(o.w.first, -ETIMEDOUT);
	shared_run(kind->serve, &o.w);
	kind->check(&o.w, false);
	end(&o);
}

EG_TEST(shared_wait_that_was_late_is_not_served)
{
	each(late_then_served);
}

/* And cancelled twice over, with a shield around the wait: nothing of it. */
static void *wait_shielded(void *arg)
{
	struct one *o = arg;
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	o->w.first = o->kind->wait(&o->w, EG_FOREVER);
	egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static void shielded(const struct kind *kind)
{
	struct shared_thread t;
	eg_fiber *f;
	struct one o = { .kind = kind };

	egt_eq(eg_shared_queue_new(&o.w.queue, sizeof(int), 1), 0);
	egt_eq(eg_shared_chan_new(&o.w.chan, sizeof(int), 0), 0);
	egt_eq(eg_spawn(&f, wait_shielded, &o), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(f), 0);
	shared_start(&t, kind->serve, &o.w, false);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	shared_end(&t);
	egt_eq(o.w.first, kind->want);
	kind->check(&o.w, true);
	end(&o);
}

EG_TEST(shared_wait_in_a_shield_waits_on)
{
	each(shielded);
}

struct taker {
	eg_shared_sem *sem;
	int result;
};

static void *take(void *arg)
{
	struct taker *t = arg;

	t->result = eg_shared_sem_wait(t->sem, EG_FOREVER);
	return NULL;
}

static void post_twice(void *sem)
{
	egt_eq(eg_shared_sem_post(sem), 0);
	egt_eq(eg_shared_sem_post(sem), 0);
}

/* Units for the first and the last, past the one between that gave up. */
EG_TEST(shared_unit_goes_past_who_gave_up)
{
	static const int want[] = { 0, -ECANCELED, 0 };
	eg_shared_sem sem = { { NULL } };
	struct taker t[ARRAY_LEN(want)];
	eg_fiber *f[ARRAY_LEN(want)];

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		t[i] = (struct taker){ &sem, 1 };
		egt_eq(eg_spawn(&f[i], take, &t[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(f[1]), 0);
	shared_run(post_twice, &sem);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_eq(t[i].result, want[i]);
	}
	egt_eq(eg_shared_sem_units(&sem), 0);
}
