/* SPDX-License-Identifier: MIT */
/*
 * Timers that a fiber takes along when it ends, and others, which fire all the
 * same (semantics EH-02, EH-03, EH-05, EH-06, SP-21).
 */
#include "fiber_trace.h"

struct scene {
	eg_timer timer;
	int fired;
	int64_t delay, sleeps;
	bool is_local;
	enum {
		AS_IT_IS,
		STOPPED,
		MOVED,
		MADE_GLOBAL,
		MADE_LOCAL,
		FOREVER
	} then;
	bool exits;
};

static void count_fire(eg_timer *timer, void *arg)
{
	struct scene *s = arg;

	egt_ptr_eq(timer, &s->timer);
	egt_ptr_eq(eg_self(), NULL);
	s->fired++;
}

static int start(struct scene *s, bool is_local, int64_t deadline)
{
	return is_local ? eg_timer_start_local(&s->timer, deadline)
			: eg_timer_start(&s->timer, deadline);
}

static void *arm_and_end(void *arg)
{
	struct scene *s = arg;
	int64_t at = eg_after(s->delay);

	egt_eq(start(s, s->is_local, at), 0);
	if (s->then == STOPPED)
		egt_eq(eg_timer_stop(&s->timer), 0);
	if (s->then == MOVED)
		egt_eq(start(s, s->is_local, at + EG_USEC), 0);
	if (s->then == MADE_GLOBAL)
		egt_eq(eg_timer_start(&s->timer, at), 0);
	if (s->then == MADE_LOCAL)
		egt_eq(eg_timer_start_local(&s->timer, at), 0);
	if (s->then == FOREVER)
		egt_eq(start(s, s->is_local, EG_FOREVER), 0);
	eg_sleep(s->sleeps);
	if (s->exits)
		eg_exit(NULL);
	return NULL;
}

static uint64_t timers_armed(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.timers_armed;
}

