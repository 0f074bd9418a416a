/* SPDX-License-Identifier: MIT */
/*
 * Rules that hold in runs of the test mode, whatever the order: the argument
 * of a row. A run has a hub of its own, so each case is on a helper thread.
 */
#include "conformance.h"

#include <string.h>

enum { SEEDS = 12 };

static _Thread_local char trace[8];

struct job {
	eg_main_fn *fn;
	uint32_t order;
	uint32_t found;
	const char *not_always; /* a trace that must not be the only one */
	int others;		/* other traces that there were */
};

static int64_t run_seeds(void *arg)
{
	struct job *job = arg;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		eg_test_report report = EG_TEST_REPORT_INIT;
		eg_test_options o = EG_TEST_OPTIONS_INIT;

		o.seed = seed;
		o.order = job->order;
		trace[0] = '\0';
		egt_eq(eg_test_run(job->fn, NULL, &o, &report),
		       job->found != 0);
		egt_eq(report.found, job->found);
		if (job->not_always && strcmp(trace, job->not_always))
			job->others++;
	}
	return 0;
}

static void run(struct job *job, long order)
{
	job->order = (uint32_t)order;
	egt_eq(eg_offload(run_seeds, job, NULL, EG_FOREVER), 0);
}

static void finds(eg_main_fn *fn, long order, uint32_t found)
{
	struct job job = { .fn = fn, .found = found };

	run(&job, order);
}

static void *say(void *name)
{
	size_t len = strlen(trace);

	trace[len] = (char)(intptr_t)name;
	trace[len + 1] = '\0';
	return NULL;
}

static void spawn(eg_fiber_fn *fn, void *arg)
{
	EG_TEST_CHECK(eg_spawn(NULL, fn, arg) == 0);
}

static int spawn_three(void *arg)
{
	(void)arg;
	spawn(say, (void *)'a');
	spawn(say, (void *)'b');
	spawn(say, (void *)'c');
	return eg_sleep(EG_MSEC);
}

static void in_turns(long order)
{
	struct job job = { .fn = spawn_three, .not_always = "abc" };

	run(&job, order);
	egt_eq(job.others, 0);
}

static void in_other_orders(long order)
{
	struct job job = { .fn = spawn_three, .not_always = "abc" };

	run(&job, order);
	egt_lt(0, job.others);
}

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void refused_in_a_hub(long order)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	o.order = (uint32_t)order;
	egt_eq(eg_test_run(do_nothing, NULL, &o, &report), -EBUSY);
	egt_eq(eg_test_seeds(do_nothing, NULL, &o, 1, 1, &report), -EBUSY);
}

static int nest(void *arg)
{
	eg_test_report report = EG_TEST_REPORT_INIT;

	(void)arg;
	EG_TEST_CHECK(eg_run(do_nothing, NULL, NULL, NULL) == -EBUSY);
	EG_TEST_CHECK(eg_test_run(do_nothing, NULL, NULL, &report) == -EBUSY);
	return 0;
}

static void nested(long order)
{
	finds(nest, order, 0);
}

static void block_in_callback(eg_timer *timer, void *arg)
{
	(void)timer;
	EG_TEST_CHECK(eg_sleep(EG_MSEC) == -EPERM);
	EG_TEST_CHECK(eg_event_wait(arg, EG_FOREVER) == -EPERM);
	EG_TEST_CHECK(eg_event_set(arg) == 1);
}

static int wait_for_callback(void *arg)
{
	eg_event event = { 0 };
	eg_timer timer;

	(void)arg;
	eg_timer_init(&timer, block_in_callback, &event);
	EG_TEST_CHECK(eg_timer_start(&timer, eg_after(EG_MSEC)) == 0);
	return eg_event_wait(&event, EG_FOREVER);
}

static void refused_in_callbacks(long order)
{
	finds(wait_for_callback, order, 0);
}

static int lock_up(void *arg)
{
	eg_event event = { 0 };

	(void)arg;
	EG_TEST_CHECK(eg_event_wait(&event, EG_FOREVER) == -EDEADLK);
	EG_TEST_CHECK(eg_sleep(EG_MSEC) == 0);
	EG_TEST_CHECK(eg_event_wait(&event, EG_FOREVER) == -EDEADLK);
	return 0;
}

static void deadlock(long order)
{
	finds(lock_up, order, EG_FOUND_DEADLOCK);
}

static void *be_cancelled(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_sleep(EG_SEC) == -ECANCELED);
	EG_TEST_CHECK(eg_spawn(NULL, say, NULL) == -ECANCELED);
	return NULL;
}

static int leave_fibers(void *arg)
{
	(void)arg;
	spawn(be_cancelled, NULL);
	spawn(be_cancelled, NULL);
	return eg_sleep(EG_MSEC);
}

static void left(long order)
{
	finds(leave_fibers, order, EG_FOUND_FIBERS);
}

static int sleep_exactly(void *arg)
{
	int64_t began = eg_now();

	(void)arg;
	EG_TEST_CHECK(eg_sleep(123456789) == 0);
	EG_TEST_CHECK(eg_now() == began + 123456789);
	EG_TEST_CHECK(eg_sleep(0) == 0 && eg_sleep(-1) == 0);
	EG_TEST_CHECK(eg_now() == began + 123456789);
	return 0;
}

