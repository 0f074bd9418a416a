/* SPDX-License-Identifier: MIT */
/*
 * Small crowds of fibers around one object, in many orders: a scenario runs
 * once per seed, and what it checks must hold in each. EG_TEST_SEEDS says how
 * many, EG_TEST_SEED repeats one. The scenarios are in seeds_*.c.
 */
#ifndef TESTS_SEEDS_H
#define TESTS_SEEDS_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	SEEDS_FEW = 200, /* in an ordinary run of the tests */
	CROWD_MAX = 6,
};

/* Fibers that were spawned together, each with its number as its argument. */
struct crowd {
	eg_fiber *fibers[CROWD_MAX];
	int count;
};

static inline void crowd_spawn(struct crowd *c, int count, eg_fiber_fn *fn)
{
	for (intptr_t i = 0; i < count; i++)
		EG_TEST_CHECK(eg_spawn(&c->fibers[c->count++], fn, (void *)i) ==
			      0);
}

static inline void crowd_join(struct crowd *c)
{
	while (c->count)
		EG_TEST_CHECK(
			eg_join(c->fibers[--c->count], NULL, EG_FOREVER) == 0);
}

/* Nothing, a yield, or a short sleep: many end at the same instant. */
static inline void pause_somehow(void)
{
	uint64_t how = eg_test_random(6);

	if (how == 1)
		eg_yield();
	else if (how > 1)
		eg_sleep((int64_t)(how - 2) * EG_MSEC);
}

/* A deadline that is sometimes that of a pause, too. */
static inline int64_t some_deadline(void)
{
	uint64_t how = eg_test_random(6);

	return how < 3 ? EG_FOREVER : eg_after((int64_t)(how - 2) * EG_MSEC);
}

/* Cancels one of them, or nobody, after a while. */
static inline void crowd_disturb(struct crowd *c)
{
	uint64_t victim = eg_test_random((uint64_t)c->count * 2);

	pause_somehow();
	if (victim < (uint64_t)c->count)
		EG_TEST_CHECK(eg_cancel(c->fibers[victim]) == 0);
}

/* How a wait may end that is not served. */
static inline bool is_given_up(int r)
{
	return r == -ETIMEDOUT || r == -ECANCELED;
}

static inline void seeds_run(eg_main_fn *scenario)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	int r = eg_test_seeds(scenario, NULL, NULL, 1, SEEDS_FEW, &report);

	if (r > 0)
		eg_test_report_print(&report, STDERR_FILENO);
	egt_casef("seed %llu", (unsigned long long)report.seed);
	egt_eq(r, 0);
}

/* SEED_TEST(name) { ... } is the main fiber of a scenario: returns 0. */
#define SEED_TEST(name_)                                 \
	static int name_##_scenario(void *arg);          \
	EG_TEST_PLAIN(seeds_##name_, .limit_ms = 600000) \
	{                                                \
		seeds_run(name_##_scenario);             \
	}                                                \
	static int name_##_scenario(__attribute__((unused)) void *arg)

#endif