EG_TEST(local_timer_fires_only_while_its_fiber_lives, .backends = EGT_SIM)
{
	static const struct {
		const char *name;
		struct scene scene;
		int fired;
	} cases[] = {
		{ "local, the fiber ends first",
		  { .is_local = true, .delay = 5, .sleeps = 2 },
		  0 },
		{ "local, the fiber lives",
		  { .is_local = true, .delay = 2, .sleeps = 5 },
		  1 },
		{ "local, the fiber exits first",
		  { .is_local = true, .delay = 5, .sleeps = 2, .exits = true },
		  0 },
		{ "global, the fiber ends first",
		  { .delay = 5, .sleeps = 2 },
		  1 },
		{ "global, the fiber lives", { .delay = 2, .sleeps = 5 }, 1 },
		{ "local, stopped",
		  { .is_local = true,
		    .delay = 2,
		    .sleeps = 5,
		    .then = STOPPED },
		  0 },
		{ "local, moved",
		  { .is_local = true, .delay = 5, .sleeps = 2, .then = MOVED },
		  0 },
		{ "local, moved, the fiber lives",
		  { .is_local = true, .delay = 2, .sleeps = 5, .then = MOVED },
		  1 },
		{ "local, made global",
		  { .is_local = true,
		    .delay = 5,
		    .sleeps = 2,
		    .then = MADE_GLOBAL },
		  1 },
		{ "global, made local",
		  { .delay = 5, .sleeps = 2, .then = MADE_LOCAL },
		  0 },
		{ "local, put off for ever",
		  { .is_local = true,
		    .delay = 2,
		    .sleeps = 5,
		    .then = FOREVER },
		  0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s = cases[i].scene;
		eg_fiber *f;

		egt_case(cases[i].name);
		s.delay *= EG_MSEC;
		s.sleeps *= EG_MSEC;
		egt_eq(eg_timer_init(&s.timer, count_fire, &s), 0);
		egt_eq(eg_spawn(&f, arm_and_end, &s), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		if (s.is_local && s.then != MADE_GLOBAL)
			egt_eq(timers_armed(), 0);
		egt_eq(eg_sleep(20 * EG_MSEC), 0);
		egt_eq(s.fired, cases[i].fired);
		egt_eq(timers_armed(), 0);
	}
}

/* Killed, before it ran and while: it makes no difference. */
EG_TEST(local_timer_goes_with_a_killed_fiber)
{
	struct scene s = { .is_local = true,
			   .delay = 1000 * EG_SEC,
			   .sleeps = EG_FOREVER };
	eg_fiber *f;

	egt_eq(eg_timer_init(&s.timer, count_fire, &s), 0);
	egt_eq(eg_spawn(&f, arm_and_end, &s), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(timers_armed(), 1);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	egt_eq(timers_armed(), 0);
	egt_eq(eg_detach(f), 0);
	egt_eq(s.fired, 0);
}

/* Many of one fiber, some of which are stopped meanwhile. */
enum { MANY = 50 };

static void *arm_many(void *arg)
{
	struct scene *s = arg;

	for (int i = 0; i < MANY; i++)
		egt_eq(eg_timer_start_local(&s[i].timer,
					    eg_after(1000 * EG_SEC)),
		       0);
	for (int i = 0; i < MANY; i += 3)
		egt_eq(eg_timer_stop(&s[i].timer), 0);
	for (int i = 1; i < MANY; i += 3)
		egt_eq(eg_timer_start(&s[i].timer, eg_after(EG_USEC)), 0);
	return NULL;
}

EG_TEST(local_timers_are_stopped_one_and_all)
{
	static struct scene s[MANY];
	eg_fiber *f;

	for (int i = 0; i < MANY; i++)
		egt_eq(eg_timer_init(&s[i].timer, count_fire, &s[i]), 0);
	egt_eq(eg_spawn(&f, arm_many, s), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(timers_armed(), MANY / 3 + (MANY % 3 > 1));
	while (timers_armed())
		egt_eq(eg_sleep(EG_USEC), 0);
	for (int i = 0; i < MANY; i++)
		egt_eq(s[i].fired, i % 3 == 1);
}

/* Once fired it is no fiber's: another one's end does not touch it. */
static void *wait_for_fire(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_timer_start_local(&s->timer, eg_after(EG_USEC)), 0);
	while (!s->fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_timer_start(&s->timer, eg_after(EG_MSEC)), 0);
	return NULL;
}

EG_TEST(timer_that_has_fired_is_no_fibers)
{
	struct scene s = { .fired = 0 };
	eg_fiber *f;

	egt_eq(eg_timer_init(&s.timer, count_fire, &s), 0);
	egt_eq(eg_spawn(&f, wait_for_fire, &s), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	while (s.fired < 2)
		egt_eq(eg_sleep(EG_USEC), 0);
}

/* Taken over by another fiber. */
static void *take_over(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_timer_start_local(&s->timer, eg_after(EG_MSEC)), 0);
	while (!s->fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	return NULL;
}

EG_TEST(local_timer_changes_its_fiber)
{
	struct scene s = { .is_local = true,
			   .delay = 1000 * EG_SEC,
			   .sleeps = EG_FOREVER };
	eg_fiber *f, *g;

	egt_eq(eg_timer_init(&s.timer, count_fire, &s), 0);
	egt_eq(eg_spawn(&f, arm_and_end, &s), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_spawn(&g, take_over, &s), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	egt_eq(eg_join(g, NULL, EG_FOREVER), 0);
	egt_eq(s.fired, 1);
	egt_eq(eg_detach(f), 0);
}

/* Its frames are gone when it ends: a timer in one could not be stopped. */
static void *arm_in_a_frame(void *arg)
{
	struct scene *s = arg;
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, count_fire, s), 0);
	egt_eq(eg_timer_start_local(&timer, eg_after(EG_SEC)), -EINVAL);
	/* A plain one is the function's own to stop. */
	egt_eq(eg_timer_start(&timer, eg_after(EG_SEC)), 0);
	egt_eq(eg_timer_stop(&timer), 0);
	return NULL;
}

EG_TEST(local_timer_cannot_lie_in_a_frame_of_its_fiber)
{
	struct scene s = { .fired = 0 };
	eg_fiber *f;

	if (IS_SANITIZED)
		egt_skip("a sanitizer may keep what is in frames elsewhere");
	egt_eq(eg_spawn(&f, arm_in_a_frame, &s), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(timers_armed(), 0);
}
