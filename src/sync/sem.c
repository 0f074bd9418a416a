/* SPDX-License-Identifier: MIT */
/*
 * The counting semaphore. A posted unit goes to the first waiter directly: it
 * is never free for somebody who comes later (semantics LK-05, LK-11). The room
 * that a taken unit leaves goes to who waits to post, likewise.
 */
#include "sync/line_up.h"
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

#include <limits.h>

/*
 * One line serves both sides: who wants a unit waits only while there is none,
 * who wants to post one only while there are all.
 */
struct sem {
	struct eg_wait_queue queue;
	int level; /* the units and @less: full at INT_MAX */
	int less;  /* than INT_MAX is the most it holds; so 0 is no bound */
};

_Static_assert(sizeof(struct sem) <= sizeof(eg_sem), "eg_sem too small");

static const struct eg_wait_kind sem_wait = { .what = "semaphore" };
static const struct eg_wait_kind peek_wait = { .what = "semaphore (peek)" };
static const struct eg_wait_kind post_wait = { .what = "semaphore (post)" };

static inline struct sem *sem_of(const eg_sem *sem)
{
	return (struct sem *)(uintptr_t)sem;
}

int eg_sem_init(eg_sem *sem, int units)
{
	if (!sem || units < 0)
		return -EINVAL;
	*sem_of(sem) = (struct sem){ .level = units };
	return 0;
}

int eg_sem_init_bounded(eg_sem *sem, int units, int max)
{
	if (!sem || max <= 0 || units < 0 || units > max)
		return -EINVAL;
	*sem_of(sem) = (struct sem){
		.level = INT_MAX - (max - units),
		.less = INT_MAX - max,
	};
	return 0;
}

static inline bool is_full(const struct sem *s)
{
	return s->level == INT_MAX;
}

static inline bool has_units(const struct sem *s)
{
	return s->level > s->less;
}

/* A unit for which there is room: past who only looks, to the first taker. */
static EG_NOINLINE void give(struct sem *s)
{
	struct eg_waiter *w;

	while ((w = eg__queue_next(&s->queue))) {
		bool is_taker = w->kind == &sem_wait;

		eg__unpark(w, 0);
		if (is_taker)
			return;
	}
	eg__queue_forget(&s->queue);
	s->level++;
}

static EG_NOINLINE int post_slowly(struct sem *s, struct eg_hub *hub)
{
	struct eg_waiter *w = eg__queue_first(&s->queue);

	if (w && eg_unlikely(w->hub != hub))
		return -EPERM;
	if (w && eg_likely(w->kind == &sem_wait && !w->slow)) {
		eg__unpark_linked(hub, w, 0);
		return 0;
	}
	if (eg_unlikely(is_full(s)))
		return -EOVERFLOW;
	give(s);
	return 0;
}

int eg_sem_post(eg_sem *sem)
{
	struct eg_worker *worker = eg__worker();
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!worker))
		return -EPERM;
	if (!eg__queue_is_untouched(&s->queue) || is_full(s))
		return post_slowly(s, worker->hub);
	s->level++;
	return 0;
}

/* In the hub: without a wait, posting is posting. */
static EG_COLD int post_in_hub(eg_sem *sem, int64_t deadline)
{
	int r = eg__check_try("eg_sem_post_wait", deadline);

	if (r == 0)
		r = eg_sem_post(sem);
	return r == -EOVERFLOW ? -ETIMEDOUT : r;
}

int eg_sem_post_wait(eg_sem *sem, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!self))
		return post_in_hub(sem, deadline);
	if (eg__queue_is_anothers(&s->queue, self))
		return -EPERM;
	if (is_full(s))
		return eg__queue_wait(&s->queue, self, &post_wait, s, deadline);
	give(s);
	return 0;
}

/* Takes one of all units: the first who waits to post puts his in its place. */
static EG_NOINLINE int take_from_full(struct sem *s, const struct eg_hub *hub)
{
	struct eg_waiter *poster = eg__queue_first(&s->queue);

	if (!poster) {
		s->level--;
		return 0;
	}
	if (poster->hub != hub)
		return -EPERM;
	eg__unpark(poster, 0);
	return 0;
}

static EG_COLD int take_in_hub(struct sem *s, int64_t deadline)
{
	int r = eg__check_try("eg_sem_wait", deadline);

	if (r < 0)
		return r;
	if (!has_units(s))
		return -ETIMEDOUT;
	if (is_full(s))
		return take_from_full(s, eg__hub());
	s->level--;
	return 0;
}

int eg_sem_wait(eg_sem *sem, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!self))
		return take_in_hub(s, deadline);
	if (eg_likely(has_units(s))) {
		if (eg_unlikely(is_full(s)))
			return take_from_full(s, self->hub);
		s->level--;
		return 0;
	}
	return eg__queue_wait(&s->queue, self, &sem_wait, s, deadline);
}

static EG_COLD int peek_in_hub(const struct sem *s, int64_t deadline)
{
	int r = eg__check_try("eg_sem_peek", deadline);

	return r == 0 && !has_units(s) ? -ETIMEDOUT : r;
}

int eg_sem_peek(eg_sem *sem, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct sem *s = sem_of(sem);

	if (eg_unlikely(!s))
		return -EINVAL;
	if (eg_unlikely(!self))
		return peek_in_hub(s, deadline);
	if (has_units(s))
		return 0;
	return eg__queue_wait(&s->queue, self, &peek_wait, s, deadline);
}

int eg_sem_units(const eg_sem *sem)
{
	const struct sem *s = sem_of(sem);

	return s ? s->level - s->less : -EINVAL;
}

void eg__sem_line_up(void *object, void *value, struct eg_proxy *p,
		     struct eg_hub *hub)
{
	struct sem *s = sem_of(object);
	struct eg_waiter *w = eg__proxy_waiter(p, hub, &sem_wait, s);

	w->value = value;
	eg__queue_push(&s->queue, w);
}

void eg__sem_line_up_peek(void *object, void *value, struct eg_proxy *p,
			  struct eg_hub *hub)
{
	struct sem *s = sem_of(object);
	struct eg_waiter *w = eg__proxy_waiter(p, hub, &peek_wait, s);

	w->value = value;
	eg__queue_push(&s->queue, w);
}
