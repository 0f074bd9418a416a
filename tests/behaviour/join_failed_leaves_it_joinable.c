/* SPDX-License-Identifier: MIT */
/*
 * eg_join() that fails: the target stays joinable, its waiter is gone, and the
 * result is not written (semantics SP-05; class 2 of section 4).
 */
#include "fiber_trace.h"

static void *wait_for(void *arg)
{
	egt_eq(eg_event_wait(arg, EG_FOREVER), 0);
	return arg;
}

EG_TEST(join_times_out_and_can_be_repeated)
{
	eg_event end = { 0 };
	void *result = NULL;
	int64_t start;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_for, &end), 0);
	for (int i = 0; i < 3; i++) {
		start = eg_now();
		egt_eq(eg_join(f, &result, eg_after(5 * EG_MSEC)), -ETIMEDOUT);
		egt_le(5 * EG_MSEC, eg_now() - start);
		if (egt_is_sim())
			egt_eq(eg_now() - start, 5 * EG_MSEC);
		egt_ptr_eq(result, NULL);
	}
	egt_eq(eg_join(f, &result, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_event_set(&end), 1);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &end);
}

struct joining {
	eg_fiber *target;
	int64_t deadline;
	int result;
	void *value;
};

static void *join_target(void *arg)
{
	struct joining *j = arg;

	j->result = eg_join(j->target, &j->value, j->deadline);
	return NULL;
}

static void *join_myself(void *arg)
{
	(void)arg;
	egt_eq(eg_join(eg_self(), NULL, EG_FOREVER), -EDEADLK);
	egt_eq(eg_join(eg_self(), NULL, EG_NOW), -EDEADLK);
	return NULL;
}

EG_TEST(join_refuses_what_makes_no_sense)
{
	eg_event end = { 0 };
	struct joining j = { .deadline = EG_FOREVER, .result = 1 };
	eg_fiber *joiner, *f;

	egt_eq(eg_join(eg_self(), NULL, EG_FOREVER), -EDEADLK);
	egt_eq(eg_spawn(&f, join_myself, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);

	egt_eq(eg_spawn(&j.target, wait_for, &end), 0);
	egt_eq(eg_spawn(&joiner, join_target, &j), 0);
	settle();
	egt_eq(eg_join(j.target, NULL, EG_FOREVER), -EBUSY);
	egt_eq(eg_join(j.target, NULL, EG_NOW), -EBUSY);
	egt_eq(eg_detach(j.target), -EBUSY);
	egt_eq(eg_event_set(&end), 1);
	egt_eq(eg_join(joiner, NULL, EG_FOREVER), 0);
	egt_eq(j.result, 0);
}

/* The joiner has left: the end of the target must not wake it again. */
EG_TEST(a_cancelled_joiner_is_forgotten)
{
	eg_event end = { 0 };
	struct joining j = { .deadline = EG_FOREVER };
	void *result = NULL;
	eg_fiber *joiner;

	egt_eq(eg_spawn(&j.target, wait_for, &end), 0);
	egt_eq(eg_spawn(&joiner, join_target, &j), 0);
	settle();
	egt_eq(eg_cancel(joiner), 0);
	egt_eq(eg_event_set(&end), 1);
	egt_eq(eg_join(joiner, NULL, EG_FOREVER), 0);
	egt_eq(j.result, -ECANCELED);
	egt_ptr_eq(j.value, NULL);
	egt_eq(eg_join(j.target, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, &end);
}

static void *sleep_until(void *arg)
{
	egt_eq(eg_sleep_until(*(int64_t *)arg), 0);
	return arg;
}

/* Both are due at the same time: what counts is which timer was set first. */
EG_TEST(a_joiner_that_times_out_as_the_target_ends)
{
	for (int i = 0; i < 2; i++) {
		int64_t due = eg_after(5 * EG_MSEC);
		struct joining j = { .deadline = due };
		eg_fiber *joiner = NULL;

		egt_case(i ? "the joiner waits first" : "the target first");
		egt_eq(eg_spawn(&j.target, sleep_until, &due), 0);
		if (!i)
			settle();
		egt_eq(eg_spawn(&joiner, join_target, &j), 0);
		egt_eq(eg_join(joiner, NULL, EG_FOREVER), 0);
		/* The target can end only when it runs again: too late. */
		if (egt_is_sim())
			egt_eq(j.result, -ETIMEDOUT);
		egt_true(j.result == 0 || j.result == -ETIMEDOUT);
		if (j.result)
			egt_eq(eg_join(j.target, NULL, EG_FOREVER), 0);
	}
}

/* The target has ended, the joiner is ready but has not run: success stays. */
EG_TEST(a_joiner_cancelled_after_the_end_still_has_the_result)
{
	eg_event end = { 0 };
	struct joining j = { .deadline = EG_FOREVER, .result = 1 };
	eg_fiber *joiner;

	egt_eq(eg_spawn(&j.target, wait_for, &end), 0);
	egt_eq(eg_spawn(&joiner, join_target, &j), 0);
	settle();
	egt_eq(eg_event_set(&end), 1);
	/* The target runs and ends; the joiner is behind us in the queue. */
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(joiner), 0);
	egt_eq(eg_join(joiner, NULL, EG_FOREVER), 0);
	egt_eq(j.result, 0);
	egt_ptr_eq(j.value, &end);
}
