/* SPDX-License-Identifier: MIT */
/*
 * The semaphore that threads share. While nobody waits its count is all there
 * is, taken and given by one atomic operation. Who waits marks the count, so
 * that the next unit, or the next room for one, is handed over under the lock:
 * nobody overtakes.
 */
#include "sync/shared.h"

#include <evergreen/shared.h>

#include <limits.h>

/* In place of a count, while the line is not empty. */
enum {
	WAITED = -1, /* no units: they want one, or to see one */
	FULL = -2,   /* all units: they want to post one */
};

/* No error, for a fiber may be killed with any. */
enum { AGAIN = 1 };

/* One line serves both sides: nobody waits for a unit while there is one, or
 * for room while there is room. */
struct sem {
	struct eg__shared shared;
	int units; /* atomic */
	struct eg_list line;
	int less; /* than INT_MAX is the most it holds; so 0 is no bound */
};

_Static_assert(sizeof(struct sem) <= sizeof(eg_shared_sem),
	       "eg_shared_sem too small");

static inline struct sem *sem_of(const eg_shared_sem *sem)
{
	return (struct sem *)(uintptr_t)sem;
}

static inline int max_of(const struct sem *s)
{
	return INT_MAX - s->less;
}

/* Takes the mark off again when the line is empty. Under the lock. */
static void unmark(struct sem *s)
{
	int units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);

	if (units < 0 && !eg__shared_first(&s->line))
		__atomic_store_n(&s->units, units == FULL ? max_of(s) : 0,
				 __ATOMIC_RELEASE);
}

static void left_sem(struct eg__shared *shared)
{
	unmark(eg_container_of(shared, struct sem, shared));
}

static const struct eg__shared_kind sem_wait = {
	.wait = { .what = "shared semaphore", .abort = eg__shared_abort },
	.left = left_sem,
};
static const struct eg__shared_kind peek_wait = {
	.wait = { .what = "shared semaphore (peek)",
		  .abort = eg__shared_abort },
	.left = left_sem,
};
static const struct eg__shared_kind post_wait = {
	.wait = { .what = "shared semaphore (post)",
		  .abort = eg__shared_abort },
	.left = left_sem,
};

int eg_shared_sem_init(eg_shared_sem *sem, int units)
{
	if (!sem || units < 0)
		return -EINVAL;
	*sem_of(sem) = (struct sem){ .units = units };
	return 0;
}

int eg_shared_sem_init_bounded(eg_shared_sem *sem, int units, int max)
{
	if (!sem || max <= 0 || units < 0 || units > max)
		return -EINVAL;
	*sem_of(sem) = (struct sem){ .units = units, .less = INT_MAX - max };
	return 0;
}

/* The first in line for a unit, or NULL. Under the lock. */
static inline struct eg__shared_waiter *first_of(const struct sem *s)
{
	if (__atomic_load_n(&s->units, __ATOMIC_RELAXED) != WAITED)
		return NULL;
	return eg__shared_first(&s->line);
}

/* Shows a unit to those in line who only look, up to the first who takes. The
 * lock is held, and is not on return. */
static EG_NOINLINE void show(struct sem *s)
{
	struct eg__shared_waiter *w;
	struct eg_list shown;

	eg_list_init(&shown);
	while ((w = first_of(s)) && w->kind == &peek_wait) {
		if (eg__shared_take(w, 0))
			eg_list_push_back(&shown, &w->link);
		unmark(s);
	}
	eg__shared_unlock(&s->shared);
	eg__shared_wake_all(&shown);
}

/* Gives a unit to the first in line. False: it does not take one, or there is
 * nobody any more; who does not has left the line. */
static EG_NOINLINE bool hand_over(struct sem *s)
{
	struct eg__shared_waiter *w;
	bool is_taken = false;

	eg__shared_lock(&s->shared);
	while (!is_taken && (w = first_of(s)) && w->kind != &peek_wait) {
		is_taken = eg__shared_take(w, 0);
		unmark(s);
	}
	if (eg_unlikely(!is_taken)) {
		show(s);
		return false;
	}
	eg__shared_unlock(&s->shared);
	eg__shared_wake(w);
	return true;
}

/* 0: it is given, and the semaphore may be gone. Else there is no room. */
static inline int try_to_post(struct sem *s)
{
	int units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);

	for (;;) {
		if (eg_unlikely(units == max_of(s) || units == FULL))
			return -EOVERFLOW;
		if (units == WAITED) {
			if (hand_over(s))
				return 0;
			units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);
		} else if (__atomic_compare_exchange_n(
				   &s->units, &units, units + 1, false,
				   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			return 0;
		}
	}
}

