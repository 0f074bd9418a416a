/* SPDX-License-Identifier: MIT */
/*
 * The sync objects against a naive model: actors make random calls, are
 * cancelled and time out; who is woken, in which order and with what must
 * agree after each step (semantics LK-05, LK-10, LK-11). EG_SEED=N repeats a
 * failure.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ACTORS = 8,
	ROUNDS = 500,
	STEPS = 400,
	UNITS_MAX = 2,
	BARRIER_COUNT = 3,
};

enum op {
	LOCK,
	UNLOCK,
	RLOCK,
	RUNLOCK,
	COND_WAIT,
	COND_RWAIT,
	SIGNAL,
	BROADCAST,
	RDLOCK,
	WRLOCK,
	RWUNLOCK,
	TAKE,
	POST,
	POST_WAIT,
	PEEK,
	COME,
	RANDOM_OPS,
	QUIT = RANDOM_OPS,
};

struct actor {
	eg_fiber *fiber; /* owned */
	eg_sem go;	 /* a unit: make the call */
	enum op op;
	int64_t deadline;
	/* The model's */
	struct line *line;     /* where it waits; NULL: nowhere */
	int64_t timeout;       /* of that wait */
	struct model_mutex *m; /* in cond: to be taken again */
	int depth;	       /* how often */
	bool is_relocking;     /* in m's line: cannot be ended */
	int relock_result;
	int reads;
	bool is_doomed; /* cancelled: to be replaced */
};

struct line {
	struct actor *a[ACTORS];
	size_t n;
};

struct model_mutex {
	struct actor *owner;
	int depth;
	bool is_recursive;
	struct line line;
};

struct end {
	int actor, result;
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

static struct {
	struct model_mutex mutex, rmutex;
	struct line cond;
	struct actor *writer;
	int readers;
	struct line rwlock;
	int units;
	struct line sem;
	struct line barrier;
	struct end ends[2 * ACTORS];
	size_t end_count;
} model;

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
		real.ends[real.end_count++] =
			(struct end){ (int)(a - real.actors), result };
	}
}

static void hire(struct actor *a)
{
	*a = (struct actor){ .timeout = EG_FOREVER };
	egt_eq(eg_spawn(&a->fiber, act, a), 0);
	egt_eq(eg_yield(), 0);
}

static void dismiss(struct actor *a)
{
	a->op = QUIT;
	egt_eq(eg_sem_post(&a->go), 0);
	egt_eq(eg_join(a->fiber, NULL, EG_FOREVER), 0);
}

/* The model */

static void finish(struct actor *a, int result)
{
	a->line = NULL;
	a->timeout = EG_FOREVER;
	egt_lt(model.end_count, ARRAY_LEN(model.ends));
	model.ends[model.end_count++] =
		(struct end){ (int)(a - real.actors), result };
}

static void push(struct line *l, struct actor *a)
{
	a->line = l;
	l->a[l->n++] = a;
}

/* A call that has to wait, if it may. */
static bool wait_in(struct line *l, struct actor *a)
{
	if (a->deadline == EG_NOW) {
		finish(a, -ETIMEDOUT);
		return false;
	}
	a->timeout = a->deadline;
	push(l, a);
	return true;
}

static void take_out(struct line *l, struct actor *a)
{
	size_t i = 0;

	while (l->a[i] != a)
		i++;
	l->n--;
	memmove(&l->a[i], &l->a[i + 1], (l->n - i) * sizeof(l->a[0]));
}

static struct actor *take_first(struct line *l)
{
	struct actor *a = l->n ? l->a[0] : NULL;

	if (a)
		take_out(l, a);
	return a;
}

static void own(struct model_mutex *m, struct actor *a)
{
	m->owner = a;
	m->depth = a->is_relocking ? a->depth : 1;
	finish(a, a->is_relocking ? a->relock_result : 0);
	a->is_relocking = false;
}

static void lock(struct model_mutex *m, struct actor *a)
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

static void hand_over(struct model_mutex *m)
{
	struct actor *next = take_first(&m->line);

	m->owner = NULL;
	if (next)
		own(m, next);
}

static void unlock(struct model_mutex *m, struct actor *a)
{
	finish(a, m->owner == a ? 0 : -EPERM);
	if (m->owner == a && --m->depth == 0)
		hand_over(m);
}

static void cond_wait(struct model_mutex *m, struct actor *a)
{
	if (m->owner != a) {
		finish(a, -EPERM);
		return;
	}
	a->m = m;
	a->depth = m->depth;
	if (wait_in(&model.cond, a))
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
	size_t n = model.cond.n < most ? model.cond.n : most;

	finish(a, (int)n);
	while (n--)
		relock(take_first(&model.cond), 0);
}

