/* SPDX-License-Identifier: MIT */
/*
 * eg_group_run(): however its function ends, no member is left (semantics
 * SP-17).
 */
#include "fiber_trace.h"

#include <string.h>

/* Never over before it is cut short, on a busy machine. */
#define LONG (1000 * EG_SEC)

struct scene {
	struct trace trace;
	int result;	/* of the function */
	int64_t sleeps; /* each member, unless it is cut short */
	bool exits;
	eg_fiber *detached;
	eg_group *group;
	eg_sem sem;
};

static void *sleep_a_while(void *arg)
{
	struct scene *s = arg;
	eg_timeout shield;

	if (eg_sleep(s->sleeps) == 0) {
		trace_add(&s->trace, 's');
		return NULL;
	}
	/* Takes its time. */
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	trace_add(&s->trace, 'x');
	return NULL;
}

static void *fail_soon(void *arg)
{
	egt_eq(eg_sleep(EG_MSEC), 0);
	return eg_fail(-EPIPE, arg);
}

static int spawn_three(eg_group *g, void *arg)
{
	struct scene *s = arg;

	for (int i = 0; i < 3; i++)
		egt_eq(eg_group_spawn(g, sleep_a_while, s, NULL), 0);
	egt_eq(eg_yield(), 0);
	if (s->exits)
		eg_exit(s);
	return s->result;
}

EG_TEST(run_waits_for_the_members)
{
	struct scene s = { .sleeps = EG_MSEC };

	egt_eq(eg_group_run(spawn_three, &s, 0), 0);
	egt_str_eq(s.trace.text, "sss");
}

EG_TEST(run_of_a_function_that_fails_cancels_them)
{
	static const int errors[] = { -EIO, -ECANCELED, -ETIMEDOUT };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct scene s = { .result = errors[i], .sleeps = LONG };

		egt_eq(eg_group_run(spawn_three, &s, EG_GROUP_FAIL_FAST),
		       errors[i]);
		egt_str_eq(s.trace.text, "xxx");
	}
}

static int spawn_one_that_fails(eg_group *g, void *arg)
{
	egt_eq(spawn_three(g, arg), 0);
	return eg_group_spawn(g, fail_soon, arg, NULL);
}

EG_TEST(run_returns_the_first_error_of_a_member)
{
	struct scene s = { .sleeps = LONG };

	egt_eq(eg_group_run(spawn_one_that_fails, &s, EG_GROUP_FAIL_FAST),
	       -EPIPE);
	egt_str_eq(s.trace.text, "xxx");
}

EG_TEST(run_in_a_region_ends_in_time)
{
	struct scene s = { .sleeps = LONG };
	eg_timeout t;

	egt_eq(eg_timeout_begin(&t, eg_after(2 * EG_MSEC)), 0);
	egt_eq(eg_group_run(spawn_three, &s, 0), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	egt_str_eq(s.trace.text, "xxx");
}

static void *run_three(void *arg)
{
	struct scene *s = arg;

	s->result = eg_group_run(spawn_three, s, 0);
	trace_add(&s->trace, 'r');
	return s;
}

EG_TEST(run_that_is_cancelled_ends_them_first)
{
	struct scene s = { .sleeps = LONG };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, run_three, &s), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_FOREVER), 0);
	egt_eq(s.result, -EPIPE);
	egt_str_eq(s.trace.text, "xxxr");
	egt_eq(eg_detach(f), 0);
}

EG_TEST(exit_inside_run_ends_them_first)
{
	struct scene s = { .exits = true, .sleeps = LONG };
	void *value = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, run_three, &s), 0);
	egt_eq(eg_join(f, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &s);
	egt_str_eq(s.trace.text, "xxx");
}

static int run_inside(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(spawn_three(g, arg), 0);
	egt_eq(eg_group_run(spawn_three, s, 0), 0);
	trace_add(&s->trace, 'i');
	return -EIO;
}

EG_TEST(runs_nest)
{
	struct scene s = { .sleeps = EG_MSEC };

	egt_eq(eg_group_run(run_inside, &s, 0), -EIO);
	egt_str_eq(s.trace.text, "ssssssi");
}

static int spawn_nobody(eg_group *g, void *arg)
{
	egt_eq(eg_group_count(g), 0);
	return *(int *)arg;
}

