/* SPDX-License-Identifier: MIT */
/*
 * The course of a run: the hub's main fiber drives it, lets time pass when no
 * other fiber can run, and looks at what is left behind. The function under
 * test has a fiber of its own, so that it too can be dropped where it stands.
 */
#include "core/cancel.h"
#include "core/park.h"
#include "core/switch.h"
#include "test/test.h"

#include <evergreen/error.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY (INT64_C(86400) * EG_SEC)

enum {
	SWITCHES_MAX = 1000000,
	MAIN_STACK_BYTES = 1024 * 1024,
	/* Real time that a descriptor or a thread is waited for. */
	WAIT_SECONDS_MAX = 10,
	WAIT_STEP_NS = 100000,
	ALL_FOUND = EG_FOUND_DANGLING * 2 - 1,
};

/* States of fibers, as a set. */
#define PARKED (1u << EG_FIBER_PARKED)
#define DEAD (1u << EG_FIBER_DEAD)
#define ALIVE (~DEAD)

struct eg_test *eg__test_current(void)
{
	struct eg_hub *hub = eg__hub();

	return hub && hub->choose == eg__test_choose ? hub->choose_arg : NULL;
}

void eg__test_break_off(struct eg_test *t)
{
	struct eg_fiber *driver = eg__hub_bottom(t->hub);

	t->is_over = true;
	if (driver->state == EG_FIBER_PARKED)
		eg__abort_wait(&driver->wait, -EDEADLK);
}

static const struct eg_wait_kind driver_wait = { .what = "the others" };

/* May switch. Returns when no other fiber can run, or there is cause to. */
static void let_others_run(struct eg_test *t)
{
	struct eg_fiber *self = &t->hub->main;
	struct eg_waiter *w;

	if (t->is_over)
		return;
	w = eg__waiter(self, &driver_wait, NULL);
	eg_list_push_back(&t->hub->idlers, &w->link);
	eg__park(self, EG_FOREVER);
	/* By eg_fail_system(), which means the function's fiber. */
	if (eg_uncancel() > 0 && !t->main_has_ended)
		eg__kill(t->main, self->kill_error);
}

static void note_deadlock(struct eg_test *t)
{
	if (t->is_closing) {
		eg__test_note(t, EG_FOUND_STUCK,
			      "cancelled, but they wait for what cannot come:");
		eg__test_note_fibers(t, EG_FOUND_STUCK, PARKED);
		eg__test_break_off(t);
		return;
	}
	if (!eg__test_has(t, EG_FOUND_DEADLOCK)) {
		eg__test_note(
			t, EG_FOUND_DEADLOCK,
			"deadlock: these wait, and nothing can wake them:");
		eg__test_note_fibers(t, EG_FOUND_DEADLOCK, PARKED);
	}
	/* As without the test mode: the function may go on, or end. */
	eg__abort_wait(&t->main->wait, -EDEADLK);
}

static void note_endless(struct eg_test *t, const char *why)
{
	eg__test_note(t, EG_FOUND_ENDLESS, "%s", why);
	eg__test_note_fibers(t, EG_FOUND_ENDLESS, ALIVE);
	eg__test_break_off(t);
}

void eg__test_turn(struct eg_test *t, int64_t deadline)
{
	struct eg_hub *hub = t->hub;

	/* Whoever posts wakes only who sleeps. */
	if (deadline && !eg__inbox_sleep(hub))
		deadline = 0;
	hub->worker.current = NULL;
	(void)eg__poller_turn(&hub->loop, deadline);
	eg__inbox_awake(hub);
	eg__inbox_drain(hub);
	hub->worker.current = &hub->main;
}

/* No timer is armed: a descriptor, or a thread, is waited for in real time. */
static void wait_for_world(struct eg_test *t)
{
	static const struct timespec step = { .tv_nsec = WAIT_STEP_NS };
	struct timespec began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		eg__test_turn(t, 0);
		if (!eg__ready_is_empty(t->hub) || t->hub->loop.timers.count ||
		    t->is_over)
			return;
		nanosleep(&step, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - began.tv_sec < WAIT_SECONDS_MAX);
	note_endless(t, "no descriptor and no thread has come for 10 s, and "
			"nothing else can:");
}

