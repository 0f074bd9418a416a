/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of a loop and told to it: references, backends, counters,
 * hooks, data, its own check. The clock is clock.c's.
 */
#include "watch/watch.h"

#include "base/log.h"

#include <string.h>

int eg_loop_ref(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_ref") : -EINVAL;

	if (r == 0)
		loop->holds++;
	return r;
}

int eg_loop_unref(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_unref") : -EINVAL;

	if (r == 0) {
		loop->holds--;
		eg__watch_kick(loop);
	}
	return r;
}

static const struct {
	const char *name;
	int bit;
	bool is_embeddable;
} backends[] = {
	{ "select", EG_BACKEND_SELECT, false },
	{ "poll", EG_BACKEND_POLL, false },
	{ "epoll", EG_BACKEND_EPOLL, true },
	{ "io_uring", EG_BACKEND_IO_URING, true },
};

int eg_loop_backend(const eg_loop *loop)
{
	if (!loop)
		return -EINVAL;
	for (size_t i = 0; i < EG_ARRAY_LEN(backends); i++)
		if (!strcmp(loop->poller.backend->ops->name, backends[i].name))
			return backends[i].bit;
	return 0;
}

/* Whether this kernel grants it: by opening one. */
static bool is_supported(const char *name)
{
	struct eg_poller *probe;
	bool is;

	probe = eg__watch_alloc(sizeof(*probe));
	if (!probe)
		return false;
	memset(probe, 0, sizeof(*probe));
	is = eg__poller_open(probe, name) == 0;
	if (is)
		eg__poller_close(probe);
	eg__watch_free(probe);
	return is;
}

int eg_loop_backends(int which)
{
	int bits = 0;

	if (which == EG_BACKENDS_RECOMMENDED)
		return EG_BACKEND_EPOLL;
	if (which != EG_BACKENDS_SUPPORTED && which != EG_BACKENDS_EMBEDDABLE)
		return -EINVAL;
	for (size_t i = 0; i < EG_ARRAY_LEN(backends); i++)
		if (which == EG_BACKENDS_SUPPORTED || backends[i].is_embeddable)
			bits |= is_supported(backends[i].name) ? backends[i].bit
							       : 0;
	return bits;
}

int eg_loop_get_stats(const eg_loop *loop, eg_loop_stats *stats)
{
	if (!loop || !stats || stats->size != sizeof(*stats))
		return -EINVAL;
	*stats = (eg_loop_stats){
		.size = sizeof(*stats),
		.turns = loop->turns,
		.depth = loop->depth,
		.pending = loop->pending_count,
		.references = loop->active + loop->holds,
	};
	return 0;
}

int eg_loop_set_data(eg_loop *loop, void *data)
{
	if (!loop)
		return -EINVAL;
	loop->data = data;
	return 0;
}

void *eg_loop_data(const eg_loop *loop)
{
	return loop ? loop->data : NULL;
}

int eg_loop_set_collect(eg_loop *loop, int64_t io, int64_t timers)
{
	int r;

	if (!loop)
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_set_collect");
	if (r < 0)
		return r;
	if (io >= 0)
		loop->collect_io = io;
	if (timers >= 0)
		loop->collect_timers = timers;
	return 0;
}

int eg_loop_set_hooks(eg_loop *loop, const eg_loop_hooks *hooks)
{
	int r;

	if (!loop || (hooks && (hooks->size != sizeof(*hooks) ||
				!hooks->release != !hooks->acquire)))
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_set_hooks");
	if (r < 0)
		return r;
	loop->hooks = hooks ? *hooks : (eg_loop_hooks){ 0 };
	return 0;
}

int eg_loop_get_hooks(const eg_loop *loop, eg_loop_hooks *hooks)
{
	if (!loop || !hooks || hooks->size != sizeof(*hooks))
		return -EINVAL;
	*hooks = loop->hooks;
	hooks->size = sizeof(*hooks);
	return 0;
}

/* Its own check */

