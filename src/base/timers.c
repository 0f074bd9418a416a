/* SPDX-License-Identifier: MIT */
/*
 * The timing wheel and its near heap.
 *
 * A level is a ring of two groups of 64 slots: the group that the wheel's tick
 * is in, and the next. A slot is as wide as a group of the level below. A timer
 * starts on the lowest level on whose group its tick and the wheel's agree, and
 * moves down at most once per level: when the wheel enters its slot, or, a few
 * in each turn, while the wheel is in the slot before. Without the latter, all
 * timers of a crowded slot would move in one turn, and a million take 0.1 s.
 */
#include "base/timers.h"

#include "base/check.h"

enum { NEXT_SCAN_MAX = 16, AHEAD_MAX = 32 };

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
	w->levels = 0;
	for (int level = 0; level < EG_TIMERS_LEVELS; level++) {
		w->occupied[level][0] = 0;
		w->occupied[level][1] = 0;
		for (int slot = 0; slot < EG_TIMERS_RING; slot++)
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

/* Where in its level's ring a tick belongs. */
static inline unsigned ring_index(int64_t tick, unsigned level)
{
	return (unsigned)(tick >> (level * EG_TIMERS_SLOT_BITS)) %
	       EG_TIMERS_RING;
}

static inline void set_occupied(struct eg__timers *w, unsigned level,
				unsigned slot)
{
	w->levels |= 1U << level;
	w->occupied[level][slot / EG_TIMERS_SLOTS] |=
		UINT64_C(1) << slot % EG_TIMERS_SLOTS;
}

static inline void far_add(struct eg__timers *w, struct eg__timer *t,
			   unsigned level, unsigned slot)
{
	struct eg__timer **head = &w->slots[level][slot];

	t->place = EG_TIMER_FAR;
	t->next = *head;
	t->pprev = head;
	if (t->next)
		t->next->pprev = &t->next;
	else
		set_occupied(w, level, slot);
	*head = t;
}

static inline void place(struct eg__timers *w, struct eg__timer *t)
{
	int64_t tick = t->deadline >> EG_TIMERS_TICK_SHIFT;
	unsigned level;

	if (tick <= w->tick) {
		near_add(w, t);
		return;
	}
	level = (unsigned)(63 - __builtin_clzll((uint64_t)(tick ^ w->tick))) /
		EG_TIMERS_SLOT_BITS;
	far_add(w, t, level, ring_index(tick, level));
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

/* What a search for the next slot finds. */
struct found {
	unsigned level;
	unsigned slot;
	int64_t tick;  /* the first of the slot */
	int64_t other; /* the first of the next best slot of another level */
};

/* The first slot of a group that has timers; clears the bits of others. */
static bool find_in_group(struct eg__timers *w, unsigned level, int64_t group,
			  struct found *ret)
{
	unsigned half = (unsigned)(group & 1);
	uint64_t *bits = &w->occupied[level][half];

	for (; *bits; *bits &= *bits - 1) {
		unsigned i = (unsigned)__builtin_ctzll(*bits);
		unsigned slot = half * EG_TIMERS_SLOTS + i;

		if (!w->slots[level][slot])
			continue;
		ret->level = level;
		ret->slot = slot;
		ret->tick = ((group << EG_TIMERS_SLOT_BITS) + i)
			    << (level * EG_TIMERS_SLOT_BITS);
		return true;
	}
	return false;
}

/* The first slot of a level that has timers. */
static bool find_in_level(struct eg__timers *w, unsigned level,
			  struct found *ret)
{
	int64_t group = w->tick >> (level + 1) * EG_TIMERS_SLOT_BITS;

	if (find_in_group(w, level, group, ret) ||
	    find_in_group(w, level, group + 1, ret))
		return true;
	w->levels &= ~(1U << level);
	return false;
}

/* The slot that begins first, or false. */
static bool find_first(struct eg__timers *w, struct found *ret)
{
	struct found p;
	uint32_t left;

	ret->tick = INT64_MAX;
	ret->other = INT64_MAX;
	for (left = w->levels; left; left &= left - 1) {
		if (!find_in_level(w, (unsigned)__builtin_ctz(left), &p))
			continue;
		p.other = ret->tick;
		if (p.tick < ret->tick)
			*ret = p;
		else
			ret->other = eg_min64(ret->other, p.tick);
	}
	return ret->tick != INT64_MAX;
}

/* Empties one slot: its timers go to lower levels or become near. */
static void spill(struct eg__timers *w, const struct found *p)
{
	struct eg__timer *t = w->slots[p->level][p->slot];
	struct eg__timer *next;

	w->slots[p->level][p->slot] = NULL;
	for (; t; t = next) {
		next = t->next;
		place(w, t);
	}
}

/* Moves some timers of the slots that come next a level down, ahead of time. */
static void spill_ahead(struct eg__timers *w)
{
	uint32_t left = w->levels & ~1U;

	for (; left; left &= left - 1) {
		unsigned level = (unsigned)__builtin_ctz(left);
		int64_t index = (w->tick >> level * EG_TIMERS_SLOT_BITS) + 1;
		unsigned slot = (unsigned)index % EG_TIMERS_RING;
		struct eg__timer *t;
		int64_t tick;

		for (int n = 0; n < AHEAD_MAX; n++) {
			t = w->slots[level][slot];
			if (!t)
				break;
			eg__timer_unlink(t);
			tick = t->deadline >> EG_TIMERS_TICK_SHIFT;
			if (tick >> level * EG_TIMERS_SLOT_BITS == index)
				far_add(w, t, level - 1,
					ring_index(tick, level - 1));
			else /* put off since it came here */
				place(w, t);
		}
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
	struct found first;

	if (w->tick < target) {
		while (find_first(w, &first) && first.tick <= target) {
			/* Tick by tick, for a heap that is small and in the
			 * cache: what is left in the wheel is later. */
			if (first.tick > w->tick)
				collect_due(w, now);
			w->tick = first.tick;
			spill(w, &first);
		}
		w->tick = target;
	}
	spill_ahead(w);
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
	int64_t earliest, end;
	struct found first;
	int scanned = 0;

	if (w->due)
		return w->due->deadline;
	if (w->near_root)
		return w->near_root->deadline;
	if (!find_first(w, &first))
		return INT64_MAX;
	/* A timer in another slot can be next: where this one's were put off,
	 * or where levels overlap, since a part has moved down ahead. */
	end = first.tick + (INT64_C(1) << first.level * EG_TIMERS_SLOT_BITS);
	end = eg_min64(end, first.other);
	earliest = end > INT64_MAX >> EG_TIMERS_TICK_SHIFT
			   ? INT64_MAX
			   : end << EG_TIMERS_TICK_SHIFT;
	for (struct eg__timer *t = w->slots[first.level][first.slot]; t;
	     t = t->next) {
		if (++scanned > NEXT_SCAN_MAX)
			return first.tick << EG_TIMERS_TICK_SHIFT;
		earliest = eg_min64(earliest, t->deadline);
	}
	return earliest;
}
