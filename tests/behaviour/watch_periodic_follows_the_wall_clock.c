/* SPDX-License-Identifier: MIT */
/*
 * Periodics fire at points of the wall clock (semantics LV-13): once, at
 * intervals, or when the user's function says; also when the clock is set.
 */
#include "watch_times.h"

#include <evergreen/hub.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

EG_TEST_BARE(an_absolute_periodic_fires_once)
{
	eg_loop *loop = new_loop(0);
	int64_t at = eg_loop_realtime(loop) + 20 * EG_MSEC;
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, at, 0);
	egt_eq(eg_watch_periodic_at(&p), at);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.count, 1);
	egt_eq(c.events, EG_PERIODIC);
	egt_le(at, c.realtime);
	if (egt_is_sim())
		egt_eq(c.realtime, at);
	egt_true(!eg_watcher_is_active(&p.watcher));
	egt_eq(eg_watch_periodic_at(&p), EG_FOREVER);
	eg_loop_free(loop);
}

EG_TEST_BARE(an_absolute_periodic_of_the_past_fires_at_once)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, -EG_SEC, 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.count, 1);
	eg_loop_free(loop);
}

EG_TEST_BARE(an_interval_fires_at_offset_plus_n_intervals)
{
	const int64_t interval = 10 * EG_MSEC, offset = 3 * EG_MSEC;
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;
	int64_t at;

	start_periodic(loop, &p, &c, offset, interval);
	while (c.count < 5) {
		int before = c.count;

		at = eg_watch_periodic_at(&p);
		egt_eq(at % interval, offset);
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
		if (c.count == before)
			continue;
		egt_le(at, c.realtime);
		if (egt_is_sim())
			egt_eq(c.realtime, at);
		egt_lt(c.realtime, eg_watch_periodic_at(&p));
	}
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(the_next_point_is_after_now_for_every_offset, .backends = EGT_SIM)
{
	/* Now is 1000 s. */
	static const struct {
		const char *label;
		int64_t offset, interval, next;
	} cases[] = {
		{ "none", 0, 7 * EG_SEC, 1001 * EG_SEC },
		{ "now is a point", 0, 10 * EG_SEC, 1010 * EG_SEC },
		{ "small", 3 * EG_SEC, 10 * EG_SEC, 1003 * EG_SEC },
		{ "in the past", 991 * EG_SEC, 10 * EG_SEC, 1001 * EG_SEC },
		{ "in the future", 5005 * EG_SEC, 10 * EG_SEC, 1005 * EG_SEC },
		{ "negative", -EG_SEC, 10 * EG_SEC, 1009 * EG_SEC },
		{ "the least", INT64_MIN, 2, 1000 * EG_SEC + 2 },
		{ "the most", INT64_MAX, 2, 1000 * EG_SEC + 1 },
		{ "a nanosecond", 5, 1, 1000 * EG_SEC + 1 },
		{ "long", 7, INT64_MAX, INT64_MAX },
		{ "long, far back", -(INT64_MAX - 1), INT64_MAX, INT64_MAX },
		{ "long, first", 2000 * EG_SEC, INT64_MAX, 2000 * EG_SEC },
	};
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;

	eg__watch_set_wall_clock(loop, 1000 * EG_SEC);
	egt_true(eg__watch_realtime_read(loop, true));
	egt_eq(eg_loop_realtime(loop), 1000 * EG_SEC);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		egt_case(cases[i].label);
		start_periodic(loop, &p, &c, cases[i].offset,
			       cases[i].interval);
		egt_eq(eg_watch_periodic_at(&p), cases[i].next);
		eg_watcher_stop(&p.watcher);
	}
	eg_loop_free(loop);
}

