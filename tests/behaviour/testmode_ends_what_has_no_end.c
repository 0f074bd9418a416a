/* SPDX-License-Identifier: MIT */
/*
 * What would never end is broken off and reported: fibers that yield for ever,
 * sleep for ever, wait for each other's next word; callbacks that rearm.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static eg_sem ping, pong;
static eg_timer timer;
static bool is_set;

static int yield_for_ever(void *arg)
{
	for (;;)
		eg_yield();
	return arg != NULL;
}

static void *yielder(void *arg)
{
	yield_for_ever(arg);
	return NULL;
}

static int two_yield_for_ever(void *arg)
{
	EG_TEST_CHECK(eg_spawn(NULL, yielder, NULL) == 0);
	return yield_for_ever(arg);
}

/* Cancelled, its sleeps would not even switch. */
static int poll_for_ever(void *arg)
{
	for (;;)
		eg_sleep(EG_SEC);
	return arg != NULL;
}

static void *poller(void *arg)
{
	poll_for_ever(arg);
	return NULL;
}

static int leave_a_yielder(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(NULL, yielder, NULL) == 0);
	eg_sleep(EG_MSEC);
	return 0;
}

static int wait_for_a_poller(void *arg)
{
	eg_fiber *f;

	(void)arg;
	EG_TEST_CHECK(eg_spawn(&f, poller, NULL) == 0);
	return eg_join(f, NULL, EG_FOREVER);
}

static void *answer(void *arg)
{
	(void)arg;
	while (eg_sem_wait(&ping, EG_FOREVER) == 0)
		eg_sem_post(&pong);
	return NULL;
}

static int talk_for_ever(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(NULL, answer, NULL) == 0);
	do
		eg_sem_post(&ping);
	while (eg_sem_wait(&pong, EG_FOREVER) == 0);
	return 0;
}

static void rearm(eg_timer *t, void *arg)
{
	(void)arg;
	eg_timer_start(t, eg_after(EG_SEC));
}

static int wait_among_timers(void *arg)
{
	(void)arg;
	eg_timer_init(&timer, rearm, NULL);
	eg_timer_start(&timer, eg_after(EG_SEC));
	return eg_sem_wait(&ping, EG_FOREVER);
}

static const struct {
	const char *name;
	eg_main_fn *fn;
	uint32_t found;
	bool takes_time; /* the limit of time ends it too */
} rows[] = {
	{ "one yields", yield_for_ever, EG_FOUND_ENDLESS, false },
	{ "two yield", two_yield_for_ever, EG_FOUND_ENDLESS, false },
	{ "one polls", poll_for_ever, EG_FOUND_ENDLESS, true },
	{ "one waits for who polls", wait_for_a_poller, EG_FOUND_ENDLESS,
	  true },
	{ "two talk", talk_for_ever, EG_FOUND_ENDLESS, false },
	{ "timers", wait_among_timers, EG_FOUND_ENDLESS, true },
	{ "left behind", leave_a_yielder, EG_FOUND_ENDLESS | EG_FOUND_FIBERS,
	  false },
};

EG_TEST_PLAIN(testmode_ends_after_so_many_switches, .limit_ms = 60000)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		eg_test_report report = EG_TEST_REPORT_INIT;
		eg_test_options o = EG_TEST_OPTIONS_INIT;

		o.switches_max = 3000;
		for (o.seed = 1; o.seed <= 8; o.seed++) {
			egt_casef("%s, seed %d", rows[i].name, (int)o.seed);
			eg_sem_init(&ping, 0);
			eg_sem_init(&pong, 0);
			egt_eq(eg_test_run(rows[i].fn, NULL, &o, &report), 1);
			egt_eq(report.found, rows[i].found);
			egt_eq(report.switches, o.switches_max + 1);
			egt_str_has(report.text, "no end after 3000 switches");
		}
	}
}

