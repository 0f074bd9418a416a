/* SPDX-License-Identifier: MIT */
/*
 * Conditions: who is woken, in which order, and where a signal goes when its
 * receiver gives up (semantics LK-05, LK-10).
 */
#include "fiber_trace.h"

#include <string.h>

struct rig {
	eg_cond cond;
	eg_mutex mutex;
	struct trace trace;
};

struct waiter {
	struct rig *rig;
	char letter;
	int result;
};

static void *wait_and_write(void *arg)
{
	struct waiter *w = arg;

	egt_eq(eg_mutex_lock(&w->rig->mutex, EG_FOREVER), 0);
	w->result = eg_cond_wait(&w->rig->cond, &w->rig->mutex, EG_FOREVER);
	trace_add(&w->rig->trace, w->letter);
	egt_eq(eg_mutex_unlock(&w->rig->mutex), 0);
	return NULL;
}

static void queue_up(eg_fiber **f, struct waiter *w, size_t n, struct rig *r)
{
	for (size_t i = 0; i < n; i++) {
		w[i] = (struct waiter){ r, (char)('a' + i), 1 };
		egt_eq(eg_spawn(&f[i], wait_and_write, &w[i]), 0);
	}
	settle();
}

static void end_all(eg_fiber **f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		egt_eq(eg_cancel(f[i]), 0);
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	}
}

/* Calls by letter: s signals, b broadcasts, l and u lock and unlock, digits
 * cancel that waiter; a space lets all run. */
static void perform(const char *calls, struct rig *r, eg_fiber **f)
{
	for (; *calls; calls++) {
		if (*calls == 's')
			egt_le(0, eg_cond_signal(&r->cond));
		else if (*calls == 'b')
			egt_le(0, eg_cond_broadcast(&r->cond));
		else if (*calls == 'l')
			egt_eq(eg_mutex_lock(&r->mutex, EG_FOREVER), 0);
		else if (*calls == 'u')
			egt_eq(eg_mutex_unlock(&r->mutex), 0);
		else if (*calls == ' ')
			settle();
		else
			egt_eq(eg_cancel(f[*calls - '0']), 0);
	}
	settle();
}

