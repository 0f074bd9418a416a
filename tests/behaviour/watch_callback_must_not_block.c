/* SPDX-License-Identifier: MIT */
/*
 * In a callback every call that can wait is refused, by name, whoever runs the
 * loop: the hub, a fiber, or nobody but the caller.
 */
#include "timeout_calls.h"

#include <evergreen/debug.h>

#include <stdio.h>
#include <string.h>

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

struct attempt {
	const struct blocking_call *call;
	struct call_rig *rig;
	bool is_made;
};

static void attempt_it(eg_loop *loop, eg_watcher *watcher, int events)
{
	struct attempt *a = watcher->data;
	char want[64];

	(void)loop;
	(void)events;
	log_text[0] = '\0';
	egt_eq(a->call->call(a->rig, eg_after(EG_SEC)), -EPERM);
	snprintf(want, sizeof(want), "eg_%.*s would block the hub",
		 (int)strcspn(a->call->name, ","), a->call->name);
	egt_str_has(log_text, want);
	a->is_made = true;
}

static eg_loop *own_loop(void)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;

	options.backend = "epoll";
	options.flags = EG_LOOP_NO_ENV;
	egt_eq(eg_loop_new(&loop, &options), 0);
	return loop;
}

static void run_own(struct attempt *a)
{
	eg_loop *loop = own_loop();
	eg_watch_timer now;

	egt_eq(eg_watch_timer_init(&now, attempt_it, 0, 0), 0);
	now.watcher.data = a;
	egt_eq(eg_watcher_start(loop, &now.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(eg_loop_free(loop), 0);
}

static void run_hubs(struct attempt *a)
{
	eg_watch_timer now;
	eg_loop *loop;

	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(eg_watch_timer_init(&now, attempt_it, 0, 0), 0);
	now.watcher.data = a;
	egt_eq(eg_watcher_start(loop, &now.watcher), 0);
	while (!a->is_made)
		egt_eq(eg_sleep(EG_USEC), 0);
}

static void invoke(struct attempt *a)
{
	eg_loop *loop = own_loop();
	eg_watch_timer never;

	egt_eq(eg_watch_timer_init(&never, attempt_it, 0, 0), 0);
	never.watcher.data = a;
	egt_eq(eg_watcher_invoke(loop, &never.watcher, 0), 0);
	egt_eq(eg_watcher_feed(loop, &never.watcher, EG_CUSTOM), 0);
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
}

static void try_all(void (*run)(struct attempt *a))
{
	eg_set_log(catch_line, NULL);
	FOR_EACH_BLOCKING_CALL(c)
	{
		struct call_rig r;
		struct attempt a = { .call = c, .rig = &r };

		call_rig_init(&r, c);
		run(&a);
		egt_true(a.is_made);
		/* And the fiber may block again. */
		egt_eq(eg_sleep(EG_USEC), 0);
		call_rig_done(&r);
	}
	eg_set_log(NULL, NULL);
}

EG_TEST(watch_callback_of_a_fibers_loop_must_not_block)
{
	try_all(run_own);
}

EG_TEST(watch_callback_of_the_hubs_loop_must_not_block)
{
	try_all(run_hubs);
}

EG_TEST(watch_callback_invoked_by_a_fiber_must_not_block)
{
	try_all(invoke);
}
