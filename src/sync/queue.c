/* SPDX-License-Identifier: MIT */
/*
 * Queues: who waits for what, and who is handed it. A value goes to the first
 * getter in line directly, a place to the first putter. How the values inside
 * are ordered is queue_store.c's.
 */
#include "base/check.h"
#include "base/fault.h"
#include "sync/line_up.h"
#include "sync/queue_store.h"

#include <evergreen/queue.h>

#include <stdlib.h>

enum {
	VALUE_MAX = 1 << 20,
	BOUNDED_MAX = 1 << 30, /* bytes, and values */
};

/*
 * Getters wait only while nothing is inside and no putter waits; putters only
 * while the queue is full. Nobody but joiners waits on one that is shut down.
 * There is memory for @capacity values, unless that is EG_QUEUE_UNBOUNDED.
 *
 * The fast paths know only the count and its two limits, as those of a channel;
 * they are out of reach for all but a FIFO of values of 8 bytes.
 */
struct eg_queue {
	struct eg_hub *hub; /* borrowed */
	size_t put_below;   /* count below this: put, and think no further */
	size_t take_above;  /* count above this: take, and think no further */
	size_t unfinished;  /* values put and not done */
	struct eg__store store;
	struct eg_wait_queue getters; /* and who only looks */
	struct eg_wait_queue putters;
	struct eg_wait_queue joiners;
	size_t capacity;
	uint32_t references;
	bool is_shut;
};

static const struct eg_wait_kind get_wait = { .what = "queue (get)" };
static const struct eg_wait_kind peek_wait = { .what = "queue (peek)" };
static const struct eg_wait_kind put_wait = { .what = "queue (put)" };
static const struct eg_wait_kind join_wait = { .what = "queue (join)" };

/* Sets the limits of the fast paths. */
static inline void refresh(eg_queue *q)
{
	const struct eg__store *s = &q->store;

	if (s->kind != EG_QUEUE_FIFO || s->value_bytes != EG_VALUE_WORD)
		return;
	q->put_below = s->slots < q->capacity ? s->slots : q->capacity;
	if (q->is_shut || eg__line_first(&q->getters))
		q->put_below = 0;
	q->take_above = eg__line_first(&q->putters) ? SIZE_MAX : 0;
}

static bool is_capacity(size_t capacity, size_t value_bytes)
{
	size_t bytes;

	if (capacity == EG_QUEUE_UNBOUNDED)
		return true;
	return capacity <= BOUNDED_MAX &&
	       !__builtin_mul_overflow(capacity, value_bytes, &bytes) &&
	       bytes <= BOUNDED_MAX;
}

static bool are_options(const eg_queue_options *o, size_t value_bytes)
{
	bool is_ordered = o->kind == EG_QUEUE_PRIORITY;

	return o->size >= sizeof(*o) && o->kind >= EG_QUEUE_FIFO &&
	       o->kind <= EG_QUEUE_PRIORITY && is_ordered == !!o->compare &&
	       is_capacity(o->capacity, value_bytes);
}

int eg_queue_new(eg_queue **ret_queue, size_t value_bytes,
		 const eg_queue_options *options)
{
	static const eg_queue_options defaults = EG_QUEUE_OPTIONS_INIT;
	const eg_queue_options *o = options ? options : &defaults;
	struct eg_hub *hub = eg__hub();
	eg_queue *q;

	if (!ret_queue || value_bytes > VALUE_MAX ||
	    !are_options(o, value_bytes))
		return -EINVAL;
	if (!hub)
		return -EPERM;
	q = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*q));
	if (!q)
		return -ENOMEM;
	*q = (eg_queue){
		.hub = hub,
		.take_above = SIZE_MAX,
		.capacity = o->capacity,
		.references = 1,
	};
	eg__store_init(&q->store, value_bytes, o);
	eg_list_init(&q->getters.waiters);
	eg_list_init(&q->putters.waiters);
	eg_list_init(&q->joiners.waiters);
	if (q->capacity != EG_QUEUE_UNBOUNDED &&
	    eg__store_reserve(&q->store, q->capacity) < 0) {
		eg_queue_unref(q);
		return -ENOMEM;
	}
	refresh(q);
	*ret_queue = q;
	return 0;
}

