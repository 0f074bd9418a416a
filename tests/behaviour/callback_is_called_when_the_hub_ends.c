/* SPDX-License-Identifier: MIT */
/*
 * What is queued when main returns is still called, and so is what that queues
 * (semantics HB-01); spawning is refused there.
 */
#include "fiber_trace.h"

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
	egt_str_eq(trace.text, "12");
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