static void verify_watcher(const struct eg_loop *l, const eg_watcher *w,
			   enum eg_watch_kind kind)
{
	EG_CHECK(w->_loop == l);
	EG_CHECK(w->_kind == kind);
	EG_CHECK(eg__watcher_is_active(w));
	EG_CHECK(*w->_pprev == w);
}

static void verify_list(const struct eg_loop *l,
			const struct eg_watch_list *list,
			enum eg_watch_kind kind)
{
	eg_watcher *const *tail = &list->first;

	for (const eg_watcher *w = list->first; w; w = w->_next) {
		verify_watcher(l, w, kind);
		tail = &w->_next;
	}
	EG_CHECK(list->tail == tail);
}

static void verify_pending(const struct eg_loop *l)
{
	uint32_t count = 0;

	for (int i = 0; i < EG_PRIORITIES; i++) {
		EG_CHECK(!l->pending[i] == !(l->pending_mask & 1u << i));
		for (const eg_watcher *w = l->pending[i]; w;
		     w = w->_pending_next, count++) {
			EG_CHECK(w->_loop == l);
			EG_CHECK(*w->_pending_pprev == w);
			EG_CHECK(eg__watch_priority_index(w) == i);
		}
	}
	EG_CHECK(count == l->pending_count);
}

static void verify_timer(const struct eg_loop *l, const struct eg__timer *t)
{
	const eg_watcher *w =
		(const eg_watcher *)(const void *)((const char *)t -
						   offsetof(eg_watch_timer,
							    _timer));

	EG_CHECK(w->_loop == l);
	EG_CHECK(w->_kind == EG_WATCH_TIMER);
	EG_CHECK(eg__watcher_is_active(w));
	EG_CHECK(t == l->poller.timers.near_root || *t->pprev == t);
}

/* Those that are due within a tick. Deeper than this is no heap of real timers:
 * the rest of such a branch is not looked at. */
static void verify_heap(const struct eg_loop *l, const struct eg__timer *t,
			int levels)
{
	for (; t && levels; t = t->next) {
		verify_timer(l, t);
		verify_heap(l, t->child, levels - 1);
	}
}

static void verify_timers(const struct eg_loop *l)
{
	const struct eg__timers *timers = &l->poller.timers;

	for (int i = 0; i < EG_TIMERS_LEVELS; i++)
		for (int j = 0; j < EG_TIMERS_RING; j++)
			for (const struct eg__timer *t = timers->slots[i][j]; t;
			     t = t->next)
				verify_timer(l, t);
	verify_heap(l, timers->near_root, 256);
}

static void verify_lists(const struct eg_loop *l)
{
	const struct {
		const struct eg_watch_list *list;
		enum eg_watch_kind kind;
	} lists[] = {
		{ &l->prepares, EG_WATCH_PREPARE },
		{ &l->checks, EG_WATCH_CHECK },
		{ &l->forks, EG_WATCH_FORK },
		{ &l->cleanups, EG_WATCH_CLEANUP },
		{ &l->asyncs, EG_WATCH_ASYNC },
		{ &l->signals, EG_WATCH_SIGNAL },
		{ &l->children, EG_WATCH_CHILD },
		{ &l->stats, EG_WATCH_STAT },
		{ &l->embeds, EG_WATCH_EMBED },
	};

	for (size_t i = 0; i < EG_ARRAY_LEN(lists); i++)
		verify_list(l, lists[i].list, lists[i].kind);
	for (int i = 0; i < EG_PRIORITIES; i++)
		verify_list(l, &l->idles[i], EG_WATCH_IDLE);
}

int eg_loop_verify(eg_loop *loop)
{
	struct eg_fd *e;
	int r = loop ? eg__watch_check(loop, "eg_loop_verify") : -EINVAL;

	if (r < 0)
		return r;
	verify_pending(loop);
	verify_lists(loop);
	verify_timers(loop);
	for (int fd = 0; (e = eg__fd_next(&loop->poller.fds, &fd)); fd++)
		for (const eg_watcher *w = e->user[0]; w; w = w->_next)
			verify_watcher(loop, w, EG_WATCH_IO);
	return 0;
}
