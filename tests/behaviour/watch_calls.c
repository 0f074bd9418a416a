/* SPDX-License-Identifier: MIT */
/*
 * Counts the calls of a watcher, and runs a loop until they have come.
 */
#include "watch_calls.h"

void count_call(eg_loop *loop, eg_watcher *watcher, int events)
{
	struct calls *calls = watcher->data;

	(void)loop;
	calls->count++;
	calls->events = events;
}

eg_loop *make_loop(uint32_t flags)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;

	options.flags = flags;
	egt_eq(eg_loop_new(&loop, &options), 0);
	return loop;
}

void run_until(eg_loop *loop, const struct calls *calls, int count)
{
	while (calls->count < count)
		egt_le(0, eg_loop_run(loop, EG_RUN_ONCE));
}

void run_what_is_there(eg_loop *loop)
{
	for (int i = 0; i < 4; i++)
		egt_le(0, eg_loop_run(loop, EG_RUN_NOWAIT));
}
