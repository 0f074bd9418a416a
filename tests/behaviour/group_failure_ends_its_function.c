/* SPDX-License-Identifier: MIT */
/*
 * A member that fails ends the waits of the function that eg_group_run() runs,
 * with EG_GROUP_FAIL_FAST, and of nobody else (semantics SP-17).
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <unistd.h>

/* Never over before it is cut short, on a busy machine. */
#define LONG (1000 * EG_SEC)

struct scene {
	uint32_t flags;
	eg_sem sem; /* never posted */
	eg_fiber *runner;
	int waited[3];
	int waits;
	int result; /* of the function; 0: what it waited for */
	int fails_with;
};

static void *fail(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_yield(), 0);
	return eg_fail(s->fails_with ? s->fails_with : -EPIPE, NULL);
}

static void note(struct scene *s, int r)
{
	s->waited[s->waits++] = r;
}

static int run(eg_group_fn *fn, struct scene *s)
{
	return eg_group_run(fn, s, EG_GROUP_FAIL_FAST | s->flags);
}

static int wait_twice(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	note(s, eg_sem_wait(&s->sem, eg_after(LONG)));
	egt_true(eg_cancelled());
	/* A state, as if it had been cancelled. */
	note(s, eg_sleep(0));
	note(s, eg_sem_wait(&s->sem, EG_FOREVER));
	return s->result ? s->result : s->waited[0];
}

EG_TEST(failing_member_ends_waits_of_the_function)
{
	struct scene s = { .result = 0 };

	egt_eq(run(wait_twice, &s), -EPIPE);
	egt_eq(s.waits, 3);
	for (int i = 0; i < 3; i++)
		egt_eq(s.waited[i], -ECANCELED);
	/* Only inside. */
	egt_true(!eg_cancelled());
	egt_eq(eg_sleep(EG_MSEC), 0);
}

/* What came of it in the function is later than the member's error. */
EG_TEST(first_error_is_the_failing_member_s)
{
	struct scene s = { .result = -EIO };

	egt_eq(run(wait_twice, &s), -EPIPE);
	egt_eq(eg_sleep(0), 0);
}

static int wait_in_kernel(eg_group *g, void *arg)
{
	struct scene *s = arg;
	int ends[2];
	char byte;

	egt_eq(pipe(ends), 0);
	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	note(s, (int)eg_read(ends[0], &byte, 1, EG_FOREVER));
	egt_eq(eg_close(ends[0]), 0);
	egt_eq(eg_close(ends[1]), 0);
	return s->waited[0];
}

EG_TEST(failing_member_ends_a_wait_in_the_kernel)
{
	struct scene s = { .result = 0 };

	egt_eq(run(wait_in_kernel, &s), -EPIPE);
	egt_eq(s.waited[0], -ECANCELED);
}

static int wait_without_fail_fast(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	note(s, eg_sleep(EG_MSEC));
	return 0;
}

EG_TEST(without_fail_fast_the_function_goes_on)
{
	struct scene s = { .waits = 0 };

	egt_eq(eg_group_run(wait_without_fail_fast, &s, 0), 0);
	egt_eq(s.waited[0], 0);
}

static int wait_in_shield(eg_group *g, void *arg)
{
	struct scene *s = arg;
	eg_timeout shield;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	note(s, eg_sleep(EG_MSEC));
	egt_eq(eg_shield_end(&shield), 0);
	note(s, eg_sleep(LONG));
	return s->waited[1];
}

EG_TEST(shield_in_the_function_holds)
{
	struct scene s = { .waits = 0 };

	egt_eq(run(wait_in_shield, &s), -EPIPE);
	egt_eq(s.waited[0], 0);
	egt_eq(s.waited[1], -ECANCELED);
}

/* It is for what comes from further out. */
EG_TEST(shield_around_the_run_does_not)
{
	struct scene s = { .waits = 0 };
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(run(wait_twice, &s), -EPIPE);
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(s.waited[0], -ECANCELED);
}

static int wait_in_regions(eg_group *g, void *arg)
{
	struct scene *s = arg;
	eg_timeout t;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	egt_eq(eg_timeout_begin(&t, eg_after(LONG)), 0);
	note(s, eg_sleep(2 * LONG));
	egt_eq(eg_timeout_move(&t, eg_after(2 * LONG)), 0);
	note(s, eg_sleep(LONG));
	/* It was not its own deadline. */
	egt_eq(eg_timeout_end(&t), 0);
	note(s, eg_sleep(LONG));
	return -ECANCELED;
}

