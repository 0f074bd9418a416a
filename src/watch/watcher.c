/* SPDX-License-Identifier: MIT */
/*
 * What all watchers have in common: init, start, stop, priority, callback.
 * What a kind does beyond is in its own file.
 */
#include "watch/watch.h"

#include "base/log.h"

static const struct eg_watch_kind_ops *const kinds[EG_WATCH_KINDS] = {
	[EG_WATCH_IO] = &eg__watch_io_ops,
	[EG_WATCH_TIMER] = &eg__watch_timer_ops,
	[EG_WATCH_PERIODIC] = &eg__watch_periodic_ops,
	[EG_WATCH_SIGNAL] = &eg__watch_signal_ops,
	[EG_WATCH_CHILD] = &eg__watch_child_ops,
	[EG_WATCH_STAT] = &eg__watch_stat_ops,
	[EG_WATCH_IDLE] = &eg__watch_idle_ops,
	[EG_WATCH_PREPARE] = &eg__watch_prepare_ops,
	[EG_WATCH_CHECK] = &eg__watch_check_ops,
	[EG_WATCH_FORK] = &eg__watch_fork_ops,
	[EG_WATCH_CLEANUP] = &eg__watch_cleanup_ops,
	[EG_WATCH_ASYNC] = &eg__watch_async_ops,
	[EG_WATCH_EMBED] = &eg__watch_embed_ops,
};

void eg__watcher_init(eg_watcher *w, enum eg_watch_kind kind, eg_watcher_fn *fn)
{
	*w = (eg_watcher){ ._fn = fn, ._kind = (uint8_t)kind };
}

void eg__watcher_make_internal(eg_watcher *w)
{
	w->_state |= EG_WATCHER_INTERNAL;
	w->_priority = EG_PRIORITY_MAX;
}

void eg__watch_list_init(struct eg_watch_list *list)
{
	list->first = NULL;
	list->tail = &list->first;
}

void eg__watch_list_add(struct eg_watch_list *list, eg_watcher *w)
{
	w->_next = NULL;
	w->_pprev = list->tail;
	*list->tail = w;
	list->tail = &w->_next;
}

void eg__watch_list_remove(struct eg_watch_list *list, eg_watcher *w)
{
	*w->_pprev = w->_next;
	if (w->_next)
		w->_next->_pprev = w->_pprev;
	else
		list->tail = w->_pprev;
}

EG_COLD int eg__watcher_refuse(const struct eg_loop *l, const eg_watcher *w,
			       const char *call)
{
	if (!l || !w || w->_kind == EG_WATCH_NONE || w->_kind >= EG_WATCH_KINDS)
		return -EINVAL;
	if (!eg__watch_is_ours(l))
		return eg__watch_refuse_thread(l, call);
	eg__log(EG_LOG_ERROR, "%s: the %s watcher is active in another loop",
		call, kinds[w->_kind]->name);
	return -EBUSY;
}

int eg__watcher_start(struct eg_loop *l, eg_watcher *w)
{
	int r = eg__watcher_begin_start(l, w);

	if (r == 0)
		r = kinds[w->_kind]->start(l, w);
	if (eg_unlikely(r < 0))
		return r;
	eg__watcher_end_start(l, w);
	return 0;
}

void eg__watcher_stop(eg_watcher *w)
{
	struct eg_loop *l = w->_loop;

	if (w->_pending_pprev)
		eg__watch_unfeed(w);
	if (eg__watcher_is_active(w)) {
		eg__watcher_expire(l, w);
		kinds[w->_kind]->stop(l, w);
		/* The last one lets whoever sleeps in the loop go. */
		if (eg_unlikely(l->is_sleeping) &&
		    (!eg__watch_is_kept(l) || !l->active))
			eg__watch_wake(l);
	}
	w->_loop = NULL;
	w->_state &= (uint8_t)~EG_WATCHER_BY_WAIT;
	if (eg_unlikely(w->_waiters))
		eg__watch_wake_waiters(w, -ECANCELED, 0);
}

