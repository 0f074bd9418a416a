/* SPDX-License-Identifier: MIT */
/*
 * What the timers were chosen from: a 4-ary heap, a pairing heap, a timing
 * wheel, each as small as it can be. Compared by timer_structures.c; decision
 * 0004 has the result. Not a library: one set of timers per process.
 */
#ifndef BENCH_TIMER_RIVALS_H
#define BENCH_TIMER_RIVALS_H

#include <stdint.h>
#include <string.h>

#include "bench.h"

/* Called for each timer that is due, which is stopped by then. */
typedef void on_fire_fn(long i, int64_t deadline);

struct rival {
	const char *name;
	size_t node_bytes; /* per timer, what lies outside the node included */
	void (*open)(long count);
	void (*start)(long i, int64_t deadline); /* it does not run */
	void (*stop)(long i);			 /* it runs */
	void (*reset)(long i, int64_t deadline); /* it runs */
	void (*expire)(int64_t now, on_fire_fn *on_fire);
};

/* Zeroed memory that no measurement will be the first to touch. */
static inline void *touched(size_t count, size_t bytes)
{
	return memset(bench_alloc(count, bytes), 0, count * bytes);
}

/*
 * The 4-ary heap of libev: deadlines beside the pointers, the index in the
 * node. Equal deadlines fire in any order.
 */
struct heap4_node {
	int64_t deadline;
	long index; /* 0: does not run */
};

struct heap4_entry {
	int64_t deadline;
	struct heap4_node *node; /* borrowed */
};

/* The root is at 3, so that siblings share a cache line. */
enum { HEAP4_ROOT = 3 };

static struct {
	struct heap4_node *nodes;
	struct heap4_entry *entries;
	long count;
} heap4;

static void heap4_open(long count)
{
	heap4.nodes = touched((size_t)count, sizeof(*heap4.nodes));
	heap4.entries = touched((size_t)count + HEAP4_ROOT + 4,
				sizeof(*heap4.entries));
}

static void heap4_put(long at, struct heap4_entry e)
{
	heap4.entries[at] = e;
	e.node->index = at;
}

static long heap4_parent(long at)
{
	return (at - HEAP4_ROOT - 1) / 4 + HEAP4_ROOT;
}

static void heap4_up(long at, struct heap4_entry e)
{
	while (at > HEAP4_ROOT) {
		long up = heap4_parent(at);

		if (heap4.entries[up].deadline <= e.deadline)
			break;
		heap4_put(at, heap4.entries[up]);
		at = up;
	}
	heap4_put(at, e);
}

static void heap4_down(long at, struct heap4_entry e)
{
	long end = heap4.count + HEAP4_ROOT;

	for (;;) {
		long first = 4 * (at - HEAP4_ROOT) + HEAP4_ROOT + 1;
		long least = first;

		if (first >= end)
			break;
		for (long i = first + 1; i < first + 4 && i < end; i++)
			if (heap4.entries[i].deadline <
			    heap4.entries[least].deadline)
				least = i;
		if (e.deadline <= heap4.entries[least].deadline)
			break;
		heap4_put(at, heap4.entries[least]);
		at = least;
	}
	heap4_put(at, e);
}

static void heap4_adjust(long at, struct heap4_entry e)
{
	if (at > HEAP4_ROOT &&
	    e.deadline < heap4.entries[heap4_parent(at)].deadline)
		heap4_up(at, e);
	else
		heap4_down(at, e);
}

static void heap4_start(long i, int64_t deadline)
{
	struct heap4_node *node = &heap4.nodes[i];

	node->deadline = deadline;
	heap4_up(heap4.count++ + HEAP4_ROOT,
		 (struct heap4_entry){ deadline, node });
}

static void heap4_stop(long i)
{
	long at = heap4.nodes[i].index;
	long last = --heap4.count + HEAP4_ROOT;

	heap4.nodes[i].index = 0;
	if (at < last)
		heap4_adjust(at, heap4.entries[last]);
}

static void heap4_reset(long i, int64_t deadline)
{
	struct heap4_node *node = &heap4.nodes[i];

	node->deadline = deadline;
	heap4_adjust(node->index, (struct heap4_entry){ deadline, node });
}

static void heap4_expire(int64_t now, on_fire_fn *on_fire)
{
	const struct heap4_entry *top = &heap4.entries[HEAP4_ROOT];

	while (heap4.count && top->deadline <= now) {
		long i = top->node - heap4.nodes;
		int64_t deadline = top->deadline;

		heap4_stop(i);
		on_fire(i, deadline);
	}
}

/* A pairing heap, equal deadlines first in first out. */
struct pairing_node {
	int64_t deadline;
	struct pairing_node *next;
	struct pairing_node **pprev;
	struct pairing_node *child;
	uint64_t sequence;
};

static struct {
	struct pairing_node *nodes;
	struct pairing_node *root;
	uint64_t sequence;
} pairing;

static void pairing_open(long count)
{
	pairing.nodes = touched((size_t)count, sizeof(*pairing.nodes));
}

static struct pairing_node *pairing_meld(struct pairing_node *a,
					 struct pairing_node *b)
{
	int is_a_first = a->deadline != b->deadline ?
				 a->deadline < b->deadline :
				 a->sequence < b->sequence;
	struct pairing_node *top = is_a_first ? a : b;
	struct pairing_node *low = is_a_first ? b : a;

	low->next = top->child;
	if (low->next)
		low->next->pprev = &low->next;
	low->pprev = &top->child;
	top->child = low;
	return top;
}

