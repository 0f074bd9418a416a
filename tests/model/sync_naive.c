/* SPDX-License-Identifier: MIT */
/*
 * What each call on a sync object does to who waits, in the naive model. Runs
 * nothing: sync_model.c has the objects, and compares.
 */
#include "sync_naive.h"

#include "egt.h"

#include <errno.h>
#include <string.h>

struct naive naive;

static void finish(struct actor *a, int result)
{
	a->line = NULL;
	a->timeout = EG_FOREVER;
	egt_lt(naive.end_count, ARRAY_LEN(naive.ends));
	naive.ends[naive.end_count++] = (struct end){ a->number, result };
}

static void push(struct naive_line *l, struct actor *a)
{
	a->line = l;
	l->a[l->n++] = a;
}

/* A call that has to wait, if it may. */
static bool wait_in(struct naive_line *l, struct actor *a)
{
	if (a->deadline == EG_NOW) {
		finish(a, -ETIMEDOUT);
		return false;
	}
	a->timeout = a->deadline;
	push(l, a);
	return true;
}

static void take_out(struct naive_line *l, struct actor *a)
{
	size_t i = 0;

	while (l->a[i] != a)
		i++;
	l->n--;
	memmove(&l->a[i], &l->a[i + 1], (l->n - i) * sizeof(l->a[0]));
}

static struct actor *take_first(struct naive_line *l)
{
	struct actor *a = l->n ? l->a[0] : NULL;

	if (a)
		take_out(l, a);
	return a;
}

static void own(struct naive_mutex *m, struct actor *a)
{
	m->owner = a;
	m->depth = a->is_relocking ? a->depth : 1;
	finish(a, a->is_relocking ? a->relock_result : 0);
	a->is_relocking = false;
}

static void lock(struct naive_mutex *m, struct actor *a)
{
	if (!m->owner) {
		own(m, a);
	} else if (m->owner != a) {
		wait_in(&m->line, a);
	} else {
		m->depth += m->is_recursive;
		finish(a, m->is_recursive ? 0 : -EDEADLK);
	}
}

static void hand_over(struct naive_mutex *m)
{
	struct actor *next = take_first(&m->line);

	m->owner = NULL;
	if (next)
		own(m, next);
}

static void unlock(struct naive_mutex *m, struct actor *a)
{
	finish(a, m->owner == a ? 0 : -EPERM);
	if (m->owner == a && --m->depth == 0)
		hand_over(m);
}

static void cond_wait(struct naive_mutex *m, struct actor *a)
{
	if (m->owner != a) {
		finish(a, -EPERM);
		return;
	}
	a->m = m;
	a->depth = m->depth;
	if (wait_in(&naive.cond, a))
		hand_over(m);
}

/* The wait for the signal ended with @result; @a is on no line. */
static void relock(struct actor *a, int result)
{
	a->is_relocking = true;
	a->relock_result = result;
	a->timeout = EG_FOREVER;
	if (a->m->owner)
		push(&a->m->line, a);
	else
		own(a->m, a);
}

static void signal_some(struct actor *a, size_t most)
{
	size_t n = naive.cond.n < most ? naive.cond.n : most;

	finish(a, (int)n);
	while (n--)
		relock(take_first(&naive.cond), 0);
}

static void admit(void)
{
	while (naive.rwlock.n && !naive.writer) {
		struct actor *a = naive.rwlock.a[0];

		if (a->op == WRLOCK && naive.readers)
			return;
		take_first(&naive.rwlock);
		if (a->op == WRLOCK) {
			naive.writer = a;
		} else {
			naive.readers++;
			a->reads++;
		}
		finish(a, 0);
	}
}

static void rwlock(struct actor *a)
{
	if (naive.writer == a)
		finish(a, -EDEADLK);
	else if (naive.writer || naive.rwlock.n ||
		 (a->op == WRLOCK && naive.readers))
		wait_in(&naive.rwlock, a);
	else {
		push(&naive.rwlock, a);
		admit();
	}
}

static void rwunlock(struct actor *a)
{
	if (naive.writer == a) {
		naive.writer = NULL;
	} else if (!naive.writer && a->reads) {
		a->reads--;
		naive.readers--;
	} else {
		finish(a, -EPERM);
		return;
	}
	finish(a, 0);
	admit();
}

/* While there is a unit, who looks; then who takes. Or, at the most, nobody. */
static void give(void)
{
	struct actor *a;

	naive.units++;
	while (naive.units && (a = take_first(&naive.sem))) {
		naive.units -= a->op == TAKE;
		finish(a, 0);
	}
}

static void take(struct actor *a)
{
	struct actor *poster;

	if (!naive.units) {
		wait_in(&naive.sem, a);
		return;
	}
	finish(a, 0);
	/* Who stands in line while there are units wants to post. */
	poster = take_first(&naive.sem);
	if (poster)
		finish(poster, 0);
	else
		naive.units--;
}

static void post(struct actor *a)
{
	if (naive.units < UNITS_MAX) {
		finish(a, 0);
		give();
	} else if (a->op == POST_WAIT) {
		wait_in(&naive.sem, a);
	} else {
		finish(a, -EOVERFLOW);
	}
}

static void come(struct actor *a)
{
	struct actor *other;

	if (naive.barrier.n + 1 < BARRIER_COUNT) {
		wait_in(&naive.barrier, a);
		return;
	}
	finish(a, 1);
	while ((other = take_first(&naive.barrier)))
		finish(other, 0);
}

void naive_call(struct actor *a)
{
	if (a->op == LOCK || a->op == RLOCK)
		lock(a->op == LOCK ? &naive.mutex : &naive.rmutex, a);
	else if (a->op == UNLOCK || a->op == RUNLOCK)
		unlock(a->op == UNLOCK ? &naive.mutex : &naive.rmutex, a);
	else if (a->op == COND_WAIT || a->op == COND_RWAIT)
		cond_wait(a->op == COND_WAIT ? &naive.mutex : &naive.rmutex, a);
	else if (a->op == SIGNAL || a->op == BROADCAST)
		signal_some(a, a->op == SIGNAL ? 1 : ACTORS);
	else if (a->op == RDLOCK || a->op == WRLOCK)
		rwlock(a);
	else if (a->op == RWUNLOCK)
		rwunlock(a);
	else if (a->op == TAKE)
		take(a);
	else if (a->op == POST || a->op == POST_WAIT)
		post(a);
	else if (a->op == PEEK && naive.units)
		finish(a, 0);
	else if (a->op == PEEK)
		wait_in(&naive.sem, a);
	else
		come(a);
}

void naive_give_up(struct actor *a, int reason)
{
	struct naive_line *l = a->line;

	if (a->is_relocking)
		return;
	take_out(l, a);
	if (l == &naive.cond) {
		relock(a, reason);
		return;
	}
	/* Whom it held up are woken before it. */
	if (l == &naive.rwlock)
		admit();
	finish(a, reason);
}
