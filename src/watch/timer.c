/* SPDX-License-Identifier: MIT */
/*
 * Timer watchers: relative to the turn's clock, in the poller's timers. A late
 * one that repeats goes on from now, so that there is never a burst.
 */
#include "watch/watch.h"

#include <evergreen/time.h>

_Static_assert(sizeof(struct eg__timer) <=
		       sizeof(((eg_watch_timer *)NULL)->_timer),
	       "eg_watch_timer too small");

static eg_watch_timer *timer_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_timer, watcher);
}

static struct eg__timer *core_of(eg_watch_timer *t)
{
	return eg__watch_timer_core(&t->watcher);
}

static int64_t after(int64_t now, int64_t duration)
{
	int64_t at;

	if (duration <= 0)
		return now;
	return __builtin_add_overflow(now, duration, &at) ? EG_FOREVER : at;
}

int eg_watch_timer_init(eg_watch_timer *timer, eg_watcher_fn *fn,
			int64_t after_, int64_t repeat)
{
	if (!timer || repeat < 0)
		return -EINVAL;
	eg__watcher_init(&timer->watcher, EG_WATCH_TIMER, fn);
	timer->after = after_;
	timer->repeat = repeat;
	*core_of(timer) = (struct eg__timer){ 0 };
	return 0;
}

int eg_watch_timer_set(eg_watch_timer *timer, int64_t after_, int64_t repeat)
{
	if (!timer || !eg__watcher_is(&timer->watcher, EG_WATCH_TIMER) ||
	    repeat < 0)
		return -EINVAL;
	if (eg__watcher_is_active(&timer->watcher))
		return -EBUSY;
	timer->after = after_;
	timer->repeat = repeat;
	return 0;
}

static inline int start_timer(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_timer *t = timer_of(w);

	core_of(t)->deadline = after(l->now, t->after);
	eg__timer_arm(&l->poller.timers, core_of(t));
	return 0;
}

static inline void move(struct eg_loop *l, eg_watch_timer *t)
{
	eg__watch_kick(l);
	eg__timer_move(&l->poller.timers, core_of(t), after(l->now, t->repeat));
}

static void stop_timer(struct eg_loop *l, eg_watcher *w)
{
	eg__timer_stop(&l->poller.timers, core_of(timer_of(w)));
}

const struct eg_watch_kind_ops eg__watch_timer_ops = {
	.name = "timer",
	.start = start_timer,
	.stop = stop_timer,
};

static EG_NOINLINE int again_slowly(eg_loop *loop, eg_watch_timer *timer)
{
	eg_watcher *w = timer ? &timer->watcher : NULL;
	int r;

	if (!eg__watcher_is(w, EG_WATCH_TIMER))
		return -EINVAL;
	r = eg__watcher_check(loop, w, "eg_watch_timer_again");
	if (r < 0)
		return r;
	if (timer->repeat < 0)
		return -EINVAL;
	if (w->_pending_pprev)
		eg__watch_unfeed(w);
	if (!timer->repeat) {
		eg__watcher_stop(w);
		return 0;
	}
	if (!eg__watcher_is_active(w)) {
		timer->after = timer->repeat;
		return eg__watcher_start(loop, w);
	}
	move(loop, timer);
	return 0;
}

/* Idle timeouts are put off all the time: what is usual calls nothing but the
 * timers. */
int eg_watch_timer_again(eg_loop *loop, eg_watch_timer *timer)
{
	eg_watcher *w;

	if (eg_unlikely(!loop || !timer))
		return -EINVAL;
	w = &timer->watcher;
	if (eg_unlikely(w->_kind != EG_WATCH_TIMER || w->_pending_pprev ||
			(w->_loop && w->_loop != loop) || timer->repeat <= 0 ||
			loop->hub || !eg__watch_is_ours(loop)))
		return again_slowly(loop, timer);
	if (eg__watcher_is_active(w)) {
		move(loop, timer);
		return 0;
	}
	timer->after = timer->repeat;
	eg__watcher_end_start(loop, w);
	core_of(timer)->deadline = after(loop->now, timer->repeat);
	eg__timer_arm(&loop->poller.timers, core_of(timer));
	return 0;
}

int64_t eg_watch_timer_remaining(const eg_loop *loop,
				 const eg_watch_timer *timer)
{
	const struct eg__timer *t;

	if (!loop || !timer)
		return 0;
	if (!eg__watcher_is_active(&timer->watcher))
		return timer->after;
	t = (const struct eg__timer *)(const void *)timer->_timer;
	return t->deadline == EG_FOREVER ? EG_FOREVER : t->deadline - loop->now;
}

/* It fired: armed for the next time, or stopped, before its callback runs. */
static void timer_due(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_timer *t = timer_of(w);
	struct eg__timer *core = core_of(t);

	if (!t->repeat) {
		eg__watcher_expire(l, w);
		return;
	}
	core->deadline = after(core->deadline, t->repeat);
	if (core->deadline < l->now)
		core->deadline = l->now;
	eg__timer_arm(&l->poller.timers, core);
}

void eg__watch_feed_due(struct eg_loop *l, struct eg__timers *timers,
			void (*due)(struct eg_loop *l, eg_watcher *w),
			size_t offset, int events)
{
	eg_watcher *last = NULL, *w;
	struct eg__timer *t;

	/* What is fed last is called first: turned over by way of a list. */
	while ((t = eg__timers_pop_due(timers))) {
		w = (eg_watcher *)(void *)((char *)t - offset);
		w->_next = last;
		last = w;
		due(l, w);
	}
	for (w = last; w; w = w->_next)
		eg__watch_feed(l, w, events);
}

void eg__watch_timers_feed(struct eg_loop *l)
{
	struct eg__timers *timers = &l->poller.timers;

	if (!timers->count)
		return;
	eg__timers_advance(timers, l->now);
	eg__watch_feed_due(l, timers, timer_due,
			   offsetof(eg_watch_timer, _timer) -
				   offsetof(eg_watch_timer, watcher),
			   EG_TIMER);
}
