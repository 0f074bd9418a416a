/* SPDX-License-Identifier: MIT */
/*
 * Links are called once each, in the hub and in the order of linking, when a
 * fiber has ended, however it did (semantics SP-07, SP-08, EV-05).
 */
#include "fiber_trace.h"

#include <string.h>

struct noted {
	eg_link link;
	struct trace *trace;
	char letter;
	eg_fiber *fiber; /* whose end it must be */
	bool in_fiber;
	int error;
};

static void note_end(eg_fiber *fiber, void *arg)
{
	struct noted *n = arg;

	egt_ptr_eq(fiber, n->fiber);
	egt_true(eg_fiber_is_done(fiber));
	egt_eq(eg_self() != NULL, n->in_fiber);
	n->error = eg_fiber_error(fiber, NULL);
	trace_add(n->trace, n->letter);
	/* The storage is the caller's again. */
	egt_eq(eg_fiber_unlink(&n->link), 0);
}

static void add_link(struct noted *n, eg_fiber *f, struct trace *t, char letter,
		     uint32_t flags)
{
	*n = (struct noted){ .trace = t,
			     .letter = letter,
			     .fiber = f,
			     .in_fiber = flags & EG_LINK_SPAWN };
	egt_eq(eg_fiber_link(f, &n->link, note_end, n, flags), 0);
}

static void *end_so(void *arg)
{
	int error = *(int *)arg;

	eg_sleep(EG_USEC);
	return error ? eg_fail(error, arg) : arg;
}

EG_TEST(links_are_called_in_the_order_of_linking)
{
	static const size_t counts[] = { 0, 1, 2, 26 };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct trace t = { .len = 0 };
		struct noted n[26];
		int error = 0;
		eg_fiber *f;

		egt_casef("%zu", counts[i]);
		egt_eq(eg_spawn(&f, end_so, &error), 0);
		for (size_t k = 0; k < counts[i]; k++)
			add_link(&n[k], f, &t, (char)('a' + k), 0);
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		settle();
		egt_eq(t.len, counts[i]);
		for (size_t k = 0; k < counts[i]; k++)
			egt_eq(t.text[k], 'a' + (int)k);
		egt_eq(eg_detach(f), 0);
	}
}

/* Who waits for the end was in line before them, or comes behind. */
struct waiter {
	eg_fiber *fiber;
	struct letter letter;
};

static void *wait_and_write(void *arg)
{
	struct waiter *w = arg;

	egt_eq(eg_fiber_wait(w->fiber, EG_FOREVER), 0);
	return write_letter(&w->letter);
}

EG_TEST(links_and_waiters_are_told_in_one_order)
{
	struct trace t = { .len = 0 };
	struct waiter w[2];
	struct noted n[2];
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	add_link(&n[0], f, &t, 'A', 0);
	for (int i = 0; i < 2; i++) {
		w[i] = (struct waiter){ f, { &t, (char)('a' + i) } };
		egt_eq(eg_spawn(NULL, wait_and_write, &w[i]), 0);
		egt_eq(eg_yield(), 0);
		add_link(&n[1], f, &t, 'B', 0);
		if (i == 0)
			egt_eq(eg_fiber_unlink(&n[1].link), 1);
	}
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	settle();
	egt_str_eq(t.text, "AabB");
	egt_eq(eg_detach(f), 0);
}

EG_TEST(links_are_filtered_by_how_it_ended)
{
	static const struct {
		int error;
		const char *want;
	} cases[] = {
		{ 0, "avVxX" },
		{ -ECANCELED, "avVxX" },
		{ -EIO, "aeExX" },
		{ -1, "aeExX" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int is_dead = 0; is_dead < 2; is_dead++) {
			int error = cases[i].error;
			struct trace t = { .len = 0 };
			struct noted n[7];
			eg_fiber *f;

			egt_casef("%d, %d", error, is_dead);
			egt_eq(eg_spawn(&f, end_so, &error), 0);
			if (is_dead)
				egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
			add_link(&n[0], f, &t, 'a', 0);
			add_link(&n[1], f, &t, 'v', EG_LINK_VALUE);
			add_link(&n[2], f, &t, 'e', EG_LINK_ERROR);
			add_link(&n[3], f, &t, 'V', EG_LINK_VALUE);
			add_link(&n[4], f, &t, 'E', EG_LINK_ERROR);
			add_link(&n[5], f, &t, 'x',
				 EG_LINK_VALUE | EG_LINK_ERROR);
			add_link(&n[6], f, &t, 'X', 0);
			egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
			settle();
			egt_str_eq(t.text, cases[i].want);
			egt_eq(n[0].error, error);
			/* Not wanted: not linked any more either. */
			for (int k = 0; k < 7; k++)
				egt_eq(eg_fiber_unlink(&n[k].link), 0);
			egt_eq(eg_detach(f), 0);
		}
	}
}

