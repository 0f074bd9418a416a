/* SPDX-License-Identifier: MIT */
/*
 * Callbacks and fibers come in the order in which they were asked for, once
 * each (semantics HB-01, HB-03). How long they may go on is another test's.
 */
#include "fiber_trace.h"

#include <string.h>

struct step {
	eg_callback callback;
	struct letter letter;
	struct step *queues; /* what it queues, or NULL */
	int again;	     /* how often it queues itself */
};

static void take_step(void *arg)
{
	struct step *s = arg;

	egt_true(!eg_callback_is_pending(&s->callback));
	trace_add(s->letter.trace, s->letter.letter);
	if (s->queues)
		egt_eq(eg_callback_queue(&s->queues->callback), 0);
	if (s->again-- > 0)
		egt_eq(eg_callback_queue(&s->callback), 0);
}

static void make_steps(struct step *s, int n, struct trace *t, char first)
{
	for (int i = 0; i < n; i++) {
		s[i] = (struct step){ .letter = { t, (char)(first + i) } };
		egt_eq(eg_callback_init(&s[i].callback, take_step, &s[i]), 0);
		egt_true(!eg_callback_is_pending(&s[i].callback));
	}
}

/* 'A' to 'Z' are callbacks, 'a' to 'z' fibers. */
static void ask_for(const char *order, struct step *s, struct letter *l,
		    struct trace *t)
{
	for (int i = 0; order[i]; i++) {
		if (order[i] < 'a') {
			struct step *one = &s[order[i] - 'A'];

			egt_eq(eg_callback_queue(&one->callback), 0);
			egt_true(eg_callback_is_pending(&one->callback));
			continue;
		}
		l[i] = (struct letter){ t, order[i] };
		egt_eq(eg_spawn(NULL, write_letter, &l[i]), 0);
	}
}

EG_TEST(callbacks_and_fibers_stand_in_one_line)
{
	static const char *const cases[] = {
		"A",	  "AB",
		"ABC",	  "aAbBcC",
		"AaBbCc", "abABcdCDefEF",
		"AaaaB",  "aAB",
		"ABa",	  "AaBCbcDEFdefG",
	};
	struct letter l[26];
	struct step s[26];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };

		egt_case(cases[i]);
		make_steps(s, 26, &t, 'A');
		ask_for(cases[i], s, l, &t);
		egt_str_eq(t.text, "");
		egt_eq(eg_yield(), 0);
		egt_str_eq(t.text, cases[i]);
	}
}

EG_TEST(callback_queued_twice_keeps_its_place)
{
	struct trace t = { .len = 0 };
	struct letter l[8];
	struct step s[3];

	make_steps(s, 3, &t, 'A');
	ask_for("AaBbAcCBA", s, l, &t);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "AaBbcC");
}

EG_TEST(callback_that_is_stopped_is_not_called)
{
	static const struct {
		const char *order, *stop, *then, *want;
	} cases[] = {
		{ "A", "A", "", "" },	      { "ABC", "B", "", "AC" },
		{ "AaBb", "A", "", "aBb" },   { "AaBb", "AB", "", "ab" },
		{ "AaBb", "A", "A", "aBbA" }, { "AaBb", "AB", "BcA", "abBcA" },
		{ "aABb", "A", "", "aBb" },   { "ABaC", "AB", "A", "aCA" },
		{ "A", "AAA", "AB", "AB" },
	};
	struct letter l[16];
	struct step s[3];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };

		egt_case(cases[i].order);
		make_steps(s, 3, &t, 'A');
		ask_for(cases[i].order, s, l, &t);
		for (const char *c = cases[i].stop; *c; c++) {
			egt_eq(eg_callback_stop(&s[*c - 'A'].callback), 0);
			egt_true(
				!eg_callback_is_pending(&s[*c - 'A'].callback));
		}
		ask_for(cases[i].then, s, l + 8, &t);
		egt_eq(eg_yield(), 0);
		egt_str_eq(t.text, cases[i].want);
		settle();
		egt_str_eq(t.text, cases[i].want);
	}
}