int eg_shared_sem_post(eg_shared_sem *sem)
{
	struct sem *s = sem_of(sem);

	return eg_likely(s) ? try_to_post(s) : -EINVAL;
}

/* Takes one of all: the first who waits to post puts its own in its place.
 * False: they have all left by now. */
static EG_NOINLINE bool take_from_full(struct sem *s)
{
	struct eg__shared_waiter *poster = NULL;

	eg__shared_lock(&s->shared);
	if (__atomic_load_n(&s->units, __ATOMIC_RELAXED) == FULL) {
		poster = eg__shared_take_first(&s->line, 0);
		unmark(s);
	}
	eg__shared_unlock(&s->shared);
	if (poster)
		eg__shared_wake(poster);
	return poster;
}

static inline bool try_to_take(struct sem *s)
{
	int units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);

	for (;;) {
		while (units > 0)
			if (__atomic_compare_exchange_n(
				    &s->units, &units, units - 1, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return true;
		if (eg_likely(units != FULL))
			return false;
		if (take_from_full(s))
			return true;
		units = max_of(s);
	}
}

/* Replaces the count @from by @with, if it is not there yet. Under the lock.
 * False: it is another count, so there is no need to wait. */
static bool mark(struct sem *s, int from, int with)
{
	return __atomic_compare_exchange_n(&s->units, &from, with, false,
					   __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED) ||
	       from == with;
}

/* Waits in line while the count is @none, which is marked @with. AGAIN: it was
 * another when the lock was taken. May switch. */
static inline int wait_while(struct sem *s, int none, int with,
			     const struct eg__shared_kind *kind,
			     int64_t deadline)
{
	int r = eg__shared_check(deadline);

	if (r < 0)
		return r;
	eg__shared_lock(&s->shared);
	if (!mark(s, none, with)) {
		eg__shared_unlock(&s->shared);
		return AGAIN;
	}
	return eg__shared_wait(&s->shared, &s->line, kind, NULL, deadline);
}

static bool must_wait(struct eg__shared *shared)
{
	return mark(eg_container_of(shared, struct sem, shared), 0, WAITED);
}

static void line_up(struct eg__shared *shared, struct eg__shared_waiter *w)
{
	w->kind = &sem_wait;
	eg__shared_push(&eg_container_of(shared, struct sem, shared)->line, w);
}

static void line_up_peek(struct eg__shared *shared, struct eg__shared_waiter *w)
{
	line_up(shared, w);
	w->kind = &peek_wait;
}

const struct eg__shared_place eg__shared_sem_place = {
	.must_wait = must_wait,
	.line_up = line_up,
	.left = left_sem,
};
const struct eg__shared_place eg__shared_sem_peek_place = {
	.must_wait = must_wait,
	.line_up = line_up_peek,
	.left = left_sem,
};

static EG_NOINLINE int wait_for_unit(struct sem *s, int64_t deadline)
{
	int r;

	while ((r = wait_while(s, 0, WAITED, &sem_wait, deadline)) == AGAIN) {
		if (try_to_take(s))
			return 0;
	}
	return r;
}

int eg_shared_sem_wait(eg_shared_sem *sem, int64_t deadline)
{
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_sem_wait");
	if (try_to_take(s))
		return 0;
	return wait_for_unit(s, deadline);
}

int eg_shared_sem_peek(eg_shared_sem *sem, int64_t deadline)
{
	struct sem *s = sem_of(sem);
	int r;

	if (!s)
		return -EINVAL;
	if (!eg__shared_may_block(deadline))
		return eg__refuse_blocking("eg_shared_sem_peek");
	do {
		if (eg_shared_sem_units(sem) > 0)
			return 0;
		r = wait_while(s, 0, WAITED, &peek_wait, deadline);
	} while (r == AGAIN);
	return r;
}

int eg_shared_sem_post_wait(eg_shared_sem *sem, int64_t deadline)
{
	struct sem *s = sem_of(sem);
	int r;

	if (!s)
		return -EINVAL;
	if (!eg__shared_may_block(deadline))
		return eg__refuse_blocking("eg_shared_sem_post_wait");
	do {
		if (try_to_post(s) == 0)
			return 0;
		r = wait_while(s, max_of(s), FULL, &post_wait, deadline);
	} while (r == AGAIN);
	return r;
}

int eg_shared_sem_units(const eg_shared_sem *sem)
{
	int units;

	if (!sem)
		return -EINVAL;
	units = __atomic_load_n(&sem_of(sem)->units, __ATOMIC_ACQUIRE);
	if (units == FULL)
		return max_of(sem_of(sem));
	return units == WAITED ? 0 : units;
}
