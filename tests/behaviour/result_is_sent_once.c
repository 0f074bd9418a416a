/* SPDX-License-Identifier: MIT */
/*
 * Results: a value or an error, sent once, for any number of fibers (semantics
 * EV-06, EV-07, EV-09, EV-10, EV-11).
 */
#include "fiber_trace.h"

#include <limits.h>

static int things[3];

/* What one test sends: an error, or a value if that is 0. */
struct sent {
	const char *name;
	int error;
	void *value;
};

static const struct sent sents[] = {
	{ "a value", 0, &things[0] },
	{ "the value NULL", 0, NULL },
	{ "an error", -EIO, NULL },
	{ "an error with a payload", -EIO, &things[1] },
	{ "the error of a wait", -ETIMEDOUT, &things[1] },
	{ "the error of a cancel", -ECANCELED, NULL },
	{ "the largest errno", -4095, NULL },
	{ "the smallest errno", -1, NULL },
};

static int send_it(eg_result *result, const struct sent *s)
{
	return s->error ? eg_result_fail(result, s->error, s->value)
			: eg_result_set(result, s->value);
}

struct getter {
	eg_result *result;
	struct letter letter;
	int64_t deadline;
	void *value;
	int got;
};

static void *get(void *arg)
{
	struct getter *g = arg;

	g->got = eg_result_get(g->result, &g->value, g->deadline);
	return write_letter(&g->letter);
}

/* @n fibers that wait: a, b, c ... */
static void queue_up(eg_fiber **f, struct getter *g, size_t n,
		     eg_result *result, struct trace *t)
{
	for (size_t i = 0; i < n; i++) {
		g[i] = (struct getter){ .result = result,
					.letter = { t, (char)('a' + i) },
					.deadline = EG_FOREVER,
					.value = &things[2],
					.got = 1 };
		egt_eq(eg_spawn(&f[i], get, &g[i]), 0);
	}
	settle();
}

