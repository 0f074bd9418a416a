/* SPDX-License-Identifier: MIT */
/*
 * The timing wheel and its near heap.
 *
 * A timer sits on the level of the highest 6-bit group in which its tick
 * differs from the wheel's. So every occupied slot of a level lies ahead of the
 * wheel's own index there, the lowest level with an occupied slot holds the
 * earliest timers, and each timer moves down at most once per level.
 */
#include "base/timers.h"

#include "base/check.h"

enum { NEXT_SCAN_MAX = 16 };

void eg__timers_init(struct eg__timers *w, int64_t now)
{
	/* A negative tick would differ from a positive one above all levels. */
	EG_CHECK(now >= 0);
	w->tick = now >> EG_TIMERS_TICK_SHIFT;
	w->near_root = NULL;
	w->due = NULL;
	w->due_tail = &w->due;
	w->count = 0;
	w->sequence = 0;
	for (int level = 0; level < EG_TIMERS_LEVELS; level++) {
		w->occupied[level] = 0;
		for (int slot = 0; slot < EG_TIMERS_SLOTS; slot++)
			w->slots[level][slot] = NULL;
	}
}

static bool is_before(const struct eg__timer *a, const struct eg__timer *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline;
	return (int32_t)(a->sequence - b->sequence) < 0;
}

/* The pairing heap: children of a node are a list through next and pprev. */

static struct eg__timer *meld(struct eg__timer *a, struct eg__timer *b)
{
	struct eg__timer *top = is_before(a, b) ? a : b;
	struct eg__timer *low = top == a ? b : a;

	low->next = top->child;
	if (low->next)
		low->next->pprev = &low->next;
	low->pprev = &top->child;
	top->child = low;
	return top;
}

static void set_root(struct eg__timers *w, struct eg__timer *root)
{
	w->near_root = root;
	if (root) {
		root->next = NULL;
		root->pprev = NULL;
	}
}

/* Out of line: with fewer instructions per timer, the CPU reaches more of the
 * cache lines that will miss while it waits for one. */
static EG_NOINLINE void near_add(struct eg__timers *w, struct eg__timer *t)
{
	t->place = EG_TIMER_NEAR;
	t->child = NULL;
	set_root(w, w->near_root ? meld(w->near_root, t) : t);
}

/* Melds a list of siblings into one tree: in pairs, then from the back. */
static struct eg__timer *meld_siblings(struct eg__timer *first)
{
	struct eg__timer *pairs = NULL;
	struct eg__timer *a, *b, *root;

	while ((a = first)) {
		b = a->next;
		first = b ? b->next : NULL;
		a = b ? meld(a, b) : a;
		a->next = pairs;
		pairs = a;
	}
	root = pairs;
	pairs = root ? root->next : NULL;
	while ((a = pairs)) {
		pairs = a->next;
		root = meld(root, a);
	}
	return root;
}

static void near_remove(struct eg__timers *w, struct eg__timer *t)
{
	struct eg__timer *rest = meld_siblings(t->child);

	if (w->near_root == t) {
		set_root(w, rest);
		return;
	}
	eg__timer_unlink(t);
	if (rest)
		set_root(w, meld(w->near_root, rest));
}

/* The wheel */

static inline void place(struct eg__timers *w, struct eg__timer *t)
{
	int64_t tick = t->deadline >> EG_TIMERS_TICK_SHIFT;
	unsigned level, slot;
	struct eg__timer **head;

	if (tick <= w->tick) {
		near_add(w, t);
		return;
	}
	level = (unsigned)(63 - __builtin_clzll((uint64_t)(tick ^ w->tick))) /
		EG_TIMERS_SLOT_BITS;
	slot = (unsigned)(tick >> (level * EG_TIMERS_SLOT_BITS)) &
	       (EG_TIMERS_SLOTS - 1);
	head = &w->slots[level][slot];
	t->place = EG_TIMER_FAR;
	t->next = *head;
	t->pprev = head;
	if (t->next)
		t->next->pprev = &t->next;
	else
		w->occupied[level] |= UINT64_C(1) << slot;
	*head = t;
}