/* LV-13: what is late fires once, not once for each point. */
EG_TEST(a_late_interval_fires_once)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, 0, 10 * EG_MSEC);
	egt_eq(eg_sleep(55 * EG_MSEC), 0);
	run_turns(loop, 1);
	egt_eq(c.count, 1);
	egt_lt(c.realtime, eg_watch_periodic_at(&p));
	egt_le(eg_watch_periodic_at(&p), c.realtime + 10 * EG_MSEC);
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

struct planned {
	eg_watch_periodic periodic;
	struct calls calls;
	int64_t step; /* what the function adds to now */
	int64_t now;  /* what it was told */
	int asked;
};

static int64_t plan(eg_watch_periodic *periodic, int64_t now)
{
	struct planned *p = (struct planned *)(void *)periodic;

	p->asked++;
	p->now = now;
	return p->step == EG_FOREVER ? EG_FOREVER : now + p->step;
}

static void init_planned(struct planned *p, int64_t step)
{
	*p = (struct planned){ .step = step };
	egt_eq(eg_watch_periodic_init(&p->periodic, note_call, 0, 0, plan), 0);
	p->periodic.watcher.data = &p->calls;
}

EG_TEST_BARE(a_reschedule_function_says_when)
{
	eg_loop *loop = new_loop(0);
	struct planned p;
	int64_t at;

	init_planned(&p, 7 * EG_MSEC);
	egt_eq(eg_watcher_start(loop, &p.periodic.watcher), 0);
	egt_eq(p.now, eg_loop_realtime(loop));
	for (int i = 1; i <= 3; i++) {
		at = eg_watch_periodic_at(&p.periodic);
		egt_eq(at, p.now + 7 * EG_MSEC);
		while (p.calls.count < i)
			egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
		egt_eq(p.asked, i + 1);
		egt_le(at, p.calls.realtime);
		egt_eq(p.now, p.calls.realtime);
	}
	eg_watcher_stop(&p.periodic.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(a_reschedule_function_may_say_now_and_never)
{
	eg_loop *loop = new_loop(0);
	struct planned p;

	init_planned(&p, 0);
	egt_eq(eg_watcher_start(loop, &p.periodic.watcher), 0);
	run_turns(loop, 5);
	/* Once a turn. */
	egt_eq(p.calls.count, 5);
	p.step = EG_FOREVER;
	run_turns(loop, 5);
	egt_eq(p.calls.count, 6);
	egt_true(eg_watcher_is_active(&p.periodic.watcher));
	egt_eq(eg_watch_periodic_at(&p.periodic), EG_FOREVER);
	eg_watcher_stop(&p.periodic.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(a_reschedule_function_that_says_the_past_is_refused)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic other;
	struct planned p;

	init_planned(&p, -1);
	egt_eq(eg_watcher_start(loop, &p.periodic.watcher), -EINVAL);
	egt_true(!eg_watcher_is_active(&p.periodic.watcher));
	/* Refused, it has changed nothing: what is pending stays so. */
	egt_eq(eg_watcher_feed(loop, &p.periodic.watcher, EG_CUSTOM), 0);
	egt_eq(eg_watch_periodic_again(loop, &p.periodic), -EINVAL);
	egt_eq(eg_watcher_clear(&p.periodic.watcher), EG_CUSTOM);
	p.step = 0;
	egt_eq(eg_watcher_start(loop, &p.periodic.watcher), 0);
	start_periodic(loop, &other, &c, eg_loop_realtime(loop), 0);
	p.step = -1;
	egt_eq(eg_watch_periodic_again(loop, &p.periodic), -EINVAL);
	egt_true(eg_watcher_is_active(&p.periodic.watcher));
	/* Both fire, and nothing is left. */
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(p.calls.count, 1);
	egt_eq(p.calls.events, (int)EG_ERROR | EG_PERIODIC);
	egt_true(!eg_watcher_is_active(&p.periodic.watcher));
	egt_eq(c.count, 1);
	egt_eq(c.events, EG_PERIODIC);
	eg_loop_free(loop);
}

EG_TEST_BARE(a_jump_ahead_drops_the_points_of_an_interval)
{
	eg_loop *loop = new_loop(0);
	int64_t wall = eg_loop_realtime(loop);
	struct calls c = { 0 }, once = { 0 };
	eg_watch_periodic hourly, absolute;
	struct planned p;

	start_periodic(loop, &hourly, &c, wall + 3600 * EG_SEC, 3600 * EG_SEC);
	start_periodic(loop, &absolute, &once, wall + 3600 * EG_SEC, 0);
	init_planned(&p, 3600 * EG_SEC);
	egt_eq(eg_watcher_start(loop, &p.periodic.watcher), 0);
	set_wall_clock(loop, wall + 36000 * EG_SEC + 1800 * EG_SEC);
	run_turns(loop, 1);
	egt_eq(c.count, 0);
	egt_eq(eg_watch_periodic_at(&hourly), wall + 39600 * EG_SEC);
	egt_eq(p.calls.count, 0);
	egt_eq(p.asked, 2);
	egt_eq(eg_watch_periodic_at(&p.periodic), p.now + 3600 * EG_SEC);
	/* That one's time has been reached. */
	egt_eq(once.count, 1);
	egt_le(wall + 37800 * EG_SEC, once.realtime);
	eg_watcher_stop(&hourly.watcher);
	eg_watcher_stop(&p.periodic.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(a_jump_back_puts_periodics_off)
{
	eg_loop *loop = new_loop(0);
	int64_t wall = eg_loop_realtime(loop), start = eg_loop_now(loop);
	int64_t back = wall - 3600 * EG_SEC;
	struct calls c = { 0 }, once = { 0 };
	eg_watch_periodic hourly, absolute;

	start_periodic(loop, &hourly, &c, wall + EG_SEC, 3600 * EG_SEC);
	start_periodic(loop, &absolute, &once, wall + EG_SEC, 0);
	set_wall_clock(loop, back);
	egt_eq(eg_watch_periodic_at(&hourly), back + EG_SEC);
	egt_eq(eg_watch_periodic_at(&absolute), wall + EG_SEC);
	/* Loop time does not jump. */
	egt_le(start, eg_loop_now(loop));
	egt_lt(eg_loop_realtime(loop), wall);
	while (!c.count)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_le(back + EG_SEC, c.realtime);
	egt_eq(once.count, 0);
	eg_watcher_stop(&hourly.watcher);
	eg_watcher_stop(&absolute.watcher);
	eg_loop_free(loop);
}

EG_TEST_BARE(again_takes_changed_fields)
{
	eg_loop *loop = new_loop(0);
	int64_t wall = eg_loop_realtime(loop);
	struct calls c = { 0 };
	eg_watch_periodic p;

	start_periodic(loop, &p, &c, wall + 3600 * EG_SEC, 0);
	p.offset = wall + 7200 * EG_SEC;
	egt_eq(eg_watch_periodic_at(&p), wall + 3600 * EG_SEC);
	egt_eq(eg_watch_periodic_again(loop, &p), 0);
	egt_eq(eg_watch_periodic_at(&p), wall + 7200 * EG_SEC);
	p.interval = -1;
	egt_eq(eg_watch_periodic_again(loop, &p), -EINVAL);
	p.interval = 0;
	/* As if stopped: it is not pending. */
	egt_eq(eg_watcher_feed(loop, &p.watcher, EG_PERIODIC), 0);
	egt_eq(eg_watch_periodic_again(loop, &p), 0);
	egt_true(!eg_watcher_is_pending(&p.watcher));
	eg_watcher_stop(&p.watcher);
	/* And it starts an inactive one. */
	p.offset = wall;
	egt_eq(eg_watch_periodic_again(loop, &p), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.count, 1);
	eg_loop_free(loop);
}

static eg_watch_periodic *order[3];
static int ordered;

static void note_order(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	order[ordered++] = (eg_watch_periodic *)(void *)w;
}

EG_TEST(late_periodics_are_called_in_order_of_their_points)
{
	static const int64_t after_ms[] = { 3, 1, 2 };
	eg_loop *loop = new_loop(0);
	eg_watch_periodic p[3];

	for (int i = 0; i < 3; i++) {
		egt_eq(eg_watch_periodic_init(&p[i], note_order,
					      eg_loop_realtime(loop) +
						      after_ms[i] * EG_MSEC,
					      0, NULL),
		       0);
		egt_eq(eg_watcher_start(loop, &p[i].watcher), 0);
	}
	egt_eq(eg_sleep(10 * EG_MSEC), 0);
	run_turns(loop, 1);
	egt_eq(ordered, 3);
	egt_ptr_eq(order[0], &p[1]);
	egt_ptr_eq(order[1], &p[2]);
	egt_ptr_eq(order[2], &p[0]);
	eg_loop_free(loop);
}

static void stop_other(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)events;
	eg_watcher_stop(w->data);
}

/* LV-05 */
EG_TEST_BARE(a_periodic_that_is_due_can_be_stopped)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic first, second;

	start_periodic(loop, &second, &c, 1, 0);
	egt_eq(eg_watch_periodic_init(&first, stop_other, 0, 0, NULL), 0);
	first.watcher.data = &second;
	egt_eq(eg_watcher_start(loop, &first.watcher), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(c.count, 0);
	eg_loop_free(loop);
}

EG_TEST_BARE(the_first_periodic_asks_the_kernel_about_clock_changes)
{
	eg_loop *plain = new_loop(EG_LOOP_NO_TIMERFD), *loop = new_loop(0);
	int before = egt_fd_count();
	struct calls c = { 0 };
	eg_watch_periodic p[3];

	start_periodic(plain, &p[0], &c, EG_FOREVER, 0);
	egt_eq(egt_fd_count(), before);
	start_periodic(loop, &p[1], &c, EG_FOREVER, 0);
	start_periodic(loop, &p[2], &c, EG_FOREVER, 0);
	egt_eq(egt_fd_count(), before + !egt_is_sim());
	/* Which keeps no loop running. */
	eg_watcher_stop(&p[1].watcher);
	eg_watcher_stop(&p[2].watcher);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	eg_loop_free(plain);
	eg_loop_free(loop);
}

/* LV-29: the child's descriptor is its own. */
EG_TEST_BARE(periodics_go_on_in_a_fork_child)
{
	eg_loop *loop = new_loop(0);
	struct calls c = { 0 };
	eg_watch_periodic p;
	int status;
	pid_t pid;

	start_periodic(loop, &p, &c, 0, 10 * EG_MSEC);
	run_turns(loop, 1);
	pid = fork();
	egt_le(0, pid);
	if (!pid) {
		egt_eq(eg_loop_after_fork(loop), 0);
		while (c.count < 3)
			egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
		set_wall_clock(loop, 1000 * EG_SEC);
		egt_lt(eg_watch_periodic_at(&p), 1002 * EG_SEC);
		_exit(7);
	}
	egt_eq(waitpid(pid, &status, 0), pid);
	egt_eq(WEXITSTATUS(status), 7);
	eg_watcher_stop(&p.watcher);
	eg_loop_free(loop);
}

EG_TEST(a_fiber_waits_for_a_periodic)
{
	eg_watch_periodic p;
	int events = 0;
	eg_loop *loop;
	int64_t at;

	egt_eq(eg_loop_hub(&loop), 0);
	at = eg_loop_realtime(loop) + 20 * EG_MSEC;
	egt_eq(eg_watch_periodic_init(&p, NULL, at, 0, NULL), 0);
	egt_eq(eg_watcher_wait(loop, &p.watcher, &events, EG_FOREVER), 0);
	egt_eq(events, EG_PERIODIC);
	egt_le(at, eg_loop_realtime(loop));
	egt_true(!eg_watcher_is_active(&p.watcher));
}
