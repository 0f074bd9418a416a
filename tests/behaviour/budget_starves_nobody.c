/* SPDX-License-Identifier: MIT */
/*
 * Floods of ready fibers do not keep I/O, timers or posts waiting (semantics
 * HB-02; class 6 of section 4).
 */
#include "fiber_trace.h"

#include <sys/socket.h>
#include <unistd.h>

enum {
	FLOODERS = 10,
	/* Two turns of the default budget, and what is under way. */
	SWITCHES_MAX = 2 * 1024 + 4 * FLOODERS,
};

struct flood {
	int fd[2];
	uint64_t switches; /* of flooders */
	uint64_t sent_at;  /* in switches */
	uint64_t seen_at;
	int64_t due;
	bool is_over;
};

static void *flood_with_yields(void *arg)
{
	struct flood *f = arg;

	while (!f->is_over) {
		f->switches++;
		egt_eq(eg_yield(), 0);
	}
	return NULL;
}

static void *flood_with_sleeps(void *arg)
{
	struct flood *f = arg;

	while (!f->is_over) {
		f->switches++;
		egt_eq(eg_sleep(0), 0);
	}
	return NULL;
}

static void *flood_with_spawns(void *arg)
{
	struct flood *f = arg;

	f->switches++;
	if (!f->is_over)
		egt_eq(eg_spawn(NULL, flood_with_spawns, f), 0);
	return NULL;
}

static const struct {
	const char *name;
	eg_fiber_fn *fn;
} floods[] = {
	{ "yields", flood_with_yields },
	{ "sleep(0)", flood_with_sleeps },
	{ "spawns", flood_with_spawns },
};

static void *read_five_times(void *arg)
{
	struct flood *f = arg;
	char c;

	for (int i = 0; i < 5; i++) {
		egt_eq(eg_read(f->fd[0], &c, 1, EG_FOREVER), 1);
		f->seen_at = f->switches;
	}
	return NULL;
}

static void start(struct flood *f, eg_fiber_fn *fn)
{
	for (int i = 0; i < FLOODERS; i++)
		egt_eq(eg_spawn(NULL, fn, f), 0);
	for (int i = 0; i < 100; i++)
		egt_eq(eg_yield(), 0);
}

EG_TEST(floods_do_not_starve_io)
{
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct flood f = { .is_over = false };
		eg_fiber *reader;

		egt_case(floods[i].name);
		egt_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, f.fd), 0);
		egt_eq(eg_spawn(&reader, read_five_times, &f), 0);
		start(&f, floods[i].fn);
		for (int n = 0; n < 5; n++) {
			f.seen_at = 0;
			f.sent_at = f.switches;
			egt_eq(write(f.fd[1], "x", 1), 1);
			while (!f.seen_at)
				egt_eq(eg_yield(), 0);
			egt_le(f.seen_at - f.sent_at, SWITCHES_MAX);
		}
		f.is_over = true;
		egt_eq(eg_join(reader, NULL, EG_FOREVER), 0);
		settle();
		egt_eq(eg_close(f.fd[0]), 0);
		egt_eq(close(f.fd[1]), 0);
	}
}

static void note_switches(eg_timer *timer, void *arg)
{
	struct flood *f = arg;

	(void)timer;
	f->seen_at = f->switches;
}

/* The simulated clock stands while anybody is ready. */
EG_TEST(floods_do_not_starve_timers, .backends = EGT_REAL)
{
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct flood f = { .is_over = false };
		eg_timer timer;

		egt_case(floods[i].name);
		egt_eq(eg_timer_init(&timer, note_switches, &f), 0);
		start(&f, floods[i].fn);
		f.due = eg_after(2 * EG_MSEC);
		egt_eq(eg_timer_start(&timer, f.due), 0);
		while (eg_now() < f.due && !f.seen_at)
			egt_eq(eg_yield(), 0);
		f.sent_at = f.switches;
		while (!f.seen_at)
			egt_eq(eg_yield(), 0);
		if (f.seen_at > f.sent_at)
			egt_le(f.seen_at - f.sent_at, SWITCHES_MAX);
		f.is_over = true;
		settle();
	}
}

static void note_task(eg_task *task, void *arg)
{
	(void)task;
	note_switches(NULL, arg);
}

EG_TEST(floods_do_not_starve_posts)
{
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct flood f = { .is_over = false };
		eg_task task = { .fn = note_task, .arg = &f };

		egt_case(floods[i].name);
		start(&f, floods[i].fn);
		f.sent_at = f.switches;
		egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
		while (!f.seen_at)
			egt_eq(eg_yield(), 0);
		egt_le(f.seen_at - f.sent_at, SWITCHES_MAX);
		f.is_over = true;
		settle();
	}
}

static int count_switches_of_a_turn(void *arg)
{
	eg_hub_stats s = { .size = sizeof(s) };
	uint64_t turns;

	egt_eq(eg_hub_get_stats(&s), 0);
	turns = s.turns;
	for (int i = 0; i < 1000; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_hub_get_stats(&s), 0);
	/* The first turn began before. */
	egt_le(1000 / *(int *)arg, s.turns - turns + 1);
	return 0;
}

EG_TEST_PLAIN(the_budget_is_the_hubs_option)
{
	static int budgets[] = { 1, 2, 10, 100, 1000 };

	for (size_t i = 0; i < ARRAY_LEN(budgets); i++) {
		eg_options o = EG_OPTIONS_INIT;

		egt_casef("%d switches a turn", budgets[i]);
		o.turn_budget = (uint32_t)budgets[i];
		egt_eq(eg_run(count_switches_of_a_turn, &budgets[i], &o, NULL),
		       0);
	}
}
