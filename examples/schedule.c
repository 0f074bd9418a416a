/* SPDX-License-Identifier: MIT */
/*
 * Plain functions that the hub calls: at once, at a time, and not at all once
 * the fiber that asked for it has ended.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

static char by_the_hub[] = "called by the hub";
static char in_time[] = "called 10 ms later";
static char from_beyond[] = "called for a fiber that has ended";

static void say(void *what)
{
	printf("%s\n", (char *)what);
}

static void say_later(eg_timer *timer, void *what)
{
	(void)timer;
	say(what);
}

/* Takes its timer along: it is never called. */
static void *plan_and_leave(void *timer)
{
	eg_timer_init(timer, say_later, from_beyond);
	eg_timer_start_local(timer, eg_after(EG_MSEC));
	return NULL;
}

static int run(void *arg)
{
	eg_callback soon;
	eg_timer later, never;

	(void)arg;
	eg_callback_init(&soon, say, by_the_hub);
	eg_timer_init(&later, say_later, in_time);
	eg_callback_queue(&soon);
	eg_timer_start(&later, eg_after(10 * EG_MSEC));
	eg_spawn(NULL, plan_and_leave, &never);
	printf("scheduled\n");
	return eg_sleep(20 * EG_MSEC);
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
