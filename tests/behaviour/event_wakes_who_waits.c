/* SPDX-License-Identifier: MIT */
/*
 * Events: set wakes all who wait, in order, whatever happens to the event
 * before they run (semantics EV-01 to EV-04, EV-11; class 1 of section 4).
 */
#include "fiber_trace.h"

struct waiting {
	eg_event *event;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *wait_and_write(void *arg)
{
	struct waiting *w = arg;

	w->result = eg_event_wait(w->event, w->deadline);
	return write_letter(&w->letter);
}

static void start(eg_fiber **f, struct waiting *w, size_t n, eg_event *event,
		  struct trace *t)
{
	for (size_t i = 0; i < n; i++) {
		w[i] = (struct waiting){ .event = event,
					 .letter = { t, (char)('a' + i) },
					 .deadline = EG_FOREVER,
					 .result = 1 };
		egt_eq(eg_spawn(&f[i], wait_and_write, &w[i]), 0);
	}
	egt_eq(eg_yield(), 0);
}

static void join(eg_fiber **f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST(set_wakes_everybody_in_order)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct waiting w[5];
	eg_fiber *f[5];

	start(f, w, 5, &event, &t);
	egt_eq(eg_event_set(&event), 5);
	egt_str_eq(t.text, "");
	egt_eq(eg_event_set(&event), 0);
	join(f, 5);
	egt_str_eq(t.text, "abcde");
	egt_true(eg_event_is_set(&event));
	for (int i = 0; i < 5; i++)
		egt_eq(w[i].result, 0);
}

EG_TEST(set_then_clear_wakes_all_the_same)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct waiting w[3];
	eg_fiber *f[3];

	start(f, w, 3, &event, &t);
	egt_eq(eg_event_set(&event), 3);
	egt_eq(eg_event_clear(&event), 0);
	egt_true(!eg_event_is_set(&event));
	join(f, 3);
	for (int i = 0; i < 3; i++)
		egt_eq(w[i].result, 0);
	egt_eq(eg_event_wait(&event, EG_NOW), -ETIMEDOUT);
}

EG_TEST(the_storage_may_go_when_they_have_been_woken)
{
	struct trace t = { .len = 0 };
	struct waiting w[3];
	eg_fiber *f[3];

	{
		eg_event event = { 0 };

		start(f, w, 3, &event, &t);
		egt_eq(eg_event_set(&event), 3);
		for (size_t i = 0; i < ARRAY_LEN(event._opaque); i++)
			event._opaque[i] = (void *)-1;
		__asm__ volatile("" ::"r"(&event) : "memory");
	}
	join(f, 3);
	egt_str_eq(t.text, "abc");
}

EG_TEST(a_waiter_that_gave_up_is_not_counted)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct waiting w[4];
	eg_fiber *f[4];

	start(f, w, 3, &event, &t);
	egt_eq(eg_cancel(f[1]), 0);
	w[3] = (struct waiting){ .event = &event,
				 .letter = { &t, 'd' },
				 .deadline = eg_after(EG_MSEC) };
	egt_eq(eg_spawn(&f[3], wait_and_write, &w[3]), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_str_eq(t.text, "bd");
	egt_eq(eg_event_set(&event), 2);
	join(f, 4);
	egt_str_eq(t.text, "bdac");
	egt_eq(w[1].result, -ECANCELED);
	egt_eq(w[3].result, -ETIMEDOUT);
}

EG_TEST(an_event_that_is_set_lets_pass_without_switching)
{
	static const int64_t deadlines[] = { EG_NOW, -1, EG_FOREVER };
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'x' };
	eg_event event;

	egt_eq(eg_event_init(&event), 0);
	egt_true(!eg_event_is_set(&event));
	egt_eq(eg_event_set(&event), 0);
	egt_eq(eg_spawn(NULL, write_letter, &l), 0);
	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++)
		egt_eq(eg_event_wait(&event, deadlines[i]), 0);
	egt_str_eq(t.text, "");
	egt_eq(eg_yield(), 0);
}

/* Set, clear and set again: a waiter is woken once for each time it waited. */
static void *wait_three_times(void *arg)
{
	struct waiting *w = arg;

	for (int i = 0; i < 3; i++)
		wait_and_write(w);
	return NULL;
}

EG_TEST(each_set_ends_one_wait)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct waiting w = { &event, { &t, 'w' }, EG_FOREVER, 1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_three_times, &w), 0);
	for (int i = 1; i <= 3; i++) {
		egt_eq(eg_yield(), 0);
		egt_eq(eg_event_set(&event), 1);
		egt_eq(eg_event_clear(&event), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(t.len, i);
	}
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}
