/* SPDX-License-Identifier: MIT */
/*
 * The values inside a queue: a ring, a stack or a heap, in memory that is moved
 * as a whole when it grows.
 */
#include "sync/queue_store.h"

#include "base/fault.h"

#include <stdlib.h>

enum {
	SLOTS_MIN = 16,
	/* So that a compare function is given what malloc() would give. */
	HEAP_ALIGN = 16,
};

static inline char *slot(const struct eg__store *s, size_t index)
{
	return s->ring.begin + index * s->slot_bytes;
}

/* Where a slot of the heap has the number of its value's arrival. */
static inline char *arrival_of(const struct eg__store *s, char *at)
{
	return at + s->slot_bytes - sizeof(uint64_t);
}

void eg__store_init(struct eg__store *s, size_t value_bytes,
		    const eg_queue_options *options)
{
	size_t slot_bytes = value_bytes;

	if (options->kind == EG_QUEUE_PRIORITY)
		slot_bytes =
			eg_round_up(value_bytes + sizeof(uint64_t), HEAP_ALIGN);
	*s = (struct eg__store){
		.value_bytes = value_bytes,
		.slot_bytes = slot_bytes,
		.kind = options->kind,
		.compare = options->compare,
		.compare_arg = options->compare_arg,
	};
}

void eg__store_done(struct eg__store *s)
{
	free(s->ring.begin);
}

/* Copies all values to @to, so that the first slot has the oldest. */
static void copy_out(const struct eg__store *s, char *to)
{
	size_t bytes = s->count * s->slot_bytes, first;

	if (!bytes)
		return;
	if (s->kind != EG_QUEUE_FIFO) {
		memcpy(to, s->ring.begin, bytes);
		return;
	}
	first = (size_t)(s->ring.end - s->ring.out);
	if (first > bytes)
		first = bytes;
	memcpy(to, s->ring.out, first);
	memcpy(to + first, s->ring.begin, bytes - first);
}

int eg__store_reserve(struct eg__store *s, size_t slots)
{
	size_t bytes;
	char *memory;

	if (slots <= s->slots)
		return 0;
	if (__builtin_mul_overflow(slots, s->slot_bytes, &bytes) ||
	    bytes > PTRDIFF_MAX || eg__fault(EG_FAULT_ALLOC))
		return -ENOMEM;
	memory = malloc(bytes ? bytes : 1);
	if (!memory)
		return -ENOMEM;
	copy_out(s, memory);
	free(s->ring.begin);
	eg__ring_init(&s->ring, memory, bytes);
	/* More slots than values: the next place is not at the end. */
	s->ring.in += s->count * s->slot_bytes;
	s->slots = slots;
	return 0;
}

int eg__store_grow(struct eg__store *s)
{
	if (s->count < s->slots)
		return 0;
	return eg__store_reserve(s, s->slots < SLOTS_MIN / 2 ? SLOTS_MIN
							     : s->slots * 2);
}

/* Which of two values in the heap comes out first. */
static bool is_before(const struct eg__store *s, char *a, char *b)
{
	uint64_t arrival_a, arrival_b;
	int order = s->compare(a, b, s->compare_arg);

	if (order)
		return order < 0;
	memcpy(&arrival_a, arrival_of(s, a), sizeof(arrival_a));
	memcpy(&arrival_b, arrival_of(s, b), sizeof(arrival_b));
	return arrival_a < arrival_b;
}

/* A new value is after its equals, so arrivals need not be compared. */
static void heap_push(struct eg__store *s, const void *value)
{
	uint64_t arrival = s->arrivals++;
	size_t hole = s->count, parent;

	for (; hole > 0; hole = parent) {
		parent = (hole - 1) / 2;
		if (s->compare(value, slot(s, parent), s->compare_arg) >= 0)
			break;
		memcpy(slot(s, hole), slot(s, parent), s->slot_bytes);
	}
	eg__value_copy(slot(s, hole), value, s->value_bytes);
	memcpy(arrival_of(s, slot(s, hole)), &arrival, sizeof(arrival));
	s->count++;
}

/* The last value goes where the first was, and down from there. */
static void heap_drop_first(struct eg__store *s)
{
	size_t left = --s->count, hole = 0, child;
	char *last = slot(s, left);

	for (; (child = 2 * hole + 1) < left; hole = child) {
		if (child + 1 < left &&
		    is_before(s, slot(s, child + 1), slot(s, child)))
			child++;
		if (is_before(s, last, slot(s, child)))
			break;
		memcpy(slot(s, hole), slot(s, child), s->slot_bytes);
	}
	if (hole != left)
		memcpy(slot(s, hole), last, s->slot_bytes);
}

void eg__store_push(struct eg__store *s, const void *value)
{
	switch (s->kind) {
	case EG_QUEUE_FIFO:
		eg__ring_push(&s->ring, value, s->value_bytes);
		s->count++;
		break;
	case EG_QUEUE_LIFO:
		eg__value_copy(slot(s, s->count++), value, s->value_bytes);
		break;
	default:
		heap_push(s, value);
	}
}

const void *eg__store_next(const struct eg__store *s)
{
	switch (s->kind) {
	case EG_QUEUE_FIFO:
		return s->ring.out;
	case EG_QUEUE_LIFO:
		return slot(s, s->count - 1);
	default:
		return slot(s, 0);
	}
}

void eg__store_pop(struct eg__store *s, void *ret_value)
{
	if (s->kind == EG_QUEUE_FIFO) {
		eg__ring_pop(&s->ring, ret_value, s->value_bytes);
		s->count--;
		return;
	}
	if (ret_value)
		eg__value_copy(ret_value, eg__store_next(s), s->value_bytes);
	if (s->kind == EG_QUEUE_LIFO)
		s->count--;
	else
		heap_drop_first(s);
}

void eg__store_clear(struct eg__store *s)
{
	s->ring.in = s->ring.begin;
	s->ring.out = s->ring.begin;
	s->count = 0;
}