int eg_watcher_start(eg_loop *loop, eg_watcher *w)
{
	int r = eg__watcher_check(loop, w, "eg_watcher_start");

	if (eg_unlikely(r < 0))
		return r;
	if (eg__watcher_is_active(w)) {
		w->_state &= (uint8_t)~EG_WATCHER_BY_WAIT;
		return 0;
	}
	return eg__watcher_start(loop, w);
}

static EG_NOINLINE int stop_slowly(eg_watcher *w)
{
	int r;

	if (eg_unlikely(!w || w->_kind == EG_WATCH_NONE ||
			w->_kind >= EG_WATCH_KINDS))
		return -EINVAL;
	if (!w->_loop)
		return 0;
	r = eg__watch_check(w->_loop, "eg_watcher_stop");
	if (eg_unlikely(r < 0))
		return r;
	eg__watcher_stop(w);
	return 0;
}

int eg_watcher_stop(eg_watcher *w)
{
	struct eg_loop *l = w ? w->_loop : NULL;

	/* A timer that did not fire, the usual end of a timeout. */
	if (eg_unlikely(!l || w->_kind != EG_WATCH_TIMER || w->_waiters ||
			w->_pending_pprev || l->is_sleeping ||
			!eg__watcher_is_active(w) || !eg__watch_is_ours(l)))
		return stop_slowly(w);
	w->_state &= (uint8_t)~EG_WATCHER_BY_WAIT;
	eg__watcher_expire(l, w);
	w->_loop = NULL;
	eg__timer_stop(&l->poller.timers, eg__watch_timer_core(w));
	return 0;
}

bool eg_watcher_is_active(const eg_watcher *w)
{
	return w && eg__watcher_is_active(w);
}

bool eg_watcher_is_pending(const eg_watcher *w)
{
	return w && w->_pending_pprev;
}

int eg_watcher_set_priority(eg_watcher *w, int priority)
{
	if (!w || priority < EG_PRIORITY_MIN || priority > EG_PRIORITY_MAX)
		return -EINVAL;
	if (eg__watcher_is_active(w) || w->_pending_pprev)
		return -EBUSY;
	w->_priority = (int8_t)priority;
	return 0;
}

int eg_watcher_priority(const eg_watcher *w)
{
	return w ? w->_priority : 0;
}

int eg_watcher_set_fn(eg_watcher *w, eg_watcher_fn *fn)
{
	if (!w)
		return -EINVAL;
	w->_fn = fn;
	return 0;
}

int eg_watcher_feed(eg_loop *loop, eg_watcher *w, int events)
{
	int r = eg__watcher_check(loop, w, "eg_watcher_feed");

	if (eg_unlikely(r < 0))
		return r;
	if (loop->hub) {
		r = eg__watch_driver_start(loop);
		if (r < 0)
			return r;
	}
	eg__watch_feed(loop, w, events);
	eg__watch_kick(loop);
	return 0;
}

int eg_watcher_invoke(eg_loop *loop, eg_watcher *w, int events)
{
	struct eg_worker *worker = eg__worker();
	struct eg_fiber *self = eg__current();
	int r = eg__watcher_check(loop, w, "eg_watcher_invoke");

	if (eg_unlikely(r < 0))
		return r;
	/* As in eg__watch_invoke_pending(). */
	if (self)
		worker->current = NULL;
	eg__watch_call(loop, w, events);
	if (self)
		worker->current = self;
	return 0;
}

int eg_watcher_clear(eg_watcher *w)
{
	int r;

	if (!w)
		return -EINVAL;
	if (!w->_pending_pprev)
		return 0;
	r = eg__watch_check(w->_loop, "eg_watcher_clear");
	if (r < 0)
		return r;
	r = eg__watch_unfeed(w);
	/* Nothing will come any more for who waits. */
	if (!eg__watcher_is_active(w) && w->_waiters)
		eg__watch_wake_waiters(w, -ECANCELED, 0);
	return r;
}