eg_queue *eg_queue_ref(eg_queue *queue)
{
	if (queue)
		queue->references++;
	return queue;
}

/* By its name in a check that failed, a user knows what he did. */
static bool nobody_waits_on_queue(eg_queue *q)
{
	return !eg__line_first(&q->getters) && !eg__line_first(&q->putters) &&
	       !eg__line_first(&q->joiners);
}

eg_queue *eg_queue_unref(eg_queue *queue)
{
	if (!queue || --queue->references > 0)
		return NULL;
	EG_CHECK(nobody_waits_on_queue(queue));
	eg__store_done(&queue->store);
	free(queue);
	return NULL;
}

EG_MAY_SWITCH static inline int wait_in(struct eg_wait_queue *line,
					struct eg_fiber *self,
					const struct eg_wait_kind *kind,
					eg_queue *q, void *value,
					int64_t deadline)
{
	struct eg_waiter *w;

	/* In the hub, where the deadline is EG_NOW. */
	if (!self)
		return -ETIMEDOUT;
	w = eg__waiter(self, kind, q);
	w->value = value;
	eg_list_push_back(&line->waiters, &w->link);
	refresh(q);
	return eg__park(self, deadline);
}

/* The call is a fiber's, of the queue's hub. */
static inline bool is_mine(const eg_queue *q, const struct eg_worker *w)
{
	return eg_likely(q && eg__runs_fiber_of(w, q->hub));
}

/* What is refused of a call that is not: 0 if the hub only tries. */
static EG_COLD int refuse(const eg_queue *q, const char *call, int64_t deadline)
{
	if (!q)
		return -EINVAL;
	if (!eg__current() && deadline > EG_NOW)
		return eg__refuse_blocking(call);
	return q->hub != eg__hub() ? -EPERM : 0;
}

static inline void hand(const eg_queue *q, struct eg_waiter *w,
			const void *value)
{
	if (eg_likely(w->value))
		eg__value_copy(w->value, value, q->store.value_bytes);
	eg__unpark_linked(q->hub, w, 0);
}

/* The first in line who takes what is put; NULL: all of them only look. */
static inline struct eg_waiter *first_taker(const eg_queue *q)
{
	eg_list_for_each(node, &q->getters.waiters) {
		struct eg_waiter *w =
			eg_list_entry(node, struct eg_waiter, link);

		if (eg_likely(w->kind == &get_wait))
			return w;
	}
	return NULL;
}

/* The same, to be handed what is put. */
static inline struct eg_waiter *next_taker(const eg_queue *q)
{
	struct eg_waiter *w;

	while ((w = first_taker(q)) && eg_unlikely(!eg__waiter_win(w)))
		;
	return w;
}

/* Shows @value to those in line before anybody who takes. */
static inline void show(eg_queue *q, const void *value)
{
	struct eg_waiter *w;

	while ((w = eg__line_first(&q->getters)) && w->kind == &peek_wait)
		hand(q, w, value);
}

/* Full, or a rendezvous and nobody takes. */
static int wait_to_put(eg_queue *q, const void *value, int64_t deadline,
		       struct eg_fiber *self)
{
	int r = self ? eg__park_check(self, deadline) : -ETIMEDOUT;

	/* What is never offered must not be seen. */
	if (r < 0)
		return r;
	show(q, value);
	/* Only read from: the cast is undone in take_from_putter(). */
	return wait_in(&q->putters, self, &put_wait, q,
		       (void *)(uintptr_t)value, deadline);
}

static EG_NOINLINE int put_slowly(eg_queue *q, const void *value,
				  int64_t deadline, struct eg_fiber *self)
{
	struct eg_waiter *taker = next_taker(q);
	int r;

	if (eg_unlikely(q->is_shut))
		return -ESHUTDOWN;
	if (!taker && q->store.count >= q->capacity)
		return wait_to_put(q, value, deadline, self);
	if (!taker) {
		r = eg__store_grow(&q->store);
		if (eg_unlikely(r < 0))
			return r;
	}
	show(q, value);
	if (taker)
		hand(q, taker, value);
	else
		eg__store_push(&q->store, value);
	q->unfinished++;
	refresh(q);
	return 0;
}

