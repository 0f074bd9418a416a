/* SPDX-License-Identifier: MIT */
/*
 * Sets of cases: begun, each case given once as it is done, ended with nothing
 * left in any line. Select is the set that its first case ends.
 */
#include "base/check.h"
#include "select/select.h"

#include <limits.h>

_Static_assert(sizeof(struct case_wait) <= sizeof(((eg_case *)0)->_opaque),
	       "eg_case too small");
_Static_assert(sizeof(struct case_set) <= sizeof(eg_wait_set),
	       "eg_wait_set too small");

static struct case_set *set_of(eg_wait_set *set)
{
	return (struct case_set *)(void *)set;
}

static void leave_all(struct case_set *s)
{
	s->is_over = true;
	for (size_t i = 0; i < s->count; i++)
		if (!s->cases[i].order)
			eg__case_leave(&s->cases[i]);
}

static void wake(struct case_set *s, int result)
{
	struct eg_waiter *w = s->waiter;

	if (!w)
		return;
	s->waiter = NULL;
	eg__unpark(w, result);
}

/* Whether the owner may go on: no helper and no thread can touch the set any
 * more. */
static bool is_settled(const struct case_set *s)
{
	return !s->is_over || (!s->helpers && !s->shared);
}

static void note(struct case_set *s, eg_case *c)
{
	c->order = ++s->came;
	eg_list_push_back(&s->done, &case_wait_of(c)->done_link);
}

/* Whether this hub may decide how the set ends. */
static bool wins(struct case_set *s)
{
	if (!s->is_first_only || !s->shared)
		return true;
	/* By a line that has asked before it handed something over. */
	if (__atomic_load_n(&s->winner, __ATOMIC_ACQUIRE) == EG_WON_BY_HUB)
		return true;
	return eg__win(&s->winner, EG_WON_BY_HUB);
}

bool eg__case_wins(eg_case *c)
{
	return wins(case_wait_of(c)->set);
}

void eg__case_done(eg_case *c, int result)
{
	if (eg__case_wins(c))
		eg__case_came(c, result);
}

void eg__case_came(eg_case *c, int result)
{
	struct case_set *s = case_wait_of(c)->set;

	c->result = result;
	note(s, c);
	if (s->is_first_only)
		leave_all(s);
	if (is_settled(s))
		wake(s, 0);
}

void eg__case_helper_ended(struct case_set *s)
{
	s->helpers--;
	if (s->is_over && !s->helpers)
		wake(s, 0);
}

/* @self's wait for the set is to end: at once, or when the helpers have. */
static void abort_wait(struct eg_waiter *w, int reason)
{
	struct case_set *s = w->value;

	/* A case was done first, or this has been asked for before. */
	if (s->is_over || !wins(s))
		return;
	if (s->is_first_only)
		leave_all(s);
	s->reason = reason;
	if (is_settled(s))
		wake(s, 0);
}

static const struct eg_wait_kind select_wait = {
	.what = "one of several",
	.abort = abort_wait,
};

static int park(struct case_set *s, int64_t deadline)
{
	s->waiter = eg__waiter(s->owner, &select_wait, NULL);
	s->waiter->value = s;
	return eg__park(s->owner, deadline);
}

