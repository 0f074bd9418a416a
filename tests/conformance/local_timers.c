/* SPDX-License-Identifier: MIT */
/*
 * Timers of a fiber, moved regions, and functions in one: EH-02, EH-03, EH-05,
 * EH-06, SP-21, TM-02, TM-04, TM-05 and TM-07, beyond timers.c and timeouts.c.
 */
#include "conform_kit.h"

struct scene {
	eg_timer timer;
	int fired;
	bool is_local, exits;
	int64_t delay, sleeps;
	int starts;
};

static void count_fire(eg_timer *timer, void *arg)
{
	struct scene *s = arg;

	egt_ptr_eq(timer, &s->timer);
	s->fired++;
}

static void *arm_and_end(void *arg)
{
	struct scene *s = arg;

	for (int i = 0; i < s->starts; i++)
		egt_eq((s->is_local ? eg_timer_start_local : eg_timer_start)(
			       &s->timer, eg_after(s->delay)),
		       0);
	eg_sleep(s->sleeps);
	if (s->exits)
		eg_exit(NULL);
	return NULL;
}

static eg_fiber *arm(struct scene *s)
{
	eg_fiber *f;

	egt_eq(eg_timer_init(&s->timer, count_fire, s), 0);
	egt_eq(eg_spawn(&f, arm_and_end, s), 0);
	settle();
	return f;
}

