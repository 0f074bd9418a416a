/* SPDX-License-Identifier: MIT */
/*
 * Calls of hub.h that make no sense.
 */
#include "bad_input.h"

static eg_task no_function;
static eg_hub_stats stats = { .size = sizeof(stats) };
static eg_hub_stats no_size;

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

#define ROWS(X)                                                                \
	X(eg_run, no_main, ANYWHERE, -EINVAL, eg_run(NULL, NULL, NULL, NULL))  \
	X(eg_run, nested, FIBER | HUB, -EBUSY,                                 \
	  eg_run(do_nothing, NULL, NULL, NULL))                                \
	X(eg_hub_self, no_hub, OUTSIDE, true, eg_hub_self() == NULL)           \
	X(eg_hub_self, in_hub, HUB | FIBER, true,                              \
	  eg_hub_self() == bad_ours.hub)                                       \
	X(eg_hub_ref, no_hub, ANYWHERE, true, eg_hub_ref(NULL) == NULL)        \
	X(eg_hub_unref, no_hub, ANYWHERE, true, eg_hub_unref(NULL) == NULL)    \
	X(eg_hub_post, no_hub, ANYWHERE, -EINVAL,                              \
	  eg_hub_post(NULL, &no_function))                                     \
	X(eg_hub_post, no_task, FIBER | HUB, -EINVAL,                          \
	  eg_hub_post(bad_ours.hub, NULL))                                     \
	X(eg_hub_post, no_function, FIBER | HUB, -EINVAL,                      \
	  eg_hub_post(bad_ours.hub, &no_function))                             \
	X(eg_hub_get_stats, no_stats, ANYWHERE, -EINVAL,                       \
	  eg_hub_get_stats(NULL))                                              \
	X(eg_hub_get_stats, no_size, ANYWHERE, -EINVAL,                        \
	  eg_hub_get_stats(&no_size))                                          \
	X(eg_hub_get_stats, no_hub, OUTSIDE, -EPERM, eg_hub_get_stats(&stats)) \
	X(eg_hub_backend, no_hub, OUTSIDE, true, eg_hub_backend() == NULL)     \
	X(eg_hub_backend, in_hub, HUB, true, eg_hub_backend() != NULL)

BAD_TABLE(bad_hub, "hub.h", ROWS)