static void exact(long order)
{
	finds(sleep_exactly, order, 0);
}

static int64_t post_to(void *hub)
{
	static eg_task no_function;

	return eg_hub_post(hub, &no_function);
}

static int be_posted_to(void *arg)
{
	int64_t r = 0;

	(void)arg;
	EG_TEST_CHECK(eg_offload(post_to, eg_hub_self(), &r, EG_FOREVER) == 0);
	EG_TEST_CHECK(r == -EINVAL);
	return 0;
}

static void threads(long order)
{
	finds(be_posted_to, order, 0);
}

static _Thread_local eg_mutex mutex;

static void *lock_and_say(void *name)
{
	EG_TEST_CHECK(eg_mutex_lock(&mutex, EG_FOREVER) == 0);
	say(name);
	EG_TEST_CHECK(eg_mutex_unlock(&mutex) == 0);
	return NULL;
}

static int stand_in_line(void *arg)
{
	(void)arg;
	eg_mutex_init(&mutex);
	EG_TEST_CHECK(eg_mutex_lock(&mutex, EG_FOREVER) == 0);
	for (intptr_t name = 'a'; name <= 'c'; name++) {
		spawn(lock_and_say, (void *)name);
		eg_sleep(EG_MSEC);
	}
	EG_TEST_CHECK(eg_mutex_unlock(&mutex) == 0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(!strcmp(trace, "abc"));
	return 0;
}

static void first_come(long order)
{
	finds(stand_in_line, order, 0);
}

static void *wait_for_event(void *event)
{
	EG_TEST_CHECK(eg_event_wait(event, EG_FOREVER) == 0);
	return say((void *)'x');
}

static int set_and_clear(void *arg)
{
	eg_event event = { 0 };

	(void)arg;
	for (int i = 0; i < 3; i++)
		spawn(wait_for_event, &event);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(eg_event_set(&event) == 3);
	EG_TEST_CHECK(eg_event_clear(&event) == 0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(!strcmp(trace, "xxx"));
	return 0;
}

static void all_wake(long order)
{
	finds(set_and_clear, order, 0);
}

static void *fail(void *arg)
{
	return eg_fail(-EIO, arg);
}

static int ask_for_error(void *arg)
{
	eg_fiber *f;

	(void)arg;
	EG_TEST_CHECK(eg_spawn(&f, fail, NULL) == 0);
	EG_TEST_CHECK(eg_get(f, NULL, EG_FOREVER) == -EIO);
	return eg_join(f, NULL, EG_FOREVER);
}

static int ask_for_nothing(void *arg)
{
	(void)arg;
	spawn(fail, NULL);
	return eg_sleep(EG_MSEC);
}

static void asked(long order)
{
	finds(ask_for_error, order, 0);
}

static void not_asked(long order)
{
	finds(ask_for_nothing, order, EG_FOUND_FAILURES);
}

static void must_not_fire(eg_timer *timer, void *arg)
{
	(void)timer;
	EG_TEST_CHECK(arg == &trace);
}

static void *end_with_timer(void *timer)
{
	eg_timer_init(timer, must_not_fire, NULL);
	EG_TEST_CHECK(eg_timer_start_local(timer, eg_after(EG_MSEC)) == 0);
	return NULL;
}

static int sleep_past_timer(void *arg)
{
	static _Thread_local eg_timer timer;

	(void)arg;
	spawn(end_with_timer, &timer);
	return eg_sleep(EG_SEC);
}

static void local_timers(long order)
{
	finds(sleep_past_timer, order, 0);
}

/* A row for each order. */
#define EACH(row, says, check)                         \
	{ row, says, check, EG_ORDER_MIXED },          \
		{ row, says, check, EG_ORDER_RANDOM }, \
		{ row, says, check, EG_ORDER_RANKED }, \
	{                                              \
		row, says, check, EG_ORDER_FIFO        \
	}

static const struct conform cases[] = {
	{ "HB-01", "in turns: first in, first out", in_turns, EG_ORDER_FIFO },
	{ "HB-01", "by chance: also otherwise", in_other_orders,
	  EG_ORDER_RANDOM },
	{ "HB-01", "by rank: also otherwise", in_other_orders,
	  EG_ORDER_RANKED },
	{ "HB-01", "mixed: also otherwise", in_other_orders, EG_ORDER_MIXED },
	EACH("HB-05", "no test where a hub runs", refused_in_a_hub),
	EACH("HB-05", "no hub and no test inside of a test", nested),
	EACH("HB-06", "a callback must not block", refused_in_callbacks),
	EACH("HB-08", "a deadlock is found, and main goes on", deadlock),
	EACH("HB-10", "who is left is found, and cancelled", left),
	EACH("HB-11", "a sleep is neither short nor long", exact),
	EACH("HB-19", "a thread reaches the run's hub", threads),
	EACH("EH-03", "a local timer ends with its fiber", local_timers),
	EACH("LK-05", "first come, first served", first_come),
	EACH("EV-02", "set and cleared, it has woken all", all_wake),
	EACH("SP-04", "an error that was asked for", asked),
	EACH("SP-06", "an error that nobody asked for", not_asked),
};

CONFORMANCE(testmode_rules, cases, .limit_ms = 60000)
