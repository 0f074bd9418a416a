/* SPDX-License-Identifier: MIT */
/*
 * A seed is a run: the same switches, the same choices, the same words. And
 * many seeds are many runs, of which the first that finds something stays.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIBERS = 5, SEEDS = 50, STEPS = 4 };

struct trace {
	char text[16384];
	size_t len;
};

static void add_line(int level, const char *line, void *arg)
{
	struct trace *t = arg;
	size_t len = strlen(line);

	egt_eq(level, EG_DEBUG_LEVEL);
	egt_lt(t->len + len + 1, sizeof(t->text));
	memcpy(t->text + t->len, line, len + 1);
	t->len += len;
	t->text[t->len++] = '\n';
	t->text[t->len] = '\0';
}

static eg_mutex mutex;

static void *work(void *arg)
{
	for (int i = 0; i < STEPS; i++) {
		eg_mutex_lock(&mutex, EG_FOREVER);
		if (eg_test_random(2))
			eg_sleep((int64_t)eg_test_random(3) * EG_MSEC);
		eg_mutex_unlock(&mutex);
		eg_yield();
	}
	return arg;
}

static int crowd(void *arg)
{
	eg_fiber *fibers[FIBERS];

	(void)arg;
	eg_mutex_init(&mutex);
	for (int i = 0; i < FIBERS; i++)
		EG_TEST_CHECK(eg_spawn(&fibers[i], work, NULL) == 0);
	/* The last one stays: so the report has words. */
	for (int i = 0; i < FIBERS - 1; i++)
		EG_TEST_CHECK(eg_join(fibers[i], NULL, EG_FOREVER) == 0);
	return 0;
}

static void run_traced(uint64_t seed, uint32_t order, struct trace *trace,
		       eg_test_report *report)
{
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	trace->len = 0;
	trace->text[0] = '\0';
	*report = (eg_test_report)EG_TEST_REPORT_INIT;
	o.seed = seed;
	o.order = order;
	o.log = add_line;
	o.log_arg = trace;
	egt_casef("seed %d, order %u", (int)seed, order);
	egt_eq(eg_test_run(crowd, NULL, &o, report), 1);
	egt_eq(report->seed, seed);
	egt_ne(report->order, EG_ORDER_MIXED);
}

EG_TEST_PLAIN(testmode_seed_repeats_its_run, .limit_ms = 60000)
{
	static struct trace first, second;
	static eg_test_report a, b;

	for (uint32_t order = 0; order <= EG_ORDER_FIFO; order++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			run_traced(seed, order, &first, &a);
			run_traced(seed, order, &second, &b);
			egt_lt(100, first.len);
			egt_str_eq(first.text, second.text);
			egt_true(!memcmp(&a, &b, sizeof(a)));
		}
}

EG_TEST_PLAIN(testmode_seeds_differ)
{
	static struct trace first, second;
	static eg_test_report report;
	int same = 0;

	run_traced(1, EG_ORDER_MIXED, &first, &report);
	for (uint64_t seed = 2; seed <= SEEDS; seed++) {
		run_traced(seed, EG_ORDER_MIXED, &second, &report);
		same += !strcmp(first.text, second.text);
	}
	egt_eq(same, 0);
}

/* The seed says which: mostly by chance or by rank, and sometimes in turns. */
EG_TEST_PLAIN(testmode_mixed_order_is_one_of_three)
{
	static struct trace trace;
	static eg_test_report report;
	int counts[EG_ORDER_FIFO + 1] = { 0 };

	for (uint64_t seed = 1; seed <= 2 * SEEDS; seed++) {
		run_traced(seed, EG_ORDER_MIXED, &trace, &report);
		egt_le(report.order, EG_ORDER_FIFO);
		counts[report.order]++;
	}
	egt_eq(counts[EG_ORDER_MIXED], 0);
	egt_le(SEEDS / 2, counts[EG_ORDER_RANDOM]);
	egt_le(SEEDS / 2, counts[EG_ORDER_RANKED]);
	egt_le(1, counts[EG_ORDER_FIFO]);
}

static int runs;

static int fail_rarely(void *arg)
{
	(void)arg;
	runs++;
	return eg_test_random(20) == 0 ? -EIO : 0;
}

EG_TEST_PLAIN(testmode_stops_at_the_first_seed_that_finds)
{
	eg_test_report many = EG_TEST_REPORT_INIT, one = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	egt_eq(eg_test_seeds(fail_rarely, NULL, NULL, 100, 1000, &many), 1);
	egt_eq(many.error, -EIO);
	egt_eq(many.runs, runs);
	egt_eq(many.seed, 100 + runs - 1);
	o.seed = many.seed;
	egt_eq(eg_test_run(fail_rarely, NULL, &o, &one), 1);
	egt_str_eq(one.text, many.text);
	o.seed--;
	egt_eq(eg_test_run(fail_rarely, NULL, &o, &one), 0);
}

static int count_runs(void *arg)
{
	(void)arg;
	runs++;
	return 0;
}

EG_TEST_PLAIN(testmode_seeds_come_from_the_environment)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	static const char *const wrong[] = {
		"x", "-1", "0", "1x", " 1", "99999999999999999999"
	};

	egt_eq(setenv("EG_TEST_SEEDS", "7", 1), 0);
	egt_eq(eg_test_seeds(crowd, NULL, NULL, 3, 1000, &report), 1);
	egt_eq(report.seed, 3);
	runs = 0;
	egt_eq(setenv("EG_TEST_SEED", "18446744073709551615", 1), 0);
	egt_eq(eg_test_seeds(count_runs, NULL, NULL, 3, 1000, &report), 0);
	egt_eq(runs, 1);
	egt_true(report.seed == UINT64_MAX);
	egt_eq(setenv("EG_TEST_SEED", "", 1), 0);
	egt_eq(setenv("EG_TEST_SEEDS", "2", 1), 0);
	runs = 0;
	egt_eq(eg_test_seeds(count_runs, NULL, NULL, UINT64_MAX, 9, &report),
	       0);
	egt_eq(runs, 2);
	egt_eq(report.seed, 1); /* not 0, which would be the clock's */
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		egt_case(wrong[i]);
		egt_eq(setenv("EG_TEST_SEEDS", wrong[i], 1), 0);
		egt_eq(eg_test_seeds(crowd, NULL, NULL, 1, 1, &report),
		       -EINVAL);
	}
}

/* Without a seed it is the clock's, and still repeats. */
EG_TEST_PLAIN(testmode_seed_of_the_clock_is_reported)
{
	eg_test_report a = EG_TEST_REPORT_INIT, b = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;

	egt_eq(eg_test_run(crowd, NULL, NULL, &a), 1);
	egt_ne(a.seed, 0);
	o.seed = a.seed;
	egt_eq(eg_test_run(crowd, NULL, &o, &b), 1);
	egt_true(!memcmp(&a, &b, sizeof(a)));
}
