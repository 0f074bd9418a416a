/* SPDX-License-Identifier: MIT */
/*
 * Values between threads. A value goes to the first getter in line directly, or
 * is stored; a place that becomes free is the first putter's. All under the
 * object's lock, which is never held while memory is allocated or freed.
 */
#include "sync/shared_values.h"

#include "base/check.h"
#include "base/fault.h"
#include "sync/value.h"

#include <evergreen/queue.h>

#include <stdlib.h>

enum {
	VALUE_MAX = 1 << 20,
	BOUNDED_MAX = 1 << 30, /* bytes, and values */
	SEGMENT_BYTES = 4000,  /* of one value at least */
};

/*
 * Where there is no bound, values lie in a chain of these: growing copies
 * nothing, so the lock is held as shortly for the millionth value as for the
 * first. Only the last of a chain has room, only the first has gaps.
 */
struct segment {
	struct segment *next;
	char *in, *out;
	char *end;
	char values[];
};

/*
 * Getters wait only while nothing is inside and no putter waits; putters only
 * while it is full. Nobody waits on what is closed.
 *
 * The fast paths know only the count and its two limits, which are out of reach
 * wherever there is more to think of: waiters, closing, a chain, values not of
 * 8 bytes. refresh() sets them; they may lag behind on the safe side.
 */
struct eg__shared_values {
	struct eg__shared shared;
	uint32_t references; /* atomic */
	size_t count;
	size_t put_below;     /* count below this: put, and think no further */
	size_t take_above;    /* count above this: take, and think no further */
	struct eg__ring ring; /* without segments: over what is behind this */
	const struct eg__shared_values_kind *kind;
	size_t value_bytes;
	size_t capacity;
	struct eg_list putters;
	struct eg_list getters;
	bool is_closed;
	/* Without a bound and with bytes in a value; else NULL. Owned. */
	struct segment *first, *last;
	struct segment *spare; /* or NULL */
};

/* Sets the limits of the fast paths. Under the lock. */
static inline void refresh(struct eg__shared_values *v)
{
	if (v->last || v->value_bytes != EG_VALUE_WORD)
		return;
	v->put_below =
		v->is_closed || eg__shared_first(&v->getters) ? 0 : v->capacity;
	v->take_above = eg__shared_first(&v->putters) ? SIZE_MAX : 0;
}

/* Segments */

static struct segment *segment_reset(struct segment *s)
{
	s->next = NULL;
	s->in = s->values;
	s->out = s->values;
	return s;
}

static struct segment *segment_new(size_t value_bytes)
{
	size_t fit = SEGMENT_BYTES / value_bytes;
	size_t bytes = (fit ? fit : 1) * value_bytes;
	struct segment *s = NULL;

	if (!eg__fault(EG_FAULT_ALLOC))
		s = malloc(sizeof(*s) + bytes);
	if (!s)
		return NULL;
	s->end = s->values + bytes;
	return segment_reset(s);
}

static void segments_free(struct segment *s)
{
	struct segment *next;

	for (; s; s = next) {
		next = s->next;
		free(s);
	}
}

/* There is room in the last one, or a spare. */
static void segments_push(struct eg__shared_values *v, const void *value)
{
	struct segment *s = v->last;

	if (s->in == s->end) {
		s->next = segment_reset(v->spare);
		v->spare = NULL;
		s = s->next;
		v->last = s;
	}
	eg__value_copy(s->in, value, v->value_bytes);
	s->in += v->value_bytes;
}

/* Returns a segment to be freed without the lock, or NULL. */
static struct segment *segments_pop(struct eg__shared_values *v,
				    void *ret_value)
{
	struct segment *s = v->first;

	if (ret_value)
		eg__value_copy(ret_value, s->out, v->value_bytes);
	s->out += v->value_bytes;
	if (s->out < s->in)
		return NULL;
	if (s == v->last) {
		segment_reset(s);
		return NULL;
	}
	v->first = s->next;
	s->next = NULL;
	if (v->spare)
		return s;
	v->spare = s;
	return NULL;
}

/* Making and freeing */

static bool fits(size_t value_bytes, size_t capacity, size_t *ret_bytes)
{
	*ret_bytes = 0;
	if (value_bytes > VALUE_MAX)
		return false;
	if (capacity == EG_QUEUE_UNBOUNDED)
		return true;
	return capacity <= BOUNDED_MAX &&
	       !__builtin_mul_overflow(value_bytes, capacity, ret_bytes) &&
	       *ret_bytes <= BOUNDED_MAX;
}

