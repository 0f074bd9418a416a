/* SPDX-License-Identifier: MIT */
/*
 * Places of a pool against a naive model: spawns that try or wait, calls in
 * line, who gives up, resizes, cancelling. EG_SEED=N repeats a failure
 * (semantics PL-02 to PL-05, PL-09).
 */
#include "../behaviour/pool_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 60, ROUND_OPS = 200, JOBS = 16, PLACES_MAX = 5 };

/* Where the model has a job. */
enum where { NOWHERE, IN_LINE, INSIDE };

/* What is spawned: by the main fiber, by a fiber that waits, or async. */
struct job {
	enum where where;
	eg_event go;
	bool is_inside;
	bool is_cut;
	bool has_result;
	eg_result result;	     /* async */
	struct pool_spawner spawner; /* its fiber is NULL if there is none */
};

static uint64_t random_state;

static struct {
	eg_pool *pool;
	int size, taken;
	struct job jobs[JOBS];
	struct job *line[JOBS];
	int waiting;
} m;

static size_t random_below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % bound;
}

static void *be_inside(void *arg)
{
	struct job *j = arg;

	j->is_inside = true;
	if (eg_event_wait(&j->go, EG_FOREVER) < 0)
		j->is_cut = true;
	j->is_inside = false;
	return j;
}

/* The model */

static void hand_out(void)
{
	while (m.waiting && m.taken < m.size) {
		m.line[0]->where = INSIDE;
		m.taken++;
		m.waiting--;
		memmove(m.line, m.line + 1,
			(size_t)m.waiting * sizeof(*m.line));
	}
}

static void enter(struct job *j)
{
	j->where = IN_LINE;
	m.line[m.waiting++] = j;
	hand_out();
}

static void leave_line(const struct job *j)
{
	int i = 0;

	while (m.line[i] != j)
		i++;
	m.waiting--;
	memmove(m.line + i, m.line + i + 1,
		(size_t)(m.waiting - i) * sizeof(*m.line));
}

/* Who waits to spawn into a pool without places is not in it. */
static bool is_empty(void)
{
	for (int i = 0; i < m.waiting; i++)
		if (m.line[i]->has_result)
			return false;
	return m.taken == 0;
}

static void check(void)
{
	eg_pool_stats stats;

	settle();
	stats = pool_stats(m.pool);
	egt_eq(stats.places, m.size);
	egt_eq(stats.running, m.taken);
	egt_eq(stats.free, m.size - m.taken);
	egt_eq(stats.waiting, m.waiting);
	for (int i = 0; i < JOBS; i++)
		egt_eq(m.jobs[i].is_inside, m.jobs[i].where == INSIDE);
	egt_eq(eg_pool_wait(m.pool, EG_NOW), is_empty() ? 0 : -ETIMEDOUT);
}

/* A job in a place of its own is over, in every respect. */
static void finish(struct job *j, int error)
{
	void *value = NULL;

	if (j->spawner.fiber)
		egt_eq(pool_end_spawn(&j->spawner), 0);
	if (j->has_result) {
		egt_eq(eg_result_get(&j->result, &value, EG_NOW), error);
		egt_ptr_eq(value, error ? NULL : j);
	}
	*j = (struct job){ .where = NOWHERE };
}

/* Operations */

static struct job *find(enum where where)
{
	size_t first = random_below(JOBS);

	for (size_t i = 0; i < JOBS; i++) {
		struct job *j = &m.jobs[(first + i) % JOBS];

		if (j->where == where)
			return j;
	}
	return NULL;
}

static void try_to_spawn(struct job *j)
{
	bool is_full = m.taken >= m.size;

	egt_eq(eg_pool_spawn(m.pool, be_inside, j, EG_NOW),
	       is_full ? -ETIMEDOUT : 0);
	if (!is_full)
		enter(j);
}

static void spawn_and_wait(struct job *j)
{
	j->spawner = (struct pool_spawner){ m.pool,	be_inside, j,
					    EG_FOREVER, 0,	   NULL };
	pool_begin_spawn(&j->spawner);
	enter(j);
}

static void call(struct job *j)
{
	egt_eq(eg_result_init(&j->result), 0);
	j->has_result = true;
	egt_eq(eg_pool_apply_async(m.pool, be_inside, j, &j->result), 0);
	enter(j);
}

static void let_go(struct job *j)
{
	egt_eq(eg_event_set(&j->go), 1);
	m.taken--;
	hand_out();
	settle();
	finish(j, 0);
}

/* Only who waits in a fiber of its own can. */
static void give_up(struct job *j)
{
	if (!j->spawner.fiber)
		return;
	egt_eq(eg_cancel(j->spawner.fiber), 0);
	egt_eq(pool_end_spawn(&j->spawner), -ECANCELED);
	leave_line(j);
	*j = (struct job){ .where = NOWHERE };
}

static void resize(void)
{
	m.size = (int)random_below(PLACES_MAX + 1);
	egt_eq(eg_pool_resize(m.pool, m.size), 0);
	hand_out();
}

/* Who is inside is cut short; calls in line never run; of those who wait to
 * spawn, all have spawned what never ran: so there has to be a place. */
static void cancel(void)
{
	if (!m.size)
		return;
	egt_eq(eg_pool_cancel(m.pool, EG_FOREVER), 0);
	for (int i = 0; i < JOBS; i++) {
		struct job *j = &m.jobs[i];
		bool was_inside = j->where == INSIDE;

		if (j->where == NOWHERE)
			continue;
		egt_eq(j->is_cut, was_inside);
		egt_true(!j->is_inside);
		finish(j, was_inside ? 0 : -ECANCELED);
	}
	m.taken = 0;
	m.waiting = 0;
}

static void run_op(void)
{
	struct job *fresh = find(NOWHERE), *inside = find(INSIDE);
	struct job *waiting = find(IN_LINE);
	size_t op = random_below(40);

	if (op < 6 && fresh)
		try_to_spawn(fresh);
	else if (op < 14 && fresh)
		spawn_and_wait(fresh);
	else if (op < 20 && fresh)
		call(fresh);
	else if (op < 32 && inside)
		let_go(inside);
	else if (op < 36 && waiting)
		give_up(waiting);
	else if (op < 39)
		resize();
	else
		cancel();
}

static void run_round(void)
{
	memset(&m, 0, sizeof(m));
	m.size = (int)random_below(PLACES_MAX + 1);
	m.pool = pool_make(m.size);
	for (int i = 0; i < ROUND_OPS; i++) {
		run_op();
		check();
	}
	m.size = 1;
	egt_eq(eg_pool_resize(m.pool, 1), 0);
	hand_out();
	check();
	cancel();
	check();
	egt_eq(eg_pool_free(m.pool), 0);
}

EG_TEST(pools_agree_with_a_naive_one, .limit_ms = 240000)
{
	const char *text = getenv("EG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("EG_SEED=%ju\n", (uintmax_t)seed);
	for (int round = 0; round < ROUNDS; round++, seed++) {
		egt_casef("EG_SEED=%ju", (uintmax_t)seed);
		random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
		run_round();
	}
}
