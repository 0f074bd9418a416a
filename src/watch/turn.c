/* SPDX-License-Identifier: MIT */
/*
 * The kinds of watchers that are a place in the turn: idle, prepare, check,
 * fork and cleanup. When each is fed is run.c's and loop.c's.
 */
#include "watch/watch.h"

#define KIND(kind_, KIND_, list_)                                  \
	static int start_##kind_(struct eg_loop *l, eg_watcher *w) \
	{                                                          \
		eg__watch_list_add(&l->list_, w);                  \
		return 0;                                          \
	}                                                          \
	static void stop_##kind_(struct eg_loop *l, eg_watcher *w) \
	{                                                          \
		eg__watch_list_remove(&l->list_, w);               \
	}                                                          \
	const struct eg_watch_kind_ops eg__watch_##kind_##_ops = { \
		.name = #kind_,                                    \
		.start = start_##kind_,                            \
		.stop = stop_##kind_,                              \
	};                                                         \
	INIT(kind_, KIND_)

#define INIT(kind_, KIND_)                                                  \
	int eg_watch_##kind_##_init(eg_watch_##kind_ *w, eg_watcher_fn *fn) \
	{                                                                   \
		if (!w)                                                     \
			return -EINVAL;                                     \
		eg__watcher_init(&w->watcher, EG_WATCH_##KIND_, fn);        \
		return 0;                                                   \
	}

KIND(prepare, PREPARE, prepares)
KIND(check, CHECK, checks)
KIND(fork, FORK, forks)
KIND(cleanup, CLEANUP, cleanups)
INIT(idle, IDLE)

static int start_idle(struct eg_loop *l, eg_watcher *w)
{
	eg__watch_list_add(&l->idles[eg__watch_priority_index(w)], w);
	l->idle_count++;
	return 0;
}

static void stop_idle(struct eg_loop *l, eg_watcher *w)
{
	eg__watch_list_remove(&l->idles[eg__watch_priority_index(w)], w);
	l->idle_count--;
}

const struct eg_watch_kind_ops eg__watch_idle_ops = {
	.name = "idle",
	.start = start_idle,
	.stop = stop_idle,
};

void eg__watch_idles_feed(struct eg_loop *l)
{
	for (int i = EG_PRIORITIES - 1; i >= 0; i--) {
		if (l->pending[i])
			return;
		if (l->idles[i].first) {
			eg__watch_feed_list(l, &l->idles[i], EG_IDLE);
			return;
		}
	}
}
