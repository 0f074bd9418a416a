/* SPDX-License-Identifier: MIT */
/*
 * What has no order comes in every order, and what has one keeps it: lines of
 * waiters, callbacks, timers, times.
 */
#include "fiber_trace.h" /* IS_SANITIZED */

#include <evergreen/evergreen.h>

#include <errno.h>
#include <string.h>

enum { RUNS = IS_SANITIZED ? 60 : 300, PLACES = 4 };

static char trace[PLACES + 1];
static size_t trace_len;

static void add(int name)
{
	EG_TEST_CHECK(trace_len < PLACES);
	trace[trace_len++] = (char)name;
	trace[trace_len] = '\0';
}

static void *say(void *name)
{
	add((int)(intptr_t)name);
	return NULL;
}

static void spawn(eg_fiber_fn *fn, intptr_t arg)
{
	EG_TEST_CHECK(eg_spawn(NULL, fn, (void *)arg) == 0);
}

static int three_spawned(void *arg)
{
	(void)arg;
	spawn(say, 'a');
	spawn(say, 'b');
	spawn(say, 'c');
	return eg_sleep(EG_MSEC);
}

static void *sleep_and_say(void *name)
{
	eg_sleep(EG_MSEC);
	return say(name);
}

static int three_of_one_instant(void *arg)
{
	(void)arg;
	spawn(sleep_and_say, 'a');
	spawn(sleep_and_say, 'b');
	spawn(sleep_and_say, 'c');
	return eg_sleep(2 * EG_MSEC);
}

static eg_sem sem;
static eg_mutex mutex;

static void *wait_and_say(void *arg)
{
	(void)arg;
	add(eg_sem_wait(&sem, eg_after(EG_MSEC)) == 0 ? 'a' : 'b');
	return NULL;
}

static void *sleep_and_post(void *arg)
{
	(void)arg;
	eg_sleep(EG_MSEC);
	eg_sem_post(&sem);
	return NULL;
}

/* Both at one instant: which is first is not known in life, either. */
static int a_timeout_and_a_post(void *arg)
{
	(void)arg;
	eg_sem_init(&sem, 0);
	spawn(wait_and_say, 0);
	spawn(sleep_and_post, 0);
	return eg_sleep(2 * EG_MSEC);
}

static void call(void *name)
{
	add((int)(intptr_t)name);
}

static int a_callback_among_fibers(void *arg)
{
	static eg_callback callback;

	(void)arg;
	eg_callback_init(&callback, call, (void *)'c');
	spawn(say, 'a');
	spawn(say, 'b');
	EG_TEST_CHECK(eg_callback_queue(&callback) == 0);
	return eg_sleep(EG_MSEC);
}

/* What has one order alone */

static void *lock_and_say(void *name)
{
	EG_TEST_CHECK(eg_mutex_lock(&mutex, EG_FOREVER) == 0);
	say(name);
	EG_TEST_CHECK(eg_mutex_unlock(&mutex) == 0);
	return NULL;
}

/* The line is made in a known order: then it is kept (semantics LK-05). */
static int three_in_line(void *arg)
{
	(void)arg;
	eg_mutex_init(&mutex);
	EG_TEST_CHECK(eg_mutex_lock(&mutex, EG_FOREVER) == 0);
	for (int name = 'a'; name <= 'c'; name++) {
		spawn(lock_and_say, name);
		eg_sleep(EG_MSEC);
	}
	EG_TEST_CHECK(eg_mutex_unlock(&mutex) == 0);
	return eg_sleep(EG_MSEC);
}

static int three_callbacks(void *arg)
{
	static eg_callback callbacks[3];

	(void)arg;
	for (int i = 0; i < 3; i++) {
		eg_callback_init(&callbacks[i], call,
				 (void *)(intptr_t)('a' + i));
		EG_TEST_CHECK(eg_callback_queue(&callbacks[i]) == 0);
	}
	return eg_sleep(EG_MSEC);
}

static void fire(eg_timer *timer, void *name)
{
	(void)timer;
	call(name);
}

