/* SPDX-License-Identifier: MIT */
/*
 * The end of a run that was broken off: its fibers' waits are ended, one after
 * the other, so that they return and free what is theirs. Who does not return
 * is dropped. Says nothing in the report, which is complete.
 */
#include "core/cancel.h"
#include "core/park.h"
#include "core/switch.h"
#include "test/test.h"

#include <evergreen/local.h>

#include <time.h>

enum {
	PASSES = 4,	       /* over all fibers: each may wait again */
	STEP_SWITCHES = 1000,  /* then it is the driver's turn */
	ALL_SWITCHES = 20000,  /* then the rest is dropped */
	TURNS_MAX = 100,       /* that time passes, for who cannot be woken */
	TURNS_TO_LET_GO = 100, /* for the backend, of dropped fibers' ops */
	THREADS_WAIT_SECONDS = 10,
	THREADS_STEP_NS = 100000,
};

/* Nothing wakes who has failed a check, but the end of the others. */
static void stay(struct eg_waiter *w, int reason)
{
	(void)w;
	(void)reason;
}

static const struct eg_wait_kind stopped_wait = {
	.what = "nothing",
	.abort = stay,
};
static const struct eg_wait_kind driver_wait = { .what = "the others" };

void eg__test_stop(struct eg_fiber *self)
{
	for (;;) {
		eg__waiter(self, &stopped_wait, NULL);
		self->state = EG_FIBER_PARKED;
		eg__switch_away(eg__worker(), self);
		/* Refused in a coroutine: then it stays. */
		eg_exit(NULL);
	}
}

static bool is_of_run(const struct eg_fiber *f)
{
	return !(f->flags & EG_FIBER_IS_IDLE);
}

static bool is_stopped(const struct eg_fiber *f)
{
	return f->state == EG_FIBER_PARKED && f->wait.kind == &stopped_wait;
}

void eg__test_unwind_switch(struct eg_test *t)
{
	struct eg_fiber *driver = &t->hub->main;

	t->unwind_switches++;
	if (t->unwind_switches >= ALL_SWITCHES)
		t->is_unwinding = false;
	else if (t->unwind_switches % STEP_SWITCHES)
		return;
	t->is_spinning = true;
	if (driver->state == EG_FIBER_PARKED)
		eg__unpark(&driver->wait, 0);
}

/* May switch. Until no other fiber can run, or they have had their turns. */
static void let_others_run(struct eg_test *t)
{
	struct eg_fiber *self = &t->hub->main;
	struct eg_waiter *w;

	if (!t->is_unwinding)
		return;
	w = eg__waiter(self, &driver_wait, NULL);
	eg_list_push_back(&t->hub->idlers, &w->link);
	eg__park(self, EG_FOREVER);
	t->is_spinning = false;
	/* By eg_fail_system(): all are ended anyway. */
	eg_uncancel();
}

/* Looking at fibers */

struct search {
	struct eg_test *t;
	uint64_t below; /* ids less than this */
	struct eg_fiber *found;
	uint32_t count;
};

static void look_for_dangling(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);
	struct search *search = arg;

	search->count += is_of_run(f) && eg__test_is_dangling(search->t, f);
}

/* Whoever waits there cannot be taken off it: its neighbours are gone. */
static bool has_dangling(struct eg_test *t)
{
	struct search search = { .t = t };

	eg__stack_pool_each(&t->hub->stacks, look_for_dangling, &search);
	return search.count;
}

static void look_for_waiter(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);
	struct search *search = arg;

	if (!is_of_run(f) || f->state != EG_FIBER_PARKED || f->shields ||
	    is_stopped(f) || f->id >= search->below)
		return;
	if (!search->found || f->id > search->found->id)
		search->found = f;
}

/* The last spawned of those whose wait can be ended. What it uses is often in
 * the frames of others, but seldom in those of who came later. */
static struct eg_fiber *next_waiter(struct eg_test *t, uint64_t below)
{
	struct search search = { .t = t, .below = below };

	eg__stack_pool_each(&t->hub->stacks, look_for_waiter, &search);
	return search.found;
}

static void count_stopped(struct eg_stack *s, void *arg)
{
	struct search *search = arg;

	search->count += is_stopped(eg__fiber_of_stack(s));
}

static bool has_others(struct eg_test *t)
{
	struct search search = { .t = t };

	eg__stack_pool_each(&t->hub->stacks, count_stopped, &search);
	return t->hub->fibers_alive > 1 + search.count;
}

/* Ending their waits */

static bool is_held(struct eg_hub *hub)
{
	return hub->loop.backend->in_flight ||
	       __atomic_load_n(&hub->references, __ATOMIC_ACQUIRE) > 1;
}

