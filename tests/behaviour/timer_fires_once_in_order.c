/* SPDX-License-Identifier: MIT */
/*
 * Timers with a callback: order, rearming, stopping, also in the very turn in
 * which they are due (semantics LV-05, LV-11).
 */
#include "fiber_trace.h"

struct alarm {
	eg_timer timer;
	struct letter letter;
	struct alarm *other; /* stopped or started by the callback */
	int64_t again;	     /* deadline for @other */
	int fired;
};

static void ring(eg_timer *timer, void *arg)
{
	struct alarm *a = arg;

	egt_ptr_eq(timer, &a->timer);
	egt_ptr_eq(eg_self(), NULL);
	egt_true(eg_hub_self());
	a->fired++;
	write_letter(&a->letter);
}

static void alarm_init(struct alarm *a, eg_timer_fn *fn, struct trace *t,
		       char letter)
{
	*a = (struct alarm){ .letter = { t, letter } };
	egt_eq(eg_timer_init(&a->timer, fn, a), 0);
}

EG_TEST(timers_fire_in_order_of_their_deadlines)
{
	static const int64_t after_ms[] = { 4, 1, 2, 1, 3, -5, 0 };
	struct alarm a[ARRAY_LEN(after_ms)];
	struct trace t = { .len = 0 };
	int64_t start = eg_now();

	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		alarm_init(&a[i], ring, &t, (char)('a' + i));
		egt_eq(eg_timer_start(&a[i].timer,
				      start + after_ms[i] * EG_MSEC),
		       0);
	}
	/* None from inside the call that arms it. */
	egt_str_eq(t.text, "");
	egt_eq(eg_sleep_until(start + 10 * EG_MSEC), 0);
	egt_str_eq(t.text, "fgbdcea");
}

static void note_time(eg_timer *timer, void *arg)
{
	(void)timer;
	*(int64_t *)arg = eg_now();
}

EG_TEST(a_timer_is_never_early)
{
	int64_t fired_at = 0;
	int64_t deadline;
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, note_time, &fired_at), 0);
	for (int i = 1; i < 8; i++) {
		deadline = eg_after(i * 300 * EG_USEC + i);
		egt_eq(eg_timer_start(&timer, deadline), 0);
		egt_eq(eg_sleep_until(deadline + EG_USEC), 0);
		egt_le(deadline, fired_at);
		if (egt_is_sim())
			egt_eq(fired_at, deadline);
	}
}