static int three_timers(void *arg)
{
	static eg_timer timers[3];

	(void)arg;
	for (int i = 0; i < 3; i++) {
		eg_timer_init(&timers[i], fire, (void *)(intptr_t)('a' + i));
		EG_TEST_CHECK(eg_timer_start(&timers[i], eg_after(EG_MSEC)) ==
			      0);
	}
	return eg_sleep(2 * EG_MSEC);
}

static void *sleep_long(void *name)
{
	eg_sleep(((intptr_t)name - 'a' + 1) * EG_USEC);
	return say(name);
}

/* Even a thousandth of a millisecond is an order. */
static int three_times(void *arg)
{
	(void)arg;
	spawn(sleep_long, 'c');
	spawn(sleep_long, 'b');
	spawn(sleep_long, 'a');
	return eg_sleep(EG_MSEC);
}

struct row {
	const char *name;
	eg_main_fn *fn;
	const char *orders; /* all, of as many letters each */
	const char *fifo;   /* what EG_ORDER_FIFO has */
};

static const struct row rows[] = {
	{ "spawned", three_spawned, "abc acb bac bca cab cba", "abc" },
	{ "at one instant", three_of_one_instant, "abc acb bac bca cab cba",
	  "abc" },
	{ "timeout and post", a_timeout_and_a_post, "a b", "b" },
	{ "callback", a_callback_among_fibers, "abc acb bac bca cab cba",
	  "abc" },
	{ "in line", three_in_line, "abc", "abc" },
	{ "callbacks", three_callbacks, "abc", "abc" },
	{ "timers", three_timers, "abc", "abc" },
	{ "times", three_times, "abc", "abc" },
};

static void run_seed(const struct row *row, uint64_t seed, uint32_t order)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	o.seed = seed;
	o.order = order;
	trace_len = 0;
	egt_casef("%s, order %u, seed %d", row->name, order, (int)seed);
	egt_eq(eg_test_run(row->fn, NULL, &o, &report), 0);
}

/* Every order that is legal occurs, and none that is not. */
static void check_orders(const struct row *row, uint32_t order)
{
	size_t width = strcspn(row->orders, " ");
	size_t wanted = (strlen(row->orders) + 1) / (width + 1);
	bool is_seen[8] = { false };
	size_t seen = 0;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		const char *at;
		size_t i;

		run_seed(row, seed, order);
		at = strstr(row->orders, trace);
		egt_true(at && strlen(trace) == width);
		i = (size_t)(at - row->orders) / (width + 1);
		seen += !is_seen[i];
		is_seen[i] = true;
	}
	egt_eq(seen, wanted);
}

EG_TEST_PLAIN(testmode_random_order_is_any, .limit_ms = 60000)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_orders(&rows[i], EG_ORDER_RANDOM);
}

EG_TEST_PLAIN(testmode_ranked_order_is_any, .limit_ms = 60000)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_orders(&rows[i], EG_ORDER_RANKED);
}

EG_TEST_PLAIN(testmode_fifo_order_is_that_of_life)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (uint64_t seed = 1; seed <= 10; seed++) {
			run_seed(&rows[i], seed, EG_ORDER_FIFO);
			egt_str_eq(trace, rows[i].fifo);
		}
}

/* A clock that does not wait: a day passes at once, and to the nanosecond. */
static int sleep_exactly(void *arg)
{
	int64_t began = eg_now();

	(void)arg;
	EG_TEST_CHECK(eg_sleep(3600 * EG_SEC + 1) == 0);
	EG_TEST_CHECK(eg_now() - began == 3600 * EG_SEC + 1);
	return 0;
}

EG_TEST_PLAIN(testmode_clock_is_exact)
{
	eg_test_report report = EG_TEST_REPORT_INIT;

	egt_eq(eg_test_seeds(sleep_exactly, NULL, NULL, 1, 20, &report), 0);
	egt_eq(report.time, 3600 * EG_SEC + 1);
	egt_eq(report.runs, 20);
}
