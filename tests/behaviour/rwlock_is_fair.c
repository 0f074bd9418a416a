/* SPDX-License-Identifier: MIT */
/*
 * Read-write locks: readers share, a writer is alone, and all go in in the
 * order in which they came (semantics LK-03, LK-05, LK-11).
 */
#include "fiber_trace.h"

#include <string.h>

enum { USERS_MAX = 8 };

struct rig {
	eg_rwlock lock;
	eg_event leave; /* set and cleared: all inside leave */
	struct trace trace;
	int readers, writers;
};

struct user {
	struct rig *rig;
	char kind; /* 'r' or 'w' */
	char letter;
	int64_t deadline;
	int result;
};

static int lock(eg_rwlock *l, char kind, int64_t deadline)
{
	return kind == 'r' ? eg_rwlock_rdlock(l, deadline)
			   : eg_rwlock_wrlock(l, deadline);
}

static void *use(void *arg)
{
	struct user *u = arg;
	struct rig *r = u->rig;
	int *inside = u->kind == 'r' ? &r->readers : &r->writers;

	u->result = lock(&r->lock, u->kind, u->deadline);
	if (u->result < 0)
		return NULL;
	++*inside;
	egt_true(!r->writers || (r->writers == 1 && !r->readers));
	trace_add(&r->trace, u->letter);
	eg_event_wait(&r->leave, EG_FOREVER);
	--*inside;
	egt_eq(eg_rwlock_unlock(&r->lock), 0);
	return NULL;
}

/* A fiber for each letter of @kinds, in line, named a, b, c ... */
static size_t queue_up(eg_fiber **f, struct user *u, const char *kinds,
		       struct rig *r)
{
	size_t n = strlen(kinds);

	egt_le(n, USERS_MAX);
	for (size_t i = 0; i < n; i++) {
		u[i] = (struct user){ r, kinds[i], (char)('a' + i), EG_FOREVER,
				      1 };
		egt_eq(eg_spawn(&f[i], use, &u[i]), 0);
	}
	settle();
	return n;
}

static void let_leave(struct rig *r)
{
	egt_le(0, eg_event_set(&r->leave));
	egt_eq(eg_event_clear(&r->leave), 0);
	trace_add(&r->trace, '|');
	settle();
}

/* Until all have been inside, or have given up. */
static void let_all_leave(struct rig *r, eg_fiber **f, size_t n)
{
	while (r->readers + r->writers)
		let_leave(r);
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	/* And the lock is free. */
	egt_eq(eg_rwlock_wrlock(&r->lock, EG_NOW), 0);
	egt_eq(eg_rwlock_unlock(&r->lock), 0);
	egt_eq(eg_rwlock_unlock(&r->lock), -EPERM);
}