static void join_all(eg_fiber **f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

/* EV-06, EV-07, EV-10: who gets after the sending; NULL is a value too. */
EG_TEST(a_result_sent_is_got_without_a_wait)
{
	struct trace t = { .len = 0 };
	struct letter other = { &t, 'x' };

	for (size_t i = 0; i < ARRAY_LEN(sents); i++) {
		static const int64_t deadlines[] = { EG_NOW, -1, EG_FOREVER };
		eg_result result = { 0 };

		egt_case(sents[i].name);
		egt_eq(send_it(&result, &sents[i]), 0);
		egt_eq(eg_spawn(NULL, write_letter, &other), 0);
		for (size_t j = 0; j < ARRAY_LEN(deadlines); j++) {
			void *value = &things[2];

			egt_eq(eg_result_get(&result, &value, deadlines[j]),
			       sents[i].error);
			egt_ptr_eq(value, sents[i].error ? (void *)&things[2]
							 : sents[i].value);
			egt_eq(eg_result_get(&result, NULL, deadlines[j]),
			       sents[i].error);
		}
		egt_ptr_eq(eg_result_payload(&result), sents[i].value);
		egt_eq(t.len, i);
		egt_eq(eg_yield(), 0);
	}
}

/* EV-06, EV-09: all that wait, in the order of waiting, without a switch. */
EG_TEST(a_result_reaches_all_who_wait)
{
	for (size_t i = 0; i < ARRAY_LEN(sents); i++) {
		struct trace t = { .len = 0 };
		eg_result result = { 0 };
		struct getter g[5];
		eg_fiber *f[5];

		egt_case(sents[i].name);
		queue_up(f, g, 5, &result, &t);
		egt_true(!eg_result_is_set(&result));
		egt_eq(send_it(&result, &sents[i]), 5);
		egt_true(eg_result_is_set(&result));
		egt_str_eq(t.text, "");
		join_all(f, 5);
		egt_str_eq(t.text, "abcde");
		for (size_t j = 0; j < 5; j++) {
			egt_eq(g[j].got, sents[i].error);
			egt_ptr_eq(g[j].value, sents[i].error
						       ? (void *)&things[2]
						       : sents[i].value);
		}
	}
}

/* EV-09: a second send is refused, whatever the two are. */
EG_TEST(a_result_is_not_sent_twice)
{
	for (size_t i = 0; i < ARRAY_LEN(sents); i++) {
		for (size_t j = 0; j < ARRAY_LEN(sents); j++) {
			eg_result result = { 0 };

			egt_casef("%s, then %s", sents[i].name, sents[j].name);
			egt_eq(send_it(&result, &sents[i]), 0);
			egt_eq(send_it(&result, &sents[j]), -EALREADY);
			egt_eq(eg_result_get(&result, NULL, EG_NOW),
			       sents[i].error);
			egt_ptr_eq(eg_result_payload(&result), sents[i].value);
		}
	}
}

/* EV-09: a fresh one is not reset; one that was sent is, and sent again. */
EG_TEST(a_result_is_reset_once_it_was_sent)
{
	for (size_t i = 0; i < ARRAY_LEN(sents); i++) {
		eg_result result;

		egt_case(sents[i].name);
		egt_eq(eg_result_init(&result), 0);
		egt_eq(eg_result_reset(&result), -EALREADY);
		egt_eq(send_it(&result, &sents[i]), 0);
		egt_eq(eg_result_reset(&result), 0);
		egt_eq(eg_result_reset(&result), -EALREADY);
		egt_true(!eg_result_is_set(&result));
		egt_ptr_eq(eg_result_payload(&result), NULL);
		egt_eq(eg_result_get(&result, NULL, EG_NOW), -ETIMEDOUT);
		egt_eq(eg_result_set(&result, &things[2]), 0);
		egt_eq(eg_result_get(&result, NULL, EG_NOW), 0);
	}
}

/* EV-02, EV-09: what was sent is the waiter's, reset and sent anew or not. */
EG_TEST(a_result_reset_at_once_takes_nothing_back)
{
	struct trace t = { .len = 0 };
	eg_result result = { 0 };
	struct getter g[2];
	eg_fiber *f[2];

	queue_up(f, g, 2, &result, &t);
	egt_eq(eg_result_set(&result, &things[0]), 2);
	egt_eq(eg_result_reset(&result), 0);
	egt_eq(eg_result_fail(&result, -EIO, NULL), 0);
	join_all(f, 2);
	egt_eq(g[0].got, 0);
	egt_eq(g[1].got, 0);
	egt_ptr_eq(g[0].value, &things[0]);
	egt_ptr_eq(g[1].value, &things[0]);
	egt_eq(eg_result_get(&result, NULL, EG_NOW), -EIO);
}

/* EV-11: who gave up is neither woken, nor counted, nor written to. */
EG_TEST(a_result_skips_who_gave_up)
{
	struct trace t = { .len = 0 };
	eg_result result = { 0 };
	struct getter g[3], late;
	eg_fiber *f[3], *late_fiber;

	queue_up(f, g, 3, &result, &t);
	late = (struct getter){ .result = &result,
				.letter = { &t, 'z' },
				.deadline = eg_after(EG_MSEC) };
	egt_eq(eg_spawn(&late_fiber, get, &late), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(late.got, -ETIMEDOUT);
	egt_eq(eg_cancel(f[1]), 0);
	egt_eq(eg_result_set(&result, &things[0]), 2);
	egt_eq(eg_cancel(f[0]), 0);
	join_all(f, 3);
	join_all(&late_fiber, 1);
	/* Cancelled after the sending: it keeps what it got. */
	egt_eq(g[0].got, 0);
	egt_eq(g[1].got, -ECANCELED);
	egt_ptr_eq(g[1].value, &things[2]);
	egt_eq(g[2].got, 0);
}

/* EV-07, EV-10: its own timeout and one that was sent are told apart. */
EG_TEST(a_results_timeout_is_told_from_one_that_was_sent)
{
	eg_result result = { 0 };

	egt_eq(eg_result_get(&result, NULL, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_true(!eg_result_is_set(&result));
	egt_eq(eg_result_fail(&result, -ETIMEDOUT, NULL), 0);
	egt_eq(eg_result_get(&result, NULL, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_true(eg_result_is_set(&result));
}

/* From a timer, in the hub's context, where nothing may wait. */
static void send_in_hub(eg_timer *timer, void *arg)
{
	(void)timer;
	egt_eq(eg_result_set(arg, &things[1]), 1);
	egt_eq(eg_result_get(arg, NULL, EG_FOREVER), -EPERM);
}

EG_TEST(a_result_is_sent_from_the_hub)
{
	eg_result result = { 0 };
	void *value = NULL;
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, send_in_hub, &result), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	egt_eq(eg_result_get(&result, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &things[1]);
}

EG_TEST(a_result_that_nobody_can_send_is_a_deadlock)
{
	eg_result result = { 0 };

	egt_eq(eg_result_get(&result, NULL, EG_FOREVER), -EDEADLK);
	egt_eq(eg_result_set(&result, NULL), 0);
}
