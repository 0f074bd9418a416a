/* SPDX-License-Identifier: MIT */
/*
 * Who runs next in a test, and which of the waits that are due time out first:
 * all of it from the seed. Ranks are those of "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs" (Burckhardt et al., 2010), but for
 * when they change (decision 0019).
 */
#include "base/check.h"
#include "base/log.h"
#include "core/park.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>

enum {
	STREAK_MAX = 64,  /* switches after which a fiber gives way to all */
	STILL_MAX = 1000, /* switches after which time passes nevertheless */
	PERIODS = 10,	  /* of switches, after which ranks change: 2, 4 ... */
	FIFO_SEEDS = 16,  /* one in so many, of the mixed ones */
};

/* Ranks: what was given way to all, below what was lowered, below the rest. */
#define RANK_LOWERED (UINT64_C(1) << 32)
#define RANK_NORMAL (UINT64_C(1) << 63)

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t advance(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(*state);
}

static uint64_t next_random(struct eg_test_schedule *s)
{
	return advance(&s->random);
}

/* A sequence of its own: asking for more of it does not change the order. */
uint64_t eg_test_random(uint64_t bound)
{
	struct eg_test *t = eg__test_current();

	return t && bound ? advance(&t->schedule.choices) % bound : 0;
}

/* What is found in turns, by chance and by rank, is not the same. */
static int mixed_order(uint64_t random)
{
	if (random % FIFO_SEEDS == 0)
		return EG_ORDER_FIFO;
	return random >> 32 & 1 ? EG_ORDER_RANDOM : EG_ORDER_RANKED;
}

void eg__test_schedule_init(struct eg_test *t, uint64_t seed, int order)
{
	struct eg_test_schedule *s = &t->schedule;

	*s = (struct eg_test_schedule){ .random = seed };
	s->order = order;
	s->lowest = RANK_LOWERED - 1;
	if (order == EG_ORDER_MIXED)
		s->order = mixed_order(next_random(s));
	s->rank_salt = next_random(s);
	s->choices = next_random(s);
	s->period = UINT64_C(1) << (1 + next_random(s) % PERIODS);
}

void eg__test_schedule_done(struct eg_test *t)
{
	free(t->schedule.lowered);
	t->schedule.lowered = NULL;
	t->schedule.lowered_count = 0;
}

/* The ready ones, by place in line. */
static struct eg_fiber **slot(struct eg_hub *hub, uint32_t place)
{
	struct eg_run_queue *q = &hub->ready;

	return &q->slots[(q->first + place) & q->mask];
}

static uint32_t count_ready(const struct eg_hub *hub)
{
	return hub->ready.end - hub->ready.first;
}

/* The others keep their order. */
static void bring_to_front(struct eg_hub *hub, uint32_t place)
{
	struct eg_fiber *f = *slot(hub, place);

	for (; place; place--)
		*slot(hub, place) = *slot(hub, place - 1);
	*slot(hub, 0) = f;
}

/* The place of the fiber that drives the run, or the count of the ready. */
static uint32_t find_driver(struct eg_hub *hub, uint32_t count)
{
	const struct eg_fiber *driver = eg__hub_bottom(hub);
	uint32_t place = 0;

	while (place < count && *slot(hub, place) != driver)
		place++;
	return place;
}

/* Ranks */

static uint64_t rank_of(const struct eg_test_schedule *s,
			const struct eg_fiber *f)
{
	if (f->id < s->lowered_count && s->lowered[f->id])
		return s->lowered[f->id];
	return mix(s->rank_salt ^ f->id) | RANK_NORMAL;
}

/* Without the memory for it the order is another, and as legal. */
static void lower(struct eg_test_schedule *s, const struct eg_fiber *f,
		  uint64_t rank)
{
	uint64_t count = s->lowered_count ? s->lowered_count : 16;
	uint64_t *grown;

	while (count <= f->id)
		count *= 2;
	if (count > s->lowered_count) {
		grown = realloc(s->lowered, count * sizeof(*grown));
		if (!grown)
			return;
		memset(grown + s->lowered_count, 0,
		       (count - s->lowered_count) * sizeof(*grown));
		s->lowered = grown;
		s->lowered_count = count;
	}
	s->lowered[f->id] = rank;
}

/* Of the first @count in line, who must not be empty. */
static uint32_t find_highest(const struct eg_test_schedule *s,
			     struct eg_hub *hub, uint32_t count)
{
	uint32_t best = 0;

	for (uint32_t place = 1; place < count; place++)
		if (rank_of(s, *slot(hub, place)) >
		    rank_of(s, *slot(hub, best)))
			best = place;
	return best;
}

/* Who waits for another by yielding must let it run at last. */
static bool is_greedy(struct eg_test_schedule *s, const struct eg_fiber *f,
		      uint32_t count)
{
	s->streak = f->id == s->last_id && count > 1 ? s->streak + 1 : 0;
	s->last_id = f->id;
	if (s->streak < STREAK_MAX)
		return false;
	s->streak = 0;
	return true;
}

