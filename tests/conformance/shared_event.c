/* SPDX-License-Identifier: MIT */
/*
 * The event between threads: EV-01 to EV-04, EV-11, LK-07. Each case is called
 * by a fiber, by a thread without a hub, by a fiber of another hub.
 */
#include "shared_cases.h"

enum { FIBERS = 4 };

struct one {
	eg_shared_event event;
	eg_fiber *fiber[FIBERS];
	int result[FIBERS];
	int count; /* fibers that wait */
	int64_t deadline;
	int woken; /* by set() */
};

struct waiter {
	struct one *one;
	int index;
};

static void *wait_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;

	w.one->result[w.index] =
		eg_shared_event_wait(&w.one->event, w.one->deadline);
	return NULL;
}

static void begin(struct one *o, int fibers, int64_t deadline)
{
	*o = (struct one){ .count = fibers, .deadline = deadline };
	for (int i = 0; i < fibers; i++) {
		struct waiter w = { o, i };

		o->result[i] = 1;
		egt_eq(eg_spawn(&o->fiber[i], wait_as_fiber, &w), 0);
		egt_eq(eg_yield(), 0);
	}
}

static void end(struct one *o, int want)
{
	for (int i = 0; i < o->count; i++) {
		egt_eq(eg_join(o->fiber[i], NULL, EG_FOREVER), 0);
		egt_eq(o->result[i], want);
	}
}

static void set(void *arg)
{
	struct one *o = arg;

	o->woken = eg_shared_event_set(&o->event);
}

static void set_and_clear(void *arg)
{
	struct one *o = arg;

	set(o);
	egt_eq(eg_shared_event_clear(&o->event), 0);
}

static void set_is_counted(long fibers)
{
	struct one o;

	begin(&o, (int)fibers, EG_FOREVER);
	set(&o);
	egt_eq(o.woken, fibers);
	end(&o, 0);
}

static void set_wakes(long caller)
{
	struct one o;

	begin(&o, FIBERS, EG_FOREVER);
	shared_call((enum shared_caller)caller, set, &o);
	egt_eq(o.woken, FIBERS);
	end(&o, 0);
	egt_true(eg_shared_event_is_set(&o.event));
}

static void second_set_wakes_nobody(long caller)
{
	struct one o;

	begin(&o, 1, EG_FOREVER);
	set(&o);
	shared_call((enum shared_caller)caller, set, &o);
	egt_eq(o.woken, 0);
	end(&o, 0);
	egt_true(eg_shared_event_is_set(&o.event));
}

static void cleared_at_once_wakes(long caller)
{
	struct one o;

	begin(&o, FIBERS, EG_FOREVER);
	shared_call((enum shared_caller)caller, set_and_clear, &o);
	egt_true(!eg_shared_event_is_set(&o.event));
	end(&o, 0);
}

static void wait_now(void *arg)
{
	struct one *o = arg;

	o->result[0] = eg_shared_event_wait(&o->event, o->deadline);
}

static void wait_of_what_is_set(long caller)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 1, EG_FOREVER };
	struct one o = { .count = 0 };

	set(&o);
	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		o.deadline = deadlines[i];
		o.result[0] = 1;
		shared_call((enum shared_caller)caller, wait_now, &o);
		egt_eq(o.result[0], 0);
	}
}

static void wait_past_its_deadline(long caller)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 1, INT64_MIN };
	struct one o = { .count = 0 };

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		o.deadline = deadlines[i];
		o.result[0] = 1;
		shared_call((enum shared_caller)caller, wait_now, &o);
		egt_eq(o.result[0], -ETIMEDOUT);
	}
	egt_true(!eg_shared_event_is_set(&o.event));
}

static void wait_a_millisecond(void *arg)
{
	struct one *o = arg;
	int64_t start = eg_now();

	o->result[0] = eg_shared_event_wait(&o->event, start + EG_MSEC);
	egt_le(start + EG_MSEC, eg_now());
}

static void wait_until_its_deadline(long caller)
{
	struct one o = { .count = 0 };

	shared_call((enum shared_caller)caller, wait_a_millisecond, &o);
	egt_eq(o.result[0], -ETIMEDOUT);
	/* Gone from the line. */
	set(&o);
	egt_eq(o.woken, 0);
}

static void later_wait_waits(long caller)
{
	struct one o;

	begin(&o, 1, EG_FOREVER);
	shared_call((enum shared_caller)caller, set_and_clear, &o);
	egt_eq(eg_shared_event_wait(&o.event, EG_NOW), -ETIMEDOUT);
	end(&o, 0);
}

static void who_was_cancelled_is_not_counted(long victim)
{
	struct one o;

	begin(&o, 3, EG_FOREVER);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	set(&o);
	egt_eq(o.woken, 2);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_join(o.fiber[i], NULL, EG_FOREVER), 0);
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
	}
}

