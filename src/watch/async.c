/* SPDX-License-Identifier: MIT */
/*
 * Async watchers: other threads and signal handlers wake the loop. What wakes
 * the kernel's wait is run.c's.
 */
#include "watch/watch.h"

static eg_watch_async *async_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_async, watcher);
}

int eg_watch_async_init(eg_watch_async *async, eg_watcher_fn *fn)
{
	if (!async)
		return -EINVAL;
	eg__watcher_init(&async->watcher, EG_WATCH_ASYNC, fn);
	async->_sent = 0;
	async->_is_on = 0;
	return 0;
}

static int start_async(struct eg_loop *l, eg_watcher *w)
{
	__atomic_store_n(&async_of(w)->_sent, 0, __ATOMIC_RELAXED);
	eg__watch_list_add(&l->asyncs, w);
	w->_loop = l;
	/* Senders look at it, see eg_watch_async_send(): a loop it also has
	 * while it is only pending. */
	__atomic_store_n(&async_of(w)->_is_on, 1, __ATOMIC_RELEASE);
	return 0;
}

static void stop_async(struct eg_loop *l, eg_watcher *w)
{
	__atomic_store_n(&async_of(w)->_is_on, 0, __ATOMIC_RELAXED);
	eg__watch_list_remove(&l->asyncs, w);
}

const struct eg_watch_kind_ops eg__watch_async_ops = {
	.name = "async",
	.start = start_async,
	.stop = stop_async,
};

void eg__watch_asyncs_feed(struct eg_loop *l)
{
	for (eg_watcher *w = l->asyncs.first; w; w = w->_next)
		if (__atomic_load_n(&async_of(w)->_sent, __ATOMIC_RELAXED) &&
		    __atomic_exchange_n(&async_of(w)->_sent, 0,
					__ATOMIC_ACQ_REL))
			eg__watch_feed(l, w, EG_ASYNC);
}

int eg_watch_async_send(eg_watch_async *async)
{
	if (!async || !eg__watcher_is(&async->watcher, EG_WATCH_ASYNC) ||
	    !__atomic_load_n(&async->_is_on, __ATOMIC_ACQUIRE))
		return -EINVAL;
	/* Sent already: whoever sent it wakes the loop. */
	if (!__atomic_exchange_n(&async->_sent, 1, __ATOMIC_ACQ_REL))
		eg__watch_wake(__atomic_load_n(&async->watcher._loop,
					       __ATOMIC_RELAXED));
	return 0;
}

bool eg_watch_async_is_sent(const eg_watch_async *async)
{
	return async && __atomic_load_n(&async->_sent, __ATOMIC_ACQUIRE);
}