EG_TEST(regions_inside_are_not_what_expired)
{
	struct scene s = { .waits = 0 };

	egt_eq(run(wait_in_regions, &s), -EPIPE);
	for (int i = 0; i < 3; i++)
		egt_eq(s.waited[i], -ECANCELED);
}

static int run_inner(eg_group *g, void *arg)
{
	struct scene *s = arg;
	int r;

	(void)g;
	r = run(wait_twice, s);
	/* The inner one's failure is over; out here nothing has failed. */
	egt_eq(eg_sleep(EG_MSEC), 0);
	return r == -EPIPE ? -EIO : r;
}

EG_TEST(inner_failure_ends_the_inner_function_only)
{
	struct scene s = { .waits = 0 };

	egt_eq(run(run_inner, &s), -EIO);
	egt_eq(s.waited[0], -ECANCELED);
}

static void *sleep_long(void *arg)
{
	struct scene *s = arg;

	note(s, eg_sleep(LONG));
	return NULL;
}

static int spawn_sleeper(eg_group *g, void *arg)
{
	egt_eq(eg_group_spawn(g, sleep_long, arg, NULL), 0);
	return 0;
}

static int run_around(eg_group *g, void *arg)
{
	struct scene *s = arg;
	int r;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	r = run(spawn_sleeper, s);
	note(s, r);
	return r;
}

EG_TEST(outer_failure_ends_the_inner_run_and_its_members)
{
	struct scene s = { .waits = 0 };

	egt_eq(run(run_around, &s), -EPIPE);
	egt_eq(s.waits, 2);
	egt_eq(s.waited[0], -ECANCELED);
	egt_eq(s.waited[1], -ECANCELED);
}

static void *run_wait_twice(void *arg)
{
	struct scene *s = arg;

	egt_eq(run(wait_twice, s), -EPIPE);
	/* Killed while the failure held: that is still to be heard of. */
	egt_eq(eg_sleep(LONG), -EIO);
	return NULL;
}

static void *kill_runner(void *arg)
{
	struct scene *s = arg;

	/* Until the member has failed, and the runner has not run yet. */
	egt_eq(eg_yield(), 0);
	egt_eq(eg_yield(), 0);
	return eg_kill(s->runner, -EIO, EG_FOREVER) == 0 ? s : NULL;
}

/* The run does not swallow a kill. */
EG_TEST(kill_outlives_the_failure)
{
	struct scene s = { .waits = 0 };
	eg_fiber *killer;

	egt_eq(eg_spawn(&s.runner, run_wait_twice, &s), 0);
	egt_eq(eg_spawn(&killer, kill_runner, &s), 0);
	egt_eq(eg_join(killer, NULL, EG_FOREVER), 0);
	egt_eq(eg_detach(s.runner), 0);
	egt_eq(s.waited[0], -ECANCELED);
	egt_eq(s.waited[1], -EIO);
}

static int fail_first(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	return -EIO;
}

/* The function's error was first: the member was cancelled for it. */
EG_TEST(first_error_is_the_function_s)
{
	struct scene s = { .waits = 0 };

	egt_eq(run(fail_first, &s), -EIO);
}

static int leave_region_open(eg_group *g, void *arg)
{
	struct scene *s = arg;
	static eg_timeout left, shield;

	egt_eq(eg_timeout_begin(&left, eg_after(LONG)), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	return 0;
}

/* What the function opened ends with it, closed or not. */
EG_TEST(regions_left_open_end_with_the_function)
{
	struct scene s = { .waits = 0 };
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(run(leave_region_open, &s), -EPIPE);
	egt_eq(eg_sleep(LONG), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
}

static int wait_exits(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_group_spawn(g, fail, s, NULL), 0);
	egt_eq(eg_group_spawn(g, sleep_long, s, NULL), 0);
	egt_eq(eg_yield(), 0);
	eg_exit(s);
	return 0;
}

static void *run_exits(void *arg)
{
	run(wait_exits, arg);
	return NULL;
}

/* Its region is gone by then. */
EG_TEST(member_fails_after_the_function_has_exited)
{
	struct scene s = { .waits = 0 };
	void *value = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, run_exits, &s), 0);
	egt_eq(eg_join(f, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &s);
	egt_eq(s.waited[0], -ECANCELED);
}
