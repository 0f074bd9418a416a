/* SPDX-License-Identifier: MIT */
/*
 * eg_loop_once(): a descriptor and a time, waited for once, in memory that the
 * loop owns until then. Made of watchers, whose rules hold.
 */
#include "watch/watch.h"

#include "base/list.h"

struct once {
	eg_watch_io io;
	eg_watch_timer timer;
	struct eg_list link; /* in eg_loop.onces */
	eg_once_fn *fn;
	void *arg;
};

static void drop(struct once *o)
{
	eg_list_remove(&o->link);
	eg__watcher_stop(&o->io.watcher);
	eg__watcher_stop(&o->timer.watcher);
	eg__watch_free(o);
}

static void finish(struct once *o, int events)
{
	eg_once_fn *fn = o->fn;
	void *arg = o->arg;

	/* First, since the callback may free the loop. */
	drop(o);
	fn(events, arg);
}

/* What came in the same turn is told at once, and in one call. */
static int take_pending(eg_watcher *w)
{
	return w->_pending_pprev ? eg__watch_unfeed(w) : 0;
}

static void on_io(eg_loop *l, eg_watcher *w, int events)
{
	struct once *o = eg_container_of(w, struct once, io.watcher);

	(void)l;
	finish(o, events | take_pending(&o->timer.watcher));
}

static void on_timer(eg_loop *l, eg_watcher *w, int events)
{
	struct once *o = eg_container_of(w, struct once, timer.watcher);

	(void)l;
	finish(o, events | take_pending(&o->io.watcher));
}

static int start(struct eg_loop *l, struct once *o, bool has_fd, bool has_time)
{
	int r = 0;

	if (has_fd)
		r = eg__watcher_start(l, &o->io.watcher);
	if (r == 0 && has_time)
		r = eg__watcher_start(l, &o->timer.watcher);
	return r;
}

int eg_loop_once(eg_loop *loop, int fd, int events, int64_t timeout,
		 eg_once_fn *fn, void *arg)
{
	bool has_fd = fd >= 0 && events, has_time = timeout >= 0;
	struct once *o;
	int r;

	if (!loop || !fn || events & ~(EG_READ | EG_WRITE) ||
	    (!has_fd && !has_time))
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_once");
	if (r < 0)
		return r;
	o = eg__watch_alloc(sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->fn = fn;
	o->arg = arg;
	/* Both, used or not: what stops them need not ask. */
	eg_watch_io_init(&o->io, on_io, has_fd ? fd : 0,
			 has_fd ? events : EG_READ);
	eg_watch_timer_init(&o->timer, on_timer, timeout, 0);
	eg_list_push_back(&loop->onces, &o->link);
	r = start(loop, o, has_fd, has_time);
	if (r < 0)
		drop(o);
	return r;
}

void eg__watch_onces_drop(struct eg_loop *l)
{
	struct eg_list *node;

	while ((node = eg_list_first(&l->onces)))
		drop(eg_list_entry(node, struct once, link));
}
