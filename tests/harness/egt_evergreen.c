/* SPDX-License-Identifier: MIT */
/*
 * The harness's view of the library under test: runs a test's body as the main
 * fiber of a hub. The only file of the harness that includes evergreen.
 */
#include "harness.h"

#include <evergreen/hub.h>

struct body {
	void (*run)(void);
};

static int run_body(void *arg)
{
	const struct body *body = arg;

	body->run();
	return 0;
}

int egt_run_in_hub(void (*run)(void))
{
	struct body body = { run };

	return eg_run(run_body, &body, NULL, NULL);
}