static uint32_t pick_ranked(struct eg_test *t, uint32_t count)
{
	struct eg_test_schedule *s = &t->schedule;
	uint32_t place = find_highest(s, t->hub, count);
	const struct eg_fiber *f = *slot(t->hub, place);

	if (next_random(s) % s->period == 0)
		lower(s, f, RANK_LOWERED | next_random(s) >> 2);
	else if (is_greedy(s, f, count))
		lower(s, f, s->lowest--);
	else
		return place;
	return find_highest(s, t->hub, count);
}

/* Of those who are ready; the last in line, maybe the driver, not counted. */
static uint32_t pick(struct eg_test *t, uint32_t count)
{
	if (t->is_unwinding)
		return 0;
	switch (t->schedule.order) {
	case EG_ORDER_RANDOM:
		return (uint32_t)(next_random(&t->schedule) % count);
	case EG_ORDER_RANKED:
		return pick_ranked(t, count);
	default:
		return 0;
	}
}

/*
 * A wait of several that are due at one instant times out now, or after
 * another of them, or when somebody has run. The clock stands meanwhile.
 */
static bool is_put_off(struct eg_test *t)
{
	struct eg_poller *loop = &t->hub->loop;
	const struct eg__timer *near = loop->timers.near_root;

	if (t->schedule.order == EG_ORDER_FIFO || t->is_over)
		return false;
	if (count_ready(t->hub) == 0 && !loop->timers.due &&
	    (!near || near->deadline > loop->now))
		return false;
	return next_random(&t->schedule) % 2;
}

static void fire(struct eg__timer *timer)
{
	struct eg_fiber *f = eg_container_of(timer, struct eg_fiber, timer);
	struct eg_test *t = f->hub->choose_arg;

	if (is_put_off(t))
		eg__timer_arm(&t->hub->loop.timers, timer);
	else
		t->fire(timer);
}

static void trace(const struct eg_test *t, const struct eg_fiber *next,
		  uint32_t count)
{
	int64_t us = (t->hub->loop.now - t->began) / 1000;
	char line[160];

	if (!t->options->log || t->is_over)
		return;
	if (next->flags & EG_FIBER_IS_IDLE)
		eg__format(line, sizeof(line),
			   "%lu: at %ld us, of %u ready, the hub's callbacks",
			   t->report->switches, us, count);
	else
		eg__format(line, sizeof(line),
			   "%lu: at %ld us, of %u ready, fiber %lu '%s'",
			   t->report->switches, us, count, next->id,
			   next->name);
	t->options->log(EG_DEBUG_LEVEL, line, t->options->log_arg);
}

static void count_switch(struct eg_test *t)
{
	if (t->is_over || t->report->switches++ < t->options->switches_max)
		return;
	eg__test_note(t, EG_FOUND_ENDLESS,
		      "no end after %lu switches:", t->options->switches_max);
	eg__test_note_fibers(t, EG_FOUND_ENDLESS, ~(1u << EG_FIBER_DEAD));
	eg__test_break_off(t);
}

/* The driver runs when nobody else can; or at once, if it has to act. */
static bool is_drivers_turn(const struct eg_test *t, uint32_t others)
{
	if (t->is_unwinding)
		return t->is_spinning || !others;
	return t->is_over || t->is_spinning || !others ||
	       (t->main_has_ended && !t->is_closing);
}

/* Who waits for a time by yielding keeps it from passing. */
static void look_for_spinning(struct eg_test *t)
{
	struct eg_test_schedule *s = &t->schedule;
	struct eg_hub *hub = t->hub;

	if (s->last_time != hub->loop.now) {
		s->last_time = hub->loop.now;
		s->still = 0;
	}
	if (++s->still < STILL_MAX || !hub->loop.timers.count)
		return;
	s->still = 0;
	t->is_spinning = true;
	if (hub->main.state == EG_FIBER_PARKED)
		eg__unpark(&hub->main.wait, 0);
}

void eg__test_choose(struct eg_hub *hub, void *test)
{
	struct eg_test *t = test;
	uint32_t count, driver, others;
	struct eg_fiber *next;

	count_switch(t);
	if (t->is_unwinding)
		eg__test_unwind_switch(t);
	else if (t->is_over)
		eg__test_break_off(t);
	else
		look_for_spinning(t);
	count = count_ready(hub);
	driver = find_driver(hub, count);
	others = count - (driver < count);
	if (driver < count && is_drivers_turn(t, others)) {
		bring_to_front(hub, driver);
	} else {
		/* Out of the way, to the end. */
		for (; driver + 1 < count; driver++) {
			*slot(hub, driver) = *slot(hub, driver + 1);
			*slot(hub, driver + 1) = eg__hub_bottom(hub);
		}
		EG_CHECK(others > 0);
		bring_to_front(hub, pick(t, others));
		next = *slot(hub, 0);
		trace(t, next, others);
		if (next != hub->idle_fiber)
			next->timer.fire = fire;
	}
	/* This one, and then it is the hub's turn again. */
	hub->worker.budget = 1;
}
