/* SPDX-License-Identifier: MIT */
/*
 * The semaphore between threads: LK-01 to LK-07, LK-11, LK-12. Each case is
 * called by a fiber, by a thread without a hub, by a fiber of another hub.
 */
#include "shared_cases.h"

#include <limits.h>

enum { FIBERS = 4 };

struct one {
	eg_shared_sem sem;
	eg_fiber *fiber[FIBERS];
	int result[FIBERS];
	int order[FIBERS]; /* who came out when */
	int out;
	int64_t deadline;
	long n;
	int got; /* by who calls */
};

struct waiter {
	struct one *one;
	int index;
};

static void *wait_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] = eg_shared_sem_wait(&o->sem, o->deadline);
	if (o->result[w.index] == 0)
		o->order[o->out++] = w.index;
	return NULL;
}

static void begin_bounded(struct one *o, int64_t deadline, int max)
{
	*o = (struct one){ .deadline = deadline };
	egt_eq(eg_shared_sem_init_bounded(&o->sem, 0, max), 0);
	for (int i = 0; i < FIBERS; i++) {
		struct waiter w = { o, i };

		o->result[i] = 1;
		egt_eq(eg_spawn(&o->fiber[i], wait_as_fiber, &w), 0);
		egt_eq(eg_yield(), 0);
	}
}

static void begin(struct one *o, int64_t deadline)
{
	begin_bounded(o, deadline, INT_MAX);
}

static void end(struct one *o)
{
	for (int i = 0; i < FIBERS; i++)
		if (o->fiber[i])
			egt_eq(eg_join(o->fiber[i], NULL, EG_FOREVER), 0);
}

static void post_n(void *arg)
{
	struct one *o = arg;

	for (long i = 0; i < o->n; i++)
		egt_eq(eg_shared_sem_post(&o->sem), 0);
}

/* As many as it can without waiting. */
static void take_all(void *arg)
{
	struct one *o = arg;

	o->got = 0;
	while (eg_shared_sem_wait(&o->sem, EG_NOW) == 0)
		o->got++;
}

static void begins_with(long units)
{
	struct one o = { .n = 0 };

	egt_eq(eg_shared_sem_init(&o.sem, (int)units), 0);
	egt_eq(eg_shared_sem_units(&o.sem), units);
	if (units > 1000)
		return;
	take_all(&o);
	egt_eq(o.got, units);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
}

static void takes_what_was_posted(long caller)
{
	for (int n = 0; n < 4; n++) {
		struct one o = { .n = n };

		shared_call((enum shared_caller)caller, post_n, &o);
		egt_eq(eg_shared_sem_units(&o.sem), n);
		shared_call((enum shared_caller)caller, take_all, &o);
		egt_eq(o.got, n);
	}
}

static void try_to_take(void *arg)
{
	struct one *o = arg;

	o->got = eg_shared_sem_wait(&o->sem, o->deadline);
}

static void past_its_deadline_tries(long caller)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 1, INT64_MIN };

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		struct one o = { .deadline = deadlines[i], .n = 1 };

		shared_call((enum shared_caller)caller, try_to_take, &o);
		egt_eq(o.got, -ETIMEDOUT);
		post_n(&o);
		shared_call((enum shared_caller)caller, try_to_take, &o);
		egt_eq(o.got, 0);
	}
}

static void wait_a_millisecond(void *arg)
{
	struct one *o = arg;
	int64_t start = eg_now();

	o->got = eg_shared_sem_wait(&o->sem, start + EG_MSEC);
	egt_le(start + EG_MSEC, eg_now());
}

static void waits_until_its_deadline(long caller)
{
	struct one o = { .n = 1 };

	shared_call((enum shared_caller)caller, wait_a_millisecond, &o);
	egt_eq(o.got, -ETIMEDOUT);
	post_n(&o);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
}

static void region_ends_the_wait(long outer_ms)
{
	struct one o = { .n = 1 };
	eg_timeout outer, inner;

	egt_eq(eg_timeout_begin(&outer, eg_after(outer_ms * EG_MSEC)), 0);
	egt_eq(eg_timeout_begin(&inner, eg_after((1001 - outer_ms) * EG_MSEC)),
	       0);
	egt_eq(eg_shared_sem_wait(&o.sem, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&inner), outer_ms == 1 ? 0 : -ETIMEDOUT);
	egt_eq(eg_timeout_end(&outer), outer_ms == 1 ? -ETIMEDOUT : 0);
	post_n(&o);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
}

