/* SPDX-License-Identifier: MIT */
/*
 * The harness's view of the library under test: runs a test's body as the main
 * fiber of a hub. The only file of the harness that includes evergreen.
 */
#include "harness.h"

#include "base/alloc.h"

#include <evergreen/hub.h>

struct body {
	void (*run)(void);
};

/* What was there when the last body returned, before the hub cleaned up. */
static struct egt_leaks at_return;

static int run_body(void *arg)
{
	const struct body *body = arg;
	eg_hub_stats stats = { .size = sizeof(stats) };

	body->run();
	if (eg_hub_get_stats(&stats) < 0)
		return 1;
	/* A fiber left over is one leak; its timer and ops are its own. */
	at_return.fibers += stats.fibers_alive - 1;
	if (stats.fibers_alive == 1) {
		at_return.timers += stats.timers_armed;
		at_return.ops += stats.ops_in_flight;
	}
	return 0;
}

struct egt_leaks egt_probe_leaks(void)
{
	struct egt_leaks leaks = at_return;

	leaks.bytes = eg__pages_live_bytes();
	return leaks;
}

int egt_run_in_hub(void (*run)(void))
{
	struct body body = { run };

	return eg_run(run_body, &body, NULL, NULL);
}
