/* SPDX-License-Identifier: MIT */
/*
 * The timers against a naive model: random operations on the wheel and on a
 * sorted array, which must agree after each. EG_SEED=N repeats a failure.
 */
#include "base/timers.h"

#include "egt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	OPS = 1200000,
	ROUND_OPS = 2000,
	SUBJECTS_MAX = 600,
	VERIFY_EVERY = 64,
	CROWD = 20000,
};

struct subject {
	struct eg__timer timer;
	uint64_t order; /* of arming, in the model */
	bool is_due;
};

static uint64_t random_state;

static struct {
	struct eg__timers wheel;
	int64_t now;
	uint64_t order;
	size_t subject_count;
	struct subject subjects[SUBJECTS_MAX];
	/* Armed and not collected, by deadline, then by arming. */
	struct subject *waiting[SUBJECTS_MAX];
	size_t waiting_count;
	/* Collected, in the order in which they must fire. */
	struct subject *due[SUBJECTS_MAX];
	size_t due_count;
} m;

static uint64_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint64_t random_below(uint64_t bound)
{
	return random_bits() % bound;
}

/* As likely some nanoseconds as some hours, or @bits_max bits. */
static int64_t random_span(unsigned bits_max)
{
	return (int64_t)(random_bits() >> (63 - random_below(bits_max)) >> 1);
}

static int64_t later(int64_t time, int64_t span)
{
	int64_t end = INT64_MAX - 1;

	return span < end - time ? time + span : end;
}

static int64_t random_deadline(void)
{
	switch (random_below(16)) {
	case 0:
		return INT64_MAX - 1;
	case 1:
		return m.now;
	case 2:
		return m.now - random_span(62);
	case 3:
		return -random_span(62);
	case 4:
	case 5:
		/* The same as another's: a tie. */
		if (m.waiting_count)
			return m.waiting[random_below(m.waiting_count)]
				->timer.deadline;
		return later(m.now, 1);
	case 6:
	case 7:
		/* The start of a slot, or just before. */
		return (later(m.now, random_span(50)) |
			((INT64_C(1) << random_below(40)) - 1)) -
		       (int64_t)random_below(2);
	case 8:
		return later(m.now, random_span(62));
	default:
		return later(m.now, random_span(44));
	}
}

/* The model */

static bool is_before(const struct subject *a, const struct subject *b)
{
	if (a->timer.deadline != b->timer.deadline)
		return a->timer.deadline < b->timer.deadline;
	return a->order < b->order;
}

