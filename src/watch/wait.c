/* SPDX-License-Identifier: MIT */
/*
 * Fibers that wait for watchers. Any number for one; each event wakes them
 * all. The watcher itself knows no fiber but the head of this list.
 */
#include "watch/watch.h"

#include "core/park.h"

/* On the stack of the fiber that waits. */
struct waiting {
	struct waiting *next;
	struct waiting **pprev;
	eg_watcher *watcher;
	struct eg_waiter *waiter; /* the fiber's */
	int events;
};

static void unlink_waiting(struct waiting *w)
{
	*w->pprev = w->next;
	if (w->next)
		w->next->pprev = w->pprev;
}

/* The last wait has ended. Whoever is woken must not do this later: by then
 * the watcher may be gone. */
static void stop_if_by_wait(eg_watcher *w)
{
	if (w->_state & EG_WATCHER_BY_WAIT && !w->_waiters)
		eg__watcher_stop(w);
}

static void unlink_waiter(struct eg_waiter *waiter)
{
	struct waiting *w = waiter->value;

	unlink_waiting(w);
	stop_if_by_wait(w->watcher);
}

static const struct eg_wait_kind watcher_wait = {
	.what = "watcher",
	.unlink = unlink_waiter,
};

void eg__watch_wake_waiters(eg_watcher *w, int result, int events)
{
	struct waiting *it;

	while ((it = w->_waiters)) {
		unlink_waiting(it);
		it->events = events;
		eg__unpark(it->waiter, result);
	}
	stop_if_by_wait(w);
}

static int wait_for(struct eg_fiber *self, eg_watcher *w, int *ret_events,
		    int64_t deadline)
{
	struct waiting *first = w->_waiters;
	struct waiting me = {
		.next = first,
		.pprev = (struct waiting **)(void *)&w->_waiters,
		.watcher = w,
	};
	int r;

	me.waiter = eg__waiter(self, &watcher_wait, w);
	me.waiter->value = &me;
	if (first)
		first->pprev = &me.next;
	w->_waiters = &me;
	r = eg__park(self, deadline);
	if (r == 0 && ret_events)
		*ret_events = me.events;
	return r;
}

int eg_watcher_wait(eg_loop *loop, eg_watcher *w, int *ret_events,
		    int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!loop || !w)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_watcher_wait");
	r = eg__watcher_check(loop, w, "eg_watcher_wait");
	if (r == 0)
		r = eg__park_check(self, deadline);
	if (r < 0)
		return r;
	if (!eg__watcher_is_active(w)) {
		r = eg__watcher_start(loop, w);
		if (r < 0)
			return r;
		w->_state |= EG_WATCHER_BY_WAIT;
	}
	return wait_for(self, w, ret_events, deadline);
}
