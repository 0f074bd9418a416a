/* SPDX-License-Identifier: MIT */
/*
 * The sync objects against a naive model: actors make random calls, are
 * cancelled and time out; who is woken, in which order and with what must
 * agree after each step (semantics LK-05, LK-10, LK-11). EG_SEED=N repeats a
 * failure.
 */
#include "egt.h"
#include "sync_naive.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ROUNDS = 500,
	STEPS = 400,
};

static struct {
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_cond cond;
	eg_rwlock rwlock;
	eg_sem sem;
	eg_barrier barrier;
	struct actor actors[ACTORS];
	struct end ends[2 * ACTORS]; /* of calls, in this step */
	size_t end_count;
} real;

static uint64_t random_state;

static uint64_t random_below(uint64_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 20) % bound;
}

/* The actors: fibers that make one call after the other. */

static int call(struct actor *a)
{
	switch (a->op) {
	case LOCK:
		return eg_mutex_lock(&real.mutex, a->deadline);
	case UNLOCK:
		return eg_mutex_unlock(&real.mutex);
	case RLOCK:
		return eg_rmutex_lock(&real.rmutex, a->deadline);
	case RUNLOCK:
		return eg_rmutex_unlock(&real.rmutex);
	case COND_WAIT:
		return eg_cond_wait(&real.cond, &real.mutex, a->deadline);
	case COND_RWAIT:
		return eg_cond_wait_rmutex(&real.cond, &real.rmutex,
					   a->deadline);
	case SIGNAL:
		return eg_cond_signal(&real.cond);
	case BROADCAST:
		return eg_cond_broadcast(&real.cond);
	case RDLOCK:
		return eg_rwlock_rdlock(&real.rwlock, a->deadline);
	case WRLOCK:
		return eg_rwlock_wrlock(&real.rwlock, a->deadline);
	case RWUNLOCK:
		return eg_rwlock_unlock(&real.rwlock);
	case TAKE:
		return eg_sem_wait(&real.sem, a->deadline);
	case POST:
		return eg_sem_post(&real.sem);
	case POST_WAIT:
		return eg_sem_post_wait(&real.sem, a->deadline);
	case PEEK:
		return eg_sem_peek(&real.sem, a->deadline);
	case COME:
		return eg_barrier_wait(&real.barrier, a->deadline);
	case QUIT:
		break;
	}
	egt_fail("no such call");
	return 0;
}

static void *act(void *arg)
{
	struct actor *a = arg;
	eg_timeout shield;

	for (;;) {
		int result;

		egt_eq(eg_shield_begin(&shield), 0);
		egt_eq(eg_sem_wait(&a->go, EG_FOREVER), 0);
		egt_eq(eg_shield_end(&shield), 0);
		if (a->op == QUIT)
			return NULL;
		result = call(a);
		egt_lt(real.end_count, ARRAY_LEN(real.ends));
		real.ends[real.end_count++] = (struct end){ a->number, result };
	}
}

static void hire(struct actor *a)
{
	*a = (struct actor){
		.number = (int)(a - real.actors),
		.timeout = EG_FOREVER,
	};
	egt_eq(eg_spawn(&a->fiber, act, a), 0);
	egt_eq(eg_yield(), 0);
}

static void dismiss(struct actor *a)
{
	a->op = QUIT;
	egt_eq(eg_sem_post(&a->go), 0);
	egt_eq(eg_join(a->fiber, NULL, EG_FOREVER), 0);
}

/* Both */

static void compare(void)
{
	for (int i = 0; i < 4; i++)
		egt_eq(eg_yield(), 0);
	for (size_t i = 0; i < real.end_count && i < naive.end_count; i++) {
		egt_eq(real.ends[i].actor, naive.ends[i].actor);
		egt_eq(real.ends[i].result, naive.ends[i].result);
	}
	egt_eq(real.end_count, naive.end_count);
	egt_eq(eg_sem_units(&real.sem), naive.units);
	real.end_count = 0;
	naive.end_count = 0;
}