static void who_was_cancelled_gets_none(long victim)
{
	struct one o;

	begin(&o, EG_FOREVER);
	o.n = FIBERS;
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	post_n(&o);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
}

static void who_was_late_gets_none(long units)
{
	struct one o;

	begin(&o, eg_after(EG_MSEC));
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], -ETIMEDOUT);
	o.n = units;
	post_n(&o);
	egt_eq(eg_shared_sem_units(&o.sem), units);
}

static void killed_returns_the_error(long error)
{
	struct one o;

	begin(&o, EG_FOREVER);
	egt_eq(eg_kill(o.fiber[1], (int)error, EG_NOW), 0);
	o.n = FIBERS - 1;
	post_n(&o);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], i == 1 ? error : 0);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
}

/* Handed over before: it keeps the unit. */
static void who_has_it_keeps_it(long caller)
{
	struct one o;

	begin(&o, EG_FOREVER);
	o.n = 1;
	/* A thread's post may have arrived, or be on its way. */
	shared_call((enum shared_caller)caller, post_n, &o);
	egt_eq(eg_cancel(o.fiber[0]), 0);
	o.n = FIBERS - 1;
	post_n(&o);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], 0);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
}

static void bound_holds(long max)
{
	struct one o = { .n = 0 };

	egt_eq(eg_shared_sem_init_bounded(&o.sem, (int)max, (int)max), 0);
	egt_eq(eg_shared_sem_post(&o.sem), -EOVERFLOW);
	egt_eq(eg_shared_sem_units(&o.sem), max);
	egt_eq(eg_shared_sem_wait(&o.sem, EG_NOW), 0);
	egt_eq(eg_shared_sem_post(&o.sem), 0);
	egt_eq(eg_shared_sem_post(&o.sem), -EOVERFLOW);
}

static void bound_is_of_free_units(long max)
{
	struct one o;

	begin_bounded(&o, EG_FOREVER, (int)max);
	o.n = FIBERS + max;
	post_n(&o);
	egt_eq(eg_shared_sem_post(&o.sem), -EOVERFLOW);
	take_all(&o);
	egt_eq(o.got, max);
	end(&o);
}

static void serves_in_order(long units)
{
	struct one o;

	begin(&o, EG_FOREVER);
	o.n = units;
	post_n(&o);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(o.out, units);
	for (int i = 0; i < units; i++)
		egt_eq(o.order[i], i);
	o.n = FIBERS - units;
	post_n(&o);
	end(&o);
}

static void unit_is_not_overtaken(long caller)
{
	struct one o;

	begin(&o, EG_FOREVER);
	o.n = FIBERS;
	post_n(&o);
	/* They have not run, and it is theirs all the same. */
	shared_call((enum shared_caller)caller, take_all, &o);
	egt_eq(o.got, 0);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], 0);
}

static void wakes_fibers(long caller)
{
	struct one o;

	begin(&o, EG_FOREVER);
	o.n = FIBERS + 2;
	shared_call((enum shared_caller)caller, post_n, &o);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.order[i], i);
	egt_eq(eg_shared_sem_units(&o.sem), 2);
}

static void wait_in_line(void *arg)
{
	struct one *o = arg;

	o->got = eg_shared_sem_wait(&o->sem, EG_FOREVER);
}

static void *post_one(void *arg)
{
	egt_eq(eg_shared_sem_post(arg), 0);
	return NULL;
}

static void is_woken_by_a_fiber(long caller)
{
	struct one o = { .got = 1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, post_one, &o.sem), 0);
	shared_call((enum shared_caller)caller, wait_in_line, &o);
	egt_eq(o.got, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
}

/* LK-04 and LK-12 */

static void *peek_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;

	w.one->result[w.index] =
		eg_shared_sem_peek(&w.one->sem, w.one->deadline);
	return NULL;
}

static void *post_as_fiber(void *arg)
{
	struct waiter w = *(struct waiter *)arg;
	struct one *o = w.one;

	o->result[w.index] = eg_shared_sem_post_wait(&o->sem, o->deadline);
	if (o->result[w.index] == 0)
		o->order[o->out++] = w.index;
	return NULL;
}

