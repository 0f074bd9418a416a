/* SPDX-License-Identifier: MIT */
/*
 * The event that threads share. One word says all as long as nobody waits; who
 * waits marks it, and then the lock has to be taken.
 */
#include "sync/shared.h"

#include <evergreen/shared.h>

enum { CLEAR, SET, WAITED };

struct event {
	struct eg__shared shared;
	int state; /* atomic; WAITED: clear, and the line is not empty */
	struct eg_list line;
};

_Static_assert(sizeof(struct event) <= sizeof(eg_shared_event),
	       "eg_shared_event too small");

static inline struct event *event_of(const eg_shared_event *event)
{
	return (struct event *)(uintptr_t)event;
}

/* Nobody is in line any more: setting needs no lock again. */
static void left_event(struct eg__shared *s)
{
	struct event *e = eg_container_of(s, struct event, shared);
	int state = WAITED;

	if (!eg__shared_first(&e->line))
		__atomic_compare_exchange_n(&e->state, &state, CLEAR, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static const struct eg__shared_kind event_wait = {
	.wait = { .what = "shared event", .abort = eg__shared_abort },
	.left = left_event,
};

int eg_shared_event_init(eg_shared_event *event)
{
	if (!event)
		return -EINVAL;
	*event_of(event) = (struct event){ .state = CLEAR };
	return 0;
}

/* Who waits is taken, as if the event were set for them. */
static int take_waiters(struct event *e, struct eg_list *taken)
{
	int n;

	eg__shared_lock(&e->shared);
	n = eg__shared_take_all(&e->line, taken, 0);
	left_event(&e->shared);
	eg__shared_unlock(&e->shared);
	return n;
}

int eg_shared_event_set(eg_shared_event *event)
{
	struct event *e = event_of(event);
	struct eg_list taken;
	int state = CLEAR, n = 0;

	if (eg_unlikely(!e))
		return -EINVAL;
	eg_list_init(&taken);
	/* One that is set is set again: who finds it so shall see what this
	 * thread wrote. And it is set last: then it may be gone. */
	while (!__atomic_compare_exchange_n(&e->state, &state, SET, false,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED)) {
		if (state != WAITED)
			continue;
		n += take_waiters(e, &taken);
		state = CLEAR;
	}
	eg__shared_wake_all(&taken);
	return n;
}

int eg_shared_event_clear(eg_shared_event *event)
{
	struct event *e = event_of(event);
	int state = SET;

	if (!e)
		return -EINVAL;
	__atomic_compare_exchange_n(&e->state, &state, CLEAR, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	return 0;
}

bool eg_shared_event_is_set(const eg_shared_event *event)
{
	struct event *e = event_of(event);

	return e && __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == SET;
}

/* Has who sets it look at the line, under the lock. False: it is set. */
static bool must_wait(struct eg__shared *s)
{
	struct event *e = eg_container_of(s, struct event, shared);
	int state = CLEAR;

	__atomic_compare_exchange_n(&e->state, &state, WAITED, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	return state != SET;
}

static void line_up(struct eg__shared *s, struct eg__shared_waiter *w)
{
	w->kind = &event_wait;
	eg__shared_push(&eg_container_of(s, struct event, shared)->line, w);
}

const struct eg__shared_place eg__shared_event_place = {
	.must_wait = must_wait,
	.line_up = line_up,
	.left = left_event,
};

static EG_NOINLINE int wait_for_set(struct event *e, int64_t deadline)
{
	int r = eg__shared_check(deadline);

	if (r < 0)
		return r;
	eg__shared_lock(&e->shared);
	if (!must_wait(&e->shared)) {
		eg__shared_unlock(&e->shared);
		return 0;
	}
	return eg__shared_wait(&e->shared, &e->line, &event_wait, NULL,
			       deadline);
}

int eg_shared_event_wait(eg_shared_event *event, int64_t deadline)
{
	struct event *e = event_of(event);

	if (eg_unlikely(!e))
		return -EINVAL;
	if (eg_unlikely(!eg__shared_may_block(deadline)))
		return eg__refuse_blocking("eg_shared_event_wait");
	if (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == SET)
		return 0;
	return wait_for_set(e, deadline);
}