/* No fiber is ready; or those that are keep time from passing. */
static void let_time_pass(struct eg_test *t)
{
	struct eg_hub *hub = t->hub;
	int64_t next = eg__timers_next(&hub->loop.timers);
	bool is_held = __atomic_load_n(&hub->references, __ATOMIC_ACQUIRE) > 1;

	if (hub->fibers_alive == 1)
		return; /* the last one has just ended */
	if (next != INT64_MAX && next - t->began > t->options->time_max)
		note_endless(t, "no end before the last time allowed:");
	else if (next != INT64_MAX)
		eg__test_turn(t, next);
	else if (is_held || hub->loop.backend->in_flight)
		wait_for_world(t);
	else if (__atomic_load_n(&hub->inbox, __ATOMIC_ACQUIRE))
		eg__test_turn(t, 0);
	else
		note_deadlock(t);
}

/* May switch. One step: until there is nothing to run, and beyond. */
static void drive(struct eg_test *t)
{
	let_others_run(t);
	if (t->is_over || (t->main_has_ended && !t->is_closing))
		return;
	if (eg__ready_is_empty(t->hub) || t->is_spinning)
		let_time_pass(t);
	t->is_spinning = false;
}

/* As eg_run() does; but what is left is told, and is not waited for forever. */
static void end_rest(struct eg_test *t)
{
	struct eg_hub *hub = t->hub;

	t->main = eg_unref(t->main);
	t->is_closing = true;
	if (hub->fibers_alive > 1) {
		eg__test_note(t, EG_FOUND_FIBERS,
			      "main has returned, and these were left:");
		eg__test_note_fibers(t, EG_FOUND_FIBERS, ALIVE);
	}
	if (eg__test_has(t, EG_FOUND_DANGLING)) {
		eg__test_break_off(t);
		return;
	}
	hub->is_closing = true;
	hub->spawns_slowly = true;
	eg__hub_cancel_all(hub);
	while (!t->is_over && hub->fibers_alive > 1)
		drive(t);
	/* What the hub was to call. */
	while (!t->is_over && !eg__ready_is_empty(hub))
		let_others_run(t);
}

static void count_dead(struct eg_stack *s, void *arg)
{
	const struct eg_fiber *f = eg__fiber_of_stack(s);
	uint32_t *count = arg;

	*count += f->state == EG_FIBER_DEAD && !(f->flags & EG_FIBER_IS_IDLE);
}

/* All fibers have ended. */
static void note_leftovers(struct eg_test *t)
{
	struct eg__timers *timers = &t->hub->loop.timers;
	uint32_t dead = 0;

	eg__stack_pool_each(&t->hub->stacks, count_dead, &dead);
	if (dead) {
		eg__test_note(
			t, EG_FOUND_HANDLES,
			"neither joined nor let go, by who spawned them:");
		eg__test_note_fibers(t, EG_FOUND_HANDLES, DEAD);
	}
	if (timers->count)
		eg__test_note(t, EG_FOUND_TIMERS,
			      "%" PRIu32 " timers were left armed",
			      timers->count);
}

static void *run_function(void *test)
{
	struct eg_test *t = test;
	int error = t->fn(t->arg);

	if (t->is_over)
		return NULL;
	t->report->error = error;
	if (error)
		eg__test_note(
			t, EG_FOUND_ERROR, "the function returned %d%s%s",
			t->report->error, t->report->error < 0 ? ": " : "",
			t->report->error < 0 ? eg_strerror(t->report->error)
					     : "");
	return NULL;
}

/* Its cleanups have run. The others do not come before the driver. */
static void main_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg_test *t = eg_container_of(end, struct eg_test, main_end);
	struct eg_fiber *driver = &f->hub->main;

	t->main_has_ended = true;
	if (driver->state == EG_FIBER_PARKED)
		eg__unpark(&driver->wait, 0);
}

static void note_failure(const eg_error_info *info, void *test)
{
	eg__test_note(test, EG_FOUND_FAILURES,
		      "fiber %" PRIu64
		      " '%s' failed with %d: %s; nobody asked for it",
		      info->id, info->name, info->error,
		      eg_strerror(info->error));
}