int eg__shared_values_new(struct eg__shared_values **ret,
			  const struct eg__shared_values_kind *kind,
			  size_t value_bytes, size_t capacity)
{
	struct eg__shared_values *v = NULL;
	size_t bytes;

	if (!fits(value_bytes, capacity, &bytes))
		return -EINVAL;
	if (!eg__fault(EG_FAULT_ALLOC))
		v = malloc(sizeof(*v) + bytes);
	if (!v)
		return -ENOMEM;
	*v = (struct eg__shared_values){
		.references = 1,
		.take_above = SIZE_MAX,
		.kind = kind,
		.value_bytes = value_bytes,
		.capacity = capacity,
	};
	eg__ring_init(&v->ring, v + 1, bytes);
	if (capacity == EG_QUEUE_UNBOUNDED && value_bytes) {
		v->first = segment_new(value_bytes);
		v->last = v->first;
		if (!v->first) {
			free(v);
			return -ENOMEM;
		}
	}
	refresh(v);
	*ret = v;
	return 0;
}

void eg__shared_values_ref(struct eg__shared_values *v)
{
	__atomic_fetch_add(&v->references, 1, __ATOMIC_RELAXED);
}

void eg__shared_values_unref(struct eg__shared_values *v)
{
	if (__atomic_sub_fetch(&v->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	EG_CHECK(!eg__shared_first(&v->putters) &&
		 !eg__shared_first(&v->getters));
	segments_free(v->first);
	segments_free(v->spare);
	free(v);
}

/* Putting and getting */

static inline void push(struct eg__shared_values *v, const void *value)
{
	if (v->last)
		segments_push(v, value);
	else
		eg__ring_push(&v->ring, value, v->value_bytes);
	v->count++;
}

static inline struct segment *pop(struct eg__shared_values *v, void *ret_value)
{
	v->count--;
	if (v->first)
		return segments_pop(v, ret_value);
	eg__ring_pop(&v->ring, ret_value, v->value_bytes);
	return NULL;
}

static inline bool must_grow(const struct eg__shared_values *v)
{
	return v->last && v->last->in == v->last->end && !v->spare &&
	       !v->is_closed;
}

/* Finds memory for values to come, without the lock, which it takes again. */
static EG_NOINLINE int grow(struct eg__shared_values *v)
{
	struct segment *s;

	eg__shared_unlock(&v->shared);
	s = segment_new(v->value_bytes);
	eg__shared_lock(&v->shared);
	if (!s)
		return -ENOMEM;
	if (!v->spare) {
		v->spare = s;
		return 0;
	}
	/* Another thread was faster. */
	eg__shared_unlock(&v->shared);
	free(s);
	eg__shared_lock(&v->shared);
	return 0;
}

static inline int unlock(struct eg__shared_values *v, int result)
{
	eg__shared_unlock(&v->shared);
	return result;
}

/* Whoever comes has to think of who waits. */
static inline void withhold(struct eg__shared_values *v)
{
	v->put_below = 0;
	v->take_above = SIZE_MAX;
}

/* In line, under the lock; returns without. May switch. */
static int wait_in(struct eg__shared_values *v, struct eg_list *line,
		   const struct eg__shared_kind *kind, void *value,
		   int64_t deadline)
{
	int r = eg__shared_check(deadline);

	if (r < 0)
		return unlock(v, r);
	withhold(v);
	return eg__shared_wait(&v->shared, line, kind, value, deadline);
}

/* To a getter that was taken. */
static int give(struct eg__shared_values *v, struct eg__shared_waiter *getter,
		const void *value)
{
	if (getter->value)
		eg__value_copy(getter->value, value, v->value_bytes);
	refresh(v);
	eg__shared_unlock(&v->shared);
	eg__shared_wake(getter);
	return 0;
}

/* Under the lock; returns without. */
static EG_NOINLINE int put_slowly(struct eg__shared_values *v,
				  const void *value, int64_t deadline)
{
	struct eg__shared_waiter *getter;

	while (!(getter = eg__shared_take_first(&v->getters, 0)) &&
	       eg_unlikely(must_grow(v))) {
		int r = grow(v);

		if (r < 0)
			return unlock(v, r);
	}
	if (getter)
		return give(v, getter, value);
	if (eg_unlikely(v->is_closed))
		return unlock(v, v->kind->closed);
	if (v->count < v->capacity) {
		push(v, value);
		refresh(v);
		return unlock(v, 0);
	}
	/* Only read from: the cast is undone in take_from(). */
	return wait_in(v, &v->putters, &v->kind->put, (void *)(uintptr_t)value,
		       deadline);
}

int eg__shared_values_put(struct eg__shared_values *v, const void *value,
			  int64_t deadline)
{
	if (eg_unlikely(!value && v->value_bytes))
		return -EINVAL;
	eg__shared_lock(&v->shared);
	if (eg_unlikely(v->count >= v->put_below))
		return put_slowly(v, value, deadline);
	eg__ring_push(&v->ring, value, EG_VALUE_WORD);
	v->count++;
	return unlock(v, 0);
}

/* A place is free: the first putter's value is in before anybody else's. It was
 * taken, and goes on when it is woken. */
static int take_from(struct eg__shared_values *v,
		     struct eg__shared_waiter *putter, void *ret_value)
{
	const void *value = putter->value;

	if (v->capacity)
		push(v, value);
	else if (ret_value)
		eg__value_copy(ret_value, value, v->value_bytes);
	refresh(v);
	eg__shared_unlock(&v->shared);
	eg__shared_wake(putter);
	return 0;
}

/* Under the lock; returns without. */
static EG_NOINLINE int get_slowly(struct eg__shared_values *v, void *ret_value,
				  int64_t deadline)
{
	struct eg__shared_waiter *putter =
		eg__shared_take_first(&v->putters, 0);
	struct segment *empty = NULL;
	bool has_value = v->count > 0;

	if (has_value)
		empty = pop(v, ret_value);
	if (putter)
		return take_from(v, putter, ret_value);
	if (has_value) {
		refresh(v);
		eg__shared_unlock(&v->shared);
		free(empty);
		return 0;
	}
	if (v->is_closed)
		return unlock(v, v->kind->closed);
	return wait_in(v, &v->getters, &v->kind->get, ret_value, deadline);
}

int eg__shared_values_get(struct eg__shared_values *v, void *ret_value,
			  int64_t deadline)
{
	eg__shared_lock(&v->shared);
	if (eg_unlikely(v->count <= v->take_above || !ret_value))
		return get_slowly(v, ret_value, deadline);
	eg__ring_pop(&v->ring, ret_value, EG_VALUE_WORD);
	v->count--;
	return unlock(v, 0);
}

/* Returns segments to be freed without the lock. */
static struct segment *drop_all(struct eg__shared_values *v)
{
	struct segment *first = v->first, *rest;

	v->count = 0;
	v->ring.out = v->ring.in;
	if (!first)
		return NULL;
	rest = first->next;
	v->last = segment_reset(first);
	return rest;
}

void eg__shared_values_close(struct eg__shared_values *v, bool drop)
{
	struct segment *dropped = NULL;
	struct eg_list taken;

	eg_list_init(&taken);
	eg__shared_lock(&v->shared);
	v->is_closed = true;
	eg__shared_take_all(&v->getters, &taken, v->kind->closed);
	eg__shared_take_all(&v->putters, &taken, v->kind->closed);
	if (drop)
		dropped = drop_all(v);
	refresh(v);
	eg__shared_unlock(&v->shared);
	segments_free(dropped);
	eg__shared_wake_all(&taken);
}

/* In line for who waits for several */

static inline struct eg__shared_values *values_of(struct eg__shared *s)
{
	return eg_container_of(s, struct eg__shared_values, shared);
}

static bool must_wait_to_put(struct eg__shared *s)
{
	const struct eg__shared_values *v = values_of(s);

	return v->count >= v->capacity && !v->is_closed &&
	       !eg__shared_first(&v->getters);
}

static bool must_wait_to_get(struct eg__shared *s)
{
	const struct eg__shared_values *v = values_of(s);

	return !v->count && !v->is_closed && !eg__shared_first(&v->putters);
}

static void line_up_to_put(struct eg__shared *s, struct eg__shared_waiter *w)
{
	struct eg__shared_values *v = values_of(s);

	w->kind = &v->kind->put;
	withhold(v);
	eg__shared_push(&v->putters, w);
}

static void line_up_to_get(struct eg__shared *s, struct eg__shared_waiter *w)
{
	struct eg__shared_values *v = values_of(s);

	w->kind = &v->kind->get;
	withhold(v);
	eg__shared_push(&v->getters, w);
}

const struct eg__shared_place eg__shared_values_put_place = {
	.must_wait = must_wait_to_put,
	.line_up = line_up_to_put,
};
const struct eg__shared_place eg__shared_values_get_place = {
	.must_wait = must_wait_to_get,
	.line_up = line_up_to_get,
};

size_t eg__shared_values_len(struct eg__shared_values *v)
{
	size_t count;

	eg__shared_lock(&v->shared);
	count = v->count;
	eg__shared_unlock(&v->shared);
	return count;
}