EG_TEST(run_without_members_returns_at_once)
{
	int result = 0;

	egt_eq(eg_group_run(spawn_nobody, &result, 0), 0);
	result = -EIO;
	egt_eq(eg_group_run(spawn_nobody, &result, 0), -EIO);
	/* And takes back what it keeps for an exit. */
	egt_eq(eg_cleanup_pop(false), -ENOENT);
}

static void *note_own_end(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_sem_wait(&s->sem, EG_FOREVER), 0);
	trace_add(&s->trace, 'd');
	return NULL;
}

static int detach_one(eg_group *g, void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_spawn(&s->detached, note_own_end, s), 0);
	egt_eq(eg_group_add(g, s->detached), 0);
	egt_eq(spawn_three(g, arg), 0);
	egt_eq(eg_group_count(g), 4);
	egt_eq(eg_group_detach(g, s->detached), 0);
	egt_eq(eg_group_count(g), 3);
	return -EIO;
}

EG_TEST(detached_member_outlives_the_group)
{
	struct scene s = { .sleeps = LONG };

	egt_eq(eg_group_run(detach_one, &s, EG_GROUP_FAIL_FAST), -EIO);
	egt_str_eq(s.trace.text, "xxx");
	egt_eq(eg_sem_post(&s.sem), 0);
	egt_eq(eg_join(s.detached, NULL, EG_FOREVER), 0);
	egt_str_eq(s.trace.text, "xxxd");
}

/* The last one to leave lets the waiters go, as the end of one would. */
static void *detach_from(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_group_detach(s->group, s->detached), 0);
	return NULL;
}

EG_TEST(detaching_the_last_member_ends_the_wait)
{
	eg_group g = { 0 };
	struct scene s = { .group = &g };

	egt_eq(eg_spawn(&s.detached, note_own_end, &s), 0);
	egt_eq(eg_group_add(&g, s.detached), 0);
	egt_eq(eg_spawn(NULL, detach_from, &s), 0);
	egt_eq(eg_group_wait(&g, EG_FOREVER), 0);
	egt_str_eq(s.trace.text, "");
	egt_eq(eg_sem_post(&s.sem), 0);
	egt_eq(eg_join(s.detached, NULL, EG_FOREVER), 0);
}

EG_TEST(member_may_change_its_group)
{
	eg_group a = { 0 }, b = { 0 };
	struct scene s = { .group = &a };

	egt_eq(eg_spawn(&s.detached, note_own_end, &s), 0);
	egt_eq(eg_group_add(&a, s.detached), 0);
	egt_eq(eg_group_add(&b, s.detached), -EBUSY);
	egt_eq(eg_group_detach(&b, s.detached), -ENOENT);
	egt_eq(eg_group_detach(&a, s.detached), 0);
	egt_eq(eg_group_add(&b, s.detached), 0);
	egt_eq(eg_group_wait(&a, EG_FOREVER), 0);
	egt_eq(eg_sem_post(&s.sem), 0);
	egt_eq(eg_group_wait(&b, EG_FOREVER), 0);
	egt_str_eq(s.trace.text, "d");
	egt_eq(eg_group_add(&b, s.detached), -ESRCH);
	egt_eq(eg_detach(s.detached), 0);
}

static int lines;

static void count_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	lines += strstr(line, "deadlock") != NULL;
}

static void *ignore_cancelling(void *arg)
{
	struct scene *s = arg;
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sem_wait(&s->sem, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
	trace_add(&s->trace, 'e');
	return NULL;
}

static int spawn_stubborn(eg_group *g, void *arg)
{
	egt_eq(eg_group_spawn(g, ignore_cancelling, arg, NULL), 0);
	return eg_yield();
}

/* Nothing can end it: it is let go, for the group is on a frame. */
EG_TEST(run_lets_go_who_cannot_be_ended)
{
	struct scene s = { .result = 0 };

	eg_set_log(count_line, NULL);
	egt_eq(eg_group_run(spawn_stubborn, &s, 0), -EDEADLK);
	eg_set_log(NULL, NULL);
	egt_le(1, lines);
	egt_eq(eg_sem_post(&s.sem), 0);
	settle();
	egt_str_eq(s.trace.text, "e");
}

static int must_not_run(eg_group *g, void *arg)
{
	egt_fail("called with %p and %p", (void *)g, arg);
}

EG_TEST(run_checks_its_flags)
{
	egt_eq(eg_group_run(must_not_run, NULL, 8), -EINVAL);
}