EG_TEST(readers_share_and_writers_are_alone)
{
	static const struct {
		const char *holder, *kinds, *ran;
	} cases[] = {
		/* Who holds it at first, who comes, who was in together. */
		{ "w", "r", "a|" },
		{ "w", "w", "a|" },
		{ "w", "rrr", "abc|" },
		{ "w", "www", "a|b|c|" },
		{ "w", "rrwrr", "ab|c|de|" },
		{ "w", "wrrw", "a|bc|d|" },
		{ "w", "rwrwrw", "a|b|c|d|e|f|" },
		{ "w", "wwrrrrww", "a|b|cdef|g|h|" },
		{ "r", "r", "a|" },
		{ "r", "rrr", "abc|" },
		{ "r", "w", "a|" },
		/* A reader does not overtake the writer before it. */
		{ "r", "wr", "a|b|" },
		{ "r", "rwr", "a|b|c|" },
		{ "r", "rrwwrr", "ab|c|d|ef|" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r = { .readers = 0 };
		struct user u[USERS_MAX];
		eg_fiber *f[USERS_MAX];
		size_t n;

		egt_casef("%s, then %s", cases[i].holder, cases[i].kinds);
		egt_eq(lock(&r.lock, cases[i].holder[0], EG_NOW), 0);
		n = queue_up(f, u, cases[i].kinds, &r);
		egt_eq(eg_rwlock_unlock(&r.lock), 0);
		settle();
		let_all_leave(&r, f, n);
		egt_str_eq(r.trace.text, cases[i].ran);
	}
}

/* LK-05: whom a writer held up that gave up goes in at once. */
EG_TEST(who_gives_up_holds_up_nobody)
{
	static const struct {
		const char *holder, *kinds;
		const char *cancelled; /* while it is held */
		const char *inside;    /* then, beside the holder */
		const char *ran;
	} cases[] = {
		{ "r", "wrr", "0", "bc", "bc|" },
		{ "r", "wrrw", "0", "bc", "bc|d|" },
		{ "r", "wwr", "0", "", "b|c|" },
		{ "r", "wwr", "01", "c", "c|" },
		{ "r", "wwr", "10", "c", "c|" },
		{ "r", "wrwr", "0", "b", "b|c|d|" },
		{ "r", "wrwr", "02", "bd", "bd|" },
		{ "r", "wrr", "1", "", "a|c|" },
		{ "w", "wrr", "0", "", "bc|" },
		{ "w", "rwr", "1", "", "ac|" },
		{ "w", "rwr", "012", "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r = { .readers = 0 };
		struct user u[USERS_MAX];
		eg_fiber *f[USERS_MAX];
		const char *c;
		size_t n;

		egt_casef("%s, then %s, without %s", cases[i].holder,
			  cases[i].kinds, cases[i].cancelled);
		egt_eq(lock(&r.lock, cases[i].holder[0], EG_NOW), 0);
		n = queue_up(f, u, cases[i].kinds, &r);
		for (c = cases[i].cancelled; *c; c++)
			egt_eq(eg_cancel(f[*c - '0']), 0);
		settle();
		egt_str_eq(r.trace.text, cases[i].inside);
		for (c = cases[i].cancelled; *c; c++)
			egt_eq(u[*c - '0'].result, -ECANCELED);
		egt_eq(eg_rwlock_unlock(&r.lock), 0);
		settle();
		let_all_leave(&r, f, n);
		egt_str_eq(r.trace.text, cases[i].ran);
	}
}

EG_TEST(a_writer_that_times_out_lets_the_readers_in)
{
	struct rig r = { .readers = 0 };
	struct user w = { &r, 'w', 'w', eg_after(EG_MSEC), 1 };
	struct user u[USERS_MAX];
	eg_fiber *f[USERS_MAX], *writer;
	size_t n;

	egt_eq(eg_rwlock_rdlock(&r.lock, EG_NOW), 0);
	egt_eq(eg_spawn(&writer, use, &w), 0);
	n = queue_up(f, u, "rr", &r);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(w.result, -ETIMEDOUT);
	egt_str_eq(r.trace.text, "ab");
	egt_eq(eg_rwlock_unlock(&r.lock), 0);
	egt_eq(eg_join(writer, NULL, EG_FOREVER), 0);
	let_all_leave(&r, f, n);
}

/* LK-05: it holds the lock from the unlock on, cancelled or not. */
EG_TEST(a_lock_handed_over_is_kept_when_cancelled_after)
{
	static const char *const kinds[] = { "r", "w", "rr", "ww", "rw", "wr" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct rig r = { .readers = 0 };
		struct user u[USERS_MAX];
		eg_fiber *f[USERS_MAX];
		size_t n;

		egt_case(kinds[i]);
		egt_eq(eg_rwlock_wrlock(&r.lock, EG_NOW), 0);
		n = queue_up(f, u, kinds[i], &r);
		egt_eq(eg_rwlock_unlock(&r.lock), 0);
		egt_eq(eg_cancel(f[0]), 0);
		egt_eq(eg_rwlock_wrlock(&r.lock, EG_NOW), -ETIMEDOUT);
		settle();
		egt_eq(u[0].result, 0);
		let_all_leave(&r, f, n);
	}
}

/* LK-03: by who holds nothing, while others hold it and stand in line. */
EG_TEST(a_lock_is_tried)
{
	static const struct {
		const char *users; /* in order: the first ones hold it */
		char kind;
		int want;
	} cases[] = {
		{ "", 'r', 0 },
		{ "", 'w', 0 },
		{ "r", 'r', 0 },
		{ "rr", 'r', 0 },
		{ "r", 'w', -ETIMEDOUT },
		{ "rw", 'r', -ETIMEDOUT },
		{ "w", 'r', -ETIMEDOUT },
		{ "w", 'w', -ETIMEDOUT },
		{ "wr", 'r', -ETIMEDOUT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r = { .readers = 0 };
		struct user u[USERS_MAX];
		eg_fiber *f[USERS_MAX];
		size_t n;

		egt_casef("'%s', then %c", cases[i].users, cases[i].kind);
		n = queue_up(f, u, cases[i].users, &r);
		egt_eq(lock(&r.lock, cases[i].kind, EG_NOW), cases[i].want);
		if (cases[i].want == 0)
			egt_eq(eg_rwlock_unlock(&r.lock), 0);
		let_all_leave(&r, f, n);
	}
}

/* LK-08, LK-13: what is known of the holder is checked. */
EG_TEST(a_lock_held_for_writing_has_an_owner)
{
	struct rig r = { .readers = 0 };
	struct user u[USERS_MAX];
	eg_fiber *f[USERS_MAX];
	size_t n;

	egt_eq(eg_rwlock_init(&r.lock), 0);
	egt_eq(eg_rwlock_unlock(&r.lock), -EPERM);
	egt_eq(eg_rwlock_wrlock(&r.lock, EG_NOW), 0);
	egt_eq(eg_rwlock_wrlock(&r.lock, EG_FOREVER), -EDEADLK);
	egt_eq(eg_rwlock_rdlock(&r.lock, EG_FOREVER), -EDEADLK);
	egt_eq(eg_rwlock_wrlock(&r.lock, EG_NOW), -EDEADLK);
	egt_eq(eg_rwlock_unlock(&r.lock), 0);
	n = queue_up(f, u, "wr", &r);
	egt_eq(eg_rwlock_unlock(&r.lock), -EPERM);
	let_all_leave(&r, f, n);
}

/* A reader that wants to write waits for itself: reported, not hung. */
EG_TEST(a_reader_that_wants_to_write_is_a_deadlock)
{
	eg_rwlock l = { 0 };

	egt_eq(eg_rwlock_rdlock(&l, EG_FOREVER), 0);
	egt_eq(eg_rwlock_wrlock(&l, EG_FOREVER), -EDEADLK);
	egt_eq(eg_rwlock_rdlock(&l, EG_NOW), 0);
	egt_eq(eg_rwlock_unlock(&l), 0);
	egt_eq(eg_rwlock_unlock(&l), 0);
}