static void admit(void)
{
	while (model.rwlock.n && !model.writer) {
		struct actor *a = model.rwlock.a[0];

		if (a->op == WRLOCK && model.readers)
			return;
		take_first(&model.rwlock);
		if (a->op == WRLOCK) {
			model.writer = a;
		} else {
			model.readers++;
			a->reads++;
		}
		finish(a, 0);
	}
}

static void rwlock(struct actor *a)
{
	if (model.writer == a)
		finish(a, -EDEADLK);
	else if (model.writer || model.rwlock.n ||
		 (a->op == WRLOCK && model.readers))
		wait_in(&model.rwlock, a);
	else {
		push(&model.rwlock, a);
		admit();
	}
}

static void rwunlock(struct actor *a)
{
	if (model.writer == a) {
		model.writer = NULL;
	} else if (!model.writer && a->reads) {
		a->reads--;
		model.readers--;
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

	model.units++;
	while (model.units && (a = take_first(&model.sem))) {
		model.units -= a->op == TAKE;
		finish(a, 0);
	}
}

static void take(struct actor *a)
{
	struct actor *poster;

	if (!model.units) {
		wait_in(&model.sem, a);
		return;
	}
	finish(a, 0);
	/* Who stands in line while there are units wants to post. */
	poster = take_first(&model.sem);
	if (poster)
		finish(poster, 0);
	else
		model.units--;
}

static void post(struct actor *a)
{
	if (model.units < UNITS_MAX) {
		finish(a, 0);
		give();
	} else if (a->op == POST_WAIT) {
		wait_in(&model.sem, a);
	} else {
		finish(a, -EOVERFLOW);
	}
}

static void come(struct actor *a)
{
	struct actor *other;

	if (model.barrier.n + 1 < BARRIER_COUNT) {
		wait_in(&model.barrier, a);
		return;
	}
	finish(a, 1);
	while ((other = take_first(&model.barrier)))
		finish(other, 0);
}

static void model_call(struct actor *a)
{
	if (a->op == LOCK || a->op == RLOCK)
		lock(a->op == LOCK ? &model.mutex : &model.rmutex, a);
	else if (a->op == UNLOCK || a->op == RUNLOCK)
		unlock(a->op == UNLOCK ? &model.mutex : &model.rmutex, a);
	else if (a->op == COND_WAIT || a->op == COND_RWAIT)
		cond_wait(a->op == COND_WAIT ? &model.mutex : &model.rmutex, a);
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
	else if (a->op == PEEK && model.units)
		finish(a, 0);
	else if (a->op == PEEK)
		wait_in(&model.sem, a);
	else
		come(a);
}

static void model_give_up(struct actor *a, int reason)
{
	struct line *l = a->line;

	if (a->is_relocking)
		return;
	take_out(l, a);
	if (l == &model.cond) {
		relock(a, reason);
		return;
	}
	/* Whom it held up are woken before it. */
	if (l == &model.rwlock)
		admit();
	finish(a, reason);
}

/* Both */

static void compare(void)
{
	for (int i = 0; i < 4; i++)
		egt_eq(eg_yield(), 0);
	for (size_t i = 0; i < real.end_count && i < model.end_count; i++) {
		egt_eq(real.ends[i].actor, model.ends[i].actor);
		egt_eq(real.ends[i].result, model.ends[i].result);
	}
	egt_eq(real.end_count, model.end_count);
	egt_eq(eg_sem_units(&real.sem), model.units);
	real.end_count = 0;
	model.end_count = 0;
}

static void start(struct actor *a, enum op op, int64_t deadline)
{
	a->op = op;
	a->deadline = deadline;
	model_call(a);
	egt_eq(eg_sem_post(&a->go), 0);
	compare();
}

static void cancel(struct actor *a)
{
	if (a->is_doomed)
		return;
	a->is_doomed = true;
	model_give_up(a, -ECANCELED);
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
		model_give_up(a, -ETIMEDOUT);
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
	if (model.mutex.owner == a)
		start(a, UNLOCK, EG_NOW);
	else if (model.rmutex.owner == a)
		start(a, RUNLOCK, EG_NOW);
	else if (model.writer == a || a->reads)
		start(a, RWUNLOCK, EG_NOW);
	else
		return false;
	return true;
}

static void step(void)
{
	struct actor *a = &real.actors[random_below(ACTORS)];
	enum op op = (enum op)random_below(RANDOM_OPS);

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
	} else if (op != RWUNLOCK || a->reads || !model.readers) {
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
	memset(&model, 0, sizeof(model));
	model.rmutex.is_recursive = true;
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