static void take_hub(struct eg_test *t)
{
	struct eg_hub *hub = eg__hub();

	t->hub = hub;
	t->began = hub->loop.now;
	t->fire = hub->main.timer.fire;
	hub->choose = eg__test_choose;
	hub->choose_arg = t;
	hub->error_fn = note_failure;
	hub->error_arg = t;
	hub->worker.budget = 0;
}

/* The hub's main fiber: its status says whether there was a run. */
static int driver_main(void *test)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	struct eg_test *t = test;
	int r;

	take_hub(t);
	options.name = "main";
	options.stack_bytes = t->options->main_stack_bytes;
	r = eg_spawn_with(&t->main, run_function, t, &options);
	if (r < 0)
		return r;
	t->main_end.fn = main_ended;
	eg__fiber_at_end(t->main, &t->main_end);
	while (!t->is_over && !t->main_has_ended)
		drive(t);
	if (!t->is_over)
		end_rest(t);
	t->report->time = t->hub->loop.now - t->began;
	if (t->is_over)
		eg__test_unwind(t);
	else
		note_leftovers(t);
	/* They were told of, and never fire. */
	eg__timers_init(&t->hub->loop.timers, t->hub->loop.now);
	return 0;
}

/* The seconds alone would be the same for runs that follow each other. */
static uint64_t seed_from_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* With the defaults filled in. */
static int resolve(const eg_test_options *options, eg_test_options *ret)
{
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	if (options) {
		if (options->size != sizeof(o) ||
		    options->order > EG_ORDER_FIFO ||
		    options->allow & ~(uint32_t)ALL_FOUND ||
		    options->time_max < 0)
			return -EINVAL;
		o = *options;
	}
	if (!o.seed)
		o.seed = seed_from_clock();
	if (!o.switches_max)
		o.switches_max = SWITCHES_MAX;
	if (!o.time_max)
		o.time_max = DAY;
	if (!o.main_stack_bytes)
		o.main_stack_bytes = MAIN_STACK_BYTES;
	*ret = o;
	return 0;
}

int eg_test_run(eg_main_fn *fn, void *arg, const eg_test_options *options,
		eg_test_report *report)
{
	eg_options hub_options = EG_OPTIONS_INIT;
	struct eg_test t = { .fn = fn, .arg = arg, .report = report };
	eg_test_options resolved;
	int status = 0, r;

	if (!fn || !report || report->size != sizeof(*report))
		return -EINVAL;
	r = resolve(options, &resolved);
	if (r < 0)
		return r;
	if (eg__hub())
		return -EBUSY;
	t.options = &resolved;
	*report = (eg_test_report)EG_TEST_REPORT_INIT;
	report->runs = 1;
	report->seed = resolved.seed;
	eg__test_schedule_init(&t, resolved.seed, (int)resolved.order);
	report->order = (uint32_t)t.schedule.order;
	hub_options.backend = "sim";
	hub_options.stack_bytes = resolved.stack_bytes;
	hub_options.turn_budget = 1;
	r = eg__hub_run(driver_main, &t, &hub_options, &status);
	eg__test_schedule_done(&t);
	if (status < 0)
		return status;
	/* -EDEADLK: a thread works for what was dropped, and keeps the hub. */
	if (r < 0 && !report->found)
		return r;
	return (report->found & ~resolved.allow) != 0;
}

void eg_test_fail(const char *file, int line, const char *what)
{
	struct eg_test *t = eg__test_current();
	struct eg_fiber *self = eg__current();

	if (!t) {
		dprintf(STDERR_FILENO,
			"evergreen: %s:%d: does not hold: %s (in no run)\n",
			file, line, what);
		abort();
	}
	/* While it is taken apart, what does not hold is no wonder. */
	if (t->is_over) {
		if (self)
			eg__test_stop(self);
		return;
	}
	if (self)
		eg__test_note(t, EG_FOUND_CHECK,
			      "%s:%d: does not hold: %s (fiber %" PRIu64
			      " '%s')",
			      file, line, what, self->id, self->name);
	else
		eg__test_note(t, EG_FOUND_CHECK,
			      "%s:%d: does not hold: %s (a callback)", file,
			      line, what);
	eg__test_break_off(t);
	if (self)
		eg__test_stop(self);
}
