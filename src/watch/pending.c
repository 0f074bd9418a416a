/* SPDX-License-Identifier: MIT */
/*
 * What is pending, and calling it: by priority, and within one the last that
 * was queued comes first (semantics LV-04). Allocates nothing: the queue runs
 * through the watchers.
 */
#include "watch/watch.h"

void eg__watch_feed(struct eg_loop *l, eg_watcher *w, int events)
{
	eg_watcher **head;
	int i;

	if (w->_pending_pprev) {
		w->_events |= events;
		return;
	}
	i = eg__watch_priority_index(w);
	head = &l->pending[i];
	/* Senders to an async watcher read it meanwhile. */
	if (w->_loop != l)
		w->_loop = l;
	w->_events = events;
	w->_pending_next = *head;
	w->_pending_pprev = head;
	if (*head)
		(*head)->_pending_pprev = &w->_pending_next;
	*head = w;
	l->pending_mask |= 1u << i;
	l->pending_count++;
}

void eg__watch_feed_list(struct eg_loop *l, const struct eg_watch_list *list,
			 int events)
{
	for (eg_watcher *w = list->first; w; w = w->_next)
		eg__watch_feed(l, w, events);
}

static inline int take_out(struct eg_loop *l, eg_watcher *w)
{
	int i = eg__watch_priority_index(w);

	*w->_pending_pprev = w->_pending_next;
	if (w->_pending_next)
		w->_pending_next->_pending_pprev = w->_pending_pprev;
	w->_pending_pprev = NULL;
	if (!l->pending[i])
		l->pending_mask &= ~(1u << i);
	l->pending_count--;
	if (!eg__watcher_is_active(w))
		w->_loop = NULL;
	return w->_events;
}

int eg__watch_unfeed(eg_watcher *w)
{
	return take_out(w->_loop, w);
}

void eg__watch_call(struct eg_loop *l, eg_watcher *w, int events)
{
	if (eg_unlikely(w->_waiters))
		eg__watch_wake_waiters(w, 0, events);
	if (w->_fn)
		w->_fn(l, w, events);
}

/* A fiber that calls callbacks is the hub meanwhile: what would block says
 * so. */
void eg__watch_invoke_pending(struct eg_loop *l)
{
	struct eg_worker *worker = eg__worker();
	struct eg_fiber *self = worker ? worker->current : NULL;
	eg_watcher *w;
	int events;

	if (self)
		worker->current = NULL;
	l->invoking++;
	/* A callback may feed a higher priority, which then goes first; or free
	 * the loop, which empties the queue. */
	while (l->pending_mask) {
		w = l->pending[31 - __builtin_clz(l->pending_mask)];
		events = take_out(l, w);
		if (w->_pending_next)
			__builtin_prefetch(w->_pending_next);
		eg__watch_call(l, w, events);
	}
	l->invoking--;
	if (self)
		worker->current = self;
}

int eg_loop_invoke_pending(eg_loop *loop)
{
	int r;

	if (!loop)
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_invoke_pending");
	if (r < 0)
		return r;
	eg__watch_invoke_pending(loop);
	eg__watch_loop_leave(loop);
	return 0;
}
