/* SPDX-License-Identifier: MIT */
/*
 * Semaphores with a bound: a post above it is refused or waits (semantics
 * LK-06, LK-12); and a look that takes nothing (LK-04).
 */
#include "fiber_trace.h"

#include <limits.h>

/* A fiber in one call: 't' takes, 'p' posts, 'l' looks. */
struct user {
	eg_sem *sem;
	struct letter letter;
	char call;
	int64_t deadline;
	int result;
};

static void *use(void *arg)
{
	struct user *u = arg;

	if (u->call == 't')
		u->result = eg_sem_wait(u->sem, u->deadline);
	else if (u->call == 'p')
		u->result = eg_sem_post_wait(u->sem, u->deadline);
	else
		u->result = eg_sem_peek(u->sem, u->deadline);
	return write_letter(&u->letter);
}

/* A fiber for each letter of @calls, in line; they write a, b, c ... */
static size_t queue_up(eg_fiber **f, struct user *u, const char *calls,
		       eg_sem *sem, struct trace *t)
{
	size_t n = 0;

	for (; calls[n]; n++) {
		u[n] = (struct user){
			sem, { t, (char)('a' + n) }, calls[n], EG_FOREVER, 1
		};
		egt_eq(eg_spawn(&f[n], use, &u[n]), 0);
	}
	settle();
	return n;
}

static void join_all(eg_fiber **f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

/* LK-06 */
EG_TEST(a_post_above_the_bound_is_refused)
{
	static const struct {
		int units, max, posts;
	} cases[] = {
		{ 0, 1, 1 },
		{ 1, 1, 0 },
		{ 0, 3, 3 },
		{ 2, 3, 1 },
		{ 3, 3, 0 },
		{ INT_MAX - 1, INT_MAX, 1 },
		{ INT_MAX, INT_MAX, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_sem sem;

		egt_casef("%d of %d", cases[i].units, cases[i].max);
		egt_eq(eg_sem_init_bounded(&sem, cases[i].units, cases[i].max),
		       0);
		for (int j = 0; j < cases[i].posts; j++)
			egt_eq(eg_sem_post(&sem), 0);
		egt_eq(eg_sem_post(&sem), -EOVERFLOW);
		egt_eq(eg_sem_post_wait(&sem, EG_NOW), -ETIMEDOUT);
		egt_eq(eg_sem_units(&sem), cases[i].max);
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_post_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_units(&sem), cases[i].max);
	}
}

/* LK-12: each unit taken lets the first who waits to post go on. */
EG_TEST(who_waits_to_post_goes_on_in_order)
{
	struct trace t = { .len = 0 };
	struct user u[3];
	eg_fiber *f[3];
	eg_sem sem;

	egt_eq(eg_sem_init_bounded(&sem, 2, 2), 0);
	queue_up(f, u, "ppp", &sem, &t);
	egt_str_eq(t.text, "");
	/* The room is not free for a post that comes later. */
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_units(&sem), 2);
	egt_eq(eg_sem_post(&sem), -EOVERFLOW);
	settle();
	egt_str_eq(t.text, "a");
	for (int i = 0; i < 4; i++)
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_wait(&sem, EG_NOW), -ETIMEDOUT);
	join_all(f, 3);
	egt_str_eq(t.text, "abc");
}

/* LK-05, LK-12: a poster that gives up has given nothing. */
EG_TEST(a_poster_that_gives_up_has_posted_nothing)
{
	static const struct {
		const char *name;
		int cancelled_before, cancelled_after; /* -1: none */
		const char *want;		       /* ok, cancelled */
		int left;
	} cases[] = {
		{ "nobody", -1, -1, "ooo", 1 },
		{ "the first, before", 0, -1, "coo", 0 },
		{ "the second, before", 1, -1, "oco", 0 },
		{ "the first, when its unit is in", -1, 0, "ooo", 1 },
		{ "both", 1, 0, "oco", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };
		struct user u[3];
		eg_fiber *f[3];
		eg_sem sem;

		egt_case(cases[i].name);
		egt_eq(eg_sem_init_bounded(&sem, 1, 1), 0);
		queue_up(f, u, "ppp", &sem, &t);
		if (cases[i].cancelled_before >= 0)
			egt_eq(eg_cancel(f[cases[i].cancelled_before]), 0);
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		if (cases[i].cancelled_after >= 0)
			egt_eq(eg_cancel(f[cases[i].cancelled_after]), 0);
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
		egt_eq(eg_sem_units(&sem), cases[i].left);
		join_all(f, 3);
		for (size_t j = 0; j < 3; j++)
			egt_eq(u[j].result,
			       cases[i].want[j] == 'o' ? 0 : -ECANCELED);
	}
}