static void who_was_late_is_not_counted(long fibers)
{
	struct one o;

	begin(&o, (int)fibers, eg_after(EG_MSEC));
	end(&o, -ETIMEDOUT);
	set(&o);
	egt_eq(o.woken, 0);
	egt_eq(eg_shared_event_wait(&o.event, EG_FOREVER), 0);
}

static void clear(void *arg)
{
	struct one *o = arg;

	egt_eq(eg_shared_event_clear(&o->event), 0);
}

static void clear_lets_wait_again(long caller)
{
	struct one o = { .count = 0 };

	for (int i = 0; i < 3; i++) {
		set(&o);
		egt_true(eg_shared_event_is_set(&o.event));
		shared_call((enum shared_caller)caller, clear, &o);
		egt_true(!eg_shared_event_is_set(&o.event));
		egt_eq(eg_shared_event_wait(&o.event, EG_NOW), -ETIMEDOUT);
	}
}

/* Clearing what is not set does nothing to who waits. */
static void clear_wakes_nobody(long caller)
{
	struct one o;

	begin(&o, 2, EG_FOREVER);
	shared_call((enum shared_caller)caller, clear, &o);
	egt_eq(eg_yield(), 0);
	egt_eq(o.result[0], 1);
	set(&o);
	egt_eq(o.woken, 2);
	end(&o, 0);
}

static void *set_later(void *arg)
{
	egt_eq(eg_yield(), 0);
	set(arg);
	return NULL;
}

static void wait_for_ever(void *arg)
{
	struct one *o = arg;

	o->result[0] = eg_shared_event_wait(&o->event, EG_FOREVER);
}

static void fiber_wakes(long caller)
{
	struct one o = { .result = { 1 } };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, set_later, &o), 0);
	shared_call((enum shared_caller)caller, wait_for_ever, &o);
	egt_eq(o.result[0], 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void outer_timeout_passes(long inner_is_later)
{
	struct one o = { .count = 0 };
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_shared_event_wait(&o.event, inner_is_later ? eg_after(EG_SEC)
							     : EG_FOREVER),
	       -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	set(&o);
	egt_eq(o.woken, 0);
}

static void init_clears(long was_set)
{
	struct one o = { .count = 0 };

	if (was_set)
		set(&o);
	egt_eq(eg_shared_event_init(&o.event), 0);
	egt_true(!eg_shared_event_is_set(&o.event));
	egt_eq(eg_shared_event_wait(&o.event, EG_NOW), -ETIMEDOUT);
}

static const struct conform cases[] = {
	{ "EV-01", "an event begins cleared", init_clears, 0 },
	{ "EV-01", "init clears what was set", init_clears, 1 },
	{ "EV-01", "set says that nobody waited", set_is_counted, 0 },
	{ "EV-01", "set says how many it wakes", set_is_counted, 1 },
	{ "EV-01", "set says how many it wakes", set_is_counted, FIBERS },
	BY_ALL("EV-01", "set wakes all", set_wakes),
	BY_ALL("EV-01", "a second set does nothing more",
	       second_set_wakes_nobody),
	BY_ALL("EV-02", "who waits wakes, though it is cleared at once",
	       cleared_at_once_wakes),
	BY_ALL("EV-03", "what is set is not waited for", wait_of_what_is_set),
	BY_ALL("EV-03", "past its deadline a wait only looks",
	       wait_past_its_deadline),
	BY_ALL("EV-03", "a wait ends at its deadline", wait_until_its_deadline),
	{ "EV-03", "a region's deadline ends a wait", outer_timeout_passes, 0 },
	{ "EV-03", "a region's deadline is the earlier", outer_timeout_passes,
	  1 },
	BY_ALL("EV-04", "who comes after a clear waits", later_wait_waits),
	BY_ALL("EV-04", "clear lets wait again", clear_lets_wait_again),
	BY_ALL("EV-04", "clear wakes nobody", clear_wakes_nobody),
	{ "EV-11", "the first was cancelled: not counted",
	  who_was_cancelled_is_not_counted, 0 },
	{ "EV-11", "one between was cancelled: not counted",
	  who_was_cancelled_is_not_counted, 1 },
	{ "EV-11", "the last was cancelled: not counted",
	  who_was_cancelled_is_not_counted, 2 },
	{ "EV-11", "one was late: not counted", who_was_late_is_not_counted,
	  1 },
	{ "EV-11", "all were late: not counted", who_was_late_is_not_counted,
	  FIBERS },
	BY_ALL("LK-07", "a fiber wakes who waits", fiber_wakes),
};
CONFORMANCE(shared_event_conforms, cases)