static void add(struct one *o, int i, eg_fiber_fn *fn)
{
	struct waiter w = { o, i };

	o->result[i] = 1;
	egt_eq(eg_spawn(&o->fiber[i], fn, &w), 0);
	egt_eq(eg_yield(), 0);
}

static void peek_waits_for_a_unit(long caller)
{
	struct one o = { .deadline = EG_FOREVER, .n = 1 };

	for (int i = 0; i < FIBERS; i++)
		add(&o, i, peek_as_fiber);
	shared_call((enum shared_caller)caller, post_n, &o);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], 0);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
	egt_eq(eg_shared_sem_peek(&o.sem, EG_NOW), 0);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
}

static void try_to_peek(void *arg)
{
	struct one *o = arg;

	o->got = eg_shared_sem_peek(&o->sem, o->deadline);
}

static void peek_tries_past_its_deadline(long caller)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 1 };

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		struct one o = { .deadline = deadlines[i], .n = 1 };

		shared_call((enum shared_caller)caller, try_to_peek, &o);
		egt_eq(o.got, -ETIMEDOUT);
		post_n(&o);
		shared_call((enum shared_caller)caller, try_to_peek, &o);
		egt_eq(o.got, 0);
		egt_eq(eg_shared_sem_units(&o.sem), 1);
	}
}

/* Who takes behind a peek gets the unit that was shown. */
static void peek_stands_in_line(long takers_first)
{
	struct one o = { .deadline = EG_FOREVER, .n = 1 };

	add(&o, 0, takers_first ? wait_as_fiber : peek_as_fiber);
	add(&o, 1, takers_first ? peek_as_fiber : wait_as_fiber);
	post_n(&o);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(o.result[0], 0);
	egt_eq(o.result[1], takers_first ? 1 : 0);
	egt_eq(eg_shared_sem_units(&o.sem), 0);
	if (takers_first)
		post_n(&o);
	end(&o);
	egt_eq(o.result[1], 0);
	egt_eq(eg_shared_sem_units(&o.sem), takers_first);
}

static void fill(struct one *o, int64_t deadline)
{
	*o = (struct one){ .deadline = deadline, .n = 1 };
	egt_eq(eg_shared_sem_init_bounded(&o->sem, 2, 2), 0);
	for (int i = 0; i < FIBERS; i++)
		add(o, i, post_as_fiber);
	egt_eq(eg_shared_sem_units(&o->sem), 2);
	egt_eq(eg_shared_sem_post(&o->sem), -EOVERFLOW);
	egt_eq(eg_shared_sem_peek(&o->sem, EG_NOW), 0);
}

static void take_one(void *arg)
{
	struct one *o = arg;

	o->got = eg_shared_sem_wait(&o->sem, EG_NOW);
}

static void room_goes_to_the_first(long caller)
{
	struct one o;

	fill(&o, EG_FOREVER);
	for (int i = 0; i < FIBERS; i++) {
		shared_call((enum shared_caller)caller, take_one, &o);
		egt_eq(o.got, 0);
		/* Its unit is in. */
		egt_eq(eg_shared_sem_units(&o.sem), 2);
	}
	end(&o);
	for (int i = 0; i < FIBERS; i++) {
		egt_eq(o.result[i], 0);
		egt_eq(o.order[i], i);
	}
	take_all(&o);
	egt_eq(o.got, 2);
}

static void poster_that_gave_up_gives_none(long victim)
{
	struct one o;

	fill(&o, EG_FOREVER);
	egt_eq(eg_cancel(o.fiber[victim]), 0);
	take_all(&o);
	egt_eq(o.got, 2 + FIBERS - 1);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], i == victim ? -ECANCELED : 0);
}

static void late_posters_give_none(long error)
{
	struct one o;

	fill(&o, error ? EG_FOREVER : eg_after(EG_MSEC));
	for (int i = 0; error && i < FIBERS; i++)
		egt_eq(eg_kill(o.fiber[i], (int)error, EG_NOW), 0);
	end(&o);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(o.result[i], error ? error : -ETIMEDOUT);
	take_all(&o);
	egt_eq(o.got, 2);
	egt_eq(eg_shared_sem_post(&o.sem), 0);
}

static void post_and_wait(void *arg)
{
	struct one *o = arg;

	o->got = eg_shared_sem_post_wait(&o->sem, o->deadline);
}

static void *take_as_another(void *arg)
{
	egt_eq(eg_shared_sem_wait(arg, EG_FOREVER), 0);
	return NULL;
}

