/* SPDX-License-Identifier: MIT */
/*
 * The semaphore that threads share. While nobody waits its count is all there
 * is, taken and given by one atomic operation. Who waits marks the count, so
 * that the next unit is handed over under the lock: nobody overtakes.
 */
#include "sync/shared.h"

#include <evergreen/shared.h>

#include <limits.h>

enum { WAITED = -1 };

struct sem {
	struct eg__shared shared;
	int units; /* atomic; WAITED: none, and the line is not empty */
	struct eg_list line;
	int less; /* than INT_MAX is the most it holds; so 0 is no bound */
};

_Static_assert(sizeof(struct sem) <= sizeof(eg_shared_sem),
	       "eg_shared_sem too small");

static inline struct sem *sem_of(const eg_shared_sem *sem)
{
	return (struct sem *)(uintptr_t)sem;
}

/* Whoever posts next need not look for somebody who is not there. */
static void left_sem(struct eg__shared *shared)
{
	struct sem *s = eg_container_of(shared, struct sem, shared);

	if (!eg__shared_first(&s->line))
		__atomic_store_n(&s->units, 0, __ATOMIC_RELEASE);
}

static const struct eg__shared_kind sem_wait = {
	.wait = { .what = "shared semaphore", .abort = eg__shared_abort },
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

/* Gives a unit to the first in line. False: they have all left by now. */
static EG_NOINLINE bool hand_over(struct sem *s)
{
	struct eg__shared_waiter *w;

	eg__shared_lock(&s->shared);
	w = eg__shared_first(&s->line);
	if (w) {
		eg__shared_take(w, 0);
		left_sem(&s->shared);
	}
	eg__shared_unlock(&s->shared);
	if (!w)
		return false;
	eg__shared_wake(w);
	return true;
}

int eg_shared_sem_post(eg_shared_sem *sem)
{
	struct sem *s = sem_of(sem);
	int units;

	if (eg_unlikely(!s))
		return -EINVAL;
	units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);
	for (;;) {
		if (eg_unlikely(units == INT_MAX - s->less))
			return -EOVERFLOW;
		if (units == WAITED) {
			if (hand_over(s))
				return 0;
			units = 0;
		}
		/* After this the semaphore may be gone. */
		if (__atomic_compare_exchange_n(&s->units, &units, units + 1,
						false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return 0;
	}
}

static inline bool try_to_take(struct sem *s)
{
	int units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);

	while (units > 0)
		if (__atomic_compare_exchange_n(&s->units, &units, units - 1,
						false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

/* Marks the count as waited for, unless there is a unit. Under the lock. */
static bool mark(struct sem *s)
{
	int none = 0;

	return __atomic_compare_exchange_n(&s->units, &none, WAITED, false,
					   __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED) ||
	       none == WAITED;
}

static EG_NOINLINE int wait_for_unit(struct sem *s, int64_t deadline)
{
	int r = eg__shared_check(deadline);

	if (r < 0)
		return r;
	eg__shared_lock(&s->shared);
	while (!mark(s)) {
		if (try_to_take(s)) {
			eg__shared_unlock(&s->shared);
			return 0;
		}
	}
	return eg__shared_wait(&s->shared, &s->line, &sem_wait, NULL, deadline);
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

int eg_shared_sem_units(const eg_shared_sem *sem)
{
	int units;

	if (!sem)
		return -EINVAL;
	units = __atomic_load_n(&sem_of(sem)->units, __ATOMIC_ACQUIRE);
	return units < 0 ? 0 : units;
}
