/* SPDX-License-Identifier: MIT */
/*
 * Embed watchers: one loop runs another, by its descriptor and its deadline.
 * What any foreign loop needs for that is foreign.c's.
 */
#include "watch/watch.h"

#include <evergreen/time.h>

static eg_watch_embed *embed_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_embed, watcher);
}

int eg_watch_embed_init(eg_watch_embed *embed, eg_watcher_fn *fn,
			eg_loop *other)
{
	if (!embed || !other)
		return -EINVAL;
	*embed = (eg_watch_embed){ .other = other };
	eg__watcher_init(&embed->watcher, EG_WATCH_EMBED, fn);
	return 0;
}

int eg_watch_embed_sweep(eg_watch_embed *embed)
{
	int r;

	if (!embed || !eg__watcher_is(&embed->watcher, EG_WATCH_EMBED))
		return -EINVAL;
	r = eg_loop_run(embed->other, EG_RUN_NOWAIT);
	return r < 0 ? r : 0;
}

/* @embed may be gone afterwards. */
static void has_work(struct eg_loop *l, eg_watch_embed *embed)
{
	eg_watcher *w = &embed->watcher;

	if (w->_fn || w->_waiters)
		eg__watch_feed(l, w, EG_EMBED);
	else
		eg_loop_run(embed->other, EG_RUN_NOWAIT);
}

static void on_readable(eg_loop *l, eg_watcher *w, int events)
{
	eg_watch_embed *embed = eg_container_of(w, eg_watch_embed, _io.watcher);

	if (events & EG_ERROR)
		eg__watch_embed_done(embed->other);
	else
		has_work(l, embed);
}

static void on_timer(eg_loop *l, eg_watcher *w, int events)
{
	(void)events;
	has_work(l, eg_container_of(w, eg_watch_embed, _timer.watcher));
}

/* The turn's time of @l lies behind the clock. */
static int64_t loop_time(struct eg_loop *l, int64_t at)
{
	int64_t left = at - eg_now();
	int64_t lag = eg__watch_clock_now(l) - l->shift - l->now;

	if (at == EG_NOW || left <= 0)
		return 0;
	return __builtin_add_overflow(left, lag, &left) ? EG_FOREVER : left;
}

static void prepare(struct eg_loop *l, eg_watch_embed *embed)
{
	int64_t at;

	if (eg_loop_prepare(embed->other, &at) < 0)
		return;
	eg__watcher_stop(&embed->_timer.watcher);
	if (at == EG_FOREVER)
		return;
	embed->_timer.after = loop_time(l, at);
	eg__watcher_start(l, &embed->_timer.watcher);
}

void eg__watch_embeds_prepare(struct eg_loop *l)
{
	for (eg_watcher *w = l->embeds.first; w; w = w->_next)
		prepare(l, embed_of(w));
}

static int watch_fd(struct eg_loop *l, eg_watch_embed *embed)
{
	int fd = eg_loop_fd(embed->other);

	if (fd < 0)
		return fd;
	eg_watch_io_init(&embed->_io, on_readable, fd, EG_READ);
	eg__watcher_make_internal(&embed->_io.watcher);
	return eg__watcher_start(l, &embed->_io.watcher);
}

static bool is_embedded(const struct eg_loop *l, const eg_watch_embed *embed)
{
	for (const eg_watcher *w = l->embeds.first; w; w = w->_next)
		if (w == &embed->watcher)
			return true;
	return false;
}

/* A turn makes the other one's descriptor another file. Its callbacks may have
 * stopped all this. */
static void on_fork(eg_loop *l, eg_watcher *w, int events)
{
	eg_watch_embed *embed =
		eg_container_of(w, eg_watch_embed, _fork.watcher);
	struct eg_loop *other = embed->other;

	(void)events;
	eg_loop_after_fork(other);
	eg_loop_run(other, EG_RUN_NOWAIT);
	if (!is_embedded(l, embed))
		return;
	eg__watcher_stop(&embed->_io.watcher);
	if (watch_fd(l, embed) < 0)
		eg__watch_embed_done(other);
}

static int start_parts(struct eg_loop *l, eg_watch_embed *embed)
{
	int r;

	eg_watch_timer_init(&embed->_timer, on_timer, 0, 0);
	eg__watcher_make_internal(&embed->_timer.watcher);
	eg_watch_fork_init(&embed->_fork, on_fork);
	eg__watcher_make_internal(&embed->_fork.watcher);
	r = eg__watcher_start(l, &embed->_fork.watcher);
	return r < 0 ? r : watch_fd(l, embed);
}

static void stop_parts(eg_watch_embed *embed)
{
	eg__watcher_stop(&embed->_io.watcher);
	eg__watcher_stop(&embed->_timer.watcher);
	eg__watcher_stop(&embed->_fork.watcher);
}

/* Loops that run each other would never sleep, or never return. */
static int check_chain(const struct eg_loop *l, const struct eg_loop *other)
{
	while (l != other && l->host)
		l = l->host->watcher._loop;
	return l == other ? -EINVAL : 0;
}

static int start_embed(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_embed *embed = embed_of(w);
	struct eg_loop *other = embed->other;
	int r = eg__watch_check(other, "eg_watcher_start");

	if (r == 0)
		r = check_chain(l, other);
	if (r < 0)
		return r;
	if (other->host)
		return -EBUSY;
	r = start_parts(l, embed);
	if (r < 0) {
		stop_parts(embed);
		return r;
	}
	other->host = embed;
	eg__watch_list_add(&l->embeds, w);
	return 0;
}

static void stop_embed(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_embed *embed = embed_of(w);

	eg__watch_list_remove(&l->embeds, w);
	stop_parts(embed);
	embed->other->host = NULL;
}

const struct eg_watch_kind_ops eg__watch_embed_ops = {
	.name = "embed",
	.start = start_embed,
	.stop = stop_embed,
};

void eg__watch_embed_done(struct eg_loop *l)
{
	eg_watch_embed *embed = l->host;
	struct eg_loop *outer;

	if (!embed)
		return;
	outer = embed->watcher._loop;
	eg__watcher_stop(&embed->watcher);
	eg__watch_feed(outer, &embed->watcher, EG_ERROR | EG_EMBED);
}