static void start(struct actor *a, enum naive_op op, int64_t deadline)
{
	a->op = op;
	a->deadline = deadline;
	naive_call(a);
	egt_eq(eg_sem_post(&a->go), 0);
	compare();
}

static void cancel(struct actor *a)
{
	if (a->is_doomed)
		return;
	a->is_doomed = true;
	naive_give_up(a, -ECANCELED);
	egt_eq(eg_cancel(a->fiber), 0);
	compare();
}

static struct actor *first_due(int64_t time)
{
	struct actor *first = NULL;

	for (int i = 0; i < ACTORS; i++) {
		struct actor *a = &real.actors[i];

		if (a->line && a->timeout <= time) {
			first = a;
			time = a->timeout - 1;
		}
	}
	return first;
}

static void pass_time(void)
{
	int64_t until = eg_now() + (int64_t)random_below(40) * EG_USEC;
	struct actor *a;

	while ((a = first_due(until)))
		naive_give_up(a, -ETIMEDOUT);
	egt_eq(eg_sleep_until(until), 0);
	compare();
}

/* Different for each who waits: which is first must be known. */
static int64_t random_deadline(void)
{
	int64_t deadline;
	bool is_taken;

	if (random_below(6) == 0)
		return EG_NOW;
	if (!egt_is_sim() || random_below(2))
		return EG_FOREVER;
	do {
		deadline = eg_now() + 1 + (int64_t)random_below(60) * EG_USEC;
		is_taken = false;
		for (int i = 0; i < ACTORS; i++)
			is_taken |= real.actors[i].timeout == deadline;
	} while (is_taken);
	return deadline;
}

/* Has @a give back something; false: it holds nothing. */
static bool give_back(struct actor *a)
{
	if (naive.mutex.owner == a)
		start(a, UNLOCK, EG_NOW);
	else if (naive.rmutex.owner == a)
		start(a, RUNLOCK, EG_NOW);
	else if (naive.writer == a || a->reads)
		start(a, RWUNLOCK, EG_NOW);
	else
		return false;
	return true;
}

static void step(void)
{
	struct actor *a = &real.actors[random_below(ACTORS)];
	enum naive_op op = (enum naive_op)random_below(RANDOM_OPS);

	if (egt_is_sim() && random_below(8) == 0) {
		pass_time();
	} else if (a->line) {
		if (random_below(6) == 0)
			cancel(a);
	} else if (a->is_doomed) {
		if (give_back(a))
			return;
		dismiss(a);
		hire(a);
	} else if (random_below(3) == 0) {
		give_back(a);
	} else if (op != RWUNLOCK || a->reads || !naive.readers) {
		/* Who reads is not known, so a wrong unlock would pass. */
		start(a, op, random_deadline());
	}
}

static void end_round(void)
{
	bool is_busy = true;

	while (is_busy) {
		is_busy = false;
		for (int i = 0; i < ACTORS; i++) {
			struct actor *a = &real.actors[i];

			if (a->line)
				cancel(a);
			is_busy |= a->line || give_back(a);
		}
	}
	for (int i = 0; i < ACTORS; i++)
		dismiss(&real.actors[i]);
}

static void run_round(uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(&real, 0, sizeof(real));
	memset(&naive, 0, sizeof(naive));
	naive.rmutex.is_recursive = true;
	egt_eq(eg_sem_init_bounded(&real.sem, 0, UNITS_MAX), 0);
	egt_eq(eg_barrier_init(&real.barrier, BARRIER_COUNT), 0);
	for (int i = 0; i < ACTORS; i++)
		hire(&real.actors[i]);
	for (int i = 0; i < STEPS; i++)
		step();
	end_round();
}

EG_TEST(sync_objects_agree_with_their_model)
{
	const char *text = getenv("EG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("EG_SEED=%ju\n", (uintmax_t)seed);
	for (int i = 0; i < ROUNDS; i++) {
		egt_casef("EG_SEED=%ju", (uintmax_t)seed);
		run_round(seed++);
	}
}