static void pairing_set_root(struct pairing_node *root)
{
	pairing.root = root;
	if (root)
		root->next = NULL;
}

static void pairing_start(long i, int64_t deadline)
{
	struct pairing_node *n = &pairing.nodes[i];

	n->deadline = deadline;
	n->child = NULL;
	n->sequence = pairing.sequence++;
	pairing_set_root(pairing.root ? pairing_meld(pairing.root, n) : n);
}

static struct pairing_node *pairing_meld_siblings(struct pairing_node *first)
{
	struct pairing_node *pairs = NULL, *a, *b, *root;

	while ((a = first)) {
		b = a->next;
		first = b ? b->next : NULL;
		a = b ? pairing_meld(a, b) : a;
		a->next = pairs;
		pairs = a;
	}
	root = pairs;
	pairs = root ? root->next : NULL;
	while ((a = pairs)) {
		pairs = a->next;
		root = pairing_meld(root, a);
	}
	return root;
}

static void pairing_stop(long i)
{
	struct pairing_node *n = &pairing.nodes[i];
	struct pairing_node *rest = pairing_meld_siblings(n->child);

	if (pairing.root == n) {
		pairing_set_root(rest);
		return;
	}
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	if (rest)
		pairing_set_root(pairing_meld(pairing.root, rest));
}

static void pairing_reset(long i, int64_t deadline)
{
	pairing_stop(i);
	pairing_start(i, deadline);
}

static void pairing_expire(int64_t now, on_fire_fn *on_fire)
{
	struct pairing_node *n;

	while ((n = pairing.root) && n->deadline <= now) {
		pairing_stop(n - pairing.nodes);
		on_fire(n - pairing.nodes, n->deadline);
	}
}

/*
 * The hierarchical wheel alone: a slot fires as a whole at the first tick after
 * its deadlines, so late by up to a tick, and in no order. The floor: what is
 * above it is the price of exactness.
 */
enum {
	WHEEL_SHIFT = 16,
	WHEEL_BITS = 6,
	WHEEL_SLOTS = 1 << WHEEL_BITS,
	WHEEL_LEVELS = 8,
};

struct wheel_node {
	struct wheel_node *next, *prev;
	int64_t deadline;
};

static struct {
	struct wheel_node *nodes;
	int64_t tick; /* what is due up to it has fired */
	uint64_t occupied[WHEEL_LEVELS];
	struct wheel_node slots[WHEEL_LEVELS][WHEEL_SLOTS];
} wheel;

static void wheel_open(long count)
{
	wheel.nodes = touched((size_t)count, sizeof(*wheel.nodes));
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		for (int slot = 0; slot < WHEEL_SLOTS; slot++) {
			struct wheel_node *head = &wheel.slots[level][slot];

			head->next = head->prev = head;
		}
	}
}

static int64_t wheel_tick_of(const struct wheel_node *n)
{
	return (n->deadline >> WHEEL_SHIFT) + 1;
}

static void wheel_place(struct wheel_node *n)
{
	int64_t tick = wheel_tick_of(n);
	struct wheel_node *head;
	unsigned level, slot;

	if (tick <= wheel.tick)
		tick = wheel.tick + 1;
	level = (unsigned)(63 - __builtin_clzll((uint64_t)(tick ^ wheel.tick)));
	level /= WHEEL_BITS;
	slot = (unsigned)(tick >> (level * WHEEL_BITS)) % WHEEL_SLOTS;
	head = &wheel.slots[level][slot];
	n->next = head->next;
	n->prev = head;
	n->next->prev = n;
	head->next = n;
	wheel.occupied[level] |= UINT64_C(1) << slot;
}

static void wheel_start(long i, int64_t deadline)
{
	wheel.nodes[i].deadline = deadline;
	wheel_place(&wheel.nodes[i]);
}

static void wheel_stop(long i)
{
	struct wheel_node *n = &wheel.nodes[i];

	n->next->prev = n->prev;
	n->prev->next = n->next;
}

static void wheel_reset(long i, int64_t deadline)
{
	wheel_stop(i);
	wheel_start(i, deadline);
}

/* The nodes of a slot, off it, linked by next. */
static struct wheel_node *wheel_take(unsigned level, unsigned slot)
{
	struct wheel_node *head = &wheel.slots[level][slot];
	struct wheel_node *first = head->next == head ? NULL : head->next;

	head->prev->next = NULL;
	head->next = head->prev = head;
	wheel.occupied[level] &= ~(UINT64_C(1) << slot);
	return first;
}

/* The first tick after the wheel's with a slot to empty, and its level. */
static int64_t wheel_next(unsigned *ret_level)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = level * WHEEL_BITS;
		int64_t above = wheel.tick >> shift >> WHEEL_BITS << WHEEL_BITS;

		if (wheel.occupied[level]) {
			*ret_level = level;
			above |= __builtin_ctzll(wheel.occupied[level]);
			return above << shift;
		}
	}
	return INT64_MAX;
}

static void wheel_expire(int64_t now, on_fire_fn *on_fire)
{
	int64_t target = now >> WHEEL_SHIFT;
	struct wheel_node *n, *next;
	unsigned level;
	int64_t tick;

	while ((tick = wheel_next(&level)) <= target) {
		wheel.tick = tick;
		n = wheel_take(level, (unsigned)(tick >> (level * WHEEL_BITS)) %
					      WHEEL_SLOTS);
		for (; n; n = next) {
			next = n->next;
			if (wheel_tick_of(n) <= tick)
				on_fire(n - wheel.nodes, n->deadline);
			else
				wheel_place(n);
		}
	}
	wheel.tick = target;
}

#endif