EG_TEST(callback_queues_others_and_itself)
{
	struct trace t = { .len = 0 };
	struct letter l[8];
	struct step s[4];

	make_steps(s, 4, &t, 'A');
	s[0].queues = &s[3];
	s[1].again = 2;
	/* Each once more, behind whoever came in between. */
	ask_for("AaBbC", s, l, &t);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "AaBbC");
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "AaBbCDB");
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "AaBbCDBB");
	settle();
	egt_str_eq(t.text, "AaBbCDBB");
}

/* What callbacks queue is called before the next look at the kernel, unless it
 * takes 5 ms: never so by the simulated clock. */
EG_TEST(callbacks_of_callbacks_need_no_turn, .backends = EGT_SIM)
{
	eg_hub_stats before = { .size = sizeof(before) }, after = before;
	struct trace t = { .len = 0 };
	struct step s[1];

	make_steps(s, 1, &t, 'A');
	s[0].again = 100;
	egt_eq(eg_sleep(EG_USEC), 0); /* a new turn's budget */
	egt_eq(eg_hub_get_stats(&before), 0);
	egt_eq(eg_callback_queue(&s[0].callback), 0);
	while (s[0].again >= 0)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_hub_get_stats(&after), 0);
	egt_eq(t.len, 101);
	egt_eq(after.turns, before.turns);
}

/* Free when its function is called. */
static void scribble(void *arg)
{
	eg_callback *c = *(eg_callback **)arg;

	*(eg_callback **)arg = NULL;
	memset(c, 0x5a, sizeof(*c));
}

EG_TEST(callback_may_go_away_inside_itself)
{
	eg_callback *arg[2];
	eg_callback c[2];

	for (int i = 0; i < 2; i++) {
		arg[i] = &c[i];
		egt_eq(eg_callback_init(&c[i], scribble, &arg[i]), 0);
		egt_eq(eg_callback_queue(&c[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_ptr_eq(arg[0], NULL);
	egt_ptr_eq(arg[1], NULL);
}

static void wakes(void *arg)
{
	egt_ptr_eq(eg_self(), NULL);
	egt_true(eg_hub_self());
	egt_eq(eg_event_set(arg), 1);
}

EG_TEST(callback_runs_in_the_hub_and_wakes_fibers)
{
	eg_event event = { 0 };
	eg_callback c;

	egt_eq(eg_callback_init(&c, wakes, &event), 0);
	egt_eq(eg_callback_queue(&c), 0);
	/* It is what is left to happen: no deadlock. */
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
}

static void stops_other(void *arg)
{
	egt_eq(eg_callback_stop(arg), 0);
}

EG_TEST(callback_stops_one_that_is_next)
{
	struct trace t = { .len = 0 };
	struct step s[2];
	eg_callback c;

	make_steps(s, 2, &t, 'A');
	egt_eq(eg_callback_init(&c, stops_other, &s[0].callback), 0);
	egt_eq(eg_callback_queue(&c), 0);
	egt_eq(eg_callback_queue(&s[0].callback), 0);
	egt_eq(eg_callback_queue(&s[1].callback), 0);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "B");
}

enum { MANY = 3000 };

/* Counts up: a callback makes it odd, a fiber even. */
static int steps;

static void step_odd(void *arg)
{
	(void)arg;
	egt_eq(steps++ & 1, 0);
}

static void *step_even(void *arg)
{
	egt_eq(steps++ & 1, 1);
	return arg;
}

EG_TEST(callbacks_fit_between_any_two_fibers)
{
	static eg_callback c[MANY];

	for (int i = 0; i < MANY; i++) {
		egt_eq(eg_callback_init(&c[i], step_odd, NULL), 0);
		egt_eq(eg_callback_queue(&c[i]), 0);
		egt_eq(eg_spawn(NULL, step_even, NULL), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(steps, 2 * MANY);
}