/* arg: 1: it exits; 2: it is killed. */
static void local_one_is_dropped(long arg)
{
	struct scene s = { .is_local = true,
			   .exits = arg & 1,
			   .delay = EG_MSEC,
			   .sleeps = arg & 2 ? EG_FOREVER : 0,
			   .starts = 1 };
	eg_fiber *f = arm(&s);

	if (arg & 2)
		egt_eq(eg_kill(f, -ECANCELED, EG_NOW), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(s.fired, 0);
}

static void local_one_fires_while_it_lives(long starts)
{
	struct scene s = { .is_local = true,
			   .delay = EG_MSEC,
			   .sleeps = EG_FOREVER,
			   .starts = (int)starts };
	eg_fiber *f = arm(&s);

	while (!s.fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(s.fired, 1);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	eg_unref(f);
}

static void global_one_fires_all_the_same(long starts)
{
	struct scene s = { .delay = EG_MSEC, .starts = (int)starts };
	eg_fiber *f = arm(&s);

	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	while (!s.fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(s.fired, 1);
}

/* Stopped so often by somebody else; its fiber's end finds nothing. */
static void stopped_by_another(long times)
{
	struct scene s = { .is_local = true,
			   .delay = EG_SEC,
			   .sleeps = EG_FOREVER,
			   .starts = 1 };
	eg_fiber *f = arm(&s);

	for (long i = 0; i < times; i++)
		egt_eq(eg_timer_stop(&s.timer), 0);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	eg_unref(f);
	egt_eq(s.fired, 0);
}

/* Taken by main: it is a plain one from then on. */
static void taken_from_its_fiber(long delay)
{
	struct scene s = { .is_local = true,
			   .delay = EG_SEC,
			   .sleeps = EG_FOREVER,
			   .starts = 1 };
	eg_fiber *f = arm(&s);

	egt_eq(eg_timer_start(&s.timer, eg_after(delay)), 0);
	egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
	eg_unref(f);
	while (!s.fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(s.fired, 1);
}

/* Rearmed for the same fiber in its own callback, so often. */
struct again {
	eg_timer timer;
	int left, fired;
};

static void fire_again(eg_timer *timer, void *arg)
{
	struct again *a = arg;

	a->fired++;
	if (a->left-- > 0)
		egt_eq(eg_timer_start(timer, EG_NOW), 0);
	/* The hub is no fiber. */
	egt_eq(eg_timer_start_local(timer, EG_NOW), -EPERM);
}

static void rearms_itself(long times)
{
	static struct again a;

	a = (struct again){ .left = (int)times };
	egt_eq(eg_timer_init(&a.timer, fire_again, &a), 0);
	egt_eq(eg_timer_start_local(&a.timer, EG_NOW), 0);
	while (a.fired < times + 1)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(a.fired, times + 1);
}

struct of_main {
	eg_timer timer;
	int64_t outlives; /* so long is there somebody after main */
	int fired;
	bool is_local;
};

static void fire_after_main(eg_timer *timer, void *arg)
{
	struct of_main *m = arg;

	egt_ptr_eq(timer, &m->timer);
	m->fired++;
}

static void *outlive_main(void *arg)
{
	struct of_main *m = arg;
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(m->outlives), 0);
	while (!m->is_local && !m->fired)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static int arm_and_leave(void *arg)
{
	struct of_main *m = arg;

	egt_eq(eg_spawn(NULL, outlive_main, m), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_timer_init(&m->timer, fire_after_main, m), 0);
	return (m->is_local ? eg_timer_start_local
			    : eg_timer_start)(&m->timer, eg_after(EG_MSEC));
}

static void local_one_of_main_is_dropped(long outlives)
{
	struct of_main m = { .outlives = outlives, .is_local = true };

	hub_run(arm_and_leave, &m);
	egt_eq(m.fired, 0);
}

static void global_one_of_main_fires(long outlives)
{
	struct of_main m = { .outlives = outlives };

	hub_run(arm_and_leave, &m);
	egt_eq(m.fired, 1);
}

static void open_region_is_not_begun_again(long depth)
{
	eg_timeout t[20];

	for (long i = 0; i < depth; i++)
		egt_eq(eg_timeout_begin(&t[i], EG_FOREVER), 0);
	for (long i = 0; i < depth; i++)
		egt_eq(eg_timeout_begin(&t[i], EG_NOW), -EALREADY);
	egt_eq(eg_sleep(EG_USEC), 0);
	for (long i = depth - 1; i >= 0; i--)
		egt_eq(eg_timeout_end(&t[i]), 0);
}

/* The @which-th of five regions is moved to 1 ms, or away. */
static void moved_one_counts(long which)
{
	int64_t start = eg_now();
	eg_timeout t[5];

	for (int i = 0; i < 5; i++)
		egt_eq(eg_timeout_begin(&t[i], start + 1000 * EG_SEC), 0);
	egt_eq(eg_timeout_move(&t[which], start + EG_MSEC), 0);
	egt_eq(eg_sleep(EG_FOREVER), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	for (int i = 4; i >= 0; i--)
		egt_eq(eg_timeout_end(&t[i]), i == which ? -ETIMEDOUT : 0);
}

static void moved_away_counts_no_more(long which)
{
	int64_t start = eg_now();
	eg_timeout t[5];

	for (int i = 0; i < 5; i++)
		egt_eq(eg_timeout_begin(&t[i], i == which ? start + EG_USEC
							  : EG_FOREVER),
		       0);
	egt_eq(eg_sleep(EG_FOREVER), -ETIMEDOUT);
	egt_true(eg_timeout_has_passed(&t[which]));
	egt_eq(eg_timeout_move(&t[which], EG_FOREVER), 0);
	egt_true(!eg_timeout_has_passed(&t[which]));
	egt_eq(eg_sleep(EG_MSEC), 0);
	for (int i = 4; i >= 0; i--)
		egt_eq(eg_timeout_end(&t[i]), 0);
}

static void passing_is_told_inside(long is_outer)
{
	eg_timeout outer, inner;

	egt_eq(eg_timeout_begin(&outer,
				is_outer ? eg_after(EG_MSEC) : EG_FOREVER),
	       0);
	egt_eq(eg_timeout_begin(&inner,
				is_outer ? EG_FOREVER : eg_after(EG_MSEC)),
	       0);
	egt_true(!eg_timeout_has_passed(&outer));
	egt_true(!eg_timeout_has_passed(&inner));
	egt_eq(eg_sleep(EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_has_passed(&outer), is_outer);
	egt_eq(eg_timeout_has_passed(&inner), !is_outer);
	egt_eq(eg_timeout_end(&inner), is_outer ? 0 : -ETIMEDOUT);
	egt_true(!eg_timeout_has_passed(&inner));
	egt_eq(eg_timeout_end(&outer), is_outer ? -ETIMEDOUT : 0);
	egt_true(!eg_timeout_has_passed(&outer));
}

struct within {
	long levels, flag_at; /* at which level the deadline is near */
};

static int go_deeper(void *arg)
{
	struct within *w = arg;
	long level = w->levels--;

	if (level == 0)
		return eg_sleep(EG_FOREVER);
	return eg_with_timeout(level == w->flag_at ? eg_after(EG_MSEC)
						   : eg_after(1000 * EG_SEC),
			       go_deeper, w, (int)level);
}

/* Of eight nested calls, the one whose deadline it was returns its flag. */
static void flag_is_of_the_right_level(long level)
{
	struct within w = { 8, level };

	egt_eq(go_deeper(&w), level);
}

static int return_arg(void *arg)
{
	return (int)(intptr_t)arg;
}

static void result_passes(long result)
{
	egt_eq(eg_with_timeout(EG_FOREVER, return_arg, (void *)(intptr_t)result,
			       4711),
	       result);
	/* Too late for it, and nothing had to wait. */
	egt_eq(eg_with_timeout(EG_NOW, return_arg, (void *)(intptr_t)result,
			       4711),
	       result == -ETIMEDOUT ? 4711 : result);
}

static const struct conform cases[] = {
	{ "EH-02", "outlives its fiber", global_one_fires_all_the_same, 1 },
	{ "EH-02", "armed again and again", global_one_fires_all_the_same, 3 },
	{ "EH-03", "dropped", local_one_is_dropped, 0 },
	{ "EH-03", "dropped at an exit", local_one_is_dropped, 1 },
	{ "EH-03", "dropped at a kill", local_one_is_dropped, 2 },
	{ "EH-03", "dropped at a kill that exits", local_one_is_dropped, 3 },
	{ "SP-21", "fires while its fiber lives",
	  local_one_fires_while_it_lives, 1 },
	{ "SP-21", "fires once", local_one_fires_while_it_lives, 3 },
	{ "EH-02", "outlives main", global_one_of_main_fires, 2 * EG_MSEC },
	{ "EH-03", "of main, dropped", local_one_of_main_is_dropped, 0 },
	{ "EH-03", "of main, dropped in time", local_one_of_main_is_dropped,
	  2 * EG_MSEC },
	{ "EH-03", "taken from its fiber", taken_from_its_fiber, 1 },
	{ "EH-03", "taken from its fiber", taken_from_its_fiber, EG_MSEC },
	{ "EH-05", "stopped by another", stopped_by_another, 1 },
	{ "EH-05", "stopped by another, twice", stopped_by_another, 2 },
	{ "EH-06", "fires once", rearms_itself, 0 },
	{ "EH-06", "rearms itself", rearms_itself, 1 },
	{ "EH-06", "rearms itself often", rearms_itself, 20 },
	{ "TM-02", "an open one", open_region_is_not_begun_again, 1 },
	{ "TM-02", "an open one of many", open_region_is_not_begun_again, 20 },
	{ "TM-07", "the outermost is moved", moved_one_counts, 0 },
	{ "TM-07", "one in the middle is moved", moved_one_counts, 2 },
	{ "TM-07", "the innermost is moved", moved_one_counts, 4 },
	{ "TM-07", "the outermost is taken back", moved_away_counts_no_more,
	  0 },
	{ "TM-07", "one in the middle is taken back", moved_away_counts_no_more,
	  2 },
	{ "TM-07", "the innermost is taken back", moved_away_counts_no_more,
	  4 },
	{ "TM-05", "the inner one has passed", passing_is_told_inside, 0 },
	{ "TM-05", "the outer one has passed", passing_is_told_inside, 1 },
	{ "TM-05", "the innermost flag", flag_is_of_the_right_level, 1 },
	{ "TM-05", "a flag in the middle", flag_is_of_the_right_level, 4 },
	{ "TM-05", "the outermost flag", flag_is_of_the_right_level, 8 },
	{ "TM-04", "a result", result_passes, 0 },
	{ "TM-04", "a result", result_passes, 3 },
	{ "TM-04", "an error", result_passes, -EIO },
	{ "TM-04", "an error like its own", result_passes, -ETIMEDOUT },
};

CONFORMANCE(local_timers_and_regions, cases)
