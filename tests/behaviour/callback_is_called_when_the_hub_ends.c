/* SPDX-License-Identifier: MIT */
/*
 * What is queued when the hub ends is still called; what that queues then is
 * not (semantics HB-01, HB-02). Spawning is refused there.
 */
#include "fiber_trace.h"

#include <string.h>

static struct trace trace;
static eg_callback first, second;

static void call_second(void *arg)
{
	(void)arg;
	trace_add(&trace, '2');
	egt_eq(eg_spawn(NULL, write_letter, NULL), -ECANCELED);
}

static void call_first(void *arg)
{
	(void)arg;
	egt_ptr_eq(eg_self(), NULL);
	trace_add(&trace, '1');
	egt_eq(eg_callback_init(&second, call_second, NULL), 0);
	egt_eq(eg_callback_queue(&second), 0);
}

static int queue_and_return(void *arg)
{
	(void)arg;
	egt_eq(eg_callback_init(&first, call_first, NULL), 0);
	egt_eq(eg_callback_queue(&first), 0);
	return 7;
}

EG_TEST_BARE(callback_queued_last_is_called)
{
	int status = 0;

	egt_eq(eg_run(queue_and_return, NULL, NULL, &status), 0);
	egt_eq(status, 7);
	egt_str_eq(trace.text, "1");
	egt_true(!eg_callback_is_pending(&second));
}

static void *queue_as_it_ends(void *arg)
{
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	queue_and_return(NULL);
	return arg;
}

static int leave_a_fiber(void *arg)
{
	egt_eq(eg_spawn(NULL, queue_as_it_ends, arg), 0);
	return eg_yield();
}

EG_TEST_BARE(callback_of_a_cancelled_fiber_is_called)
{
	egt_eq(eg_run(leave_a_fiber, NULL, NULL, NULL), 0);
	egt_str_eq(trace.text, "12");
}

static int queue_and_stop(void *arg)
{
	queue_and_return(arg);
	return eg_callback_stop(&first);
}

EG_TEST_BARE(callback_that_was_stopped_is_not_called_at_the_end)
{
	int status = -1;

	egt_eq(eg_run(queue_and_stop, NULL, NULL, &status), 0);
	egt_eq(status, 0);
	egt_str_eq(trace.text, "");
}

/* Those that queue themselves and each other, for ever. */
enum { MOST = 5, ROUNDS = 3 };

static eg_callback again[MOST];
static int calls[MOST];

static void queue_all(void *arg)
{
	++*(int *)arg;
	for (int i = 0; i < MOST; i++)
		if (calls[i] >= 0)
			egt_eq(eg_callback_queue(&again[i]), 0);
}

/* arg: how many; they may run before main returns, too. */
static int queue_for_ever(void *arg)
{
	int n = *(int *)arg;

	for (int i = 0; i < MOST; i++) {
		calls[i] = i < n ? 0 : -1;
		egt_eq(eg_callback_init(&again[i], queue_all, &calls[i]), 0);
		if (i < n)
			egt_eq(eg_callback_queue(&again[i]), 0);
	}
	return 0;
}

EG_TEST_BARE(callback_that_queues_itself_lets_the_hub_end)
{
	static const int counts[] = { 1, 2, MOST };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		int n = counts[i];

		egt_casef("%d", n);
		egt_eq(eg_run(queue_for_ever, &n, NULL, NULL), 0);
		for (int k = 0; k < MOST; k++) {
			egt_eq(calls[k], k < n ? 1 : -1);
			egt_true(!eg_callback_is_pending(&again[k]));
			/* Nothing leads to it any more. */
			memset(&again[k], 0x5a, sizeof(again[k]));
		}
	}
}

static int queue_and_yield(void *arg)
{
	egt_eq(queue_for_ever(arg), 0);
	for (int i = 0; i < ROUNDS; i++)
		egt_eq(eg_yield(), 0);
	return 0;
}

/* Dropped by one hub, it is any other's. */
EG_TEST_BARE(callback_that_was_dropped_may_be_queued_again)
{
	int n = 2;

	for (int i = 0; i < 2; i++) {
		egt_eq(eg_run(queue_and_yield, &n, NULL, NULL), 0);
		egt_lt(ROUNDS, calls[0]);
		egt_true(!eg_callback_is_pending(&again[0]));
		egt_true(!eg_callback_is_pending(&again[1]));
	}
}

static void stop_second(void *arg)
{
	trace_add(arg, '1');
	egt_true(eg_callback_is_pending(&second));
	egt_eq(eg_callback_stop(&second), 0);
}

static int queue_both(void *arg)
{
	egt_eq(eg_callback_init(&first, stop_second, arg), 0);
	egt_eq(eg_callback_init(&second, call_second, NULL), 0);
	egt_eq(eg_callback_queue(&first), 0);
	egt_eq(eg_callback_queue(&second), 0);
	return 0;
}

EG_TEST_BARE(callback_is_taken_back_while_the_hub_ends)
{
	egt_eq(eg_run(queue_both, &trace, NULL, NULL), 0);
	egt_str_eq(trace.text, "1");
}

/* What the ends of the hub's own values queue has nobody left to call it. */
static eg_local of_the_hub;

static void queue_as_destroyed(void *value)
{
	trace_add(value, 'd');
	egt_eq(eg_callback_queue(&second), 0);
}

static void set_in_the_hub(void *arg)
{
	egt_eq(eg_local_set(&of_the_hub, arg), 0);
}

static int leave_a_value(void *arg)
{
	egt_eq(eg_callback_init(&first, set_in_the_hub, arg), 0);
	egt_eq(eg_callback_init(&second, call_second, NULL), 0);
	return eg_callback_queue(&first);
}

EG_TEST_BARE(callback_of_the_hubs_last_act_is_dropped)
{
	egt_eq(eg_local_init(&of_the_hub, queue_as_destroyed, 0), 0);
	egt_eq(eg_run(leave_a_value, &trace, NULL, NULL), 0);
	egt_str_eq(trace.text, "d");
	egt_true(!eg_callback_is_pending(&second));
	egt_eq(eg_local_free(&of_the_hub), 0);
}

/* An error is reported all the same, however late it is let go. */
static eg_fiber *failed;

static void *fail(void *arg)
{
	return eg_fail(-EIO, arg);
}

static void let_go(void *arg)
{
	(void)arg;
	failed = eg_unref(failed);
}

static void note_error(const eg_error_info *info, void *arg)
{
	egt_eq(info->error, -EIO);
	trace_add(arg, 'e');
	egt_eq(eg_callback_queue(&second), 0);
}

static int leave_an_error(void *arg)
{
	egt_eq(eg_set_error_handler(note_error, arg), 0);
	egt_eq(eg_callback_init(&first, let_go, NULL), 0);
	egt_eq(eg_callback_init(&second, call_second, NULL), 0);
	egt_eq(eg_spawn(&failed, fail, NULL), 0);
	egt_eq(eg_fiber_wait(failed, EG_FOREVER), 0);
	return eg_callback_queue(&first);
}

EG_TEST_BARE(error_let_go_last_is_reported)
{
	egt_eq(eg_run(leave_an_error, &trace, NULL, NULL), 0);
	egt_str_eq(trace.text, "e");
	egt_true(!eg_callback_is_pending(&second));
}
