/* SPDX-License-Identifier: MIT */
/*
 * The park contract of several workers (core/state.h), with real threads: of
 * those who wake a fiber at once one wins, and it is made ready exactly once,
 * never before its registers are saved.
 */
#include "egt.h"

#include "core/state.h"

#include <pthread.h>
#include <sched.h>

enum { FIBERS = 1000, BATCHES = 100, WAKERS = 2 };

/* A fiber that parks once per batch. Its counters are atomic. */
struct subject {
	struct eg_fiber fiber;
	uint64_t saved; /* not atomic: ordered by the contract alone */
	int won;	/* claims that were not lost */
	int readied;
	uint64_t seen; /* what who made it ready saw in saved */
};

static struct subject subjects[FIBERS];
static pthread_barrier_t barrier;

static void make_ready(struct subject *s)
{
	__atomic_fetch_add(&s->readied, 1, __ATOMIC_RELAXED);
	s->seen = s->saved;
}

static void wake(struct subject *s)
{
	enum eg_claim claim;

	while (__atomic_load_n(&s->fiber.state, __ATOMIC_ACQUIRE) ==
	       EG_FIBER_RUNNING)
		sched_yield();
	claim = eg__state_claim(&s->fiber);
	if (claim == EG_CLAIM_LOST)
		return;
	__atomic_fetch_add(&s->won, 1, __ATOMIC_RELAXED);
	if (claim == EG_CLAIM_READY)
		make_ready(s);
}

/* Every other one from behind, so that they meet. */
static void *wake_all(void *arg)
{
	bool is_backwards = arg != NULL;

	for (int batch = 0; batch < BATCHES; batch++) {
		pthread_barrier_wait(&barrier);
		for (int i = 0; i < FIBERS; i++)
			wake(&subjects[is_backwards ? i ^ 1 : i]);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void park(struct subject *s, uint64_t token)
{
	eg__state_begin_park(&s->fiber);
	s->saved = token;
	if (eg__state_publish_park(&s->fiber))
		make_ready(s);
}

static void reset_all(void)
{
	for (int i = 0; i < FIBERS; i++) {
		subjects[i].fiber.state = EG_FIBER_RUNNING;
		subjects[i].won = 0;
		subjects[i].readied = 0;
		subjects[i].seen = 0;
	}
}

static void check_all(uint64_t token)
{
	for (int i = 0; i < FIBERS; i++) {
		struct subject *s = &subjects[i];

		egt_eq(s->won, 1);
		egt_eq(s->readied, 1);
		egt_eq(s->seen, token);
		egt_eq(s->fiber.state, EG_FIBER_READY);
	}
}

EG_TEST_PLAIN(a_hundred_thousand_parks_have_one_winner_each, .limit_ms = 120000)
{
	pthread_t wakers[WAKERS];

	egt_eq(pthread_barrier_init(&barrier, NULL, WAKERS + 1), 0);
	for (int i = 0; i < WAKERS; i++)
		egt_eq(pthread_create(&wakers[i], NULL, wake_all,
				      i ? &barrier : NULL),
		       0);
	for (uint64_t batch = 1; batch <= BATCHES; batch++) {
		reset_all();
		pthread_barrier_wait(&barrier);
		for (int i = 0; i < FIBERS; i++)
			park(&subjects[i], batch);
		pthread_barrier_wait(&barrier);
		check_all(batch);
	}
	for (int i = 0; i < WAKERS; i++)
		egt_eq(pthread_join(wakers[i], NULL), 0);
	egt_eq(pthread_barrier_destroy(&barrier), 0);
}

EG_TEST_PLAIN(each_order_of_park_and_claim)
{
	static const struct {
		const char *name;
		enum eg_fiber_state state; /* when it is claimed */
		enum eg_claim want;
		enum eg_fiber_state after;
	} cases[] = {
		{ "running", EG_FIBER_RUNNING, EG_CLAIM_LOST,
		  EG_FIBER_RUNNING },
		{ "begun", EG_FIBER_PARKING, EG_CLAIM_LATER, EG_FIBER_WOKEN },
		{ "woken", EG_FIBER_WOKEN, EG_CLAIM_LOST, EG_FIBER_WOKEN },
		{ "parked", EG_FIBER_PARKED, EG_CLAIM_READY, EG_FIBER_READY },
		{ "ready", EG_FIBER_READY, EG_CLAIM_LOST, EG_FIBER_READY },
		{ "dead", EG_FIBER_DEAD, EG_CLAIM_LOST, EG_FIBER_DEAD },
	};
	static struct eg_fiber f;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		egt_case(cases[i].name);
		f.state = (uint8_t)cases[i].state;
		egt_eq(eg__state_claim(&f), cases[i].want);
		egt_eq(f.state, cases[i].after);
	}
	egt_case("published after a claim");
	eg__state_begin_park(&f);
	egt_eq(eg__state_claim(&f), EG_CLAIM_LATER);
	egt_true(eg__state_publish_park(&f));
	egt_eq(f.state, EG_FIBER_READY);
	egt_case("published before a claim");
	eg__state_begin_park(&f);
	egt_true(!eg__state_publish_park(&f));
	egt_eq(f.state, EG_FIBER_PARKED);
}