EG_TEST(a_timer_is_moved_stopped_and_used_again)
{
	struct trace t = { .len = 0 };
	struct alarm a;

	alarm_init(&a, ring, &t, 'a');
	egt_eq(eg_timer_stop(&a.timer), 0);
	egt_eq(eg_timer_start(&a.timer, eg_after(EG_MSEC)), 0);
	egt_eq(eg_timer_start(&a.timer, eg_after(EG_SEC)), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(a.fired, 0);
	egt_eq(eg_timer_start(&a.timer, EG_NOW), 0);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(a.fired, 1);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(a.fired, 1);
	egt_eq(eg_timer_start(&a.timer, eg_after(EG_MSEC)), 0);
	egt_eq(eg_timer_stop(&a.timer), 0);
	egt_eq(eg_timer_stop(&a.timer), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(a.fired, 1);
}

EG_TEST(forever_stops_a_timer)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	struct trace t = { .len = 0 };
	struct alarm a;

	alarm_init(&a, ring, &t, 'a');
	egt_eq(eg_timer_start(&a.timer, EG_FOREVER), 0);
	egt_eq(eg_timer_start(&a.timer, eg_after(EG_MSEC)), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 1);
	egt_eq(eg_timer_start(&a.timer, EG_FOREVER), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(a.fired, 0);
}

static void stop_other(eg_timer *timer, void *arg)
{
	struct alarm *a = arg;

	ring(timer, arg);
	egt_eq(eg_timer_stop(&a->other->timer), 0);
}

/* All are due in one turn: whoever comes first stops the next. */
EG_TEST(a_callback_stops_a_timer_due_in_the_same_turn)
{
	struct trace t = { .len = 0 };
	struct alarm a[4];

	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		alarm_init(&a[i], i == 3 ? ring : stop_other, &t,
			   (char)('a' + i));
		egt_eq(eg_timer_start(&a[i].timer, EG_NOW), 0);
	}
	a[0].other = &a[1];
	a[1].other = &a[2];
	a[2].other = &a[0];
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_str_eq(t.text, "acd");
}

static uint64_t turns(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.turns;
}

struct again {
	eg_timer timer;
	int64_t deadline;
	int left;
	uint64_t last_turn;
};

static void ring_again(eg_timer *timer, void *arg)
{
	struct again *a = arg;

	egt_lt(a->last_turn, turns());
	a->last_turn = turns();
	if (a->left-- > 0)
		egt_eq(eg_timer_start(timer, a->deadline), 0);
}

/* Also with a deadline that has passed: others get their turn. */
EG_TEST(a_timer_rearmed_in_its_callback_fires_a_turn_later)
{
	static const int64_t deadlines[] = { EG_NOW, -1, 5 };

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
		struct again a = { .deadline = deadlines[i], .left = 20 };

		egt_casef("deadline %jd", (intmax_t)deadlines[i]);
		egt_eq(eg_timer_init(&a.timer, ring_again, &a), 0);
		egt_eq(eg_timer_start(&a.timer, EG_NOW), 0);
		while (a.left >= 0)
			egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(a.left, -1);
	}
}

static void start_other(eg_timer *timer, void *arg)
{
	struct alarm *a = arg;

	ring(timer, arg);
	egt_eq(eg_timer_start(&a->other->timer, a->again), 0);
}

EG_TEST(a_callback_moves_a_timer_due_in_the_same_turn)
{
	struct trace t = { .len = 0 };
	struct alarm a[3];

	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		alarm_init(&a[i], i ? ring : start_other, &t, (char)('a' + i));
		egt_eq(eg_timer_start(&a[i].timer, EG_NOW), 0);
	}
	a[0].other = &a[1];
	a[0].again = eg_after(EG_MSEC);
	egt_eq(eg_sleep(100 * EG_USEC), 0);
	if (egt_is_sim())
		egt_str_eq(t.text, "ac");
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_str_eq(t.text, "acb");
}

static void spawn_a_fiber(eg_timer *timer, void *arg)
{
	(void)timer;
	egt_eq(eg_spawn(NULL, write_letter, arg), 0);
}

EG_TEST(a_callback_may_spawn_and_wake)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 's' };
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, spawn_a_fiber, &l), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_str_eq(t.text, "s");
}

static void set_event(eg_timer *timer, void *arg)
{
	(void)timer;
	egt_eq(eg_event_set(arg), 1);
}

EG_TEST(a_callback_wakes_a_fiber_that_nothing_else_would)
{
	eg_event event = { 0 };
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, set_event, &event), 0);
	egt_eq(eg_timer_start(&timer, eg_after(EG_MSEC)), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
}

EG_TEST(ten_thousand_timers_fire_in_order, .backends = EGT_SIM)
{
	enum { TIMERS = 10000 };
	static int64_t fired_at[TIMERS];
	static eg_timer timers[TIMERS];
	int64_t start = eg_now();
	uint32_t random = 1;

	for (int i = 0; i < TIMERS; i++) {
		egt_eq(eg_timer_init(&timers[i], note_time, &fired_at[i]), 0);
		random = random * 1664525 + 1013904223;
		egt_eq(eg_timer_start(&timers[i], start + (random >> 4)), 0);
	}
	egt_eq(eg_sleep(EG_SEC), 0);
	random = 1;
	for (int i = 0; i < TIMERS; i++) {
		random = random * 1664525 + 1013904223;
		egt_eq(fired_at[i], start + (random >> 4));
	}
}