static void model_arm(struct subject *s)
{
	size_t low = 0, high = m.waiting_count;

	s->order = m.order++;
	s->is_due = false;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_before(s, m.waiting[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	memmove(&m.waiting[low + 1], &m.waiting[low],
		(m.waiting_count - low) * sizeof(m.waiting[0]));
	m.waiting[low] = s;
	m.waiting_count++;
}

static void take_out(struct subject **list, size_t *count, struct subject *s)
{
	size_t i = 0;

	while (list[i] != s)
		i++;
	--*count;
	memmove(&list[i], &list[i + 1], (*count - i) * sizeof(list[0]));
}

static void model_stop(struct subject *s)
{
	if (s->is_due)
		take_out(m.due, &m.due_count, s);
	else
		take_out(m.waiting, &m.waiting_count, s);
	s->is_due = false;
}

static void model_advance(void)
{
	size_t n = 0;

	while (n < m.waiting_count && m.waiting[n]->timer.deadline <= m.now) {
		m.waiting[n]->is_due = true;
		m.due[m.due_count++] = m.waiting[n++];
	}
	m.waiting_count -= n;
	memmove(m.waiting, m.waiting + n,
		m.waiting_count * sizeof(m.waiting[0]));
}

/* The wheel's own invariants, as timers.h and timers.c state them. */

/* The slot's index on its level: the one ahead of the wheel's own. */
static int64_t slot_index(unsigned slot, int64_t current)
{
	int64_t group = current >> EG_TIMERS_SLOT_BITS;
	int64_t half = slot / EG_TIMERS_SLOTS;

	if ((group & 1) != half)
		group++;
	return (group << EG_TIMERS_SLOT_BITS) + slot % EG_TIMERS_SLOTS;
}

static size_t verify_slot(unsigned level, unsigned slot)
{
	unsigned shift = level * EG_TIMERS_SLOT_BITS;
	size_t n = 0;

	for (struct eg__timer *t = m.wheel.slots[level][slot]; t; t = t->next) {
		int64_t tick = t->deadline >> EG_TIMERS_TICK_SHIFT;

		egt_eq(t->place, EG_TIMER_FAR);
		egt_ptr_eq(*t->pprev, t);
		egt_lt(m.wheel.tick, tick);
		/* In its slot, or put off since it came to it. */
		egt_le(slot_index(slot, m.wheel.tick >> shift), tick >> shift);
		n++;
	}
	if (n)
		egt_true(m.wheel.occupied[level][slot / EG_TIMERS_SLOTS] >>
				 slot % EG_TIMERS_SLOTS &
			 1);
	return n;
}

static size_t verify_heap(void)
{
	struct eg__timer *stack[SUBJECTS_MAX];
	size_t depth = 0, n = 0;

	if (m.wheel.near_root)
		stack[depth++] = m.wheel.near_root;
	while (depth) {
		struct eg__timer *parent = stack[--depth];

		n++;
		egt_eq(parent->place, EG_TIMER_NEAR);
		egt_le(parent->deadline >> EG_TIMERS_TICK_SHIFT, m.wheel.tick);
		for (struct eg__timer *t = parent->child; t; t = t->next) {
			egt_ptr_eq(*t->pprev, t);
			egt_le(parent->deadline, t->deadline);
			stack[depth++] = t;
		}
	}
	return n;
}

static void verify(void)
{
	size_t n = verify_heap();

	for (struct eg__timer *t = m.wheel.due; t; t = t->next) {
		egt_eq(t->place, EG_TIMER_DUE);
		egt_ptr_eq(*t->pprev, t);
		n++;
	}
	for (unsigned level = 0; level < EG_TIMERS_LEVELS; level++)
		for (unsigned slot = 0; slot < EG_TIMERS_RING; slot++)
			n += verify_slot(level, slot);
	egt_eq(n, m.wheel.count);
}

/* Both */

static void arm(struct subject *s)
{
	s->timer.deadline = random_deadline();
	eg__timer_arm(&m.wheel, &s->timer);
	model_arm(s);
	egt_true(eg__timer_is_armed(&s->timer));
}

static void stop(struct subject *s)
{
	if (eg__timer_is_armed(&s->timer))
		model_stop(s);
	eg__timer_stop(&m.wheel, &s->timer);
	egt_true(!eg__timer_is_armed(&s->timer));
}

static void move(struct subject *s)
{
	if (eg__timer_is_armed(&s->timer))
		model_stop(s);
	eg__timer_move(&m.wheel, &s->timer, random_deadline());
	model_arm(s);
}

static void change_one(void)
{
	struct subject *s = &m.subjects[random_below(m.subject_count)];
	bool was_armed = eg__timer_is_armed(&s->timer);

	if (random_below(2)) {
		move(s);
		return;
	}
	stop(s);
	if (!was_armed || random_below(3) == 0)
		arm(s);
}

static void pop(void)
{
	struct eg__timer *t = eg__timers_pop_due(&m.wheel);
	struct subject *want = m.due_count ? m.due[0] : NULL;

	egt_ptr_eq(t, want ? &want->timer : NULL);
	if (!t)
		return;
	egt_le(t->deadline, m.now);
	egt_true(!eg__timer_is_armed(t));
	model_stop(want);
}

static void check_next(void)
{
	int64_t next = eg__timers_next(&m.wheel);

	if (m.due_count)
		egt_le(next, m.now);
	else if (m.waiting_count)
		egt_le(next, m.waiting[0]->timer.deadline);
	else
		egt_eq(next, INT64_MAX);
	egt_eq(m.wheel.count, m.waiting_count + m.due_count);
}

/* One turn of a loop: what fires may arm and stop others, due or not. */
static void turn(void)
{
	eg__timers_advance(&m.wheel, m.now);
	model_advance();
	check_next();
	if (!m.due_count && m.waiting_count)
		egt_lt(m.now, eg__timers_next(&m.wheel));
	while (m.due_count) {
		pop();
		if (random_below(4) == 0)
			change_one();
		if (random_below(64) == 0)
			break;
	}
	if (!m.due_count)
		pop();
}

static void run_op(void)
{
	switch (random_below(16)) {
	case 0:
		m.now = later(m.now, random_span(24));
		turn();
		break;
	case 1:
		/* Hours at once, seldom more. */
		m.now = later(m.now,
			      random_span(random_below(32) ? 45 : 58));
		turn();
		break;
	case 2:
		/* As a loop does: sleep until the wheel says. */
		m.now = eg__timers_next(&m.wheel) < INT64_MAX / 2 &&
					eg__timers_next(&m.wheel) > m.now ?
				eg__timers_next(&m.wheel) :
				m.now;
		turn();
		break;
	default:
		change_one();
		check_next();
	}
}

static void run_round(uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(&m, 0, sizeof(m));
	m.now = random_span(60);
	m.subject_count = 1 + random_below(random_below(4) ? 40 : SUBJECTS_MAX);
	eg__timers_init(&m.wheel, m.now);
	/* So that the 32-bit sequence wraps in some rounds. */
	m.wheel.sequence = (uint32_t)-random_span(12);
	for (int i = 0; i < ROUND_OPS; i++) {
		run_op();
		if (i % VERIFY_EVERY == 0)
			verify();
	}
	for (size_t i = 0; i < m.subject_count; i++)
		stop(&m.subjects[i]);
	verify();
	egt_eq(eg__timers_next(&m.wheel), INT64_MAX);
}

EG_TEST_PLAIN(timers_agree_with_a_sorted_array)
{
	const char *text = getenv("EG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("EG_SEED=%ju\n", (uintmax_t)seed);
	for (int ops = 0; ops < OPS; ops += ROUND_OPS) {
		egt_casef("EG_SEED=%ju", (uintmax_t)seed);
		run_round(seed++);
	}
}

/* Arms @CROWD timers by @deadline(i), then pops them all in order. */
static void fire_a_crowd(int64_t (*deadline)(int i))
{
	static struct eg__timer timers[CROWD];
	struct eg__timers w;
	struct eg__timer *t, *last = NULL;
	int n = 0;

	random_state = 1;
	eg__timers_init(&w, 0);
	for (int i = 0; i < CROWD; i++) {
		timers[i].deadline = deadline(i);
		eg__timer_arm(&w, &timers[i]);
	}
	egt_eq(w.count, CROWD);
	eg__timers_advance(&w, INT64_MAX - 1);
	for (; (t = eg__timers_pop_due(&w)); last = t, n++)
		if (last && last->deadline == t->deadline)
			egt_lt(last - timers, t - timers);
		else if (last)
			egt_lt(last->deadline, t->deadline);
	egt_eq(n, CROWD);
	egt_eq(w.count, 0);
}

static int64_t in_one_tick(int i)
{
	(void)i;
	return (INT64_C(77) << EG_TIMERS_TICK_SHIFT) +
	       (int64_t)random_below(1 << EG_TIMERS_TICK_SHIFT);
}

static int64_t all_equal(int i)
{
	(void)i;
	return 5000000;
}

static int64_t falling(int i)
{
	return INT64_C(1000000) * (CROWD - i);
}

static int64_t anywhere(int i)
{
	(void)i;
	return random_span(62);
}

EG_TEST_PLAIN(crowds_fire_in_order)
{
	egt_case("one tick");
	fire_a_crowd(in_one_tick);
	egt_case("one deadline");
	fire_a_crowd(all_equal);
	egt_case("latest first");
	fire_a_crowd(falling);
	egt_case("anywhere");
	fire_a_crowd(anywhere);
}

EG_TEST_PLAIN(timers_armed_while_firing_wait_for_the_next_turn)
{
	struct eg__timer first = { .deadline = 10 }, second = { 0 };
	struct eg__timers w;

	eg__timers_init(&w, 0);
	eg__timer_arm(&w, &first);
	eg__timers_advance(&w, 20);
	egt_ptr_eq(eg__timers_pop_due(&w), &first);
	/* Long past, and re-armed by its own firing: neither runs again. */
	second.deadline = 1;
	eg__timer_arm(&w, &second);
	eg__timer_arm(&w, &first);
	egt_ptr_eq(eg__timers_pop_due(&w), NULL);
	egt_eq(eg__timers_next(&w), 1);
	eg__timers_advance(&w, 20);
	egt_ptr_eq(eg__timers_pop_due(&w), &second);
	egt_ptr_eq(eg__timers_pop_due(&w), &first);
}

EG_TEST_PLAIN(a_timer_never_fires_a_nanosecond_early)
{
	for (unsigned bits = 0; bits < 62; bits++) {
		struct eg__timer t = { .deadline = INT64_C(1) << bits };
		struct eg__timers w;

		egt_casef("2^%u ns", bits);
		eg__timers_init(&w, 0);
		eg__timer_arm(&w, &t);
		egt_eq(eg__timers_next(&w), t.deadline);
		eg__timers_advance(&w, t.deadline - 1);
		egt_ptr_eq(eg__timers_pop_due(&w), NULL);
		egt_eq(eg__timers_next(&w), t.deadline);
		eg__timers_advance(&w, t.deadline);
		egt_ptr_eq(eg__timers_pop_due(&w), &t);
	}
}

EG_TEST_PLAIN(crowds_move_down_before_their_slot_begins)
{
	enum { LEVEL = 3, SLOT = 5, TURN_NS = 1000000 };
	const int64_t begin = (int64_t)SLOT
			      << (EG_TIMERS_TICK_SHIFT +
				  LEVEL * EG_TIMERS_SLOT_BITS);
	static struct eg__timer timers[CROWD];
	struct eg__timers w;
	int n = 0;

	eg__timers_init(&w, 0);
	for (int i = 0; i < CROWD; i++) {
		timers[i].deadline = begin + i * INT64_C(100000);
		eg__timer_arm(&w, &timers[i]);
	}
	egt_true(w.slots[LEVEL][SLOT]);
	for (int64_t now = 0; now < begin; now += TURN_NS) {
		eg__timers_advance(&w, now);
		egt_ptr_eq(eg__timers_pop_due(&w), NULL);
		egt_le(eg__timers_next(&w), begin);
	}
	egt_true(!w.slots[LEVEL][SLOT]);
	eg__timers_advance(&w, timers[CROWD - 1].deadline);
	while (eg__timers_pop_due(&w))
		n++;
	egt_eq(n, CROWD);
}

EG_TEST_PLAIN(a_crowded_slot_costs_few_early_wakes)
{
	static struct eg__timer timers[CROWD];
	struct eg__timers w;
	int64_t now = 0, first = INT64_MAX;
	int wakes = 0;

	random_state = 7;
	eg__timers_init(&w, now);
	for (int i = 0; i < CROWD; i++) {
		/* An hour or two from now. */
		timers[i].deadline = INT64_C(3600000000000) +
				     (int64_t)random_below(3600000000000);
		first = eg_min64(first, timers[i].deadline);
		eg__timer_arm(&w, &timers[i]);
	}
	while (now < first) {
		int64_t next = eg__timers_next(&w);

		egt_lt(now, next);
		egt_le(next, first);
		now = next;
		eg__timers_advance(&w, now);
		wakes++;
	}
	egt_eq(eg__timers_pop_due(&w)->deadline, first);
	egt_le(wakes, EG_TIMERS_LEVELS);
}