void eg__timer_arm(struct eg__timers *w, struct eg__timer *t)
{
	EG_DEBUG_CHECK(t->place == EG_TIMER_IDLE);
	t->sequence = w->sequence++;
	w->count++;
	place(w, t);
}

void eg__timer_stop_near(struct eg__timers *w, struct eg__timer *t)
{
	if (t->place == EG_TIMER_NEAR) {
		near_remove(w, t);
	} else {
		EG_DEBUG_CHECK(t->place == EG_TIMER_DUE);
		if (!t->next)
			w->due_tail = t->pprev;
		eg__timer_unlink(t);
	}
	t->place = EG_TIMER_IDLE;
	w->count--;
}

/* The slot that comes first: its level and index, or false. */
static bool find_first(struct eg__timers *w, unsigned *ret_level,
		       unsigned *ret_slot)
{
	for (unsigned level = 0; level < EG_TIMERS_LEVELS; level++) {
		while (w->occupied[level]) {
			unsigned slot = (unsigned)__builtin_ctzll(
				w->occupied[level]);

			if (w->slots[level][slot]) {
				*ret_level = level;
				*ret_slot = slot;
				return true;
			}
			w->occupied[level] &= w->occupied[level] - 1;
		}
	}
	return false;
}

static int64_t slot_tick(const struct eg__timers *w, unsigned level,
			 unsigned slot)
{
	unsigned shift = level * EG_TIMERS_SLOT_BITS;
	uint64_t below = (UINT64_C(1) << shift << EG_TIMERS_SLOT_BITS) - 1;

	return (int64_t)(((uint64_t)w->tick & ~below) |
			 (uint64_t)slot << shift);
}

/* Empties one slot: its timers go to lower levels or become near. */
static void spill(struct eg__timers *w, unsigned level, unsigned slot)
{
	struct eg__timer *t = w->slots[level][slot];
	struct eg__timer *next;

	w->slots[level][slot] = NULL;
	w->occupied[level] &= ~(UINT64_C(1) << slot);
	for (; t; t = next) {
		next = t->next;
		place(w, t);
	}
}

static void collect_due(struct eg__timers *w, int64_t now)
{
	struct eg__timer *t;

	while ((t = w->near_root) && t->deadline <= now) {
		near_remove(w, t);
		t->place = EG_TIMER_DUE;
		t->next = NULL;
		t->pprev = w->due_tail;
		*w->due_tail = t;
		w->due_tail = &t->next;
	}
}

void eg__timers_advance(struct eg__timers *w, int64_t now)
{
	int64_t target = now >> EG_TIMERS_TICK_SHIFT;
	unsigned level, slot;
	int64_t tick;

	while (w->tick < target && find_first(w, &level, &slot)) {
		tick = slot_tick(w, level, slot);
		if (tick > target)
			break;
		w->tick = tick;
		spill(w, level, slot);
	}
	if (w->tick < target)
		w->tick = target;
	collect_due(w, now);
}

struct eg__timer *eg__timers_pop_due(struct eg__timers *w)
{
	struct eg__timer *t = w->due;

	if (t)
		eg__timer_stop(w, t);
	return t;
}

int64_t eg__timers_next(struct eg__timers *w)
{
	int64_t earliest = INT64_MAX;
	unsigned level, slot;
	int scanned = 0;

	if (w->due)
		return w->due->deadline;
	if (w->near_root)
		return w->near_root->deadline;
	if (!find_first(w, &level, &slot))
		return INT64_MAX;
	for (struct eg__timer *t = w->slots[level][slot]; t; t = t->next) {
		if (++scanned > NEXT_SCAN_MAX)
			return slot_tick(w, level, slot)
			       << EG_TIMERS_TICK_SHIFT;
		earliest = eg_min64(earliest, t->deadline);
	}
	return earliest;
}
