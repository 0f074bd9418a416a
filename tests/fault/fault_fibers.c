/* SPDX-License-Identifier: MIT */
/*
 * Fibers, and what they wait on, under faults.
 */
#include "fault_rig.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { FIBERS = 100, VALUES = 10 };

FAULT_TEST(fault_of_a_hub)
{
	egt_eq(eg_yield(), 0);
	return 0;
}

static void *yields(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		egt_eq(eg_yield(), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_many_fibers)
{
	eg_fiber *f[FIBERS];
	bool is_well = true;

	for (int i = 0; i < FIBERS; i++)
		f[i] = fault_spawn(yields, NULL);
	for (int i = 0; i < FIBERS; i++)
		is_well &= fault_join(f[i]);
	return !is_well;
}

/* Left to eg_run(), which cancels them. */
static void *sleeps_for_ever(void *arg)
{
	(void)arg;
	egt_eq(eg_sleep_until(EG_FOREVER), -ECANCELED);
	return NULL;
}

FAULT_TEST(fault_of_fibers_left_behind)
{
	bool is_well = true;

	for (int i = 0; i < 10; i++)
		is_well &= fault_ok(eg_spawn(NULL, sleeps_for_ever, NULL));
	egt_eq(eg_yield(), 0);
	return !is_well;
}

struct wires {
	eg_chan *there, *back;
};

static void *returns_values(void *arg)
{
	const struct wires *w = arg;
	int value;

	while (eg_chan_recv(w->there, &value, EG_FOREVER) == 0)
		if (eg_chan_send(w->back, &value, EG_FOREVER) < 0)
			break;
	return FAULT_RESULT(true);
}

static bool exchange(const struct wires *w)
{
	eg_fiber *f = fault_spawn(returns_values, (void *)(uintptr_t)w);
	int value;

	if (!f)
		return false;
	for (int i = 0; i < VALUES; i++) {
		egt_eq(eg_chan_send(w->there, &i, EG_FOREVER), 0);
		egt_eq(eg_chan_recv(w->back, &value, EG_FOREVER), 0);
		egt_eq(value, i);
	}
	egt_eq(eg_chan_close(w->there), 0);
	return fault_join(f);
}

FAULT_TEST(fault_of_channels)
{
	struct wires w = { NULL, NULL };
	bool is_well = fault_ok(eg_chan_new(&w.there, sizeof(int), 0)) &&
		       fault_ok(eg_chan_new(&w.back, sizeof(int), 1)) &&
		       exchange(&w);

	eg_chan_unref(w.there);
	eg_chan_unref(w.back);
	return !is_well;
}

FAULT_TEST(fault_of_a_group)
{
	bool is_well = true;
	eg_group group;

	egt_eq(eg_group_init(&group), 0);
	for (int i = 0; i < 5; i++)
		is_well &= fault_ok(eg_group_spawn(&group, yields, NULL, NULL));
	for (int i = 0; i < 5; i++)
		is_well &= fault_ok(
			eg_group_spawn(&group, sleeps_for_ever, NULL, NULL));
	egt_eq(eg_yield(), 0);
	egt_eq(eg_group_done(&group), 0);
	return !is_well;
}

static void count_ticks(eg_timer *timer, void *arg)
{
	int *ticks = arg;

	(void)timer;
	++*ticks;
}

FAULT_TEST(fault_of_timers)
{
	eg_timeout region;
	eg_timer timer;
	int ticks = 0;

	egt_eq(eg_timer_init(&timer, count_ticks, &ticks), 0);
	egt_eq(eg_timer_start(&timer, eg_after(100 * EG_USEC)), 0);
	egt_eq(eg_sleep(200 * EG_USEC), 0);
	egt_eq(ticks, 1);
	egt_eq(eg_timeout_begin(&region, eg_after(100 * EG_USEC)), 0);
	egt_eq(eg_sleep(EG_SEC), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
	return 0;
}

static void count_cleanup(void *arg)
{
	int *n = arg;

	++*n;
}

static void *pushes(void *arg)
{
	int n = 0;

	for (int i = 0; i < 5; i++)
		n += fault_ok(eg_cleanup_push(count_cleanup, arg));
	eg_exit(FAULT_RESULT(n == 5));
	return NULL;
}

FAULT_TEST(fault_of_cleanups)
{
	int ran = 0;
	bool is_well = fault_join(fault_spawn(pushes, &ran));

	egt_true(!is_well || ran == 5);
	return !is_well;
}

struct mail {
	eg_hub *hub;
	eg_task tasks[VALUES];
	eg_event event;
	int came;
};

static void take_mail(eg_task *task, void *arg)
{
	struct mail *m = arg;

	egt_ptr_eq(task, &m->tasks[m->came]);
	if (++m->came == VALUES)
		egt_le(0, eg_event_set(&m->event));
}

static void *posts(void *arg)
{
	struct mail *m = arg;

	for (int i = 0; i < VALUES; i++)
		egt_eq(eg_hub_post(m->hub, &m->tasks[i]), 0);
	eg_hub_unref(m->hub);
	return NULL;
}

FAULT_TEST(fault_of_posts)
{
	struct mail m = { .hub = eg_hub_ref(eg_hub_self()) };
	pthread_t thread;

	egt_eq(eg_event_init(&m.event), 0);
	for (int i = 0; i < VALUES; i++)
		m.tasks[i] = (eg_task){ .fn = take_mail, .arg = &m };
	egt_eq(pthread_create(&thread, NULL, posts, &m), 0);
	egt_eq(eg_event_wait(&m.event, EG_FOREVER), 0);
	egt_eq(m.came, VALUES);
	egt_eq(pthread_join(thread, NULL), 0);
	return 0;
}

static int refusals;

static void count_refusals(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	refusals += strstr(line, "cannot wait") != NULL;
}

static int sleep_a_little(void *arg)
{
	(void)arg;
	return eg_sleep(EG_MSEC);
}

EG_TEST_PLAIN(fault_of_many_waits_is_reported_once)
{
	static const struct {
		const char *backend;
		long nr;
	} cases[] = {
		{ "io_uring", SYS_io_uring_enter },
		{ "epoll", SYS_epoll_pwait2 },
	};

	unsetenv("EG_BACKEND");
	eg_set_log(count_refusals, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_options options = EG_OPTIONS_INIT;
		int status = -1;

		egt_case(cases[i].backend);
		options.backend = cases[i].backend;
		refusals = 0;
		eg__faults = (struct eg_faults){ .countdown = 2 - (int)i,
						 .more = 20,
						 .error = -ENOMEM,
						 .only_nr = cases[i].nr };
		if (eg_run(sleep_a_little, NULL, &options, &status) == -ENOSYS)
			continue;
		egt_eq(status, 0);
		egt_eq(refusals, 1);
	}
}