static void post_waits_for_room(long caller)
{
	struct one o = { .deadline = EG_NOW };
	eg_fiber *f;

	egt_eq(eg_shared_sem_init_bounded(&o.sem, 0, 1), 0);
	shared_call((enum shared_caller)caller, post_and_wait, &o);
	egt_eq(o.got, 0);
	shared_call((enum shared_caller)caller, post_and_wait, &o);
	egt_eq(o.got, -ETIMEDOUT);
	o.deadline = EG_FOREVER;
	egt_eq(eg_spawn(&f, take_as_another, &o.sem), 0);
	shared_call((enum shared_caller)caller, post_and_wait, &o);
	egt_eq(o.got, 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_shared_sem_units(&o.sem), 1);
}

static const struct conform cases[] = {
	{ "LK-01", "it begins with none", begins_with, 0 },
	{ "LK-01", "it begins with one", begins_with, 1 },
	{ "LK-01", "it begins with some", begins_with, 7 },
	{ "LK-01", "it begins with the most there are", begins_with, INT_MAX },
	BY_ALL("LK-02", "what was posted can be taken", takes_what_was_posted),
	BY_ALL("LK-03", "past its deadline a wait tries",
	       past_its_deadline_tries),
	BY_ALL("LK-03", "a wait ends at its deadline",
	       waits_until_its_deadline),
	{ "LK-03", "the outer region's deadline is its own",
	  region_ends_the_wait, 1 },
	{ "LK-03", "the inner region's deadline is its own",
	  region_ends_the_wait, 1000 },
	{ "LK-05", "the first was cancelled", who_was_cancelled_gets_none, 0 },
	{ "LK-05", "one between was cancelled", who_was_cancelled_gets_none,
	  1 },
	{ "LK-05", "the last was cancelled", who_was_cancelled_gets_none,
	  FIBERS - 1 },
	{ "LK-05", "all were late", who_was_late_gets_none, 0 },
	{ "LK-05", "all were late, a unit is free", who_was_late_gets_none, 1 },
	{ "LK-05", "all were late, units are free", who_was_late_gets_none,
	  FIBERS + 1 },
	{ "LK-05", "killed, it has the error", killed_returns_the_error, -EIO },
	{ "LK-05", "killed, it has the error", killed_returns_the_error,
	  -EINTR },
	BY_ALL("LK-05", "who was handed it keeps it", who_has_it_keeps_it),
	{ "LK-06", "a bound of one holds", bound_holds, 1 },
	{ "LK-06", "a bound holds", bound_holds, 5 },
	{ "LK-06", "the bound of a number holds", bound_holds, INT_MAX },
	{ "LK-06", "units handed over are not counted", bound_is_of_free_units,
	  1 },
	{ "LK-06", "units handed over are not counted", bound_is_of_free_units,
	  3 },
	{ "LK-11", "no unit, nobody served", serves_in_order, 0 },
	{ "LK-11", "one unit, the first", serves_in_order, 1 },
	{ "LK-11", "some units, the first of all", serves_in_order, 3 },
	{ "LK-11", "units for all, in order", serves_in_order, FIBERS },
	BY_ALL("LK-11", "a unit given is not free", unit_is_not_overtaken),
	BY_ALL("LK-04", "a peek waits and takes none", peek_waits_for_a_unit),
	BY_ALL("LK-04", "past its deadline a peek looks",
	       peek_tries_past_its_deadline),
	{ "LK-04", "a peek before who takes", peek_stands_in_line, 0 },
	{ "LK-04", "a peek behind who takes", peek_stands_in_line, 1 },
	BY_ALL("LK-12", "room goes to the first", room_goes_to_the_first),
	BY_ALL("LK-12", "a post waits for room", post_waits_for_room),
	{ "LK-12", "the first poster was cancelled",
	  poster_that_gave_up_gives_none, 0 },
	{ "LK-12", "the last poster was cancelled",
	  poster_that_gave_up_gives_none, FIBERS - 1 },
	{ "LK-12", "posters were late", late_posters_give_none, 0 },
	{ "LK-12", "posters were killed", late_posters_give_none, -EAGAIN },
	BY_ALL("LK-07", "units reach the fibers of a hub", wakes_fibers),
	BY_ALL("LK-07", "a fiber's unit reaches who waits",
	       is_woken_by_a_fiber),
};
CONFORMANCE(shared_sem_conforms, cases)
