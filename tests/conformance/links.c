/* SPDX-License-Identifier: MIT */
/*
 * Links of fibers: SP-07 to SP-09 and EV-05.
 */
#include "conform_kit.h"

enum { MOST = 26, SPAWN = 100 };

struct noted {
	eg_link link;
	struct trace *trace;
	char letter;
	struct noted *takes_back, *adds;
	uint32_t flags;
	bool may_block;
};

static void note(eg_fiber *fiber, void *arg)
{
	struct noted *n = arg;

	trace_add(n->trace, n->letter);
	if (n->may_block)
		egt_eq(eg_sleep(EG_USEC), 0);
	if (n->takes_back)
		egt_le(0, eg_fiber_unlink(&n->takes_back->link));
	if (n->adds)
		egt_eq(eg_fiber_link(fiber, &n->adds->link, note, n->adds,
				     n->flags),
		       0);
}

static void *end_so(void *arg)
{
	int error = (int)(intptr_t)arg;

	return error ? eg_fail(error, arg) : arg;
}

/* Any @error is asked for, so that it is not reported. */
static eg_fiber *later(long error)
{
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, end_so, (void *)(intptr_t)error, EG_FOREVER),
	       0);
	return f;
}

static void end_it(eg_fiber *f)
{
	egt_eq(eg_start(f), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	settle();
	eg_fiber_error(f, NULL);
	eg_unref(f);
}

static void add(eg_fiber *f, struct noted *n, struct trace *t, int i,
		uint32_t flags)
{
	n->trace = t;
	n->letter = (char)('a' + i);
	n->flags = flags;
	egt_eq(eg_fiber_link(f, &n->link, note, n, flags), 0);
}

static uint32_t flags_of(long *arg)
{
	bool is_spawn = *arg >= SPAWN;

	*arg %= SPAWN;
	return is_spawn ? EG_LINK_SPAWN : 0;
}

static void called_in_order(long n)
{
	uint32_t flags = flags_of(&n);
	struct noted links[MOST] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	for (int i = 0; i < n; i++)
		add(f, &links[i], &t, i, flags);
	end_it(f);
	egt_eq(t.len, n);
	for (int i = 0; i < n; i++)
		egt_eq(t.text[i], 'a' + i);
}

static void called_if_it_has_ended(long n)
{
	uint32_t flags = flags_of(&n);
	struct noted links[MOST] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	egt_eq(eg_start(f), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	for (int i = 0; i < n; i++)
		add(f, &links[i], &t, i, flags);
	egt_eq(t.len, 0);
	end_it(f);
	egt_eq(t.len, n);
	for (int i = 0; i < n; i++)
		egt_eq(t.text[i], 'a' + i);
}

static void called_in_the_hub(long flags)
{
	struct noted n = { .may_block = flags & EG_LINK_SPAWN };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	add(f, &n, &t, 0, (uint32_t)flags);
	end_it(f);
	egt_str_eq(t.text, "a");
	/* What it waited for, if it did. */
	egt_eq(eg_sleep(10 * EG_USEC), 0);
}

/* arg: what it is linked for, and whether it fails. */
static void called_for_what_it_wants(long arg)
{
	uint32_t flags = (uint32_t)arg & 7u;
	bool fails = arg & 16, is_cancelled = arg & 32, want;
	struct noted n = { .trace = NULL };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(fails ? -EIO : is_cancelled ? -ECANCELED : 0);

	want = !(flags & 3u) || flags & (fails ? EG_LINK_ERROR : EG_LINK_VALUE);
	add(f, &n, &t, 0, flags);
	end_it(f);
	egt_str_eq(t.text, want ? "a" : "");
	egt_eq(eg_fiber_unlink(&n.link), 0);
}

static void called_for_one_killed_unstarted(long error)
{
	struct noted n[2] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	add(f, &n[0], &t, 0, EG_LINK_VALUE);
	add(f, &n[1], &t, 1, EG_LINK_ERROR);
	egt_eq(eg_kill(f, (int)error, EG_NOW), 0);
	end_it(f);
	egt_str_eq(t.text, error == -ECANCELED ? "a" : "b");
}

/* Which of five are taken back, a bit each. */
static void taken_back_is_not_called(long which)
{
	uint32_t flags = which & 64 ? EG_LINK_SPAWN : 0;
	struct noted n[5] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	char want[6] = "";
	eg_fiber *f = later(0);

	for (int i = 0; i < 5; i++)
		add(f, &n[i], &t, i, flags);
	for (int i = 0, k = 0; i < 5; i++) {
		if (!(which & 1 << i)) {
			want[k++] = (char)('a' + i);
			continue;
		}
		egt_eq(eg_fiber_unlink(&n[i].link), 1);
		egt_eq(eg_fiber_unlink(&n[i].link), 0);
	}
	end_it(f);
	egt_str_eq(t.text, want);
}

static void absent_is_silent(long is_called)
{
	struct noted n = { .trace = NULL };
	struct trace t = { .len = 0 };
	eg_fiber *f;

	egt_eq(eg_fiber_unlink(&n.link), 0);
	if (!is_called)
		return;
	f = later(0);
	add(f, &n, &t, 0, 0);
	end_it(f);
	egt_eq(eg_fiber_unlink(&n.link), 0);
}

/* One, in the middle of three, takes another back: arg is by * 10 + which. */
static void takes_another_back(long arg)
{
	uint32_t flags = flags_of(&arg);
	long by = arg / 10, which = arg % 10;
	struct noted n[3] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	n[by].takes_back = &n[which];
	for (int i = 0; i < 3; i++)
		add(f, &n[i], &t, i, flags);
	end_it(f);
	egt_str_eq(t.text, which <= by ? "abc" : which == 1 ? "ac" : "ab");
}

/* What is linked while links are called comes after them, in its turn. */
static void links_another(long n)
{
	uint32_t flags = flags_of(&n);
	struct noted links[MOST] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_fiber *f = later(0);

	for (int i = 0; i < 2; i++) {
		links[i].adds = &links[2 + i];
		add(f, &links[i], &t, i, flags);
	}
	for (int i = 2; i < n; i++) {
		links[i].trace = &t;
		links[i].letter = (char)('a' + i);
		links[i].flags = flags;
		if (i + 2 < n)
			links[i].adds = &links[i + 2];
	}
	end_it(f);
	egt_eq(t.len, n);
	for (int i = 0; i < n; i++)
		egt_eq(t.text[i], 'a' + i);
}

/* Linked to main or to one that waits, by a main that returns at once. */
struct leaving {
	struct noted links[MOST];
	struct trace trace;
	uint32_t flags;
	long count;
	bool to_main;
};

static void note_as_the_hub_ends(eg_fiber *fiber, void *arg)
{
	struct noted *n = arg;

	egt_true(eg_fiber_is_done(fiber));
	egt_eq(eg_cancelled(), n->flags == EG_LINK_SPAWN);
	egt_eq(eg_yield(), eg_self() ? 0 : -EPERM);
	trace_add(n->trace, n->letter);
}

static int link_and_leave(void *arg)
{
	struct leaving *l = arg;
	eg_fiber *f = eg_ref(eg_self());

	if (!l->to_main) {
		eg_unref(f);
		egt_eq(eg_spawn_later(&f, end_so, NULL, EG_FOREVER), 0);
	}
	for (long i = 0; i < l->count; i++) {
		struct noted *n = &l->links[i];

		*n = (struct noted){ .trace = &l->trace,
				     .letter = (char)('a' + i),
				     .flags = l->flags };
		egt_eq(eg_fiber_link(f, &n->link, note_as_the_hub_ends, n,
				     l->flags),
		       0);
	}
	eg_unref(f);
	return 0;
}

static void called_as_the_hub_ends(long arg)
{
	struct leaving l = { .flags = flags_of(&arg) };

	l.to_main = arg % 2;
	l.count = arg / 2;
	hub_run(link_and_leave, &l);
	egt_in_order(&l.trace, (int)l.count);
	for (long i = 0; i < l.count; i++)
		egt_eq(eg_fiber_unlink(&l.links[i].link), 0);
}

static const struct conform cases[] = {
	{ "SP-07", "none", called_in_order, 0 },
	{ "SP-07", "one", called_in_order, 1 },
	{ "SP-07", "in order", called_in_order, 2 },
	{ "SP-07", "in order", called_in_order, MOST },
	{ "SP-07", "one, if it has ended", called_if_it_has_ended, 1 },
	{ "SP-07", "many, if it has ended", called_if_it_has_ended, MOST },
	{ "SP-07", "killed unstarted, a success",
	  called_for_one_killed_unstarted, -ECANCELED },
	{ "SP-07", "killed unstarted, a failure",
	  called_for_one_killed_unstarted, -EIO },
	{ "SP-07", "where nothing may block", called_in_the_hub, 0 },
	{ "SP-07", "as the hub ends", called_as_the_hub_ends, 2 },
	{ "SP-07", "many, as the hub ends", called_as_the_hub_ends, 2 * MOST },
	{ "SP-07", "of main", called_as_the_hub_ends, 3 },
	{ "SP-07", "many, of main", called_as_the_hub_ends, 2 * MOST + 1 },
	{ "SP-08", "as the hub ends", called_as_the_hub_ends, SPAWN + 2 },
	{ "SP-08", "many, as the hub ends", called_as_the_hub_ends,
	  SPAWN + 2 * MOST },
	{ "SP-08", "of main", called_as_the_hub_ends, SPAWN + 3 },
	{ "SP-08", "many, of main", called_as_the_hub_ends,
	  SPAWN + 2 * MOST + 1 },
	{ "SP-08", "where it may block", called_in_the_hub, EG_LINK_SPAWN },
	{ "SP-08", "one, in a fiber", called_in_order, SPAWN + 1 },
	{ "SP-08", "many, in fibers", called_in_order, SPAWN + MOST },
	{ "SP-08", "in a fiber, if it has ended", called_if_it_has_ended,
	  SPAWN + 3 },
	{ "SP-08", "any, value", called_for_what_it_wants, 0 },
	{ "SP-08", "value, value", called_for_what_it_wants, 1 },
	{ "SP-08", "error, value", called_for_what_it_wants, 2 },
	{ "SP-08", "both, value", called_for_what_it_wants, 3 },
	{ "SP-08", "value in a fiber, value", called_for_what_it_wants, 5 },
	{ "SP-08", "error in a fiber, value", called_for_what_it_wants, 6 },
	{ "SP-08", "any, error", called_for_what_it_wants, 16 },
	{ "SP-08", "value, error", called_for_what_it_wants, 17 },
	{ "SP-08", "error, error", called_for_what_it_wants, 18 },
	{ "SP-08", "both, error", called_for_what_it_wants, 19 },
	{ "SP-08", "value in a fiber, error", called_for_what_it_wants, 21 },
	{ "SP-08", "error in a fiber, error", called_for_what_it_wants, 22 },
	{ "SP-08", "value, cancelled", called_for_what_it_wants, 33 },
	{ "SP-08", "error, cancelled", called_for_what_it_wants, 34 },
	{ "SP-09", "none", taken_back_is_not_called, 0 },
	{ "SP-09", "the first", taken_back_is_not_called, 1 },
	{ "SP-09", "the last", taken_back_is_not_called, 16 },
	{ "SP-09", "every second", taken_back_is_not_called, 10 },
	{ "SP-09", "all", taken_back_is_not_called, 31 },
	{ "SP-09", "the first, in fibers", taken_back_is_not_called, 64 + 1 },
	{ "SP-09", "all, in fibers", taken_back_is_not_called, 64 + 31 },
	{ "SP-09", "never linked", absent_is_silent, 0 },
	{ "SP-09", "called already", absent_is_silent, 1 },
	{ "EV-05", "the next one", takes_another_back, 1 },
	{ "EV-05", "the last one", takes_another_back, 2 },
	{ "EV-05", "itself", takes_another_back, 11 },
	{ "EV-05", "the one before", takes_another_back, 10 },
	{ "EV-05", "the next one, in fibers", takes_another_back, SPAWN + 12 },
	{ "EV-05", "itself, in fibers", takes_another_back, SPAWN + 0 },
	{ "EV-05", "each adds another", links_another, 4 },
	{ "EV-05", "added ones add others", links_another, 16 },
	{ "EV-05", "added ones add others, in fibers", links_another,
	  SPAWN + 8 },
};

CONFORMANCE(links, cases)
