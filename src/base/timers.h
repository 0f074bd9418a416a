/* SPDX-License-Identifier: MIT */
/*
 * Timers by absolute time: a hierarchical timing wheel for what is far, a
 * pairing heap for what is near, so that arming is O(1) and expiry is exact.
 * Owns no memory and reads no clock. Why this structure: decision 0004.
 */
#ifndef EG_BASE_TIMERS_H
#define EG_BASE_TIMERS_H

#include "base/util.h"

enum {
	EG_TIMERS_TICK_SHIFT = 16, /* a tick is 65.5 us */
	EG_TIMERS_SLOT_BITS = 6,
	EG_TIMERS_SLOTS = 1 << EG_TIMERS_SLOT_BITS,
	EG_TIMERS_RING = 2 * EG_TIMERS_SLOTS, /* this group and the next */
	EG_TIMERS_LEVELS = 8, /* 16 + 8 * 6 bits: every int64_t */
};

/* Where a timer is. Everything but IDLE is linked and owned by the wheel. */
enum eg_timer_place {
	EG_TIMER_IDLE,
	EG_TIMER_FAR,  /* in a slot of the wheel */
	EG_TIMER_NEAR, /* in the heap */
	EG_TIMER_DUE,  /* collected: fires in this turn unless stopped */
};

struct eg__timer {
	/* All that is touched of one that is put off. */
	int64_t deadline;  /* ns */
	uint32_t sequence; /* equal deadlines fire in arming order */
	uint8_t place;	   /* enum eg_timer_place */

	struct eg__timer *next; /* FAR, DUE: list; NEAR: sibling */
	struct eg__timer *
		*pprev;		 /* what points here; NULL at the heap's root */
	struct eg__timer *child; /* NEAR: first child */
	void (*fire)(struct eg__timer *t);
};

/*
 * A slot's bit may be set while the slot is empty, and a level's while all its
 * slots are: removal does not look, the search for the next slot clears them.
 * The converse never holds.
 *
 * A slot's timers are due in it or later (eg__timer_move()), never before.
 */
struct eg__timers {
	int64_t tick; /* timers up to this tick are NEAR or DUE */
	struct eg__timer *near_root;
	struct eg__timer *due;
	struct eg__timer **due_tail;
	uint32_t count; /* armed timers */
	uint32_t sequence;
	uint32_t levels; /* a bit each: has bits in occupied */
	uint64_t occupied[EG_TIMERS_LEVELS][2]; /* a bit per slot */
	struct eg__timer *slots[EG_TIMERS_LEVELS][EG_TIMERS_RING];
};

void eg__timers_init(struct eg__timers *w, int64_t now);

static inline bool eg__timer_is_armed(const struct eg__timer *t)
{
	return t->place != EG_TIMER_IDLE;
}

/* Arms the idle timer @t for @t->deadline. Cannot fail. */
void eg__timer_arm(struct eg__timers *w, struct eg__timer *t);
/* The parts of eg__timer_stop(). */
void eg__timer_stop_near(struct eg__timers *w, struct eg__timer *t);

static inline void eg__timer_unlink(struct eg__timer *t)
{
	*t->pprev = t->next;
	if (t->next)
		t->next->pprev = t->pprev;
}

/* Stops @t; nothing happens if it is idle. */
static inline void eg__timer_stop(struct eg__timers *w, struct eg__timer *t)
{
	if (t->place == EG_TIMER_FAR) {
		eg__timer_unlink(t);
		t->place = EG_TIMER_IDLE;
		w->count--;
	} else if (t->place != EG_TIMER_IDLE) {
		eg__timer_stop_near(w, t);
	}
}

/*
 * Arms @t for @deadline, armed already or not. A far timer that is moved to a
 * later time stays in its slot: that it is not due is found when the slot is,
 * and until then nothing but the timer itself is touched. So a timeout that is
 * put off again and again costs next to nothing.
 */
static inline void eg__timer_move(struct eg__timers *w, struct eg__timer *t,
				  int64_t deadline)
{
	if (t->place == EG_TIMER_FAR && deadline >= t->deadline) {
		t->deadline = deadline;
		t->sequence = w->sequence++;
		return;
	}
	eg__timer_stop(w, t);
	t->deadline = deadline;
	eg__timer_arm(w, t);
}

/* Collects what is due at @now: those fire in this turn, no others. */
void eg__timers_advance(struct eg__timers *w, int64_t now);
/* The next collected timer, now idle, in order of deadline; or NULL. */
struct eg__timer *eg__timers_pop_due(struct eg__timers *w);

/*
 * When to wake: never later than the earliest deadline, INT64_MAX if none. Can
 * be earlier where the earliest slot is crowded, or has in part been moved down
 * ahead of time, or put off; then advance() finds nothing.
 */
int64_t eg__timers_next(struct eg__timers *w);

#endif