/* LK-04: in line with the takers; a unit for one before it is not free. */
EG_TEST(a_look_takes_no_unit_and_overtakes_nobody)
{
	static const struct {
		const char *calls;
		const char *ran[3]; /* after the first post, the second ... */
		int left;
	} cases[] = {
		{ "l", { "a", "a", "a" }, 3 },
		{ "lll", { "abc", "abc", "abc" }, 3 },
		{ "lt", { "ab", "ab", "ab" }, 2 },
		{ "tl", { "a", "ab", "ab" }, 2 },
		{ "tlt", { "a", "abc", "abc" }, 1 },
		{ "ltlt", { "ab", "abcd", "abcd" }, 1 },
		{ "ttl", { "a", "ab", "abc" }, 1 },
		{ "ttlt", { "a", "ab", "abcd" }, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trace t = { .len = 0 };
		struct user u[4];
		eg_fiber *f[4];
		eg_sem sem = { 0 };
		size_t n;

		egt_case(cases[i].calls);
		n = queue_up(f, u, cases[i].calls, &sem, &t);
		egt_str_eq(t.text, "");
		for (size_t j = 0; j < 3; j++) {
			egt_eq(eg_sem_post(&sem), 0);
			settle();
			egt_str_eq(t.text, cases[i].ran[j]);
		}
		egt_eq(eg_sem_units(&sem), cases[i].left);
		join_all(f, n);
	}
}

EG_TEST(a_look_at_a_free_unit_does_not_wait)
{
	eg_sem sem;

	egt_eq(eg_sem_init(&sem, 1), 0);
	egt_eq(eg_sem_peek(&sem, EG_NOW), 0);
	egt_eq(eg_sem_peek(&sem, EG_FOREVER), 0);
	egt_eq(eg_sem_units(&sem), 1);
	egt_eq(eg_sem_wait(&sem, EG_NOW), 0);
	egt_eq(eg_sem_peek(&sem, EG_NOW), -ETIMEDOUT);
}

/* LK-05: who looked and gave up holds up nobody. */
EG_TEST(a_look_cancelled_leaves_the_line)
{
	struct trace t = { .len = 0 };
	struct user u[2];
	eg_fiber *f[2];
	eg_sem sem = { 0 };

	queue_up(f, u, "lt", &sem, &t);
	egt_eq(eg_cancel(f[0]), 0);
	egt_eq(eg_sem_post(&sem), 0);
	join_all(f, 2);
	egt_eq(u[0].result, -ECANCELED);
	egt_eq(u[1].result, 0);
	egt_eq(eg_sem_units(&sem), 0);
}

struct flow {
	eg_sem sem;
	int in, out, inside_max;
};

static void *put_ten(void *arg)
{
	struct flow *w = arg;

	for (int i = 0; i < 10; i++) {
		egt_eq(eg_sem_post_wait(&w->sem, EG_FOREVER), 0);
		w->in++;
		if (eg_sem_units(&w->sem) > w->inside_max)
			w->inside_max = eg_sem_units(&w->sem);
	}
	return NULL;
}

static void *take_ten(void *arg)
{
	struct flow *w = arg;

	for (int i = 0; i < 10; i++) {
		egt_eq(eg_sem_wait(&w->sem, EG_FOREVER), 0);
		w->out++;
		if (i % 3 == 0)
			egt_eq(eg_yield(), 0);
	}
	return NULL;
}

/* LK-12 */
EG_TEST(units_flow_through_a_bounded_semaphore)
{
	for (int max = 1; max < 5; max++) {
		struct flow w = { .in = 0 };
		eg_group group = { 0 };

		egt_casef("at most %d", max);
		egt_eq(eg_sem_init_bounded(&w.sem, 0, max), 0);
		for (int i = 0; i < 20; i++)
			egt_eq(eg_group_spawn(&group,
					      i % 2 ? put_ten : take_ten, &w,
					      NULL),
			       0);
		egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
		egt_eq(w.in, 100);
		egt_eq(w.out, 100);
		egt_eq(w.inside_max, max);
		egt_eq(eg_sem_units(&w.sem), 0);
	}
}