/* Not from a fiber of the hub. */
static EG_COLD int put_in_hub(eg_queue *q, const void *value, int64_t deadline)
{
	int r = refuse(q, "eg_queue_put", deadline);

	if (r < 0)
		return r;
	if (!value && q->store.value_bytes)
		return -EINVAL;
	return put_slowly(q, value, deadline, NULL);
}

int eg_queue_put(eg_queue *queue, const void *value, int64_t deadline)
{
	struct eg_worker *w = eg__worker();

	if (eg_unlikely(!is_mine(queue, w)))
		return put_in_hub(queue, value, deadline);
	if (eg_unlikely(!value && queue->store.value_bytes))
		return -EINVAL;
	if (eg_likely(queue->store.count < queue->put_below)) {
		eg__ring_push(&queue->store.ring, value, EG_VALUE_WORD);
		queue->store.count++;
		queue->unfinished++;
		return 0;
	}
	return put_slowly(queue, value, deadline, w->current);
}

/* The putter's value is in, or with who takes: it goes on. */
static inline void let_go(eg_queue *q, struct eg_waiter *putter)
{
	q->unfinished++;
	eg__unpark_linked(q->hub, putter, 0);
}

/* Takes in the values of those who wait, as long as there is room. */
static void take_in(eg_queue *q)
{
	struct eg_waiter *putter;

	while (q->store.count < q->capacity &&
	       (putter = eg__line_next(&q->putters))) {
		eg__store_push(&q->store, putter->value);
		let_go(q, putter);
	}
}

/* Nothing is inside: a rendezvous. */
static void take_from_putter(eg_queue *q, struct eg_waiter *putter,
			     void *ret_value)
{
	if (ret_value)
		eg__value_copy(ret_value, putter->value, q->store.value_bytes);
	let_go(q, putter);
}

static EG_NOINLINE int get_slowly(eg_queue *q, void *ret_value,
				  int64_t deadline, struct eg_fiber *self)
{
	struct eg_waiter *putter;

	if (q->store.count) {
		eg__store_pop(&q->store, ret_value);
		take_in(q);
	} else if ((putter = eg__line_next(&q->putters))) {
		take_from_putter(q, putter, ret_value);
	} else if (eg_unlikely(q->is_shut)) {
		return -ESHUTDOWN;
	} else {
		return wait_in(&q->getters, self, &get_wait, q, ret_value,
			       deadline);
	}
	refresh(q);
	return 0;
}

/* Not from a fiber of the hub. */
static EG_COLD int get_in_hub(eg_queue *q, void *ret_value, int64_t deadline)
{
	int r = refuse(q, "eg_queue_get", deadline);

	return r < 0 ? r : get_slowly(q, ret_value, deadline, NULL);
}

int eg_queue_get(eg_queue *queue, void *ret_value, int64_t deadline)
{
	struct eg_worker *w = eg__worker();

	if (eg_unlikely(!is_mine(queue, w)))
		return get_in_hub(queue, ret_value, deadline);
	if (eg_likely(queue->store.count > queue->take_above && ret_value)) {
		eg__ring_pop(&queue->store.ring, ret_value, EG_VALUE_WORD);
		queue->store.count--;
		return 0;
	}
	return get_slowly(queue, ret_value, deadline, w->current);
}

int eg_queue_peek(eg_queue *queue, void *ret_value, int64_t deadline)
{
	struct eg_worker *w = eg__worker();
	struct eg_waiter *putter;
	const void *next;
	int r;

	if (eg_unlikely(!is_mine(queue, w))) {
		r = refuse(queue, "eg_queue_peek", deadline);
		if (r < 0)
			return r;
	}
	while ((putter = eg__line_first(&queue->putters)) &&
	       eg__waiter_is_lost(putter))
		eg_list_remove(&putter->link);
	if (!queue->store.count && !putter)
		return queue->is_shut ? -ESHUTDOWN
				      : wait_in(&queue->getters, w->current,
						&peek_wait, queue, ret_value,
						deadline);
	next = queue->store.count ? eg__store_next(&queue->store)
				  : putter->value;
	if (ret_value)
		eg__value_copy(ret_value, next, queue->store.value_bytes);
	return 0;
}

