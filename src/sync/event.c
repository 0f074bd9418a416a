/* SPDX-License-Identifier: MIT */
/*
 * The event: a flag to wait for. Waking takes everybody off the queue at once,
 * so that a clear right after a set takes nothing back from them.
 */
#include "sync/line_up.h"
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

struct event {
	struct eg_wait_queue queue;
	bool is_set;
};

_Static_assert(sizeof(struct event) <= sizeof(eg_event), "eg_event too small");

static const struct eg_wait_kind event_wait = { .what = "event" };

static inline struct event *event_of(const eg_event *event)
{
	return (struct event *)(uintptr_t)event;
}

int eg_event_init(eg_event *event)
{
	if (!event)
		return -EINVAL;
	*event_of(event) = (struct event){ 0 };
	return 0;
}

static EG_NOINLINE int set_and_wake(struct event *e)
{
	struct eg_waiter *w;
	int woken = 0;

	if (eg__queue_is_foreign(&e->queue))
		return -EPERM;
	e->is_set = true;
	for (; (w = eg__queue_next(&e->queue)); woken++)
		eg__unpark(w, 0);
	eg__queue_forget(&e->queue);
	return woken;
}

int eg_event_set(eg_event *event)
{
	struct event *e = event_of(event);

	if (eg_unlikely(!e))
		return -EINVAL;
	if (eg_unlikely(!eg__worker()))
		return -EPERM;
	if (!eg__queue_is_untouched(&e->queue))
		return set_and_wake(e);
	e->is_set = true;
	return 0;
}

int eg_event_clear(eg_event *event)
{
	if (!event)
		return -EINVAL;
	event_of(event)->is_set = false;
	return 0;
}

bool eg_event_is_set(const eg_event *event)
{
	return event && event_of(event)->is_set;
}

static EG_COLD int look_in_hub(const struct event *e, int64_t deadline)
{
	int r = eg__check_try("eg_event_wait", deadline);

	return r == 0 && !e->is_set ? -ETIMEDOUT : r;
}

int eg_event_wait(eg_event *event, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct event *e = event_of(event);

	if (eg_unlikely(!e))
		return -EINVAL;
	if (eg_unlikely(!self))
		return look_in_hub(e, deadline);
	if (eg_likely(e->is_set))
		return 0;
	return eg__queue_wait(&e->queue, self, &event_wait, e, deadline);
}

void eg__event_line_up(void *object, void *value, struct eg_proxy *p,
		       struct eg_hub *hub)
{
	struct event *e = event_of(object);
	struct eg_waiter *w = eg__proxy_waiter(p, hub, &event_wait, e);

	w->value = value;
	eg__queue_push(&e->queue, w);
}