static bool has_post(struct eg_hub *hub)
{
	return __atomic_load_n(&hub->inbox, __ATOMIC_ACQUIRE);
}

/* What was asked to end answers, or has posted; a thread takes its time. */
static void let_world_answer(struct eg_test *t, int seconds)
{
	static const struct timespec step = { .tv_nsec = THREADS_STEP_NS };
	struct eg_hub *hub = t->hub;
	struct timespec began, now;

	if (!is_held(hub) && !has_post(hub))
		return;
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (;;) {
		eg__test_turn(t, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (!eg__ready_is_empty(hub) || !is_held(hub) ||
		    now.tv_sec - began.tv_sec >= seconds)
			return;
		nanosleep(&step, NULL);
	}
}

/* May switch. A cancel would stay, and whoever polls would never switch: so
 * one wait at a time is ended, and the next one is a new one. */
static void end_waits(struct eg_test *t)
{
	struct eg_fiber *f;
	uint64_t below = UINT64_MAX;

	while (t->is_unwinding && (f = next_waiter(t, below))) {
		below = f->id;
		if (eg__fiber_is_unstarted(f))
			eg__cancel(f);
		else
			eg__abort_wait(&f->wait, t->unwind_reason);
		let_world_answer(t, 0);
		let_others_run(t);
	}
}

/* May switch. For who is shielded, and waits for a time or a thread. */
static void let_time_pass(struct eg_test *t)
{
	int64_t next = eg__timers_next(&t->hub->loop.timers);

	for (int i = 0; i < TURNS_MAX && next != INT64_MAX; i++) {
		eg__test_turn(t, next);
		let_others_run(t);
		if (!t->is_unwinding || !has_others(t))
			return;
		next = eg__timers_next(&t->hub->loop.timers);
	}
	let_world_answer(t, THREADS_WAIT_SECONDS);
	let_others_run(t);
}

/* Whether all have ended, or stand where they failed. */
static bool end_others(struct eg_test *t)
{
	let_others_run(t);
	for (int pass = 0; pass < PASSES; pass++) {
		if (!t->is_unwinding || has_dangling(t))
			return false;
		if (!has_others(t))
			return true;
		/* The latter ends a condition's wait for a mutex too. */
		t->unwind_reason = pass % 2 ? -EDEADLK : -ECANCELED;
		end_waits(t);
		if (has_others(t))
			let_time_pass(t);
	}
	return !has_others(t);
}

static void cancel_unstarted(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	(void)arg;
	if (is_of_run(f) && f->state == EG_FIBER_NEW)
		eg__cancel(f);
}

static void let_stopped_exit(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	(void)arg;
	if (is_of_run(f) && is_stopped(f))
		eg__unpark(&f->wait, 0);
}

static void keep_quiet(const eg_leak *leak, void *arg)
{
	(void)leak;
	(void)arg;
}

/* Those who have failed go last: the others may use what they clean up. */
static void unwind(struct eg_test *t)
{
	struct eg_hub *hub = t->hub;

	hub->is_closing = true;
	hub->spawns_slowly = true;
	hub->leak_fn = keep_quiet;
	t->is_unwinding = true;
	eg__stack_pool_each(&hub->stacks, cancel_unstarted, NULL);
	if (end_others(t)) {
		eg__stack_pool_each(&hub->stacks, let_stopped_exit, NULL);
		end_others(t);
	}
	t->is_unwinding = false;
}

/* Dropping */

static void take_off(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	if (is_of_run(f) && f->state == EG_FIBER_PARKED &&
	    !eg__test_is_dangling(arg, f))
		eg__abort_wait(&f->wait, -ECANCELED);
}

/*
 * Drops the fibers as they stand: takes them off what they wait for, which may
 * be the caller's and be used again, and has the hub believe that they ended.
 * Where a thread still works for one, they are kept, and so is the hub.
 */
static void drop_fibers(struct eg_test *t)
{
	struct eg_hub *hub = t->hub;

	eg__stack_pool_each(&hub->stacks, take_off, t);
	for (int i = 0; i < TURNS_TO_LET_GO && hub->loop.backend->in_flight;
	     i++)
		eg__test_turn(t, 0);
	eg_list_init(&hub->calls);
	if (!is_held(hub))
		hub->fibers_alive = 1;
}

void eg__test_unwind(struct eg_test *t)
{
	if (!has_dangling(t))
		unwind(t);
	if (t->hub->fibers_alive > 1 || !eg__ready_is_empty(t->hub))
		drop_fibers(t);
}