/* Waits for the helpers of a set that is over. */
static void settle(struct case_set *s)
{
	eg_timeout shield;

	if (is_settled(s))
		return;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	while (!is_settled(s))
		park(s, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
}

static int check(const eg_case *cases, size_t count)
{
	if ((count && !cases) || count > INT_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!eg__case_is_known(&cases[i]))
			return -EINVAL;
	return 0;
}

static void init(struct case_set *s, struct eg_fiber *owner, eg_case *cases,
		 size_t count)
{
	*s = (struct case_set){ .owner = owner,
				.cases = cases,
				.count = count };
	eg_list_init(&s->done);
	for (size_t i = 0; i < count; i++) {
		struct case_wait *w = case_wait_of(&cases[i]);

		*w = (struct case_wait){ .set = s };
		cases[i].order = 0;
		s->expected += cases[i].kind != EG_CASE_NONE;
	}
}

static int line_up_all(struct case_set *s)
{
	int r = 0;

	eg__set_line_up_shared(s);
	for (size_t i = 0; i < s->count && r == 0 && !s->is_over; i++)
		if (!s->cases[i].order && !eg__case_place(&s->cases[i]))
			r = eg__case_line_up(s, &s->cases[i]);
	/* Unless a thread was faster: then there is something to return. */
	if (r == 0 || !wins(s))
		return 0;
	leave_all(s);
	settle(s);
	return r;
}

/* Sets */

int eg_wait_set_begin(eg_wait_set *set, eg_case *cases, size_t count)
{
	struct eg_fiber *self = eg__current();
	int r = set ? check(cases, count) : -EINVAL;

	if (r < 0)
		return r;
	if (!self)
		return -EPERM;
	init(set_of(set), self, cases, count);
	for (size_t i = 0; i < count; i++)
		if (eg__case_try(&cases[i], self))
			note(set_of(set), &cases[i]);
	return line_up_all(set_of(set));
}

static int check_set(const struct case_set *s, const char *call)
{
	if (!s || !s->owner || s->is_over)
		return -EINVAL;
	if (!eg__current())
		return eg__refuse_blocking(call);
	return s->owner == eg__current() ? 0 : -EPERM;
}

/* -ENOENT: none is there. */
static int give(struct case_set *s)
{
	struct eg_list *node = eg_list_pop_front(&s->done);
	struct case_wait *w;

	if (!node)
		return -ENOENT;
	w = eg_list_entry(node, struct case_wait, done_link);
	return (int)(case_of(w) - s->cases);
}

int eg_wait_set_next(eg_wait_set *set, int64_t deadline)
{
	struct case_set *s = set_of(set);
	int r = check_set(s, "eg_wait_set_next");

	if (r < 0)
		return r;
	r = give(s);
	if (r != -ENOENT || s->came == s->expected)
		return r;
	s->reason = 0;
	r = park(s, deadline);
	s->waiter = NULL;
	if (r == 0)
		r = s->reason;
	/* What came after the wait was cut short has come all the same. */
	return r < 0 && eg_list_is_empty(&s->done) ? r : give(s);
}

int eg_wait_set_end(eg_wait_set *set)
{
	struct case_set *s = set_of(set);
	int r = check_set(s, "eg_wait_set_end");
	int left = 0;

	if (r < 0)
		return r;
	leave_all(s);
	settle(s);
	while (give(s) >= 0)
		left++;
	return left;
}

ssize_t eg_wait_many(eg_case *cases, size_t count, size_t wanted,
		     int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct case_set s;
	eg_wait_set *set = (eg_wait_set *)(void *)&s;
	int r;

	if (check(cases, count) < 0)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_wait_many");
	r = eg_wait_set_begin(set, cases, count);
	if (r < 0)
		return r;
	if (!wanted || wanted > s.expected)
		wanted = s.expected;
	for (size_t given = 0; given < wanted && r >= 0; given++)
		r = eg_wait_set_next(set, deadline);
	eg_wait_set_end(set);
	if (r == -ETIMEDOUT && deadline <= self->scope_deadline)
		r = 0;
	return r < 0 ? r : (ssize_t)s.came;
}

/* Select */

/* The first that is ready, from @from on round the array; -ENOENT: none. */
static int try_all(eg_case *cases, size_t count, size_t from,
		   struct eg_fiber *self)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = from + i < count ? from + i : from + i - count;

		cases[at].order = 0;
		if (!eg__case_try(&cases[at], self))
			continue;
		cases[at].order = 1;
		return (int)at;
	}
	return -ENOENT;
}

/* On a hub, who was not served last comes first. */
static size_t first_to_try(struct eg_fiber *self, size_t count, uint32_t flags)
{
	if (!(flags & EG_SELECT_FAIR) || !count)
		return 0;
	return ++self->hub->select_turn % count;
}

static int select_slowly(struct eg_fiber *self, eg_case *cases, size_t count,
			 int64_t deadline)
{
	struct case_set s;
	int r = eg__park_check(self, deadline);

	if (r < 0)
		return r;
	init(&s, self, cases, count);
	s.is_first_only = true;
	r = line_up_all(&s);
	if (r < 0 || s.is_over)
		return r < 0 ? r : give(&s);
	r = park(&s, deadline);
	if (r == 0 && s.reason)
		r = s.reason;
	return r < 0 ? r : give(&s);
}

int eg_select(eg_case *cases, size_t count, int64_t deadline, uint32_t flags)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (check(cases, count) < 0 || flags & ~EG_SELECT_FAIR)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_select");
	r = try_all(cases, count, first_to_try(self, count, flags), self);
	return r < 0 ? select_slowly(self, cases, count, deadline) : r;
}