ssize_t eg_queue_len(const eg_queue *queue)
{
	return queue ? (ssize_t)queue->store.count : -EINVAL;
}

ssize_t eg_queue_capacity(const eg_queue *queue)
{
	return queue ? (ssize_t)queue->capacity : -EINVAL;
}

static size_t line_length(const struct eg_wait_queue *line)
{
	size_t n = 0;

	eg_list_for_each(node, &line->waiters)
		n++;
	return n;
}

ssize_t eg_queue_getters(const eg_queue *queue)
{
	return queue ? (ssize_t)line_length(&queue->getters) : -EINVAL;
}

ssize_t eg_queue_putters(const eg_queue *queue)
{
	return queue ? (ssize_t)line_length(&queue->putters) : -EINVAL;
}

int eg_queue_resize(eg_queue *queue, size_t capacity)
{
	size_t slots = capacity;
	int r;

	if (!queue || !is_capacity(capacity, queue->store.value_bytes))
		return -EINVAL;
	if (queue->hub != eg__hub())
		return -EPERM;
	/* All who wait come in at once. */
	if (capacity == EG_QUEUE_UNBOUNDED)
		slots = queue->store.count + line_length(&queue->putters);
	r = eg__store_reserve(&queue->store, slots);
	if (r < 0)
		return r;
	queue->capacity = capacity;
	take_in(queue);
	refresh(queue);
	return 0;
}

static void wake_all(struct eg_wait_queue *line, int result)
{
	struct eg_waiter *w;

	while ((w = eg__line_first(line)))
		eg__unpark(w, result);
}

static void finish(eg_queue *q, size_t count)
{
	q->unfinished -= count;
	if (!q->unfinished)
		wake_all(&q->joiners, 0);
}

int eg_queue_task_done(eg_queue *queue)
{
	if (!queue)
		return -EINVAL;
	if (queue->hub != eg__hub())
		return -EPERM;
	if (!queue->unfinished)
		return -EINVAL;
	finish(queue, 1);
	return 0;
}

ssize_t eg_queue_unfinished(const eg_queue *queue)
{
	return queue ? (ssize_t)queue->unfinished : -EINVAL;
}

int eg_queue_join(eg_queue *queue, int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (!queue)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_queue_join");
	if (queue->hub != self->hub)
		return -EPERM;
	if (!queue->unfinished)
		return 0;
	return wait_in(&queue->joiners, self, &join_wait, queue, NULL,
		       deadline);
}

/* More may have been called done than was taken out. */
static void drain(eg_queue *q)
{
	size_t count = q->store.count;

	eg__store_clear(&q->store);
	finish(q, count < q->unfinished ? count : q->unfinished);
}

int eg_queue_shutdown(eg_queue *queue, bool immediate)
{
	if (!queue)
		return -EINVAL;
	if (queue->hub != eg__hub())
		return -EPERM;
	queue->is_shut = true;
	wake_all(&queue->getters, -ESHUTDOWN);
	wake_all(&queue->putters, -ESHUTDOWN);
	if (immediate)
		drain(queue);
	refresh(queue);
	return 0;
}

static void line_up(struct eg_wait_queue *line, const struct eg_wait_kind *kind,
		    eg_queue *q, void *value, struct eg_proxy *p)
{
	struct eg_waiter *w = eg__proxy_waiter(p, q->hub, kind, q);

	w->value = value;
	eg_list_push_back(&line->waiters, &w->link);
	refresh(q);
}

void eg__queue_line_up_get(void *object, void *value, struct eg_proxy *p,
			   struct eg_hub *hub)
{
	eg_queue *q = object;

	(void)hub;
	line_up(&q->getters, &get_wait, q, value, p);
}

void eg__queue_line_up_put(void *object, void *value, struct eg_proxy *p,
			   struct eg_hub *hub)
{
	eg_queue *q = object;

	(void)hub;
	show(q, value);
	line_up(&q->putters, &put_wait, q, value, p);
}