EG_TEST(link_to_one_that_has_ended_is_called_in_the_next_turn)
{
	struct trace t = { .len = 0 };
	struct noted n[2];
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	add_link(&n[0], f, &t, 'a', 0);
	add_link(&n[1], f, &t, 'b', 0);
	/* Never from within the call. */
	egt_str_eq(t.text, "");
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "ab");
	egt_eq(eg_detach(f), 0);
}

/* The link keeps the fiber; the fiber's own reference is not needed. */
EG_TEST(linked_fiber_lives_until_the_call)
{
	struct trace t = { .len = 0 };
	struct noted n;
	int error = -EIO;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	add_link(&n, f, &t, 'a', 0);
	egt_eq(eg_detach(f), 0);
	while (!t.len)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(n.error, -EIO);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

EG_TEST(fiber_that_never_ran_calls_its_links)
{
	static const int errors[] = { -ECANCELED, -EIO };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct trace t = { .len = 0 };
		struct noted n[2];
		eg_fiber *f;

		egt_casef("%d", errors[i]);
		egt_eq(eg_spawn_later(&f, must_not_run, NULL, EG_FOREVER), 0);
		add_link(&n[0], f, &t, 'v', EG_LINK_VALUE);
		add_link(&n[1], f, &t, 'e', EG_LINK_ERROR);
		egt_eq(eg_kill(f, errors[i], EG_FOREVER), 0);
		settle();
		egt_str_eq(t.text, i ? "e" : "v");
		egt_eq(eg_detach(f), 0);
	}
}

/* Links that are added while links are called. */
struct adder {
	struct noted late;
	eg_link link;
	int adds;
};

static void add_another(eg_fiber *fiber, void *arg)
{
	struct adder *a = arg;

	trace_add(a->late.trace, 'a');
	if (a->adds-- > 0)
		egt_eq(eg_fiber_link(fiber, &a->link, add_another, a, 0), 0);
	else
		add_link(&a->late, fiber, a->late.trace, 'z', 0);
}

EG_TEST(links_may_be_added_while_links_are_called)
{
	struct trace t = { .len = 0 };
	struct adder a = { .late.trace = &t, .adds = 2 };
	struct noted n;
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	egt_eq(eg_fiber_link(f, &a.link, add_another, &a, 0), 0);
	add_link(&n, f, &t, 'b', 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	settle();
	egt_str_eq(t.text, "abaaz");
	egt_eq(eg_detach(f), 0);
}

/* The storage may go away inside the function, in the hub and in a fiber. */
struct scribbled {
	eg_link link;
	bool was_called;
};

static void scribble(eg_fiber *fiber, void *arg)
{
	struct scribbled *s = arg;

	(void)fiber;
	memset(&s->link, 0x5a, sizeof(s->link));
	s->was_called = true;
}

EG_TEST(storage_of_a_link_is_free_inside_its_function)
{
	struct scribbled s[4] = { { .was_called = false } };
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	for (int i = 0; i < 4; i++)
		egt_eq(eg_fiber_link(f, &s[i].link, scribble, &s[i],
				     i & 1 ? EG_LINK_SPAWN : 0),
		       0);
	egt_eq(eg_detach(f), 0);
	while (!s[0].was_called || !s[1].was_called || !s[2].was_called ||
	       !s[3].was_called)
		egt_eq(eg_sleep(EG_USEC), 0);
}

/* A function in a fiber of its own may block; the others are not held up. */
struct slow {
	eg_link link;
	struct trace *trace;
};

static void sleep_and_note(eg_fiber *fiber, void *arg)
{
	struct slow *s = arg;
	eg_fiber_info info = { .size = sizeof(info) };

	egt_eq(eg_fiber_get_info(NULL, &info), 0);
	egt_str_eq(info.name, "link");
	trace_add(s->trace, 's');
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_true(eg_fiber_is_done(fiber));
	trace_add(s->trace, 'S');
}

EG_TEST(link_in_a_fiber_may_block)
{
	struct trace t = { .len = 0 };
	struct slow s = { .trace = &t };
	struct noted n;
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	egt_eq(eg_fiber_link(f, &s.link, sleep_and_note, &s, EG_LINK_SPAWN), 0);
	add_link(&n, f, &t, 'a', 0);
	egt_eq(eg_detach(f), 0);
	while (t.len < 3)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_str_eq(t.text, "saS");
}

/* One that waits for the fiber anew, from inside a link, has it at once. */
static void get_inside(eg_fiber *fiber, void *arg)
{
	void *value = NULL;

	egt_eq(eg_get(fiber, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, arg);
	*(int *)arg = 7;
}

EG_TEST(link_in_a_fiber_gets_the_value)
{
	eg_link link;
	int error = 0;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_so, &error), 0);
	egt_eq(eg_fiber_link(f, &link, get_inside, &error, EG_LINK_SPAWN), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	settle();
	egt_eq(error, 7);
}
