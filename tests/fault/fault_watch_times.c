/* SPDX-License-Identifier: MIT */
/*
 * Periodics, one-shot waits and what a foreign loop asks, with their n-th
 * allocation or system call failing, for every n: what is due comes all the
 * same, or the call that wanted it has said that it will not.
 */
#include "fault_rig.h"

#include <evergreen/loop.h>

enum { TURNS = 16 };

static eg_loop *open_loop(void)
{
	eg_loop_options o = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;

	o.backend = eg_hub_backend();
	return fault_ok(eg_loop_new(&loop, &o)) ? loop : NULL;
}

static bool run_turns(eg_loop *loop)
{
	bool is_well = true;

	for (int i = 0; i < TURNS; i++)
		is_well &= fault_ok(eg_loop_run(loop, EG_RUN_NOWAIT));
	return is_well;
}

static void count_call(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	++*(int *)w->data;
}

/* Without a descriptor that tells of clock changes it goes on, too. */
FAULT_TEST(fault_of_a_periodic)
{
	eg_loop *loop = open_loop();
	eg_watch_periodic p;
	bool is_well;
	int calls = 0;

	if (!loop)
		return 1;
	egt_eq(eg_watch_periodic_init(&p, count_call, 0, 0, NULL), 0);
	p.watcher.data = &calls;
	egt_eq(eg_watcher_start(loop, &p.watcher), 0);
	is_well = run_turns(loop);
	egt_eq(calls, 1);
	eg_loop_free(loop);
	return !is_well;
}

static void count_once(int events, void *arg)
{
	(void)events;
	++*(int *)arg;
}

FAULT_TEST(fault_of_a_wait_for_once)
{
	eg_loop *loop = open_loop();
	bool is_well = false;
	int calls = 0;
	int pair[2];

	if (!loop)
		return 1;
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	egt_eq(write(pair[1], "x", 1), 1);
	if (fault_ok(eg_loop_once(loop, pair[0], EG_READ, 0, count_once,
				  &calls))) {
		is_well = run_turns(loop);
		egt_eq(calls, 1);
	}
	eg_loop_free(loop);
	close(pair[0]);
	close(pair[1]);
	return !is_well;
}

FAULT_TEST(fault_of_a_loop_for_another)
{
	eg_loop *loop = open_loop();
	bool is_well = true;
	int64_t deadline;
	int fd;

	if (!loop)
		return 1;
	fd = eg_loop_fd(loop);
	if (fd != -ENOTSUP)
		is_well = fault_ok(fd);
	egt_eq(eg_loop_prepare(loop, &deadline), 0);
	is_well &= run_turns(loop);
	eg_loop_free(loop);
	return !is_well;
}
