/* SPDX-License-Identifier: MIT */
/*
 * Select over objects that threads share: whoever serves it, one case is done,
 * and the others are as if never tried. To be certain who comes first, the hub
 * stands still while another thread works (semantics LK-05, LK-07, SP-16).
 */
#include "select_shared_rig.h"

#include <sched.h>

struct call {
	struct world *world;
	enum shared_caller caller;
};

static void *bring_by(void *arg)
{
	struct call *c = arg;

	shared_call(c->caller, world_bring_kind, c->world);
	return NULL;
}

static void comes_by(enum shared_caller caller, enum world_case kind)
{
	struct world w;
	struct call c = { &w, caller };
	eg_fiber *f;

	world_open(&w);
	w.kind = kind;
	egt_eq(eg_spawn(&f, bring_by, &c), 0);
	egt_eq(eg_select(w.cases, W_CASES, EG_FOREVER, 0), kind);
	world_check(&w, kind);
	world_join(f);
	world_close(&w);
}

EG_TEST(select_shared_waits_for_whichever_comes)
{
	for (int kind = 0; kind < W_CASES; kind++) {
		/* What threads do not share only this hub's fibers bring. */
		int callers = kind < W_SHARED ? SHARED_CALLERS : 1;

		for (int caller = 0; caller < callers; caller++) {
			egt_casef("case %d, caller %d", kind, caller);
			comes_by((enum shared_caller)caller,
				 (enum world_case)kind);
		}
	}
}

EG_TEST(select_shared_takes_what_is_ready_without_waiting)
{
	for (int kind = 0; kind < W_SHARED; kind++) {
		struct world w;

		/* Ready for a rendezvous is only who waits. */
		if (kind == W_RECV || kind == W_SEND)
			continue;
		egt_casef("case %d", kind);
		world_open(&w);
		w.kind = (enum world_case)kind;
		shared_run(world_bring_kind, &w);
		egt_eq(eg_select(w.cases, W_CASES, EG_NOW, 0), kind);
		world_check(&w, w.kind);
		world_close(&w);
	}
}

static void *send_by_select(void *arg)
{
	struct world *w = arg;
	long out = WORLD_IN;
	eg_case c = eg_case_shared_send(w->chan, &out);

	egt_eq(eg_select(&c, 1, EG_FOREVER, 0), 0);
	egt_eq(c.result, 0);
	return NULL;
}

EG_TEST(select_shared_meets_a_select_that_waits)
{
	struct world w;
	eg_fiber *f;

	world_open(&w);
	egt_eq(eg_spawn(&f, send_by_select, &w), 0);
	settle();
	egt_eq(eg_select(w.cases, W_CASES, EG_NOW, 0), W_RECV);
	world_check(&w, W_RECV);
	world_join(f);
	world_close(&w);
}

/* What a later one says to a select that another thread has served. */
static int want_of(enum world_case kind)
{
	switch (kind) {
	case W_RECV:
	case W_SEND:
	case W_LOCAL_RECV:
	case W_LOCAL_SEND:
		return -ETIMEDOUT;
	default:
		return 0; /* woken, or what any object says without waiters */
	}
}

/* What was brought in vain is there for others. */
static void check_left(struct world *w, enum world_case kind)
{
	long value = 0;

	switch (kind) {
	case W_EVENT:
		egt_true(eg_shared_event_is_set(&w->event));
		break;
	case W_SEM:
		egt_eq(eg_shared_sem_units(&w->sem), 1);
		break;
	case W_PEEK:
		egt_eq(eg_shared_sem_units(&w->peeked), 1);
		break;
	case W_GET:
		egt_eq(eg_shared_queue_get(w->queue, &value, EG_NOW), 0);
		egt_eq(value, WORLD_IN);
		break;
	case W_PUT:
		egt_eq(eg_shared_queue_len(w->full_queue), 0);
		break;
	case W_LOCAL_SEM:
		egt_eq(eg_sem_units(&w->local_sem), 1);
		break;
	case W_LOCAL_GET:
		egt_eq(eg_queue_get(w->local_queue, &value, EG_NOW), 0);
		egt_eq(value, WORLD_IN);
		break;
	case W_LOCAL_PUT:
		egt_eq(eg_queue_len(w->local_full_queue), 0);
		break;
	default:
		break;
	}
}