EG_TEST(a_signal_wakes_the_first_a_broadcast_all)
{
	static const struct {
		const char *name, *calls, *ran, *results;
	} cases[] = {
		{ "nothing: nobody wakes", "  ", "", "" },
		{ "one", "s", "a", "o" },
		{ "two, one after the other", "s s", "ab", "oo" },
		{ "two at once", "ss", "ab", "oo" },
		{ "more than wait", "ssssss", "abcd", "oooo" },
		{ "all", "b", "abcd", "oooo" },
		{ "one, then all", "s b", "abcd", "oooo" },
		{ "one, then all, at once", "sb", "abcd", "oooo" },
		{ "all, twice", "bb", "abcd", "oooo" },
		{ "one, the mutex held", "lsu", "a", "o" },
		{ "two, the mutex held", "ls su", "ab", "oo" },
		{ "all, the mutex held", "lb u", "abcd", "oooo" },
		{ "cancelled: the next is signalled", "0s", "ab", "co" },
		{ "cancelled and run: the next", "0 s", "ab", "co" },
		{ "signalled, cancelled: received", "s0", "a", "o" },
		{ "the same, the mutex held", "ls0u", "a", "o" },
		{ "the same, and the next", "s0s", "ab", "oo" },
		{ "cancelled, the mutex held", "l0su", "ab", "co" },
		{ "all, two cancelled after", "b02", "abcd", "oooo" },
		{ "all, two cancelled before", "02b", "acbd", "coco" },
		{ "the last cancelled", "3 b", "dabc", "oooc" },
		{ "all cancelled: nobody to signal", "0123s", "abcd", "cccc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r = { .trace = { .len = 0 } };
		struct waiter w[4];
		eg_fiber *f[4];

		egt_case(cases[i].name);
		egt_eq(eg_cond_init(&r.cond), 0);
		queue_up(f, w, 4, &r);
		perform(cases[i].calls, &r, f);
		egt_str_eq(r.trace.text, cases[i].ran);
		for (size_t j = 0; j < strlen(cases[i].results); j++)
			egt_eq(w[j].result,
			       cases[i].results[j] == 'o' ? 0 : -ECANCELED);
		end_all(f, 4);
	}
}

EG_TEST(a_signal_says_how_many_it_woke)
{
	for (int n = 0; n < 4; n++) {
		struct rig r = { .trace = { .len = 0 } };
		struct waiter w[4];
		eg_fiber *f[4];

		egt_casef("%d wait", n);
		queue_up(f, w, (size_t)n, &r);
		egt_eq(eg_cond_signal(&r.cond), n > 0);
		egt_eq(eg_cond_broadcast(&r.cond), n > 1 ? n - 1 : 0);
		egt_eq(eg_cond_signal(&r.cond), 0);
		egt_eq(eg_cond_broadcast(&r.cond), 0);
		end_all(f, (size_t)n);
	}
}

/* Nothing is kept for who comes later. */
EG_TEST(a_signal_to_nobody_is_lost)
{
	struct rig r = { .trace = { .len = 0 } };

	egt_eq(eg_cond_signal(&r.cond), 0);
	egt_eq(eg_cond_broadcast(&r.cond), 0);
	egt_eq(eg_mutex_lock(&r.mutex, EG_NOW), 0);
	egt_eq(eg_cond_wait(&r.cond, &r.mutex, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_mutex_unlock(&r.mutex), 0);
}

static void signal_in_hub(eg_timer *timer, void *arg)
{
	(void)timer;
	egt_eq(eg_cond_signal(arg), 1);
}

EG_TEST(a_condition_is_signalled_from_the_hub)
{
	struct rig r = { .trace = { .len = 0 } };
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, signal_in_hub, &r.cond), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	egt_eq(eg_mutex_lock(&r.mutex, EG_NOW), 0);
	egt_eq(eg_cond_wait(&r.cond, &r.mutex, EG_FOREVER), 0);
	egt_eq(eg_mutex_unlock(&r.mutex), 0);
}

/* Each waiter gets its own mutex back, whoever else waits. */
EG_TEST(a_condition_serves_several_mutexes)
{
	struct rig r = { .trace = { .len = 0 } };
	struct waiter w[2];
	eg_fiber *f[2];
	eg_mutex own = { 0 };

	queue_up(f, w, 1, &r);
	egt_eq(eg_mutex_lock(&own, EG_NOW), 0);
	egt_eq(eg_mutex_lock(&r.mutex, EG_NOW), 0);
	egt_eq(eg_cond_wait(&r.cond, &own, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_mutex_unlock(&own), 0);
	egt_eq(eg_cond_signal(&r.cond), 1);
	settle();
	egt_str_eq(r.trace.text, "");
	egt_eq(eg_mutex_unlock(&r.mutex), 0);
	settle();
	egt_str_eq(r.trace.text, "a");
	end_all(f, 1);
}

enum { ITEMS = 200, ROOM = 3 };

struct buffer {
	eg_mutex mutex;
	eg_cond not_full, not_empty;
	int in, out, taken;
};

static void *produce(void *arg)
{
	struct buffer *b = arg;

	for (int i = 0; i < ITEMS; i++) {
		egt_eq(eg_mutex_lock(&b->mutex, EG_FOREVER), 0);
		while (b->in - b->out == ROOM)
			egt_eq(eg_cond_wait(&b->not_full, &b->mutex,
					    EG_FOREVER),
			       0);
		b->in++;
		egt_le(b->in - b->out, ROOM);
		egt_le(0, eg_cond_signal(&b->not_empty));
		egt_eq(eg_mutex_unlock(&b->mutex), 0);
	}
	return NULL;
}

static void *consume(void *arg)
{
	struct buffer *b = arg;

	for (int i = 0; i < ITEMS; i++) {
		egt_eq(eg_mutex_lock(&b->mutex, EG_FOREVER), 0);
		while (b->in == b->out)
			egt_eq(eg_cond_wait(&b->not_empty, &b->mutex,
					    EG_FOREVER),
			       0);
		b->out++;
		if (i % 7 == 0)
			egt_eq(eg_yield(), 0);
		egt_le(0, eg_cond_signal(&b->not_full));
		egt_eq(eg_mutex_unlock(&b->mutex), 0);
	}
	return NULL;
}

EG_TEST(a_buffer_with_two_conditions_loses_no_wakeup)
{
	struct buffer b = { .in = 0 };
	eg_group group = { 0 };

	for (int i = 0; i < 10; i++)
		egt_eq(eg_group_spawn(&group, i % 2 ? produce : consume, &b,
				      NULL),
		       0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(b.in, 5 * ITEMS);
	egt_eq(b.out, 5 * ITEMS);
}
