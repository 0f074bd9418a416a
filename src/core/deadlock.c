/* SPDX-License-Identifier: MIT */
/*
 * When nothing can run any more: says who waits for what, and ends the main
 * fiber's wait with -EDEADLK, so that the program can go on or end.
 */
#include "base/check.h"
#include "base/log.h"
#include "core/info.h"
#include "core/park.h"
#include "core/switch.h"

#include <errno.h>

static void report_fiber(struct eg_fiber *f)
{
	char line[EG_INFO_LINE];

	if (f->state != EG_FIBER_PARKED)
		return;
	eg__info_line(f, line, sizeof(line));
	eg__log(EG_LOG_ERROR, "  %s", line);
}

static void report_visited(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	(void)arg;
	if (!(f->flags & EG_FIBER_IS_IDLE))
		report_fiber(f);
}

void eg__deadlock(struct eg_hub *hub)
{
	struct eg_fiber *bottom = eg__hub_bottom(hub);

	/* Nothing is ready, so who never dies is parked. */
	EG_CHECK(bottom->state == EG_FIBER_PARKED);
	eg__log(EG_LOG_ERROR,
		"deadlock: %lu fibers wait, and no I/O, timer or thread is left that could wake them",
		hub->fibers_alive);
	report_fiber(bottom);
	eg__stack_pool_each(&hub->stacks, report_visited, NULL);
	eg__abort_wait(&bottom->wait, -EDEADLK);
}