/* And before the fiber has run, by this hub again. */
static void is_served_once(enum world_case first, bool by_thread,
			   enum world_case then)
{
	struct world w;
	eg_fiber *f;

	world_open(&w);
	f = world_spawn(&w);
	w.kind = first;
	if (by_thread)
		shared_run(world_bring_kind, &w);
	else
		egt_le(0, world_bring(&w, first));
	egt_eq(world_bring(&w, then), want_of(then));
	world_join(f);
	egt_eq(w.result, first);
	world_check(&w, first);
	check_left(&w, then);
	world_close(&w);
}

/* By each of @firsts, and then each other. */
static void each_is_served_once(int firsts, bool by_thread)
{
	for (int first = 0; first < firsts; first++) {
		for (int then = 0; then < W_CASES; then++) {
			egt_casef("case %d, then %d", first, then);
			if (first != then)
				is_served_once((enum world_case)first,
					       by_thread,
					       (enum world_case)then);
		}
	}
}

EG_TEST(select_shared_is_served_once)
{
	each_is_served_once(W_SHARED, true);
}

EG_TEST(select_shared_served_by_its_hub_is_served_once)
{
	each_is_served_once(W_CASES, false);
}

/* A looker sees no value of a putter whose select another thread has ended. */
EG_TEST(select_shared_that_was_served_offers_nothing)
{
	eg_queue_options none = EG_QUEUE_OPTIONS_INIT;
	eg_queue *q;
	struct world w;
	eg_fiber *f;
	long value = 0;

	world_open(&w);
	egt_eq(eg_queue_new(&q, sizeof(long), &none), 0);
	egt_eq(eg_queue_resize(q, 0), 0);
	w.cases[W_LOCAL_PUT] = eg_case_put(q, &w.out);
	f = world_spawn(&w);
	egt_eq(eg_queue_peek(q, &value, EG_NOW), 0);
	egt_eq(value, WORLD_OUT);
	w.kind = W_SEM;
	shared_run(world_bring_kind, &w);
	egt_eq(eg_queue_peek(q, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	world_join(f);
	egt_eq(w.result, W_SEM);
	world_close(&w);
	eg_queue_unref(q);
}

/* Lines */

struct waiter {
	struct world *world;
	long value;
	int result;
};

static void *get_plainly(void *arg)
{
	struct waiter *p = arg;

	p->result = eg_shared_queue_get(p->world->queue, &p->value, EG_FOREVER);
	return NULL;
}

static void put_two(void *arg)
{
	struct world *w = arg;

	for (long value = 1; value <= 2; value++)
		egt_eq(eg_shared_queue_put(w->queue, &value, EG_NOW), 0);
}

/* First come, first served, whoever waits for more than this. */
EG_TEST(select_shared_keeps_its_place_in_line)
{
	struct waiter before = { .result = 1 }, behind = { .result = 1 };
	struct world w;
	eg_fiber *f[3];

	world_open(&w);
	before.world = &w;
	behind.world = &w;
	egt_eq(eg_spawn(&f[0], get_plainly, &before), 0);
	settle();
	f[1] = world_spawn(&w);
	egt_eq(eg_spawn(&f[2], get_plainly, &behind), 0);
	settle();
	shared_run(put_two, &w);
	world_join(f[0]);
	world_join(f[1]);
	egt_eq(before.value, 1);
	egt_eq(w.result, W_GET);
	egt_eq(w.in, 2);
	egt_eq(behind.result, 1);
	shared_run(put_two, &w);
	world_join(f[2]);
	egt_eq(behind.value, 1);
	egt_eq(eg_shared_queue_len(w.queue), 1);
	world_close(&w);
}

static void post_then_put_two(void *arg)
{
	struct world *w = arg;

	egt_eq(eg_shared_sem_post(&w->sem), 0);
	put_two(w);
}

/* Who was served elsewhere holds up nobody behind. */
EG_TEST(select_shared_that_was_served_is_passed_over)
{
	struct waiter behind = { .result = 1 };
	struct world w;
	eg_fiber *f[2];

	world_open(&w);
	behind.world = &w;
	f[0] = world_spawn(&w);
	egt_eq(eg_spawn(&f[1], get_plainly, &behind), 0);
	settle();
	shared_run(post_then_put_two, &w);
	world_join(f[0]);
	world_join(f[1]);
	egt_eq(w.result, W_SEM);
	egt_eq(w.in, 0);
	egt_eq(behind.value, 1);
	egt_eq(eg_shared_queue_len(w.queue), 1);
	world_close(&w);
}

EG_TEST(select_shared_does_not_meet_itself)
{
	long in = 0, out = 3;
	eg_shared_chan *c;

	egt_eq(eg_shared_chan_new(&c, sizeof(long), 0), 0);
	for (int first = 0; first < 2; first++) {
		eg_case cases[2];

		cases[first] = eg_case_shared_send(c, &out);
		cases[!first] = eg_case_shared_recv(c, &in);
		egt_eq(eg_select(cases, 2, eg_after(EG_MSEC), 0), -ETIMEDOUT);
	}
	egt_eq(in, 0);
	egt_eq(eg_shared_chan_send(c, &out, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_shared_chan_recv(c, &in, EG_NOW), -ETIMEDOUT);
	eg_shared_chan_unref(c);
}

struct doubled {
	eg_shared_event event;
	eg_shared_sem sem;
	int result;
};

static void *select_doubled(void *arg)
{
	struct doubled *d = arg;
	eg_case cases[] = { eg_case_shared_sem(&d->sem),
			    eg_case_shared_event(&d->event),
			    eg_case_shared_sem(&d->sem),
			    eg_case_shared_event(&d->event) };

	d->result = eg_select(cases, ARRAY_LEN(cases), EG_FOREVER, 0);
	return NULL;
}

static void post_two(void *arg)
{
	struct doubled *d = arg;

	egt_eq(eg_shared_sem_post(&d->sem), 0);
	egt_eq(eg_shared_sem_post(&d->sem), 0);
}

static void set_event(void *arg)
{
	struct doubled *d = arg;

	egt_eq(eg_shared_event_set(&d->event), 1);
}

EG_TEST(select_shared_with_one_object_twice_takes_it_once)
{
	struct doubled d = { .result = 1000 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, select_doubled, &d), 0);
	settle();
	shared_run(post_two, &d);
	world_join(f);
	egt_eq(d.result, 0);
	egt_eq(eg_shared_sem_units(&d.sem), 1);
	egt_eq(eg_shared_sem_wait(&d.sem, EG_NOW), 0);
	egt_eq(eg_spawn(&f, select_doubled, &d), 0);
	settle();
	shared_run(set_event, &d);
	world_join(f);
	egt_eq(d.result, 1);
}

/* Many: the order of their locks is not the order of the array. */
EG_TEST(select_shared_over_many_objects)
{
	enum { MANY = 300 };
	static eg_shared_sem sems[MANY];
	static eg_case cases[MANY];

	for (int i = 0; i < MANY; i++)
		cases[i] = eg_case_shared_sem(&sems[i * 7 % MANY]);
	egt_eq(eg_select(cases, MANY, eg_after(EG_MSEC), 0), -ETIMEDOUT);
	for (int i = 0; i < MANY; i++) {
		egt_eq(eg_shared_sem_post(&sems[i]), 0);
		egt_eq(eg_shared_sem_units(&sems[i]), 1);
	}
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_select(cases, MANY, EG_NOW, 0), i);
}

/* Ends */

static void close_chan(void *arg)
{
	struct world *w = arg;

	egt_eq(eg_shared_chan_close(w->chan), 0);
}

static void shut_queue(void *arg)
{
	struct world *w = arg;

	egt_eq(eg_shared_queue_shutdown(w->full_queue, false), 0);
}

EG_TEST(select_shared_case_may_come_with_an_error)
{
	struct world w;
	eg_fiber *f;

	world_open(&w);
	f = world_spawn(&w);
	shared_run(close_chan, &w);
	world_join(f);
	egt_eq(w.result, W_RECV);
	egt_eq(w.cases[W_RECV].result, -EPIPE);
	w.cases[W_RECV] = (eg_case){ 0 };
	w.result = 1000;
	f = world_spawn(&w);
	shared_run(shut_queue, &w);
	world_join(f);
	egt_eq(w.result, W_PUT);
	egt_eq(w.cases[W_PUT].result, -ESHUTDOWN);
	egt_eq(eg_select(w.cases, W_CASES, EG_NOW, 0), W_PUT);
	eg_shared_chan_unref(w.chan);
	eg_shared_queue_unref(w.full_queue);
	egt_eq(eg_shared_chan_new(&w.chan, sizeof(long), 0), 0);
	egt_eq(eg_shared_queue_new(&w.full_queue, sizeof(long), 1), 0);
	world_close(&w);
}

static void cut_short(struct world *w, eg_fiber *f, int64_t deadline)
{
	eg_timeout region;

	if (f) {
		egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
		world_join(f);
		egt_eq(w->result, -EIO);
	} else if (deadline) {
		egt_eq(eg_select(w->cases, W_CASES, eg_after(deadline), 0),
		       -ETIMEDOUT);
	} else {
		egt_eq(eg_timeout_begin(&region, eg_after(EG_MSEC)), 0);
		egt_eq(eg_select(w->cases, W_CASES, EG_FOREVER, 0), -ETIMEDOUT);
		egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
	}
}

EG_TEST(select_shared_cut_short_has_done_nothing)
{
	enum { BY_DEADLINE, BY_REGION, BY_KILL, WAYS };

	for (int way = 0; way < WAYS; way++) {
		struct world w;

		egt_casef("way %d", way);
		world_open(&w);
		cut_short(&w, way == BY_KILL ? world_spawn(&w) : NULL,
			  way == BY_DEADLINE ? EG_MSEC : 0);
		for (int k = 0; k < W_CASES; k++)
			egt_eq(w.cases[k].order, 0);
		egt_eq(w.in, 0);
		world_close(&w);
	}
}

/* Served by a thread, and killed or late before it runs: it was served. */
EG_TEST(select_shared_that_was_served_outdoes_a_kill)
{
	for (int kind = 0; kind < W_SHARED; kind++) {
		struct world w;
		eg_fiber *f;

		egt_casef("case %d", kind);
		world_open(&w);
		f = world_spawn(&w);
		w.kind = (enum world_case)kind;
		shared_run(world_bring_kind, &w);
		egt_eq(eg_kill(f, -EIO, EG_NOW), 0);
		world_join(f);
		egt_eq(w.result, kind);
		world_check(&w, w.kind);
		world_close(&w);
	}
}

EG_TEST(select_shared_that_was_killed_is_not_served)
{
	for (int kind = 0; kind < W_SHARED; kind++) {
		struct world w;
		eg_fiber *f;

		egt_casef("case %d", kind);
		world_open(&w);
		f = world_spawn(&w);
		egt_eq(eg_kill(f, -EIO, EG_NOW), 0);
		egt_eq(world_bring(&w, (enum world_case)kind),
		       want_of((enum world_case)kind));
		world_join(f);
		egt_eq(w.result, -EIO);
		check_left(&w, (enum world_case)kind);
		world_close(&w);
	}
}

/* Timers run before what was posted: the wait is over by both. */
EG_TEST(select_shared_that_was_served_outdoes_a_time, .backends = EGT_REAL)
{
	for (int kind = 0; kind < W_SHARED; kind++) {
		int64_t deadline = eg_after(EG_MSEC);
		struct world w;
		eg_fiber *f;

		egt_casef("case %d", kind);
		world_open(&w);
		w.cases[W_LOCAL_SEM] = eg_case_time(deadline);
		w.kind = (enum world_case)kind;
		egt_eq(eg_spawn(&f, world_select, &w), 0);
		egt_eq(eg_yield(), 0);
		if (w.result == 1000) {
			shared_run(world_bring_kind, &w);
			while (eg_now() <= deadline)
				sched_yield();
		}
		world_join(f);
		/* On a machine that stood still the time came first. */
		if (w.result != W_LOCAL_SEM) {
			egt_eq(w.result, kind);
			world_check(&w, w.kind);
		}
		world_close(&w);
	}
}

/* Its hub does not report a deadlock while a thread may serve it, and does
 * again when it is over. */
EG_TEST(select_shared_is_no_deadlock)
{
	struct shared_thread t;
	struct world w;
	eg_case never;

	world_open(&w);
	w.kind = W_GET;
	shared_start(&t, world_bring_kind, &w, false);
	egt_eq(eg_select(w.cases, W_CASES, EG_FOREVER, 0), W_GET);
	shared_end(&t);
	never = eg_case_event(&w.local_event);
	egt_eq(eg_select(&never, 1, EG_FOREVER, 0), -EDEADLK);
	world_close(&w);
}