EG_TEST_PLAIN(testmode_ends_at_the_last_time)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		eg_test_report report = EG_TEST_REPORT_INIT;
		eg_test_options o = EG_TEST_OPTIONS_INIT;

		if (!rows[i].takes_time)
			continue;
		o.time_max = EG_SEC * 7 / 2;
		egt_case(rows[i].name);
		eg_sem_init(&ping, 0);
		egt_eq(eg_test_run(rows[i].fn, NULL, &o, &report), 1);
		egt_eq(report.found, EG_FOUND_ENDLESS);
		egt_eq(report.time, 3 * EG_SEC);
		egt_str_has(report.text, "no end before the last time allowed");
	}
}

static void *set_later(void *arg)
{
	eg_sleep(EG_SEC);
	is_set = true;
	return arg;
}

/* Waiting for a time by yielding is bad style, but it ends: time passes. */
static int yield_until_set(void *arg)
{
	eg_fiber *f;

	(void)arg;
	is_set = false;
	EG_TEST_CHECK(eg_spawn(&f, set_later, NULL) == 0);
	while (!is_set)
		eg_yield();
	return eg_join(f, NULL, EG_FOREVER);
}

static void *set_now(void *arg)
{
	is_set = true;
	return arg;
}

/* And who yields for another fiber lets it run at last, whatever the ranks. */
static int yield_for_another(void *arg)
{
	eg_fiber *fibers[3];

	(void)arg;
	is_set = false;
	for (int i = 0; i < 3; i++)
		EG_TEST_CHECK(eg_spawn(&fibers[i], i ? set_later : set_now,
				       NULL) == 0);
	while (!is_set)
		eg_yield();
	for (int i = 0; i < 3; i++)
		EG_TEST_CHECK(eg_join(fibers[i], NULL, EG_FOREVER) == 0);
	return 0;
}

EG_TEST_PLAIN(testmode_lets_those_who_yield_end)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	o.switches_max = 20000;
	egt_eq(eg_test_seeds(yield_until_set, NULL, &o, 1, 50, &report), 0);
	egt_eq(eg_test_seeds(yield_for_another, NULL, &o, 1, 50, &report), 0);
	o.order = EG_ORDER_RANKED;
	egt_eq(eg_test_seeds(yield_for_another, NULL, &o, 1, 50, &report), 0);
}

/* A descriptor is the world's: it is waited for, and may be late. */
static int read_a_pipe(void *arg)
{
	const int *fds = arg;
	char c = 'x';

	EG_TEST_CHECK(eg_write(fds[1], &c, 1, EG_FOREVER) == 1);
	EG_TEST_CHECK(eg_read(fds[0], &c, 1, EG_FOREVER) == 1);
	EG_TEST_CHECK(eg_read(fds[0], &c, 1, eg_after(EG_SEC)) == -ETIMEDOUT);
	return 0;
}

static int64_t add_one(void *arg)
{
	return *(int *)arg + 1;
}

static int ask_a_thread(void *arg)
{
	int n = 41;
	int64_t got = 0;

	(void)arg;
	EG_TEST_CHECK(eg_offload(add_one, &n, &got, EG_FOREVER) == 0);
	EG_TEST_CHECK(got == 42);
	return 0;
}

static void *sleep_long(void *arg)
{
	eg_sleep(EG_SEC);
	return arg;
}

/* A thread is in no time that passes here: no timer is due before it is. */
static int ask_a_thread_beside_a_timer(void *arg)
{
	int64_t start = eg_now();
	eg_fiber *f;

	EG_TEST_CHECK(eg_spawn(&f, sleep_long, NULL) == 0);
	for (int i = 0; i < 50; i++)
		EG_TEST_CHECK(ask_a_thread(arg) == 0);
	EG_TEST_CHECK(eg_now() == start);
	return eg_join(f, NULL, EG_FOREVER);
}

EG_TEST_PLAIN(testmode_waits_for_the_world)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	int fds[2];

	egt_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	egt_eq(eg_test_seeds(read_a_pipe, fds, NULL, 1, 20, &report), 0);
	egt_eq(eg_test_seeds(ask_a_thread, NULL, NULL, 1, 20, &report), 0);
	egt_eq(eg_test_seeds(ask_a_thread_beside_a_timer, NULL, NULL, 1, 20,
			     &report),
	       0);
	close(fds[0]);
	close(fds[1]);
}
